"""The table behind a panel, which is also its file: it says what the panel says, and how many rows there are.

Belongs here: tables and counts of lists that end at a limit. Does not belong here: the bytes of files
(test_downloads.py), figures (test_agreement.py).
"""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import panel
from components.ledger import Column
from components.table import table
from downloads import Table
from figures.orgs import Org
from language.words import Speaker
from screens import street
from screens.capacity import volunteers
from tests.pages.counted import counted
from tests.pages.test_kpis import RATE
from tests.walk.published import ask as published_ask

from .conftest import markup

ZH = Speaker("zh")
COMMUNITY = "990101001001"
Ask = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("met", "of", "word"), [(95, 100, "达标"), (80, 100, "未达标"), (60, 100, "破红线"), (1, 3, "样本不足")]
)
def test_a_table_judges_a_place_as_the_panel_does(met: int, of: int, word: str) -> None:
    """And does not call a place beyond the red line normal."""
    figure = counted(RATE, met, of)
    shown: Any = SimpleNamespace(t=ZH)
    (row,) = street._behind(RATE, [(Org("street", "990101001", "甲街道", "990101", 0), figure)], shown).rows
    assert row[-1] == word


def test_a_share_of_hours_is_in_a_table_as_a_share_beside_the_hours() -> None:
    subject: Any = SimpleNamespace(context=SimpleNamespace(t=ZH), name=str)
    team = {
        "team_id": "T", "team_name": "队", "community_code": COMMUNITY, "held": 5, "volunteers": 28, "hours": 200.0,
        "hours_verified": 150.0, "residents": 132,
    }  # fmt: skip
    labels = ("队伍", "社区", "活动", "人数", "时长", "核验率")
    made = volunteers._teams_table(subject, [team], [Column(label) for label in labels])
    told = dict(zip(made.columns, made.rows[0], strict=True))
    assert (told["核验通过时长"], told["核验率（%）"]) == (150.0, 75.0)


def test_a_table_that_ends_at_a_limit_says_of_how_many_rows_it_is() -> None:
    rows = [(number,) for number in range(300)]
    assert "显示前 200 行，共 300 行；下载得全部" in table(Table(("数",), rows), ZH)
    assert "显示前 200 行，共 11,817 行；下载得前 300 行" in table(Table(("数",), rows, 11_817), ZH)
    assert "显示前 3 行，共 5 行；下载得前 3 行" in table(Table(("数",), rows[:3], 5), ZH)
    assert "rank-foot" not in table(Table(("数",), rows[:3], 3), ZH)


def test_a_file_says_yes_and_no_in_words_and_a_table_has_no_zero_below_zero() -> None:
    worded = panel._worded(Table(("有", "数"), [(True, -0.0), (False, 1)]), ZH)
    assert [row[0] for row in worded.rows] == ["是", "否"]
    shown = table(Table(("数",), [(-0.0,), (-0.004,), (-0.5,)]), ZH)
    assert [part.split("<")[0] for part in shown.split('num">')[1:]] == ["0", "0.00", "-0.50"]


def test_the_table_of_two_areas_has_every_line_of_its_panel(full_home: Path, opened: Callable[..., AppTest]) -> None:
    """The scores of the types too."""
    app = opened(full_home, "street", p="30d")
    (listed,) = re.findall(r"显示前 20 行，共 (\d+) 行；“看数据”得全部", markup(app))
    app.button(key="data_side_by_side").click().run()
    shown = markup(app).split('<table><thead><tr><th class="">类型')[1].split("</table>")[0]
    assert shown.count("<tr>") == int(listed)
    assert "得分，近30日" in shown


FEW_BEFORE = """
select now.org_code, definition.zh
from marts.kpi_period as now
inner join marts.kpi_compared as before using (kpi_id, org_code, as_of, period)
inner join marts.kpi_definition as definition using (kpi_id)
where before.against = 'previous' and before.status = 'small_n' and now.status = 'ok' and period = '7d'
    and now.org_level = 'community' and definition.weight is not null and definition.pillar not in ('data', 'context')
order by now.org_code, definition.zh
"""


def test_a_rate_of_too_few_cases_is_hidden_in_the_column_of_the_past_too(
    full_home: Path, opened: Callable[..., AppTest]
) -> None:
    found = published_ask(full_home, FEW_BEFORE)
    org = found[0][0]
    app = opened(full_home, "community", p="7d", org=org)
    app.button(key="data_side_by_side").click().run()
    table = markup(app).split('<table><thead><tr><th class="">类型')[1].split("</table>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")]
    past = {cells[1]: cells[5] for cells in rows if len(cells) > 5}
    assert {past[name] for code, name in found if code == org} == {"—"}
    assert set(past.values()) != {"—"}


# ---------------------------------------------------------------- lists with a limit


def test_repeat_spots_are_counted_beyond_the_limit_of_their_list(ask: Ask) -> None:
    empty = ", ".join(
        f"null as {column}"
        for column in (
            "as_of", "grid_name", "category", "first_reported_at", "last_reported_at", "closed_count",
            "median_hours_to_recurrence",
        )
    )  # fmt: skip
    made = [
        f"create table marts.repeat_spot as select '{COMMUNITY}' as community_code, '{COMMUNITY}001' as grid_code, 's'"
        f" || number as subcategory, number % 2 = 0 as is_open, 3 as n, 0 as back_count, {empty}"
        " from range(3001) as one(number)",
        "create table marts.fct_event as select 'e' as event_id, true as is_countable, null as grid_code, null as"
        " subcategory, null as reported_at",
    ]
    rows = ask("repeat_spots", *made, area="990101")
    assert (len(rows), rows[0]["in_all"], rows[0]["open_in_all"]) == (3000, 3001, 1501)


def test_a_held_file_is_not_hidden_by_files_of_no_feed_nor_listed_for_ever(ask: Ask) -> None:
    """Two hundred photographs in the inbox, and one that came before the days of the list."""
    made = [
        "create schema if not exists meta",
        "create table meta.delivery (platform text, feed text, business_date date, revision int, reason text, file_name"
        " text, state text, received_at timestamp)",
        "insert into meta.delivery select null, null, null, 1, null, 'IMG_' || number, 'rejected',"
        " timestamp '2026-03-20 08:00:00' + to_seconds(number) from range(300) as one(number)",
        "insert into meta.delivery values ('p', 'f', '2026-03-10', 1, null, 'held.csv', 'held', '2026-03-11 04:00:00'),"
        " (null, null, null, 1, null, 'old.docx', 'rejected', '2025-12-24 08:00:00')",
    ]
    rows = ask("unusable_files", *made, first=date(2026, 3, 1))
    assert [row["file_name"] for row in rows if row["state"] == "held"] == ["held.csv"]
    assert "old.docx" not in {row["file_name"] for row in rows}
    assert {row["state"]: row["of_state"] for row in rows} == {"held": 1, "rejected": 300}
    assert len(rows) == 201


def test_rejected_rows_are_counted_beyond_the_limit_of_their_list(
    republished: Callable[..., Path], opened: Callable[..., AppTest]
) -> None:
    """One bad file of a platform: the heading says as many as the box above it."""
    of = "(select data_through from meta.build)"
    home = republished(
        "20990101-000000",
        f"insert into meta.rejected_row select 'command_centre', 'event', {of}, 'bad.csv', number,"
        " ['status: required'], null from range(2500) as one(number)",
        "update meta.delivery set rows_rejected = rows_rejected + 2500, rows_counted = rows_counted + 2500"
        f" where feed = 'event' and state = 'loaded' and business_date = {of}",
    )
    text = markup(opened(home, "data"))
    (heading,) = (
        part.split(" 行")[0] for part in text.split("拒收 ")[1:] if part.split(" 行")[0].replace(",", "").isdigit()
    )
    assert int(heading.replace(",", "")) >= 2500


def test_what_changed_in_a_grid_is_that_of_its_own_buildings(ask: Ask) -> None:
    """And not of those that once were in it."""
    from_on, to_on = "date '1900-01-01'", "date '2026-11-01'"
    tables = (
        "create table marts.dim_building as select * from (values"
        f" ('A1', 'G1', {from_on}, {to_on}), ('A1', 'G2', {to_on}, null), ('A2', 'G1', {from_on}, null))"
        " as t (area_code, grid_code, valid_from, valid_to)",
        "create table marts.dim_selfgov_group as select * from (values"
        " (date '2026-11-10', 'residents_team', 'A1', null), (date '2026-11-11', 'residents_team', 'A2', null))"
        " as t (founded_on, group_type, area_code, valid_to)",
        "create table marts.fct_project (started_on date, finished_on date, project_type text, area_code text,"
        " project_name text, status text)",
        "create table marts.dim_residential_area (area_code text, area_name text, management text, valid_from date,"
        " valid_to date)",
    )
    days = {"first": date(2026, 8, 3), "last": date(2026, 11, 30)}
    found = ask("grid_changes", *tables, grid="G1", **days)
    assert [row["on_day"] for row in found] == [date(2026, 11, 11)]
