"""The real pages on real data: every page, level, period and language opens without an exception, and its texts agree
with the figures."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from streamlit.testing.v1 import AppTest

import screens
from figures import periods, published
from figures.board import boards
from figures.kpis import definitions
from figures.orgs import Register
from figures.periods import Ranges
from language import numbers as fmt
from language import words
from reader import menu
from reader.view import COMPARISONS, DEFAULT_KPI, LANGUAGES, PERIODS
from screens import community
from screens.data.arrivals import state_of

from .conftest import asked, go, markup

PAGES = tuple(menu.PAGES)
FAILED = [text for title in ("failed.title", "older.title") for text in words.WORDS[title]]
CHINESE = re.compile(r"[一-鿿]")

Opener = Callable[..., AppTest]


def well(app: AppTest) -> str:
    """The page's markup, after checking that nothing failed on it."""
    text = markup(app)
    assert not app.exception
    assert not app.markdown, "a text that stands alone in app.py is shown"
    assert not any(words_of_failure in text for words_of_failure in FAILED)
    assert len(text) > 500
    return text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_opens_in_both_languages(page: str, lang: str, home: Path, opened: Opener) -> None:
    well(opened(home, page, lang=lang))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_kpis_that_are_left_out(
    page: str, republished: Callable[..., Path], opened: Opener
) -> None:
    """A KPI whose file is broken is in no table of a generation."""
    left_out = (
        DEFAULT_KPI,
        "overdue_open_per_1k",
        "visit_coverage_180d",
        "overloaded_worker_share",
        "centres_open",
    )
    tables = ("kpi_definition", "kpi_daily", "kpi_period", "kpi_target")
    where = republished("b", *(f"delete from marts.{table} where kpi_id in {left_out}" for table in tables))
    well(opened(where, page))


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("compare", COMPARISONS)
def test_every_period_and_comparison_opens(period: str, compare: str, home: Path, opened: Opener) -> None:
    app = opened(home, p=period, vs=compare)
    well(app)
    assert asked(app)["p"] == period
    assert asked(app)["vs"] == compare


def test_every_kpi_opens_at_every_level(home: Path, opened: Opener) -> None:
    app = opened(home)
    publication = published.current()
    assert publication
    register = Register.read(publication)
    street, community = register.of("street")[0].code, register.of("community")[0].code
    for kpi in definitions(publication):
        for org in ("", street, community):
            app = go(app, f"overview?p=30d&vs=prev&org={org}&kpi={kpi}")
            text = well(app)
            assert asked(app).get("kpi", DEFAULT_KPI) == kpi
            if org == community:
                assert 'class="crumbs"' in text


def test_the_finding_says_what_the_warehouse_says(home: Path, opened: Opener) -> None:
    text = well(opened(home, p="30d", vs="prev"))
    publication = published.current()
    assert publication and publication.data_from and publication.data_through
    kpis, register = definitions(publication), Register.read(publication)
    assert register.district
    window = periods.window("30d", publication.data_from, publication.data_through)
    board = boards(publication, kpis, register.district.code, Ranges("30d", "prev", window, None)).now
    figure = board.figure("event_on_time_close_rate", register.district.code)
    said = re.search(r'<div class="say">.*?</div>', text, re.DOTALL)
    assert said
    assert fmt.value(figure.value, "percent", "zh") in said.group()
    assert f"n={fmt.whole(figure.n)}" in said.group()


def test_a_click_goes_down_and_the_breadcrumb_up_with_the_filters_kept(home: Path, opened: Opener) -> None:
    app = opened(home, p="7d", vs="year")
    street = re.search(r'data-go="(overview\?[^"]*org=\d{9})(?:&[^"]*)?"', markup(app))
    assert street
    app = go(app, street.group(1).replace("&amp;", "&"))
    assert asked(app)["p"] == "7d"
    assert asked(app)["vs"] == "year"
    community = re.search(r'data-go="(overview\?[^"]*org=\d{12})(?:&[^"]*)?"', markup(app))
    assert community
    app = go(app, community.group(1).replace("&amp;", "&"))
    text = well(app)
    assert asked(app)["p"] == "7d"
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', text)
    assert crumbs
    assert crumbs.group().count("<a ") == 2
    assert "command_centre_event_" in text, "the events behind the number name their file"


def test_filters_write_the_address(home: Path, opened: Opener) -> None:
    app = opened(home)
    street = app.selectbox(key="w_street").options[1]
    app.selectbox(key="w_street").select_index(1).run()
    assert len(asked(app)["org"]) == 9, street
    app.selectbox(key="w_community").select_index(1).run()
    assert len(asked(app)["org"]) == 12
    app.selectbox(key="w_community").select_index(0).run()
    assert len(asked(app)["org"]) == 9
    app.selectbox(key="w_kpi").set_value("event_close_hours").run()
    assert asked(app)["kpi"] == "event_close_hours"
    well(app)


def test_the_view_is_kept_from_page_to_page(home: Path, opened: Opener) -> None:
    app = opened(home, p="7d", lang="en")
    app.query_params.clear()
    app.session_state["nav_target"] = ("definitions", {"p": "7d", "vs": "prev", "lang": "en"})
    app.run()
    assert asked(app)["p"] == "7d"
    assert asked(app)["lang"] == "en"


@pytest.mark.parametrize(
    "params",
    [
        {"p": "近7日"},
        {"org": "610302999999"},
        {"org": "'; drop table marts.dim_org; --"},
        {"kpi": "<img src=x onerror=alert(1)>"},
        {"p": "", "org": "\x00", "vs": "🙂", "lang": "../.."},
        {"by": "grid", "lang": "klingon"},
    ],
)
@pytest.mark.parametrize("page", PAGES)
def test_an_address_with_nonsense_shows_the_default_and_says_so(
    page: str, params: dict[str, str], home: Path, opened: Opener
) -> None:
    app = opened(home, page)
    app.query_params.clear()
    for name, value in params.items():
        app.query_params[name] = value
    text = well(app.run())
    assert words.WORDS["notice.ignored"][0].split("（")[0] in text
    assert "onerror" not in text
    assert asked(app) == {"p": "30d", "vs": "prev"}


@pytest.mark.parametrize("page", PAGES)
def test_nothing_published_is_a_designed_state(page: str, nowhere: Path, opened: Opener) -> None:
    assert words.WORDS["unpublished.title"][0] in well(opened(nowhere, page))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_warehouse_is_a_designed_state_and_no_row_of_zeros(
    page: str, lang: str, empty: Path, opened: Opener
) -> None:
    text = well(opened(empty, page, lang=lang))
    assert words.WORDS["badge.no_data"][lang == "en"] in text
    if page == "overview":
        assert words.WORDS["empty.title"][lang == "en"] in text
    if page == "definitions":
        assert "event_on_time_close_rate" in text
        assert ">0%<" not in text


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_publication_is_a_designed_state(page: str, tmp_path: Path, opened: Opener) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "sihe-1.duckdb").write_bytes(b"x" * 5000)
    (folder / "current.json").write_text('{"file": "sihe-1.duckdb"}', encoding="utf-8")
    assert words.WORDS["damaged.title"][0] in well(opened(tmp_path, page))


def test_a_generation_of_another_shape_fails_on_its_page_alone(
    republished: Callable[..., Path], opened: Opener
) -> None:
    where = republished("20990201T000000", "drop table meta.rejected_row")
    app = opened(where, "data")
    assert words.WORDS["older.title"][0] in markup(app)
    assert not app.exception
    well(opened(where))


@pytest.mark.parametrize("lacking", ["complete_at", "sha256"])
def test_the_header_of_a_generation_of_another_shape_says_what_it_can(
    lacking: str, republished: Callable[..., Path], opened: Opener
) -> None:
    """Its day, without how many feeds have arrived if the generation cannot say that."""
    where = republished("20990202T000000", f"alter table meta.delivery drop column {lacking}")
    app = opened(where, "definitions")
    assert not app.exception
    text = markup(app)
    assert words.WORDS["badge.as_of"][0].partition("{")[0] in text
    arrived = words.WORDS["badge.feeds"][0].partition("{")[0]
    assert (arrived in text) is (lacking != "complete_at")


def test_a_page_that_fails_says_so_alone(home: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("screens.data.show", fail)
    app = opened(home, "data")
    assert words.WORDS["failed.title"][0] in markup(app)
    assert not app.exception
    well(opened(home))


def test_a_frame_that_fails_says_so_in_both_languages(
    home: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("page.frame.footer", fail)
    app = opened(home)
    assert not app.exception
    assert all(said in markup(app) for said in words.WORDS["failed.frame"])


def test_a_new_generation_appears_at_the_next_rerun(republished: Callable[..., Path], opened: Opener) -> None:
    app = opened(republished("20990202T000000"))
    assert "20990202T000000" in well(app)
    republished("20990203T000000", "update marts.dim_org set org_name = '新名' where org_level = 'district'")
    app.run()
    text = well(app)
    assert "20990203T000000" in text
    assert "新名基层治理驾驶舱" in text


def test_a_generation_without_yesterday_or_long_ago_is_marked_stale(home: Path, opened: Opener) -> None:
    assert 'class="badge bad"' in well(opened(home))


def test_demo_data_are_marked_as_such(republished: Callable[..., Path], opened: Opener) -> None:
    where = republished("20990204T000000", "update meta.build set is_demo = true")
    assert words.WORDS["badge.demo"][0] in well(opened(where))


def test_what_comes_from_outside_is_text(republished: Callable[..., Path], opened: Opener) -> None:
    bad = "<img src=x onerror=alert(1)>\"'"
    quoted = bad.replace("'", "''")
    where = republished(
        "20990205T000000",
        f"update marts.dim_org set org_name = '{quoted}'",
        (
            f"update marts.fct_event set subcategory = '{quoted}', department = "
            f"'{quoted}', file_name = '{quoted}', event_id = '{quoted}' || event_id"
        ),
        f"update meta.delivery set file_name = '{quoted}', reason = '{quoted}'",
        f"update meta.feed set title = '{quoted}', platform_title = '{quoted}'",
        f"update marts.kpi_definition set owner = '{quoted}', zh = '{quoted}' || zh",
        (
            "insert into meta.rejected_row values ('command_centre', 'event', (select "
            f"data_through from meta.build), '{quoted}', 3, ['{quoted}'], '{quoted}')"
        ),
    )
    publication_org = "990101001"
    for page, org in (("overview", ""), ("overview", publication_org), ("definitions", ""), ("data", "")):
        app = opened(where, page, **({"org": org} if org else {}))
        text = well(app)
        assert "&lt;img" in text
        assert "<img src=x" not in text


@pytest.mark.parametrize(
    ("number", "is_there", "said"), [(0, True, "0"), (7, True, "7"), (0, False, "—"), (None, True, "—")]
)
def test_a_community_without_service_points_has_none(number: int | None, is_there: bool, said: str) -> None:
    """Only without a register is their number unknown."""
    assert community._fact("points", {"points": number}, is_there) == said


def test_a_page_compares_with_no_day_that_is_not_there(home: Path, opened: Opener) -> None:
    text = well(opened(home, "type", p="all", org="990101001001"))
    assert "比 —" not in text


def test_a_table_can_be_opened_and_both_files_are_offered(home: Path, opened: Opener) -> None:
    app = opened(home)
    for key in [button.key for button in app.button if button.key and button.key.startswith("data_")]:
        app.button(key=key).click().run()
        text = well(app)
        assert 'class="scope"' in text, key
        assert words.WORDS["scope.as_of"][0] in text
        app.run()


@pytest.mark.parametrize("page", PAGES)
def test_no_chinese_interface_word_on_english_pages(page: str, home: Path, opened: Opener) -> None:
    """Chinese text on an English page comes from the data: titles, names, owners, definitions."""
    text = well(opened(home, page, lang="en"))
    publication = published.current()
    assert publication
    allowed = {
        str(value)
        for question in ("feeds", "orgs", "definitions")
        for row in published.ask(publication, question)
        for value in row.values()
    }
    # The switch to Chinese and the platform's mark are allowed.
    plain = re.sub(r"<[^>]+>", "\n", text)
    found = {line.strip() for line in plain.splitlines() if CHINESE.search(line)} - {"中文", "合"}
    for name in sorted(allowed, key=len, reverse=True):
        found = {line.replace(name, "") for line in found} if name else found
    assert not {line for line in found if CHINESE.search(line)}
    assert not {text for text in published.terms(publication) if text in plain}


@pytest.mark.parametrize("page", ["overview", "events", "visits", "definitions"])
def test_offices_and_kinds_of_events_are_english_on_english_pages(
    page: str, district: tuple[Path, Path, str], opened: Opener
) -> None:
    chinese, english = (well(opened(district[0], page, lang=lang)) for lang in ("zh", "en"))
    publication = published.current()
    assert publication
    terms = published.terms(publication)
    said = {text for text in terms if text in chinese}
    assert said
    assert not {text for text in terms if text in english}
    assert {terms[text] for text in said} & {word for word in terms.values() if word in english}


def test_a_question_on_the_definitions_page_finds_and_finds_nothing(home: Path, opened: Opener) -> None:
    app = opened(home, "definitions")
    app.text_input(key="w_search").set_value("rework").run()
    assert markup(app).count('<article class="def">') == 1
    app.text_input(key="w_search").set_value("没有这个").run()
    assert words.WORDS["definition.none"][0] in well(app)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (None, "missing"),
        (
            {"is_loaded": False, "is_held": True, "is_late": False, "is_superseded": False, "is_duplicate": False},
            "held",
        ),
        (
            {"is_loaded": False, "is_held": False, "is_late": False, "is_superseded": False, "is_duplicate": True},
            "missing",
        ),
        (
            {"is_loaded": True, "is_held": True, "is_late": False, "is_superseded": False, "is_duplicate": False},
            "loaded",
        ),
        ({"is_loaded": True, "is_held": False, "is_late": True, "is_superseded": True, "is_duplicate": False}, "late"),
        (
            {"is_loaded": True, "is_held": False, "is_late": False, "is_superseded": True, "is_duplicate": True},
            "corrected",
        ),
        (
            {"is_loaded": True, "is_held": False, "is_late": False, "is_superseded": False, "is_duplicate": True},
            "duplicate",
        ),
    ],
)
def test_a_feed_day_has_one_state(row: dict[str, bool] | None, shown: str) -> None:

    assert state_of(row) == shown


def test_the_warehouses_scores_are_shown_as_they_are(republished: Callable[..., Path], opened: Opener) -> None:
    scores = {
        "safe": 70.44,
        "convenient": 81.26,
        "beautiful": 59.02,
        "happy": 74.1,
        "organisation": 79,
        "overall": 70.9,
    }
    rows = ", ".join(
        f"('district', (select org_code from marts.dim_org where org_level = 'district'), "
        f"(select data_through from meta.build) - {days}, '{pillar}', {score - days / 30}, 1)"
        for pillar, score in scores.items()
        for days in (0, 30)
    )
    where = republished(
        "20990206T000000",
        "delete from marts.index_daily where org_level = 'district'",
        f"insert into marts.index_daily (org_level, org_code, as_of, pillar, score, coverage) values {rows}",
    )
    text = well(opened(where))
    for shown in ("70.4", "81.3", "59.0", "74.1", "<b>70.9</b>"):
        assert shown in text
    assert text.count("▲1.0 分") >= 5, "a point more than on the last day of the period before"
    assert words.WORDS["say.score_red"][0].split("}")[1] in text
    assert "便利型达标" in text
    for page in ("type", "street", "wall"):
        assert "79.0" in well(opened(where, page)) or page == "wall"


def test_a_kpi_whose_feeds_never_delivered_is_no_zero(home: Path, opened: Opener) -> None:
    text = well(opened(home, "type", type="convenient"))
    row = text[text.index('<span class="con-name">党群服务中心达标率') :][:600]
    assert words.WORDS["nothing.no_data"][0] in row
    assert ">0%<" not in row


def test_a_page_of_the_menu_is_a_module_and_every_module_a_page() -> None:
    modules = {one.name for one in iter_modules(screens.__path__)}
    assert modules == set(menu.PAGES)
    assert all(callable(import_module(f"screens.{name}").show) for name in modules)
    assert [page.path for page in menu.PAGES.values()] == ["", *list(menu.PAGES)[1:]]


# ---------------------------------------------------------------- the district's own titles


def test_title_and_logo_are_those_of_the_district_in_both_languages(
    opened: Opener, republished: Callable[..., Path]
) -> None:
    district = "insert into meta.district select org_code, '某区', '某区大屏', 'Some board', '某' from marts.dim_org"
    named = republished("named", f"{district} where org_level = 'district'")
    chinese, english = well(opened(named)), well(opened(named, lang="en"))
    assert "<h1>某区大屏</h1>" in chinese
    assert "<h1>Some board</h1>" in english
    assert '<div class="mark" aria-hidden="true">某</div>' in chinese


def test_a_generation_without_the_table_of_the_district_is_shown(
    opened: Opener, republished: Callable[..., Path], home: Path
) -> None:
    old = republished("old", "drop table meta.district")
    heading = re.compile("<h1>.*?</h1>")
    assert heading.findall(well(opened(old))) == heading.findall(well(opened(home)))
