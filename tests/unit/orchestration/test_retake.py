"""The job `take_again` and its form, and the business dates that Dagster offers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import dagster as dg
import pytest

from pipelines.contracts.model import Contract, Feed
from pipelines.installation import House
from pipelines.intake import taking
from pipelines.orchestration import common, feed_assets, retake
from pipelines.settings import Settings
from tests.unit.desk import Desk
from tests.unit.helpers import csv_bytes, put, row_of

RECEIVED = datetime(2024, 2, 1, 3)


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    return House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())


def put_point(here: House, day: str) -> None:
    feed = next(feed for feed in here.feeds if feed.name == "service_point")
    put(here.settings.inbox, "d", f"service_centre_service_point_{day}.csv", csv_bytes(feed, [row_of(feed)]), RECEIVED)


def take(here: House) -> None:
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()


def retaken(here: House, **asked: Any) -> tuple[list[str], str]:
    """The partitions that the job recorded, and the message of its failure."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = retake.take_again_job(here).execute_in_process(
            instance=instance, run_config=asked, raise_on_error=False
        )
    events = [event for event in result.all_events if event.is_step_materialization]
    failed = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return [str(event.partition) for event in events], "".join(str(one) for one in failed if one)


def test_days_are_taken_again_from_the_archive(here: House) -> None:
    for day in ("20240105", "20240106", "20240109"):
        put_point(here, day)
    take(here)
    for file in here.settings.inbox.rglob("*.csv"):
        file.unlink()
    asked = {"first": "2024-01-05", "last": "2024-01-06"}
    assert retaken(here, **asked) == (["2024-01-05", "2024-01-06"], "")
    assert retaken(here, **asked, feeds=["service_centre.service_point"]) == (["2024-01-05", "2024-01-06"], "")
    assert retaken(here, **asked, feeds=["service_centre.service_case"]) == ([], "")


def test_a_file_that_cannot_be_taken_keeps_no_other_out(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform's feeds are one step; the first of its files is the service points."""
    put_point(here, "20240105")
    case = next(feed for feed in here.feeds if feed.name == "service_case")
    put(here.settings.inbox, "d", "service_centre_service_case_20240105.csv", csv_bytes(case, [row_of(case)]), RECEIVED)
    take(here)
    as_ever, taken = taking.take, list[str]()

    def broken(feeds: Sequence[Feed], *given: Any, **more: Any) -> Iterator[taking.Settled]:
        if feeds[0].name == "service_point":
            raise ValueError("a bug of ours")
        for settled in as_ever(feeds, *given, **more):
            taken.append(f"{settled.feed.name} {settled.business_date}")
            yield settled

    monkeypatch.setattr(taking, "take", broken)
    _, said = retaken(here, first="2024-01-05", last="2024-01-05")
    assert taken == ["service_case 2024-01-05"]
    assert "a bug of ours" in said


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"first": "20 November", "last": "2024-01-06"}, "write dates as 2026-11-20"),
        ({"first": "2024-01-07", "last": "2024-01-06"}, "last: 2024-01-06 is before first: 2024-01-07"),
        (
            {"first": "2024-01-05", "last": "2024-01-06", "feeds": ["service_centre.service_pont"]},
            "no feed is named 'service_centre.service_pont'; did you mean 'service_centre.service_point'?",
        ),
    ],
)
def test_a_wrong_answer_in_the_form_is_named(here: House, asked: dict[str, Any], message: str) -> None:
    partitions, said = retaken(here, **asked)
    assert not partitions
    assert message in said


def test_partitions_begin_with_the_first_day_that_is_known(here: House) -> None:
    def first() -> str:
        return str(common.business_dates(here).get_first_partition_key())

    assert first() == here.settings.clock().date().isoformat()
    for name in ("service_centre_service_point_20090101.csv", "service_centre_service_point_29990101.csv"):
        put(here.settings.inbox, "d", name, b"x", RECEIVED)  # dates that no platform has
    assert first() == here.settings.clock().date().isoformat()
    put_point(here, "20240109")
    assert first() == "2024-01-09"
    take(here)
    for file in here.settings.inbox.rglob("*.csv"):
        file.unlink()
    assert first() == "2024-01-09"
    put_point(here, "20240107")
    assert first() == "2024-01-07"


def test_checks_alone_are_answered_from_the_ledger_and_of_no_partition(here: House) -> None:
    """Their buttons in Dagster start a run without an asset and without a partition."""
    put_point(here, "20240101")
    take(here)
    asset = feed_assets.feed_assets(here, here.contracts[0], common.business_dates(here))
    key = dg.AssetKey(["service_centre", "service_point"])
    put_point(here, "20240102")
    asked = dg.AssetCheckKey(key, "rows_accounted_for")
    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.Definitions([asset], jobs=[dg.define_asset_job("checks", dg.AssetSelection.checks(asked))])
        result = job.resolve_job_def("checks").execute_in_process(instance=instance)
        (found,) = result.get_asset_check_evaluations()
        assert instance.get_materialized_partitions(key) == set()
        without_days = dg.materialize([asset], instance=instance, selection=[key], raise_on_error=False)
    assert (found.asset_check_key, found.description) == (asked, "1 个文件账平 · files balance")
    (failed,) = without_days.get_step_failure_events()
    assert "choose business dates" in str(failed.event_specific_data)


def test_a_run_whose_last_day_is_before_the_first_says_so(here: House) -> None:
    asset = feed_assets.feed_assets(here, here.contracts[0], common.business_dates(here))
    config = feed_assets.take_config(here, [here.feeds[0].id], date(2024, 1, 7), date(2024, 1, 6))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([asset], instance=instance, run_config=config, raise_on_error=False)
    (failed,) = result.get_step_failure_events()
    assert "last: 2024-01-06 is before first: 2024-01-07" in str(failed.event_specific_data)
