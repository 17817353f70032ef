"""Possible mistakes of a sender are found, reject nothing, and disappear when they are corrected."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import pytest

from pipelines.contracts.model import Contract
from pipelines.intake import feed_checks
from pipelines.intake.suspicions import (
    BEFORE_THE_EVENT,
    BYTES_OF_ANOTHER_DAY,
    FAR_FROM_DAY,
    OLDER_CORRECTION,
    RETURNED,
)
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import opened
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, POINT, REPORT, VISIT, Row, export, put

DAY, NEXT, LATER = date(2024, 1, 5), date(2024, 1, 6), date(2024, 3, 1)
T1, T2, T3 = (datetime(2024, 3, 6, hour) for hour in (3, 4, 5))
PLATFORMS = ("service_centre", "home_visit", "snap_report", "smart_community")


@pytest.fixture
def clerk(settings: Settings, contracts: tuple[Contract, ...], key: Key) -> Iterator[Desk]:
    some = [contract for contract in contracts if contract.platform in PLATFORMS]
    with exclusive(settings, 0, "a test"), opened(settings, some) as warehouse:
        yield Desk(warehouse, settings, [feed for contract in some for feed in contract.feeds], key)


def put_rows(
    desk: Desk, feed: str, day: date, rows: Sequence[Row], at: datetime = T1, revision: str = "", folder: str = ""
) -> None:
    one = next(one for one in desk.feeds if one.id == feed)
    file = export(desk.settings.inbox, one, day, rows, at, revision)
    if folder:
        (desk.settings.inbox / folder).mkdir(exist_ok=True)
        file.rename(desk.settings.inbox / folder / file.name)


def found(desk: Desk, contracts: tuple[Contract, ...], check: str) -> list[tuple[object, ...]]:
    """(feed, business date, observed, expected, detail)."""
    desk.take()
    feed_checks.judge(desk.warehouse, [one for one in contracts if one.platform in PLATFORMS], datetime(2024, 3, 7, 12))
    return desk.warehouse.connection.execute(
        "select feed, business_date, observed, expected, detail from ledger.check_result"
        " where check_name = ? and business_date is not null and status = 'warn' order by all",
        [check],
    ).fetchall()


def test_records_of_a_day_that_lie_more_than_31_days_from_it(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    visits = [
        {**VISIT, "visit_id": f"ZF2024010500000{i}", "started_at": at}
        for i, at in enumerate(("2024-01-30 09:00:00", "2024-01-29 09:00:00", "2023-03-01 09:00:00"))
    ]
    put_rows(clerk, "home_visit.visit", LATER, visits)
    # A register of changes may change a row of any day.
    put_rows(clerk, "service_centre.service_case", LATER, [{**CASE, "accepted_at": "2020-01-05 09:00:00"}])
    ((feed, day, observed, expected, detail),) = found(clerk, contracts, FAR_FROM_DAY)
    assert (feed, day, observed, expected) == ("visit", LATER, 2, 3)
    assert str(detail).endswith("2023-03-01 09:00:00 – 2024-01-29 09:00:00")


def test_the_bytes_of_another_day(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    for day in (DAY, LATER):
        put_rows(clerk, "home_visit.visit", day, [VISIT])
    ((feed, on, rows, _, detail),) = found(clerk, contracts, BYTES_OF_ANOTHER_DAY)
    assert (feed, on, rows) == ("visit", LATER, 1)
    assert "home_visit_visit_20240301.csv has the very bytes of business date 2024-01-05" in str(detail)
    put_rows(clerk, "home_visit.visit", LATER, [{**VISIT, "visit_id": "ZF20240105000009"}], T2, "_r2")
    assert found(clerk, contracts, BYTES_OF_ANOTHER_DAY) == []


def test_a_register_that_stays_as_it_is_has_the_same_bytes_and_one_that_returns_is_found(
    clerk: Desk, contracts: tuple[Contract, ...]
) -> None:
    for day in (DAY, NEXT):
        put_rows(clerk, "service_centre.service_point", day, [POINT])
        put_rows(clerk, "home_visit.visit", day, [])
    assert found(clerk, contracts, BYTES_OF_ANOTHER_DAY) == []
    put_rows(clerk, "service_centre.service_point", date(2024, 1, 7), [{**POINT, "functions": "4"}])
    put_rows(clerk, "service_centre.service_point", date(2024, 1, 8), [POINT])
    assert [one[1] for one in found(clerk, contracts, BYTES_OF_ANOTHER_DAY)] == [date(2024, 1, 8)]


def test_times_before_the_event_they_belong_to(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    case = {**CASE, "completed_at": "2023-01-05 09:00:00"}
    put_rows(clerk, "service_centre.service_case", DAY, [CASE, {**case, "case_id": "BJ20240105000002"}])
    put_rows(clerk, "snap_report.report", DAY, [{**REPORT, "replied_at": "2024-01-05T08:15:29+08:00"}])
    put_rows(clerk, "home_visit.visit", DAY, [{**VISIT, "ended_at": "2024-01-05 08:59:59"}])
    rows = found(clerk, contracts, BEFORE_THE_EVENT)
    assert [(feed, observed, expected) for feed, _, observed, expected, _ in rows] == [
        ("report", 1, 1), ("service_case", 1, 2), ("visit", 1, 1),
    ]  # fmt: skip
    assert "replied_at 1" in str(rows[0][4])
    assert [one.rows_loaded for one in clerk.warehouse.lines() if one.feed == "service_case"] == [2]


def test_a_correction_with_an_older_time_changed_nothing_and_is_found(
    clerk: Desk, contracts: tuple[Contract, ...]
) -> None:
    put_rows(clerk, "service_centre.service_point", DAY, [POINT], T2)
    clerk.take()
    put_rows(clerk, "service_centre.service_point", DAY, [{**POINT, "functions": "4"}], T1, folder="again")
    ((feed, day, count, _, detail),) = found(clerk, contracts, OLDER_CORRECTION)
    assert (feed, day, count) == ("service_point", DAY, 1)
    assert str(detail).endswith("but is older, and changed nothing: send it as _r2")
    put_rows(clerk, "service_centre.service_point", DAY, [{**POINT, "functions": "5"}], T1, "_r2")
    assert found(clerk, contracts, OLDER_CORRECTION) == []
    assert clerk.functions() == [5]


def test_a_correction_that_is_newer_is_none(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    """Also if both came in one run, the older one in another folder."""
    put_rows(clerk, "service_centre.service_point", DAY, [{**POINT, "functions": "4"}], T1, folder="again")
    put_rows(clerk, "service_centre.service_point", DAY, [POINT], T2)
    clerk.take()
    put_rows(clerk, "service_centre.service_point", DAY, [{**POINT, "functions": "5"}], T3)
    assert found(clerk, contracts, OLDER_CORRECTION) == []


@pytest.mark.parametrize("how", ["under its name", "as a revision"])
def test_the_return_of_a_file_that_was_replaced_changes_nothing_and_is_found(
    clerk: Desk, contracts: tuple[Contract, ...], how: str
) -> None:
    """As a collector writes it: a query gives the rows, then none, then the same rows again."""
    feed, revision = "service_centre.service_point", "" if how == "under its name" else "_r2"
    put_rows(clerk, feed, DAY, [POINT], T1)
    clerk.take()
    put_rows(clerk, feed, DAY, [{**POINT, "functions": "4"}], T2)
    assert found(clerk, contracts, RETURNED) == []
    put_rows(clerk, feed, DAY, [POINT], T3, revision)
    ((name, day, count, _, detail),) = found(clerk, contracts, RETURNED)
    assert (name, day, count, clerk.functions()) == ("service_point", DAY, 1, [4])
    assert f"service_centre_service_point_20240105{revision}.csv (2024-03-06 05:00:00) has the very bytes" in str(
        detail
    )
    assert f"send them as _r{3 if revision else 2} with a difference" in str(detail)
    next_revision = f"_r{3 if revision else 2}"
    put_rows(clerk, feed, DAY, [POINT], T3, next_revision)
    file = next(clerk.settings.inbox.rglob(f"*{next_revision}.csv"))
    put(file.parent, "", file.name, file.read_bytes() + b"\n", T3)
    assert found(clerk, contracts, RETURNED) == []
    assert clerk.functions() == [3]


def test_a_file_that_is_only_touched_or_older_has_not_returned(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    feed = "service_centre.service_point"
    put_rows(clerk, feed, DAY, [POINT], T1)
    clerk.take()
    put_rows(clerk, feed, DAY, [{**POINT, "functions": "4"}], T3)
    clerk.take()
    put_rows(clerk, feed, DAY, [{**POINT, "functions": "4"}], T3 + timedelta(hours=1))  # in force, once more
    put_rows(clerk, feed, DAY, [POINT], T2, folder="a copy of the first")
    assert found(clerk, contracts, RETURNED) == []
