"""The figures in doubt, computed again in plain Python from published rows: findings, facts, KPIs' windows.

Belongs here: which figure of which day a finding touches. Does not belong here: what a finding is (unit tests of
`sentinel`), how screens mark the figure (`pages`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.settings import DBT_DIR
from tests.walk.published import ask

Built = tuple[Path, Path, str]
Row = Mapping[str, Any]
Doubt = tuple[str, str, date, str]
"""KPI, organisation, as_of, sentinel."""


@dataclass(frozen=True)
class Use:
    """Which rows of a fact count in a KPI, and how many days later they do."""

    fact: str
    patterns: frozenset[str]
    counts: Callable[[Row], bool]
    later: int = 0


CLOSED, ON_TIME = frozenset({"instant_close"}), frozenset({"instant_close", "moved_limits"})
VISITED, ENTERED = frozenset({"bulk_visits", "month_end"}), frozenset({"early_hours"})
USES = {
    "event_on_time_close_rate": Use("fct_event", ON_TIME, lambda row: row["is_countable"] and row["is_on_time"]),
    "env_event_on_time_rate": Use(
        "fct_event",
        ON_TIME,
        lambda row: row["is_countable"] and row["is_on_time"] and row["category"] == "environment",
    ),
    "property_event_on_time_rate": Use(
        "fct_event", ON_TIME, lambda row: row["is_countable"] and row["is_on_time"] and row["category"] == "property"
    ),
    "overdue_open_per_1k": Use("fct_event", ON_TIME, lambda row: row["is_countable"]),
    "event_close_hours": Use(
        "fct_event", CLOSED, lambda row: row["is_countable"] and row["closed_at"] >= row["reported_at"]
    ),
    "dispute_resolved_30d_rate": Use(
        "fct_event",
        CLOSED,
        lambda row: row["is_countable"] and row["is_closed_30d"] and row["category"] == "dispute",
        later=30,
    ),
    "visit_coverage_180d": Use("fct_visit", VISITED, lambda row: row["is_valid"]),
    "policy_reach_90d": Use(
        "fct_visit", VISITED, lambda row: row["is_valid"] and row["visit_type"] == "policy_publicity"
    ),
    "care_visit_on_schedule_rate": Use("fct_visit", VISITED, lambda row: row["is_valid"]),
    "overloaded_worker_share": Use("fct_visit", frozenset({"bulk_visits"}), lambda _row: True),
    "volunteer_hours_verified_rate": Use("fct_service_log", ENTERED, lambda _row: True),
    "volunteer_team_active_rate": Use(
        "fct_service_log", ENTERED, lambda row: row["is_verified"] and row["activity_status"] == "held"
    ),
}
KEYS = {"fct_event": "event_id", "fct_visit": "visit_id", "fct_service_log": "log_id"}
SHOWN_ON = {"fct_visit": "started_on", "fct_service_log": "checked_in_on"}


def rows_of(home: Path, fact: str) -> dict[str, Row]:
    names = [
        name for (name,) in ask(home, f"select column_name from duckdb_columns() where table_name = '{fact}'"
                                " and schema_name = 'marts' order by column_index")
    ]  # fmt: skip
    rows = [dict(zip(names, row, strict=True)) for row in ask(home, f"from marts.{fact}")]
    return {str(row[KEYS[fact]]): row for row in rows}


def shown(pattern: str, fact: str, row: Row) -> tuple[date, date]:
    """The first and the last day on which a row shows its pattern."""
    if pattern == "moved_limits":
        return row["original_due_at"].date(), row["due_on"]
    day = row["closed_on"] if pattern == "instant_close" else row[SHOWN_ON[fact]]
    return day, day


def in_doubt(home: Path) -> set[Doubt]:
    days = {day for (day,) in ask(home, "select date_day from marts.dim_date")}
    windows = dict(ask(home, "select kpi_id, coalesce(window_days, 30) from marts.kpi_definition"))
    facts = {fact: rows_of(home, fact) for fact in KEYS}
    behind = ask(
        home,
        "select pattern, org_code, fact, fact_key from marts.sentinel inner join marts.sentinel_row using (finding_id)",
    )
    found = set[Doubt]()
    for pattern, org, fact, key in behind:
        row = facts[fact][key]
        first, last = shown(pattern, fact, row)
        for kpi_id, use in USES.items():
            if use.fact != fact or pattern not in use.patterns or not use.counts(row):
                continue
            length = (last - first).days + windows[kpi_id]
            touched = {first + timedelta(days=use.later + i) for i in range(length)}
            found |= {(kpi_id, org, day, pattern) for day in touched & days}
    return found


def published(home: Path) -> list[Doubt]:
    return [tuple(row) for row in ask(home, "select kpi_id, org_code, as_of, sentinel from marts.kpi_doubt")]


def test_the_figures_in_doubt_are_those_in_which_rows_of_a_finding_count(district: Built) -> None:
    told = published(district[0])
    assert len(told) == len(set(told))
    assert set(told) == in_doubt(district[0])
    assert {pattern for _, _, _, pattern in told} == {"instant_close", "bulk_visits", "early_hours"}


def test_every_pattern_makes_columns_of_its_facts_doubtful(home: Path) -> None:
    project = yaml.safe_load((DBT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    insight = project["vars"]["insight"]
    assert set(insight["doubt"]) == set(insight["sentinel"]) - {"months"}
    there = ask(home, "select table_name, column_name from duckdb_columns() where schema_name = 'marts'")
    named = {(fact, one) for facts in insight["doubt"].values() for fact, columns in facts.items() for one in columns}
    assert named - set(there) == set()


def test_no_one_is_in_doubt_but_where_the_finding_is(district: Built) -> None:
    """Nor are the street and the district above a community with a finding."""
    assert ask(
        district[0],
        "select distinct doubt.org_level, doubt.org_code, doubt.sentinel from marts.kpi_doubt as doubt"
        " where (org_code, org_level, sentinel) not in (select (org_code, org_level, pattern) from marts.sentinel)",
    ) == []  # fmt: skip


@pytest.mark.parametrize("kpi_id", ["instant_close_rate", "event_rework_rate", "closure_satisfaction_rate"])
def test_a_kpi_that_shows_the_pattern_or_suffers_from_it_is_not_in_doubt(district: Built, kpi_id: str) -> None:
    assert ask(district[0], "select count(*) from marts.kpi_doubt where kpi_id = ?", [kpi_id]) == [(0,)]
