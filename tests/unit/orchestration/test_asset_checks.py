"""What Dagster's checks of a feed say: green or red for the days that are open, with the reason in words."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from pipelines.contracts.model import Feed
from pipelines.intake.feed_checks import FRESHNESS, OPEN_DAYS, REFERENCES, VOLUME
from pipelines.orchestration import asset_checks
from pipelines.warehouse.ledger import Line
from tests.unit.helpers import ledger_line

NOW = datetime(2024, 3, 1, 6)
TODAY = NOW.date()


def line(state: str, day: date, at: datetime, **more: Any) -> Line:
    named = f"{state}.csv"
    return ledger_line(1, day, 0, "service_point", state=state, file_name=named, received_at=at, **more)


def results(feed: Feed, *lines: Line) -> dict[str, dg.AssetCheckResult]:
    return {one.check_name or "": one for one in asset_checks.feed_results(feed, lines, NOW)}


@pytest.fixture
def feed(feeds: dict[str, Feed]) -> Feed:
    return feeds["service_centre.service_point"]


def test_a_held_file_is_red_with_its_reason_until_a_later_one_mends_it(feed: Feed) -> None:
    held = line("held", TODAY, NOW - timedelta(hours=2), reason="no header")
    found = results(feed, held)["no_file_held"]
    assert not found.passed
    assert found.description == "held.csv: no header"
    mended = line("loaded", TODAY, NOW - timedelta(hours=1))
    assert results(feed, held, mended)["no_file_held"].passed
    # An older file mends nothing.
    assert not results(feed, held, replace(mended, received_at=NOW - timedelta(hours=3)))["no_file_held"].passed


def test_another_file_of_a_split_day_mends_no_held_one(feed: Feed) -> None:
    split = replace(feed, file_template="point_{part}_{yyyymmdd}.csv", parts=("north", "south"))
    held = replace(line("held", TODAY, NOW - timedelta(hours=2)), file_name="point_south_20240301.csv")
    other = replace(line("loaded", TODAY, NOW - timedelta(hours=1)), file_name="point_north_20240301.csv")
    assert not results(split, held, other)["no_file_held"].passed
    mended = replace(other, file_name="point_SOUTH_20240301_r2.csv")
    assert results(split, held, other, mended)["no_file_held"].passed


def test_what_was_held_long_ago_is_not_red_today(feed: Feed) -> None:
    received = NOW - timedelta(days=OPEN_DAYS)
    assert results(feed, line("held", received.date(), received, reason="no header"))["no_file_held"].passed


def test_accounts_are_judged_for_all_time_and_rejected_rows_for_the_open_days(feed: Feed) -> None:
    long_ago = NOW - timedelta(days=100)
    bad = line("loaded", long_ago.date(), long_ago, rows_counted=10, rows_loaded=5, rows_rejected=5)
    assert all(one.passed for one in results(feed, bad).values())
    found = results(feed, replace(bad, received_at=NOW))
    assert [name for name, one in found.items() if not one.passed] == ["rows_accepted"]
    found = results(feed, replace(bad, rows_loaded=4))
    assert [name for name, one in found.items() if not one.passed] == ["rows_accounted_for"]


def finding(name: str, day: date | None) -> dict[str, Any]:
    return {
        "check_name": name, "platform": "service_centre", "feed": "service_point", "business_date": day,
        "status": "warn", "observed": 3.0, "expected": 9.0, "detail": "rows",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "days", "passes"),
    [
        pytest.param(VOLUME, [], True, id="nothing found"),
        pytest.param(VOLUME, [None, TODAY], False, id="found on an open day"),
        pytest.param(VOLUME, [None, TODAY - timedelta(days=OPEN_DAYS)], True, id="found long ago"),
        pytest.param(FRESHNESS, [None], False, id="the feed as a whole"),
    ],
)
def test_findings_of_open_days_are_red(name: str, days: list[date | None], passes: bool) -> None:
    check = dg.AssetCheckKey(dg.AssetKey(["service_centre", "service_point"]), name)
    other = {**finding(name, TODAY), "feed": "service_case"}
    found = asset_checks.judgement_result(check, [other, *(finding(name, day) for day in days)], TODAY)
    assert found.passed is passes
    assert (found.description or "").endswith(": rows") is not passes


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        (FRESHNESS, None, "晚 3 天 · 3 days late: rows"),
        (FRESHNESS, TODAY, f"{TODAY} rows"),
        (VOLUME, TODAY, f"{TODAY} 3 行，通常 9 行 · 3 rows, usually 9: rows"),
        (REFERENCES, TODAY, f"{TODAY} 9 行中 3 行查不到 · 3 of 9 rows: rows"),
    ],
)
def test_a_finding_says_what_its_numbers_count(name: str, day: date | None, said: str) -> None:
    check = dg.AssetCheckKey(dg.AssetKey(["service_centre", "service_point"]), name)
    assert asset_checks.judgement_result(check, [finding(name, day)], TODAY).description == said
