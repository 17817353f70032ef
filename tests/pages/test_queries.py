"""Queries of the dashboard on tables made for them: the last day, places that are no more, lists beyond their limit,
means of few rows.

Belongs here: what one query answers at an edge. Does not belong here: that figures agree with the marts
(test_agreement.py), what needs attention first (test_concerns.py).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from figures.orgs import Org, Register
from screens import type as types
from tests.pages.test_kpis import RATE

DAY = date(2026, 3, 31)
COMMUNITY = "990101001001"
Ask = Callable[..., list[dict[str, Any]]]


def due(table: str, column: str, *more: str) -> str:
    """A table with a row that is due on DAY and one that is due on the day after, neither of them done."""
    rows = f"(date '{DAY}'), (date '{DAY + timedelta(days=1)}')"
    return f"create table marts.{table} as select {', '.join(more)}, {column} from (values {rows}) as one({column})"


PROJECT = (
    "'p' as project_id", "'n' as project_name", "'repair' as project_type", f"'{COMMUNITY}' as community_code",
    "'a' as area_code", "date '2026-01-01' as started_on", "null::date as finished_on", "1 as budget_yuan",
    "1 as spent_yuan", "0 as resident_participations", "'running' as status", "true as is_on_budget",
    "true as is_in_selfgoverned_area", "'f' as file_name", "1 as row_number", "true as is_known_community",
)  # fmt: skip


def test_what_is_due_on_the_last_day_and_not_done_is_late_in_every_list(ask: Ask) -> None:
    """As in the KPIs and in marts.promise: the day is over."""
    span = {"first": DAY.replace(day=1), "last": DAY}
    projects = ask("projects", due("fct_project", "planned_finish_on", *PROJECT), area="990101", **span)
    assert [row["standing"] for row in projects] == ["overdue", "running"]
    here = ask("community_projects", org=COMMUNITY, last=DAY)
    assert [row["is_late"] for row in here] == [True, False]
    suggestion = (
        "'t' as topic", "null as replied_at", "false as is_replied_on_time", "null::boolean as adopted",
        "true as is_known_community", f"'{COMMUNITY}' as community_code", f"date '{DAY}' as raised_on",
    )  # fmt: skip
    (raised,) = ask("suggestions", due("fct_suggestion", "reply_due_on", *suggestion), area="990101", **span)
    assert (raised["raised"], raised["waiting"]) == (2, 1)
    commitment = ("'m' as member_code", "'open' as status", "null::date as done_on")
    member = (
        "create table marts.dim_alliance_member as select 'm' as member_code, 'unit' as member_type, '990101001' as"
        " street_code, date '2020-01-01' as valid_from, null::date as valid_to, date '2020-01-01' as open_from_on,"
        " null::date as open_to_on"
    )
    made = (due("fct_alliance_commitment", "due_on", *commitment), member)
    (alliance,) = ask("alliances", *made, area="990101", last=DAY)
    assert (alliance["commitments"], alliance["late"]) == (2, 1)


def test_a_community_that_left_the_register_has_no_service_points_to_lack(ask: Ask) -> None:
    made = [
        "create table marts.dim_org as from (values ('community', '990101001001'), ('community', '990101001002')) as"
        " one(org_level, org_code)",
        "create table marts.dim_community as"
        f" from (values ('990101001001', null::date), ('990101001002', date '{DAY}')) as one(community_code, valid_to)"
        " cross join (select date '2020-01-01' as valid_from)",
        "create table marts.dim_service_point as select true as is_known_community, '990101001001' as community_code,"
        " 'centre' as point_type, 700 as floor_area_m2, 5 as functions, date '2020-01-01' as valid_from,"
        " null::date as valid_to, date '2020-01-01' as open_from_on, null::date as open_to_on",
    ]
    assert [row["org_code"] for row in ask("points_by_community", *made, area="990101", last=DAY)] == ["990101001001"]
    both = ask("points_by_community", area="990101", last=DAY - timedelta(days=1))
    assert [row["full_centres"] for row in both] == [1, 0]


def test_the_register_counts_those_that_it_still_has() -> None:
    orgs = [Org("community", "990101001001", "甲", "990101001", 0), Org("community", "990101001002", "乙", None, None)]
    register = Register({org.code: org for org in orgs})
    assert [org.name for org in register.registered("community")] == ["甲"]
    assert len(register.of("community")) == 2


@pytest.mark.parametrize(
    ("pillar", "weight", "doubted"),
    [("safe", 1, {"safe", "overall"}), ("organisation", 1, {"organisation"}), ("safe", None, set())],
)
def test_a_doubt_touches_the_overall_index_only_through_the_four_types(
    ask: Ask, pillar: str, weight: int | None, doubted: set[str]
) -> None:
    indices = ", ".join(f"('{one}')" for one in ("overall", "safe", "organisation"))
    made = [
        f"create table marts.kpi_doubt as select 'k' as kpi_id, '990101' as org_code, date '{DAY}' as as_of,"
        " 'short_visits' as sentinel",
        "create table marts.kpi_definition as"
        f" select 'k' as kpi_id, '{pillar}' as pillar, {weight or 'null'} as weight",
        f"create table marts.index_daily as select '990101' as org_code, date '{DAY}' as as_of, pillar, 80.0 as score,"
        f" 1.0 as coverage from (values {indices}) as one(pillar)",
    ]
    rows = ask("index_values", *made, area="990101", day=DAY)
    assert {row["pillar"] for row in rows if row["sentinels"]} == doubted


def test_a_list_of_overdue_events_says_how_many_there_are_beyond_its_limit(ask: Ask) -> None:
    columns = (
        "category", "subcategory", "urgency", "source", "department", "stage", "status", "reported_at",
        "original_due_at", "rework_count", "file_name", "row_number", "closed_on", "entered_at", "held_by",
    )  # fmt: skip
    empty = ", ".join(f"null as {column}" for column in columns)
    made = [
        f"create table marts.fct_event as select 'SJ' || number as event_id, '{COMMUNITY}' as community_code,"
        f" '{COMMUNITY}001' as grid_code, true as is_countable, true as is_known_community, date '{DAY}' as due_at,"
        f" 'community' as level, {empty} from range(3001) as one(number)",
        f"create view marts.open_event as select *, level as level_now, date '{DAY}' as as_of, true as is_overdue,"
        " 1 as days_over from marts.fct_event",
    ]
    rows = ask("overdue_events", *made, area="990101")
    assert (len(rows), {row["in_all"] for row in rows}) == (3000, {3001})


def test_a_mean_of_few_rows_is_not_shown_where_a_change_is_explained() -> None:
    """Its denominator may be large: minutes, or households of a covenant."""
    row = {"part_n": 4.0, "part_denominator": 900.0, "part_value": 50.0}
    assert types._own_rate(RATE, row, "") is None
    assert types._own_rate(RATE, row | {"part_n": 5.0, "part_denominator": 1.0}, "") == 50
    assert types._own_rate(replace(RATE, kind="stock"), row, "") == 50
