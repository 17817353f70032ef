"""The pages of a city: what is published of it, in words and in order.

Belongs here: its pages. Does not belong here: the numbers (tests/walk/test_rollup.py).
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OTHER_FORMULA

from .conftest import markup

from downloads import Table  # isort: skip
from language import words  # isort: skip
from page import districts  # isort: skip
from reader import menu  # isort: skip

Opened = Callable[..., AppTest]
Asked = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def there(city: tuple[Path, Path, str]) -> Path:
    return city[0]


def generation(home: Path) -> Path:
    folder = home / "published"
    return folder / str(json.loads((folder / "current.json").read_text(encoding="utf-8"))["file"])


def table_of(page: AppTest, kind: str) -> str:
    """The markup of the panel of a kind: `heat` or `table-box`."""
    return markup(page).partition(f'<div class="{kind}"')[2].partition("</table>")[0]


def test_districts_are_ranked_by_their_published_index_and_those_without_one_come_last(
    there: Path, opened: Opened
) -> None:
    with duckdb.connect(str(generation(there)), read_only=True) as connection:
        wanted = connection.execute(
            "select org_name from marts.dim_org left join marts.index_daily using (org_code) where dim_org.org_level ="
            " 'district' and pillar = 'overall' and as_of = (select data_through from meta.build) and score is not null"
            " order by score desc, org_code"
        ).fetchall()
        without = connection.execute(
            "select district_name from meta.district_parcel where state <> 'delivered' order by district_code"
        ).fetchall()
    page = opened(there)
    names = re.findall(r'<span class="heat-name"><b>([^<]+)</b>', table_of(page, "heat"))
    ranked = [name for (name,) in wanted]
    assert names[0] == "宝鸡市" and names[1 : len(ranked) + 1] == ranked
    assert set(names[len(ranked) + 1 :]) >= {name for (name,) in without}


def test_the_page_says_who_has_not_delivered_and_never_zero(there: Path, opened: Opened) -> None:
    text = markup(opened(there))
    assert "应报 12 个区县，已报 5 个" in text
    assert "迟报：扶风县（截至12月12日）" in text and "文件无法使用：眉县" in text and "凤翔区" in text
    assert "最新文件损坏或不完整" in text and "未计入合计：陇县 1 项" in text
    assert "区县 5/12 已报送" in text


def test_a_kpi_is_compared_between_districts_with_how_many_are_in_the_sum(there: Path, opened: Opened) -> None:
    text = markup(opened(there, kpi=OTHER_FORMULA))
    assert "计入 4/12 个区县" in text
    rows = table_of(opened(there, kpi=OTHER_FORMULA), "table-box")
    assert rows.count("<tr>") == 1 + 1 + 12
    apart = markup(opened(there, kpi="overloaded_worker_share"))
    assert "网格员超负荷占比：各区县分列，不相加" in apart


def test_a_city_has_the_pages_that_need_no_rows_and_no_others(there: Path, opened: Opened) -> None:
    # A click to another page stays where it is: that page is not registered.
    page = opened(there, "street")
    assert not page.exception and "区县 5/12 已报送" in markup(page) and 'class="heat' in markup(page)
    assert {one.name for one in menu.PAGES.values() if one.is_above} == {"overview", "type", "definitions", "data"}
    for name in ("type", "definitions", "data"):
        for lang in ("zh", "en"):
            shown = opened(there, name, lang=lang)
            failed = [words.WORDS[title][lang == "en"] for title in ("failed.title", "older.title")]
            assert not shown.exception and not any(text in markup(shown) for text in failed), (name, lang)
    texts = " ".join(markup(opened(there, name)) for name in ("overview", "type", "definitions", "data"))
    gone = [one.path for one in menu.PAGES.values() if not one.is_above]
    assert [path for path in gone if f'"./{path}?' in texts] == []


@pytest.fixture
def of_city(there: Path, tmp_path: Path) -> Asked:
    """Asks a copy of the generation: the dashboard has the file open in its own way."""
    file = shutil.copy(generation(there), tmp_path / "copy.duckdb")

    def ask(sql: str, *asked: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql, list(asked)).fetchall()

    return ask


def row_of(text: str, name: str) -> str:
    """The row of a KPI in the list of a type."""
    listed = text.partition('class="table-box ledger"')[2]
    return listed.partition(f">{name}<")[2].partition("</tr>")[0]


def test_a_type_has_every_kpi_of_the_city_with_its_ends_and_how_many_districts_are_in(
    there: Path, opened: Opened, of_city: Asked
) -> None:
    text = markup(opened(there, "type", type="safe", kpi=OTHER_FORMULA))
    found = of_city(
        "select org_name, value from marts.kpi_period inner join marts.dim_org using (org_code) where kpi_id = ?"
        " and period = '30d' and as_of = (select data_through from meta.build) and dim_org.org_level = 'district'"
        " order by value desc, org_code",
        OTHER_FORMULA,
    )
    row = row_of(text, "网格事件按期结案率")
    assert "4/12" in row and str(found[0][0]) in row and str(found[-1][0]) in row
    assert f"{found[0][1]:.1f}%" in row and f"{found[-1][1]:.1f}%" in row
    assert len(found) == 4 and "陇县" not in row
    (index,) = of_city(
        "select score from marts.index_daily where org_code = '6103' and pillar = 'safe'"
        " and as_of = (select data_through from meta.build)",
    )
    assert f"平安型指数 {index[0]:.1f}。" in text


@pytest.mark.parametrize(("period", "said"), [("1d", "12月14日当天"), ("qtd", "本季截至12月14日")])
def test_the_districts_are_compared_over_the_period_that_is_asked(
    there: Path, opened: Opened, of_city: Asked, period: str, said: str
) -> None:
    text = markup(opened(there, "type", type="safe", kpi=OTHER_FORMULA, p=period))
    (own,) = of_city(
        "select value from marts.kpi_period where org_code = '6103' and kpi_id = ? and period = ?"
        " and as_of = (select data_through from meta.build)",
        OTHER_FORMULA,
        {"qtd": "quarter"}.get(period, period),
    )
    assert said in text and f"网格事件按期结案率 {own[0]:.1f}%" in text


def test_a_kpi_that_is_not_added_up_says_so_in_place_of_a_number(there: Path, opened: Opened) -> None:
    text = markup(opened(there, "type", type="organisation"))
    row = row_of(text, "网格员超负荷占比")
    assert "—<small>各区县分列，不相加</small>" in row and "/12" not in row


def test_data_say_feed_by_feed_which_districts_are_behind_and_which_brought_nothing(
    there: Path, opened: Opened, of_city: Asked
) -> None:
    text = markup(opened(there, "data"))
    (feeds,) = of_city("select count(*) from meta.feed")
    rows = re.findall(r"<tr class=\"\"><td.*?</tr>", text)
    brought = [row for row in rows if ">5/12<" in row]
    assert len(brought) == feeds[0]
    assert all("扶风县（12月12日）" in row and "等 6 个" in row for row in brought)
    assert "口径与本级不同" in text and f"165/{12 * int(str(feeds[0]))}" in text


def test_definitions_have_the_numbers_of_the_city_and_no_rows(there: Path, opened: Opened, of_city: Asked) -> None:
    page = opened(there, "definitions", kpi=OTHER_FORMULA)
    text = markup(page)
    (own,) = of_city(
        "select value from marts.kpi_period where org_code = '6103' and kpi_id = ? and period = '30d'"
        " and as_of = (select data_through from meta.build)",
        OTHER_FORMULA,
    )
    entry = text.partition("<code>event_on_time_close_rate</code>")[2].partition("</article>")[0]
    assert f"{own[0]:.1f}%" in entry and "看依据" not in text


def test_what_a_panel_shows_can_be_taken_as_a_file(there: Path, opened: Opened) -> None:
    page = opened(there, "type", type="safe")
    page.button(key="data_kpis").click().run()
    assert not page.exception
    text = markup(page)
    assert "download/" in text and "渭滨区" in text


def test_in_english_too(there: Path, opened: Opened) -> None:
    text = markup(opened(there, lang="en"))
    assert "5 of 12 districts have delivered" in text and "缺" not in text


def test_a_name_from_a_parcel_is_text(there: Path, opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "published"
    folder.mkdir(parents=True)
    file = folder / generation(there).name
    shutil.copy(generation(there), file)
    shutil.copy(there / "published" / "current.json", folder)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update marts.dim_org set org_name = '<img src=x onerror=alert(1)>' where org_level <> 'city'"
        )
    text = markup(opened(folder.parent))
    assert "<img" not in text and "&lt;img src=x" in text


def test_files_of_a_city_state_the_days_of_their_numbers_whatever_the_time_range(there: Path, opened: Opened) -> None:
    """总览 and 数据质量 of a city have no time range to choose; one comes along from another page."""
    for name, panels in (("overview", ("rank", "standings", "parcels")), ("data", ("parcels", "feeds"))):
        for panel in panels:
            page = opened(there, name, p="7d")
            page.button(key=f"data_{panel}").click().run()
            (scope,) = re.findall(r'class="scope">(.*)</div>', markup(page))
            assert "2025-11-15 — 2025-12-14" in scope and words.WORDS["period.7d"][0] not in scope, (name, panel)


def test_the_file_of_a_comparison_has_numbers(there: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows them as text, with the reason where there is none."""
    made: list[Table] = []

    def noted(*given: Any) -> Table:
        made.append(Table(*given))
        return made[-1]

    monkeypatch.setattr(districts, "Table", noted)
    page = opened(there)
    page.button(key="data_standings").click().run()
    (table,) = (one for one in made if len(one.columns) == 8)
    assert any(row[1] is not None for row in table.rows)
    for row in table.rows:
        assert all(cell is None or isinstance(cell, int | float) for cell in (*row[1:4], *row[5:7])), row
        assert (row[1] is None) is bool(row[7]), row


def test_a_district_without_a_number_has_the_right_reason_beside_it(there: Path, opened: Opened) -> None:
    page = opened(there, kpi=OTHER_FORMULA)
    told = {"眉县": "文件无法使用", "凤翔区": "未报送"}
    for kind, also in (
        ("table-box", {"陇县": "口径与本级不同", "扶风县": "迟报"}),
        ("heat", {"扶风县": "截至12月12日"}),
    ):
        text = re.sub(r"<[^>]+>", "|", table_of(page, kind))
        for district, reason in (told | also).items():
            assert re.search(rf"{district}\|+{reason}\|", text), (kind, district)


def test_nothing_is_left_out_of_a_parcel_that_is_not_there(there: Path, opened: Opened) -> None:
    rows = [row for row in markup(opened(there)).split("<tr>") if "未报送" in row or "文件无法使用" in row]
    parcels = [row for row in rows if row.count("<td") == 9]
    assert len(parcels) >= 5 and not [row for row in parcels if re.search(r">0<", row)]


def test_no_district_is_best_or_last_where_all_have_the_same(there: Path, opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "alike" / "published"
    folder.mkdir(parents=True)
    file = Path(shutil.copy(generation(there), folder))
    shutil.copy(there / "published" / "current.json", folder)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update marts.kpi_period set value = 90 where kpi_id = ? and org_level = 'district'", [OTHER_FORMULA]
        )
        connection.execute("update marts.index_daily set score = 60 where org_code <> '6103'")
    row = row_of(markup(opened(folder.parent, "type", type="safe", kpi=OTHER_FORMULA)), "网格事件按期结案率")
    assert "4/12" in row and "渭滨区" not in row
    assert words.WORDS["above.rank_title_none"][0] in markup(opened(folder.parent))
