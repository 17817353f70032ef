"""If something ends before it begins, it is in no duration: in every published table and every screen's query, on
exports with such rows of every kind.

Belongs here: durations computed again in plain Python from the published times. Does not belong here: KPIs
(`test_kpis`), how a page shows a missing duration (`pages/test_subjects`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT_DIR
from tests.walk.published import ask

Built = tuple[Path, Path, str]
Row = Mapping[str, Any]

QUERIES = PROJECT_DIR / "dashboards" / "queries"
PARTS = {file.stem: file.read_text(encoding="utf-8") for file in (QUERIES / "parts").glob("*.sql")}
A_DURATION = re.compile(r"(^|_)((micro|milli)?seconds?|minutes?|hours?|days)(_|$)")
# Columns that are not a duration between two moments.
NO_DURATIONS = {"window_days"}
NUMBERS = "('BIGINT', 'INTEGER', 'HUGEINT', 'DOUBLE', 'FLOAT')"
# Rows that end before they begin: the exports must have them, otherwise the tests below would prove little.
BACKWARDS = {
    "closed before reported": "marts.fct_event where closed_at < reported_at",
    "dispatched before reported": "marts.fct_event where dispatched_at < reported_at",
    "accepted before reported": "marts.fct_event where accepted_at < reported_at",
    "resolved before reported": "marts.fct_event where resolved_at < reported_at",
    "back after a closing before the report": "marts.repeat_spot as s inner join marts.fct_event as e"
    " on s.grid_code = e.grid_code and s.subcategory = e.subcategory"
    " where s.back_count > 0 and e.closed_at < e.reported_at",
    "replied before reported": "marts.fct_report where replied_at < reported_at",
    "contacted before received": "marts.fct_hotline_order where first_contact_at < received_at",
    "called before queued": "marts.fct_service_case where called_at < queued_at",
    "completed before accepted": "marts.fct_service_case where completed_at < accepted_at",
    "visit": "marts.fct_visit where ended_at < started_at",
    "shift planned": "marts.fct_duty_shift where planned_end < planned_start",
    "shift signed": "marts.fct_duty_shift where signed_out_at < signed_in_at",
    "service": "marts.fct_service_log where checked_out_at < checked_in_at",
    "project": "marts.fct_project where finished_on < started_on",
    "kept late before promised": "marts.promise where kept_on < promised_on and status = 'kept_late'",
}


@pytest.mark.parametrize("kind", BACKWARDS)
def test_the_exports_have_what_ends_before_it_begins(kind: str, odd: Built) -> None:
    assert ask(odd[0], f"select count(*) from {BACKWARDS[kind]}")[0][0]


def test_no_published_duration_is_negative(odd: Built) -> None:
    columns = ask(
        odd[0],
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        f" where schema_name in ('marts', 'meta') and data_type in {NUMBERS} order by 1, 2",
    )
    durations = [(table, name) for table, name in columns if A_DURATION.search(name) and name not in NO_DURATIONS]
    least = {
        f"{table}.{name}": ask(odd[0], f"select min({name}) from {table} having count({name}) > 0")
        for table, name in durations
    }
    assert {name for name, found in least.items() if found} >= {
        "marts.dim_care_household.visit_every_days",
        "marts.event_stage.hours",
        "marts.event_stage.hours_at_community",
        "marts.event_stage.hours_at_street",
        "marts.event_stage.hours_at_district",
        "marts.fct_duty_shift.planned_microseconds",
        "marts.fct_duty_shift.staffed_microseconds",
        "marts.fct_event.microseconds_to_close",
        "marts.promise.days_late",
        "marts.repeat_spot.median_hours_to_recurrence",
    }
    assert {name: found for name, found in least.items() if found and found[0][0] < 0} == {}


def test_only_an_event_closed_before_it_was_reported_has_no_time_to_close(odd: Built) -> None:
    rows = ask(
        odd[0], "select reported_at, closed_at, microseconds_to_close from marts.fct_event where closed_at is not null"
    )
    assert [took for *_, took in rows] == [microseconds(reported, closed) for reported, closed, _ in rows]


def test_the_hours_of_every_stage_are_those_of_a_recomputation_in_plain_python(odd: Built) -> None:
    voided: dict[str, list[datetime]] = defaultdict(list)
    for event, at in ask(odd[0], "select event_id, acted_at from marts.fct_event_flow where action = 'void'"):
        voided[event].append(at)
    names = ("event_id", "status", "reported_at", "accepted_at", "dispatched_at", "resolved_at", "closed_at")
    events = [
        dict(zip(names, row, strict=True)) for row in ask(odd[0], f"select {', '.join(names)} from marts.fct_event")
    ]
    verified = dict(ask(odd[0], "select event_id, entered_at from marts.event_stage where stage = 'verified'"))
    expected = {
        (event["event_id"], stage): hours
        for event in events
        for stage, hours in hours_of(event, verified.get(event["event_id"]), voided[event["event_id"]])
    }
    found = {
        (event, stage): hours
        for event, stage, hours in ask(odd[0], "select event_id, stage, hours from marts.event_stage")
    }
    assert found == expected
    assert sum(hours is not None for hours in expected.values()) > 300


def test_hours_on_the_levels_are_there_where_the_stage_has_hours_and_sum_to_them(odd: Built) -> None:
    levels = "hours_at_community", "hours_at_street", "hours_at_district"
    for hours, *own in ask(odd[0], f"select hours, {', '.join(levels)} from marts.event_stage"):
        assert [one is None for one in own] == [hours is None] * 3
        assert hours is None or sum(own) == pytest.approx(hours, abs=1e-9)


def test_a_spot_comes_back_after_what_was_closed_once_it_was_reported(odd: Built) -> None:
    spots = ask(
        odd[0], "select as_of, grid_code, subcategory, median_hours_to_recurrence, back_count from marts.repeat_spot"
    )
    for as_of, grid, subcategory, median, back_count in spots:
        events = ask(
            odd[0],
            "select reported_at, closed_at from marts.fct_event where is_countable and is_known_community"
            " and grid_code = ? and subcategory = ? and reported_on between ? and ?",
            [grid, subcategory, as_of - timedelta(days=89), as_of],
        )
        back = [(reported, closed, soonest(closed, i, events)) for i, (reported, closed) in enumerate(events) if closed]
        came = [(reported, closed, again) for reported, closed, again in back if again]
        assert len(came) == back_count
        waited = sorted((again - closed) / timedelta(hours=1) for reported, closed, again in came if closed >= reported)
        middle = waited[(len(waited) - 1) // 2 : len(waited) // 2 + 1]
        assert median == (pytest.approx(sum(middle) / len(middle)) if middle else None)


def test_no_query_of_a_screen_gives_a_negative_duration(odd: Built) -> None:
    home = odd[0]
    (district, first, last), *_ = ask(
        home, "select org_code, data_from, data_through from marts.dim_org, meta.build where org_level = 'district'"
    )
    seen: dict[str, int] = defaultdict(int)
    # The pages of a city have tables of their own.
    for file in sorted(file for file in QUERIES.glob("*.sql") if not file.name.startswith("above_")):
        query = re.sub(r"\{(\w+)\}", lambda part: PARTS[part[1]], file.read_text(encoding="utf-8"))
        if not set(re.findall(r"\$(\w+)", query)) <= {"area", "first", "last", "period"}:
            continue
        for until in (first, first + (last - first) / 2, last):
            asked = {"area": district, "first": first, "last": until, "period": "all"}
            for column, least in least_durations(home, query, asked):
                assert least is None or least >= 0, (file.name, column, until)
                seen[f"{file.stem}.{column}"] += least is not None
    assert {name for name, times in seen.items() if times} >= {
        "event_stages.median_hours",
        "event_waiting.median_hours_in_stage",
        "event_ageing.days_at_most",
        "overdue_events.days_over",
        "points_staffed.staffed_hours",
        "projects.days_late",
        "promises.age_days",
        "promises.days_left",
        "promise_counts.median_days_late",
        "repeat_spots.median_hours_to_recurrence",
    }


# ---------------------------------------------------------------- by hand


def microseconds(begun: datetime, ended: datetime) -> int | None:
    return (ended - begun) // timedelta(microseconds=1) if ended >= begun else None


def hours_of(event: Row, verified: datetime | None, voided: list[datetime]) -> Iterable[tuple[str, float | None]]:
    """Each stage that the event reached, with its hours."""
    reached = [
        ("reported", event["reported_at"]), ("accepted", event["accepted_at"]), ("dispatched", event["dispatched_at"]),
        ("resolved", event["resolved_at"]), ("verified", verified), ("closed", event["closed_at"]),
    ]  # fmt: skip
    came = [(stage, at) for stage, at in reached if at is not None]
    ends = [at for _, at in came[1:]] + [max(voided) if voided and event["status"] == "void" else None]
    is_backwards = event["closed_at"] is not None and event["closed_at"] < event["reported_at"]
    for (stage, begun), ended in zip(came, ends, strict=True):
        if is_backwards or ended is None or not event["reported_at"] <= begun <= ended:
            yield stage, None
        else:
            yield stage, ((ended - begun) // timedelta(microseconds=1)) / 3_600_000_000


def soonest(closed: datetime, own: int, events: list[tuple[datetime, datetime | None]]) -> datetime | None:
    """The time of the next report of another event after a closing."""
    later = [reported for i, (reported, _) in enumerate(events) if i != own and reported > closed]
    return min(later, default=None)


def least_durations(home: Path, query: str, values: Mapping[str, date | str]) -> list[tuple[str, float | None]]:
    """The columns of a screen's query with durations, each with its least value."""
    for name, value in values.items():
        query = query.replace(f"${name}", f"'{value}'")
    columns = [
        name for name, *_ in ask(home, f"describe {query}") if A_DURATION.search(name) and name not in NO_DURATIONS
    ]
    return [(name, ask(home, f"select min({name}) from ({query}) as screen")[0][0]) for name in columns]
