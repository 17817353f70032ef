"""Which columns of a feed the KPIs read, of the packaged registry and contracts."""

from collections.abc import Mapping

import pytest

from pipelines.contracts.model import Feed
from pipelines.registry import columns_read, loading
from pipelines.registry.model_sql import CannotRender, Models
from pipelines.registry.origins import schema_of, with_conditions

RAW = {("", "event"): {"id": "int", "grid": "int", "at": "date", "status": "int"}, ("", "place"): {"code": "int"}}


@pytest.fixture(scope="module")
def stored(feeds: dict[str, Feed]) -> Mapping[str, list[str]]:
    return {name: [column.name for column in feed.table_columns] for name, feed in feeds.items()}


def read(feed: str, stored: Mapping[str, list[str]]) -> dict[str, set[str]]:
    found = columns_read.readers(loading.load(), feed, stored)
    return {column: {kpi.id for kpi in kpis} for column, kpis in found.items()}


def test_a_column_is_read_through_flags_joins_and_filters(stored: Mapping[str, list[str]]) -> None:
    event = read("command_centre.event", stored)
    on_time = {"event_on_time_close_rate", "env_event_on_time_rate", "property_event_on_time_rate"}
    assert event["due_at"] == {*on_time, "overdue_open_per_1k"}  # is_on_time, overdue_from_on
    assert event["follow_up"] == {"closure_satisfaction_rate"}
    assert event["grid_code"] == {"event_repeat_rate", "env_recurrence_30d_rate"}  # by a join of events alone
    assert {"event_repeat_rate", "event_close_hours"} <= event["closed_at"]
    assert event["status"] == event["is_excluded"] == event["community_code"]  # is_countable, the org: all of them
    assert event["description"] == event["longitude"] == set()
    # A view over another fact of the feed, and a register with versions.
    assert "care_visit_on_schedule_rate" in read("home_visit.visit", stored)["ended_at"]
    assert read("service_centre.service_point", stored)["floor_area_m2"] == {"centre_standard_rate"}
    assert read("service_centre.service_point", stored)["longitude"] == {"service_15min_coverage"}


def test_every_kpi_reads_some_columns_of_its_feeds_and_never_all(stored: Mapping[str, list[str]]) -> None:
    registry, known = loading.load(), set()
    for feed, columns in stored.items():
        found = read(feed, stored)
        for kpi in registry.standing_on(feed):
            mine = {column for column, kpis in found.items() if kpi.id in kpis}
            assert 0 < len(mine) < len(columns), (feed, kpi.id)
            known.add(kpi.id)
    assert len(known) > 60


def test_a_model_that_cannot_be_followed_makes_its_kpis_read_all_columns(
    stored: Mapping[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Models, name: str) -> str:
        raise CannotRender(name)

    monkeypatch.setattr(Models, "sql", refuse)
    found = read("snap_report.report", stored)
    everything = {one.id for one in loading.load().standing_on("snap_report.report")}
    assert all(kpis == everything for kpis in found.values())


def test_a_model_that_is_not_there_cannot_be_rendered() -> None:
    with pytest.raises(CannotRender, match="no model 'fct_nothing'"):
        Models({}, {}).sql("fct_nothing")


@pytest.mark.parametrize(
    ("sql", "columns", "rows"),
    [
        ("select id from event where status = 1", {"id": {"id"}}, {"status"}),
        (
            "with late as (select distinct id from event where at > date '2024-01-01') "
            "select event.id, late.id is not null as is_late from event left join late on event.id = late.id",
            {"id": {"id"}, "is_late": {"id", "at"}},
            set(),
        ),
        (
            "select event.id from event inner join place on event.grid = place.code",
            {"id": {"id"}},
            {"grid", "code"},
        ),
        (
            "select id from event where exists (select 1 from place where place.code = event.grid)",
            {"id": {"id"}},
            {"code", "grid"},
        ),
        ("select id from event where status = 1 union all select code from place", {"id": {"id", "code"}}, {"status"}),
    ],
)
def test_what_decides_which_rows_there_are(sql: str, columns: dict[str, set[str]], rows: set[str]) -> None:
    of_column, of_rows = with_conditions(sql, schema_of(RAW))
    assert {name: {column for _, column in found} for name, found in of_column.items()} == columns
    assert {column for _, column in of_rows} == rows
