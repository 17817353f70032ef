"""What only a browser shows: the font, the widths, the colours, clicks, links and downloads of the real app on real
data."""

import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from reader import menu

from .conftest import Visit, serve

SIZES = {"wall": (1920, 1080), "laptop": (1366, 768), "phone": (390, 844)}
PAGES = tuple(page.path for page in menu.PAGES.values())
Open = Callable[..., Visit]
SMALL_TEXTS = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && /[\\p{L}\\p{N}]/u.test(node.textContent)))
  .filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < 17)
  .map((one) => one.className + ' ' + one.textContent)"""
ENDLESS = """() => document.getAnimations().map((one) => one.effect)
  .filter((effect) => effect.getTiming().iterations === Infinity && effect.target?.checkVisibility())
  .map((effect) => effect.target.className)"""
AXE = Path(str(files("axe_playwright_python") / "axe.min.js")).read_text(encoding="utf-8")
LAYOUT = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
TOUCH = (Path(__file__).parent / "touch.js").read_text(encoding="utf-8")


def text(page: Page) -> str:
    return page.inner_text("[data-testid=stApp]")


def is_whole(shown: Visit) -> None:
    """Nothing failed, nothing was requested from elsewhere, no horizontal scrolling, nothing moves for ever."""
    page = shown.page
    assert page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
    assert "显示不了" not in text(page)
    assert not shown.errors
    assert shown.hosts == {"127.0.0.1"}, "no request leaves the host"
    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth, innerWidth]"
    )
    assert max(widths[:2]) <= widths[2], "no horizontal scroll"
    assert page.evaluate(ENDLESS) == [], "an idle page costs no processor"


def is_in(page: Page, language: str) -> None:
    """Waits for it: a component of the page sets the language, and may come after the first text."""
    page.wait_for_function("language => document.documentElement.lang === language", arg=language)


def violations(page: Page) -> list[str]:
    """What axe-core finds: contrast, names, roles, landmarks, tables."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def at_other_sizes(shown: Visit, sizes: Sequence[str]) -> Iterator[str]:
    """Resizes the window to each size: this takes a third of the time of opening the page at it."""
    for size in sizes:
        width, height = SIZES[size]
        shown.page.set_viewport_size({"width": width, "height": height})
        shown.settle()
        yield size


@pytest.mark.parametrize(("dark", "language"), [(False, "zh"), (True, "en")])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "overview")
def test_a_page_opens_whole_at_every_width(
    path: str, dark: bool, language: str, district_address: str, visit: Open
) -> None:
    """Light in Chinese, dark in English: nothing failed, no text is cut, beside the window or on another text, and
    axe-core has nothing against it."""
    shown = visit(*SIZES["wall"], dark=dark).open(f"{district_address}{path}?lang={language}")
    background = shown.page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == ("rgb(11, 21, 34)" if dark or path == "wall" else "rgb(242, 245, 248)")
    is_in(shown.page, "zh-CN" if language == "zh" else "en")
    (named,) = (page.title(language) for page in menu.PAGES.values() if page.path == path)
    shown.page.wait_for_function("name => document.title.startsWith(name + ' · ')", arg=named)
    for size in chain(["wall"], at_other_sizes(shown, ("laptop", "phone"))):
        is_whole(shown)
        assert shown.page.evaluate(LAYOUT) == [], size
        if size == "laptop":
            assert violations(shown.page) == []


def test_chinese_is_set_in_the_bundled_font(address: str, visit: Open) -> None:
    page = visit().open(address).page
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    for selector in (
        ".brand h1",
        ".say p",
        ".card-name",
        ".title",
        ".subtitle",
        ".rank-head",
        ".st-key-filters button p",
    ):
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert fonts, selector
        assert all(font["isCustomFont"] for font in fonts), (selector, fonts)
    faces = page.evaluate(
        "[...document.fonts].filter(face => face.status === 'loaded').map(face => face.family + face.weight)"
    )
    assert {"Noto Sans SC400", "Noto Sans SC700"} <= {face.replace('"', "") for face in faces}


def test_a_search_needs_only_the_keyboard_and_keeps_the_time_range(address: str, visit: Open) -> None:
    shown = visit().open(f"{address}definitions?p=7d&vs=year")
    page = shown.page
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert not page.locator(".search-box").is_visible()
    page.keyboard.press("/")
    page.keyboard.type("event")
    chosen = page.locator(".search-hit[aria-selected=true]")
    chosen.wait_for()
    first = chosen.inner_text()
    page.keyboard.press("ArrowDown")
    second = chosen.inner_text()
    assert second != first
    page.keyboard.press("ArrowUp")
    assert chosen.inner_text() == first
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"kpi=|type="))
    shown.settle()
    assert not page.locator(".search-box").is_visible()
    assert "p=7d&vs=year" in page.url
    assert second.splitlines()[0] in text(page)
    is_whole(shown)


def test_the_overview_fits_a_wall_without_scrolling(district_address: str, visit: Open) -> None:
    page = visit(1920, 1080).open(district_address).page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 1080


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_wall_is_dark_without_controls_and_does_not_scroll(
    language: str, district_address: str, visit: Open
) -> None:
    page = visit(1920, 1080).open(f"{district_address}wall?lang={language}").page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 1080
    for control in ("header[data-testid=stHeader]", ".st-key-filters", "button:visible"):
        assert page.locator(control).filter(visible=True).count() == 0, control
    assert not re.search("点一行|看数据|a row (drills|goes)", text(page))
    assert page.evaluate(SMALL_TEXTS) == []


def test_a_profile_prints_on_one_page(address: str, visit: Open, home: Path) -> None:
    page = visit(1366, 768).open(f"{address}community").page
    page.locator("a.choice").first.click()
    page.wait_for_url(re.compile(r"org=\d{12}"))
    page.wait_for_selector(".profile")
    page.wait_for_timeout(1500)
    foot = page.evaluate(
        "[...document.querySelectorAll('style')].map(one => one.textContent)"
        ".find(css => css.includes('@bottom-center { content'))"
    )
    assert "数据截至 2015年3月15日" in foot and "(not stated)" in foot
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1


def test_a_sheet_of_paper_is_set_as_a_sheet_and_not_as_a_phone(address: str, visit: Open) -> None:
    """It is as narrow as a phone's rules ask for: rows for fingers would not fit on one page."""
    page = visit(1366, 768).open(f"{address}community").page
    page.locator("a.choice").first.click()
    page.wait_for_selector(".profile-fact")
    page.set_viewport_size({"width": 726, "height": 1036})
    page.emulate_media(media="print")
    try:
        page.wait_for_timeout(300)
        tops = (
            "[...document.querySelectorAll('.profile-fact')].map((one) => Math.round(one.getBoundingClientRect().top))"
        )
        assert len(set(page.evaluate(tops))) == 1
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.stats')).gridTemplateColumns.split(' ').length")
            == 3
        )
    finally:
        page.emulate_media(media="null")


OUT_OF_PANEL = """() => [...document.querySelectorAll('[class*=st-key-panel_]')].flatMap((panel) => {
  const box = panel.getBoundingClientRect();
  return [...panel.querySelectorAll('table, canvas, .tilemap, .bars')].filter((one) => one.checkVisibility())
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, own]) => own.right > box.right + 1 || own.bottom > box.bottom + 1)
    .map(([one]) => `${panel.className.match(/panel_\\w+/)[0]} ${one.tagName}`);
})"""


@pytest.mark.parametrize("path", ["", "type?type=safe", "data", "cobuilding", "events"])
def test_what_is_printed_stays_in_its_panel(path: str, district_address: str, visit: Open) -> None:
    """A sheet's 192 mm are 1171 pixels at the size of print."""
    page = visit(1171, 1600).open(f"{district_address}{path}").page
    drawn = page.locator("canvas").first.bounding_box() if page.locator("canvas").count() else None
    page.emulate_media(media="print")
    try:
        page.wait_for_timeout(300)
        assert page.evaluate(OUT_OF_PANEL) == []
        if drawn:
            # The box of a chart has room for what was drawn before it was printed.
            height = "document.querySelector('[data-testid=stElementContainer]:has(canvas)').offsetHeight"
            assert page.evaluate(height) >= 290
    finally:
        page.emulate_media(media="null")


def test_what_is_printed_from_a_dark_screen_is_dark_on_white(address: str, visit: Open) -> None:
    page = visit(dark=True).open(address).page
    page.emulate_media(media="print")
    try:
        shown = page.evaluate(
            "['.brand h1', '.title'].map(one => getComputedStyle(document.querySelector(one)).color)"
            ".concat(['.stApp', '.card', '[class*=st-key-panel_]']"
            ".map(one => getComputedStyle(document.querySelector(one)).backgroundColor))"
        )
    finally:
        page.emulate_media(media="screen")
    assert shown == ["rgb(27, 39, 51)"] * 2 + ["rgb(255, 255, 255)"] * 3


def test_the_phone_shows_the_cards_two_by_two(address: str, visit: Open) -> None:
    page = visit(390, 844).open(address).page
    page.locator(".card").nth(3).wait_for()
    tops = page.evaluate(
        "[...document.querySelectorAll('.card')].map(card => Math.round(card.getBoundingClientRect().top))"
    )
    assert len(tops) == 4
    assert tops[0] == tops[1] < tops[2] == tops[3]


def test_the_frame_says_no_english_on_chinese_pages(address: str, visit: Open) -> None:
    page = visit(1920, 1080).open(address).page
    for selector in ("[data-testid=stHeader]", ".badges", ".st-key-filters", ".cards .card-head"):
        assert set(re.findall(r"[A-Za-z]{2,}", page.locator(selector).first.inner_text())) <= {"EN"}, selector


@pytest.mark.parametrize(("language", "said"), [("zh", "没有匹配的选项"), ("en", "Nothing found")])
def test_a_filter_without_a_match_says_so_in_the_language_of_the_page(
    language: str, said: str, address: str, visit: Open
) -> None:
    page = visit(1366, 768).open(f"{address}?lang={language}").page
    page.locator(".st-key-filters input[role=combobox]").nth(1).click()
    page.keyboard.type("zzz")
    page.get_by_text(said, exact=True).wait_for()
    assert page.get_by_text("No results").count() == 0


def test_clicks_go_down_to_the_events_and_the_breadcrumb_goes_up(address: str, visit: Open) -> None:
    shown = visit(1920, 1080).open(f"{address}?p=all&vs=prev")
    page = shown.page
    page.locator("a.tile-street").first.click()
    page.wait_for_url(re.compile(r"org=\d{9}(&|$)"))
    shown.settle()
    page.locator("a.rank-row").first.click()
    page.wait_for_url(re.compile(r"org=\d{12}"))
    shown.settle()
    assert "p=all" in page.url
    assert page.locator(".st-key-panel_evidence tbody tr").count() > 0
    assert "command_centre_event_" in page.locator(".st-key-panel_evidence").inner_text()
    page.locator(".st-key-panel_evidence a.ledger-go").first.click()
    page.wait_for_url(re.compile(r"/events\?.*event="))
    shown.settle()
    assert page.locator(".st-key-panel_way").count() or "event=" in page.url
    page.locator(".crumbs a").first.click()
    page.wait_for_function("!location.search.includes('org=')")
    shown.settle()
    assert "p=all" in page.url
    # The menu's link has no parameters: the page adds those of the view.
    page.get_by_role("link", name="总览", exact=True).first.click()
    page.wait_for_url(re.compile(r"/\?.*p=all"))
    assert not shown.errors


def test_a_link_of_a_row_works_with_the_keyboard(address: str, visit: Open) -> None:
    page = visit(1920, 1080).open(address).page
    page.locator("a.rank-row").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"org=\d{12}"))


def test_a_shared_link_opens_the_very_view(address: str, visit: Open) -> None:
    first = visit(1920, 1080).open(f"{address}?lang=en")
    page = first.page
    page.get_by_role("radio", name="7 days").or_(page.get_by_role("button", name="7 days")).first.click()
    page.wait_for_url(re.compile("p=7d"))
    first.settle()
    page.locator(".card-main").first.click()
    first.settle()
    again = visit(1920, 1080).open(page.url)
    assert again.page.url == page.url
    for selector in (".say", ".cards", ".rank, .blank"):
        assert again.page.locator(selector).first.inner_text() == page.locator(selector).first.inner_text()


def test_the_menu_keeps_the_view_and_the_badge_opens_data_quality(address: str, visit: Open) -> None:
    shown = visit(1366, 768).open(f"{address}?p=7d&vs=year")
    page = shown.page
    page.get_by_text("口径与数据", exact=True).first.click()
    page.get_by_role("menuitem", name="口径", exact=True).first.click()
    page.wait_for_url(re.compile(r"/definitions\?.*p=7d"))
    shown.settle()
    assert "vs=year" in page.url
    page.locator("a.badge").first.click()
    page.wait_for_url(re.compile(r"/data\?.*p=7d"))
    shown.settle()
    assert page.locator(".arrive .cell").count() >= 30


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "overview")
def test_a_page_opens_whole_in_english(path: str, address: str, visit: Open) -> None:
    shown = visit(*SIZES["laptop"]).open(f"{address}{path}?lang=en")
    is_whole(shown)
    is_in(shown.page, "en")
    # The one Chinese word is the link back to Chinese; names of places come from the data, here of a foreign city.
    menu = shown.page.inner_text("[data-testid=stHeader]") if path != "wall" else ""
    assert not re.search(r"[一-鿿]", menu)
    for _ in at_other_sizes(shown, ["phone"]):
        is_whole(shown)


def test_the_language_switch_changes_every_page_word(address: str, visit: Open) -> None:
    shown = visit(1366, 768).open(address)
    page = shown.page
    page.locator("a.badge.lang").click()
    page.wait_for_url(re.compile("lang=en"))
    shown.settle()
    is_in(page, "en")
    assert "Overview" in page.inner_text("[data-testid=stHeader]")
    assert not re.search(r"[一-鿿]", page.inner_text(".say"))


def test_the_table_behind_a_panel_downloads_as_a_workbook(address: str, visit: Open) -> None:
    shown = visit(1366, 768).open(address)
    page = shown.page
    page.locator(".st-key-data_rank button").click()
    page.wait_for_selector("[role=dialog] .table-box")
    with page.expect_download() as waiting:
        page.locator(".st-key-files_rank a.file.primary").click()
    download = waiting.value
    assert re.fullmatch(r"[^-]*[一-鿿][^-]*-全区-\d{8}\.xlsx", download.suggested_filename)
    book = openpyxl.load_workbook(io.BytesIO(Path(download.path()).read_bytes()))
    assert book.sheetnames == ["数据", "范围"]
    assert book["数据"].max_row > 5
    scope = {row[0].value: row[1].value for row in book["范围"].iter_rows()}
    assert scope["链接"].startswith(address)
    assert not shown.errors


def test_a_new_generation_is_followed_without_a_restart(home: Path, tmp_path: Path, visit: Open) -> None:
    import duckdb

    folder = tmp_path / "home" / "published"
    shutil.copytree(home / "published", folder, symlinks=True)
    with serve(folder.parent) as address:
        shown = visit(1366, 768).open(address)
        page = shown.page
        page.goto(f"{address}overview?lang=zh&p=7d")
        assert page.url == f"{address}?lang=zh&p=7d"
        page.goto(f"{address}nowhere")
        page.get_by_role("dialog").get_by_role("heading", name="没有这个页面").wait_for()
        assert "exist" not in text(page)
        page.keyboard.press("Escape")
        old = next(folder.glob("sihe-*.duckdb"))
        new = folder / "sihe-20990101-000000.duckdb"
        shutil.copy(old, new)
        new.chmod(0o644)
        with duckdb.connect(str(new)) as connection:
            connection.execute("update meta.build set generation = '20990101-000000'")
        pointer = folder / "current.new"
        pointer.write_text(f'{{"generation": "20990101-000000", "file": "{new.name}"}}', encoding="utf-8")
        pointer.replace(folder / "current.json")
        old.unlink()
        page.wait_for_function("document.querySelector('.foot')?.innerText.includes('20990101-000000')", timeout=60_000)
        assert not shown.errors
    # The server is gone.
    page.get_by_role("dialog").get_by_role("heading", name="看板没有应答").wait_for()
    assert "internet" not in text(page)
    assert page.locator(".badge.good").filter(visible=True).count() == 0


def test_a_home_without_a_publication_opens_in_a_designed_state(tmp_path: Path, visit: Open) -> None:
    with serve(tmp_path) as address:
        for path in ("", "events", "wall"):
            page = visit(390, 844).open(f"{address}{path}").page
            assert "还没有发布过数据" in page.inner_text(".blank-page")
            assert page.locator("[data-testid=stException]").count() == 0
        # The wall is the last: dark for those who prefer light, so Streamlit's navigation could not be read on it.
        page.set_viewport_size({"width": 1366, "height": 768})
        assert page.locator("header[data-testid=stHeader]").filter(visible=True).count() == 0


def test_a_very_long_name_takes_lines_and_no_room_of_others(address: str, visit: Open) -> None:
    named = "selector => { document.querySelector(selector).textContent = '很长的社区名称'.repeat(8); }"
    page = visit(1366, 768).open(f"{address}street").page
    page.evaluate(named, ".heat-name b")
    assert page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.heat'))")
    page = visit(390, 844).open(f"{address}community").page
    page.locator("a.choice").first.click()
    page.wait_for_selector(".profile .crumbs b")
    page.evaluate(named, ".profile .crumbs b")
    heights = page.evaluate("[...document.querySelectorAll('.profile .crumbs a')].map(one => one.clientHeight)")
    assert heights and max(heights) < 40, "one line each"


def comes_into_view(page: Page, selector: str) -> None:
    page.wait_for_function(
        "selector => { const top = document.querySelector(selector)?.getBoundingClientRect().top;"
        " return top >= 0 && top < innerHeight / 2; }",
        arg=selector,
    )


def test_a_phone_shows_the_finding_first_and_goes_to_what_a_tapped_row_is_about(
    district_address: str, visit: Open
) -> None:
    shown = visit(*SIZES["phone"]).open(f"{district_address}type")
    page = shown.page
    assert page.locator(".st-key-filters").is_hidden()
    finding, fold = (page.locator(one).bounding_box() for one in (".say", "button.fold"))
    assert finding and fold and finding["y"] < fold["y"] < SIZES["phone"][1]
    page.locator("button.fold").click()
    assert page.locator(".st-key-filters").is_visible()
    page.locator("a.con-row").nth(2).click()
    comes_into_view(page, ".st-key-panel_trend")
    shown.open(f"{district_address}street")
    page.wait_for_selector("[data-more]")
    assert "左右滑动看全表" in page.evaluate(
        "getComputedStyle(document.querySelector('[data-more]'), '::before').content"
    )


def test_on_a_laptop_evidence_opens_in_view(district_address: str, visit: Open) -> None:
    page = visit().open(f"{district_address}definitions").page
    page.locator("a.def-basis").nth(5).click()
    comes_into_view(page, ".st-key-panel_evidence")


def test_a_browser_that_is_too_old_is_told_so(address: str, chromium: Browser) -> None:
    with chromium.new_context() as profile:
        page = profile.new_page()
        page.add_init_script("delete Array.prototype.toSorted")
        page.goto(address)
        page.get_by_role("heading", name="浏览器版本太旧，打不开看板").wait_for()
        assert page.locator("#root").is_hidden()


@pytest.mark.parametrize("path", ["", "type", "street", "community", "events", "cobuilding", "definitions"])
def test_a_finger_hits_every_link_of_a_phone(path: str, district_address: str, visit: Open) -> None:
    shown = visit(*SIZES["phone"]).open(f"{district_address}{path}")
    height = shown.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    shown.page.set_viewport_size({"width": SIZES["phone"][0], "height": height})
    shown.settle()
    assert shown.page.evaluate(TOUCH) == []


def test_the_keyboard_shows_where_it_is_in_the_navigation(district_address: str, visit: Open) -> None:
    """The page that is open and the one that has the focus do not look alike."""
    page = visit().open(f"{district_address}type").page
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.locator("header a:focus, header button:focus")
        if focused.count():
            assert focused.evaluate(
                "one => getComputedStyle(one).outlineStyle + getComputedStyle(one).outlineWidth"
            ) in ("solid2px"), focused.inner_text()
        elif page.locator(".badge:focus").count():
            return
    raise AssertionError("the keyboard did not come through the navigation")


def test_filters_stand_in_one_line(district_address: str, visit: Open) -> None:
    page = visit().open(district_address).page
    tops = page.evaluate(
        "[...document.querySelectorAll('.st-key-filters :is(button[kind], [role=radio], .react-aria-ComboBox > div)')]"
        ".map(one => one.getBoundingClientRect()).map(box => `${box.top} ${box.height}`)"
    )
    assert len(tops) > 8
    assert len(set(tops)) == 1, tops


@pytest.mark.parametrize("size", SIZES)
def test_the_overview_shows_what_is_noise_and_whose_a_tile_is(size: str, district_address: str, visit: Open) -> None:
    """Intervals beside the names, on a laptop and a phone too; no tile below the name of its street."""
    page = visit(*SIZES[size]).open(district_address).page
    assert page.locator(".rank-line svg").filter(visible=True).count() > 2
    clear = """() => [...document.querySelectorAll('.tile-group')].every((group) => {
      const edge = group.querySelector('.tile-street').getBoundingClientRect().right;
      return [...group.querySelectorAll('.tile')].every((tile) => tile.getBoundingClientRect().left >= edge);
    })"""
    assert page.evaluate(clear)
