"""Findings about the feeds as a whole: references, volume, freshness, held files, drift, accounts; and that a finding
disappears when its cause is fixed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pipelines.contracts.model import Contract
from pipelines.intake import feed_checks
from pipelines.intake.suspicions import SUSPICIONS
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import Warehouse, opened
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, POINT, Row, csv_bytes, ledger_line, put, row_of

DAY = date(2024, 1, 5)
T1, T2, T3 = (datetime(2024, 1, 6, hour) for hour in (3, 4, 5))
NOW = datetime(2024, 1, 6, 12)
FEEDS = ("service_case", "duty_shift", "service_point")


@pytest.fixture
def contract(contracts: tuple[Contract, ...]) -> Contract:
    return next(contract for contract in contracts if contract.platform == "service_centre")


def findings(
    warehouse: Warehouse, contracts: list[Contract], check: str, now: datetime = NOW
) -> list[tuple[object, ...]]:
    """(feed, business date, status, observed, expected) of one check, only days with a finding."""
    feed_checks.judge(warehouse, contracts, now)
    return warehouse.connection.execute(
        "select feed, business_date, status, observed, expected from ledger.check_result"
        " where check_name = ? and business_date is not null order by all",
        [check],
    ).fetchall()


def summary(warehouse: Warehouse, check: str, feed: str) -> tuple[object, ...]:
    """(status, observed, expected, detail) of the feed as a whole."""
    rows = warehouse.connection.execute(
        "select status, observed, expected, detail from ledger.check_result"
        " where check_name = ? and feed = ? and business_date is null",
        [check, feed],
    ).fetchall()
    assert len(rows) == 1
    return tuple(rows[0])


# ---------------------------------------------------------------- references


@pytest.fixture
def clerk(settings: Settings, contracts: tuple[Contract, ...], key: Key) -> Iterator[Desk]:
    """The service points, their cases and shifts, and the communities that points refer to."""
    some = [contract for contract in contracts if contract.platform in ("service_centre", "smart_community")]
    with exclusive(settings, 0, "a test"), opened(settings, some) as warehouse:
        yield Desk(warehouse, settings, [feed for contract in some for feed in contract.feeds], key)


def put_rows(desk: Desk, name: str, day: str, rows: Sequence[Row], revision: str = "", at: datetime = T1) -> None:
    feed = next(feed for feed in desk.feeds if feed.name == name)
    put(desk.settings.inbox, day, f"service_centre_{name}_{day}{revision}.csv", csv_bytes(feed, rows), at)


def gaps(desk: Desk, contracts: tuple[Contract, ...]) -> list[tuple[object, ...]]:
    desk.take()
    some = [contract for contract in contracts if contract.platform in ("service_centre", "smart_community")]
    return findings(desk.warehouse, some, feed_checks.REFERENCES)


def test_a_reference_to_nothing_is_told_by_feed_and_day_until_a_delivery_mends_it(
    clerk: Desk, contracts: tuple[Contract, ...]
) -> None:
    others = [{**CASE, "case_id": f"BJ2024010500000{i}", "point_code": code} for i, code in
              enumerate(["ZD00001", "ZD00002", "ZD00002", "ZD00003"], 2)]  # fmt: skip
    put_rows(clerk, "service_case", "20240105", others)
    put_rows(clerk, "service_case", "20240106", [{**CASE, "point_code": "ZD00003"}])
    cases = [("service_case", DAY, "warn", 4.0, 4.0), ("service_case", date(2024, 1, 6), "warn", 1.0, 1.0)]
    assert gaps(clerk, contracts) == cases
    assert summary(clerk.warehouse, feed_checks.REFERENCES, "service_case") == ("warn", 5.0, 5.0, "2 business dates")
    detail = "select detail from ledger.check_result where feed = 'service_case' and business_date = '2024-01-05'"
    assert clerk.query(detail) == [
        ("point_code → service_centre.service_point.point_code: different values that nothing has: 3",)
    ]
    # A register of another day fixes two of the codes. Its own community is unknown now.
    points = [{**POINT, "point_code": code, "area_code": None} for code in ("ZD00001", "ZD00002")]
    put_rows(clerk, "service_point", "20240107", points)
    mended = [("service_case", DAY, "warn", 1.0, 4.0), ("service_case", date(2024, 1, 6), "warn", 1.0, 1.0)]
    unknown_community = ("service_point", date(2024, 1, 7), "warn", 2.0, 2.0)
    assert gaps(clerk, contracts) == [*mended, unknown_community]
    # Then all of them; a correction of the register removes one again.
    put_rows(clerk, "service_point", "20240107", [*points, {**POINT, "point_code": "ZD00003"}], "_r2", T2)
    assert [one for one in gaps(clerk, contracts) if one[0] == "service_case"] == []
    assert summary(clerk.warehouse, feed_checks.REFERENCES, "service_case") == ("pass", 0.0, 0.0, "0 business dates")
    put_rows(clerk, "service_point", "20240107", [{**point, "functions": 9} for point in points], "_r3", T3)
    assert gaps(clerk, contracts) == [*mended, unknown_community]


def test_a_reference_to_an_unconnected_feed_is_not_judged_and_the_feed_never_stale(
    clerk: Desk, contracts: tuple[Contract, ...]
) -> None:
    put_rows(clerk, "service_case", "20240105", [CASE])
    assert len(gaps(clerk, contracts)) == 1
    is_off = {"service_centre.service_point"}
    some = [
        replace(one, feeds=tuple(replace(feed, is_connected=feed.id not in is_off) for feed in one.feeds))
        for one in contracts
        if one.platform in ("service_centre", "smart_community")
    ]
    assert findings(clerk.warehouse, some, feed_checks.REFERENCES) == []
    fresh = "select count(*) from ledger.check_result where check_name = 'fresh' and feed = 'service_point'"
    assert clerk.warehouse.connection.execute(fresh).fetchall() == [(0,)]


def test_a_row_without_a_value_refers_to_nothing_and_two_columns_are_two_findings(
    clerk: Desk, contracts: tuple[Contract, ...]
) -> None:
    put_rows(clerk, "service_point", "20240105", [
        {**POINT, "area_code": None},
        {**POINT, "point_code": "ZD00002", "area_code": "990101001001A001"},
    ])  # fmt: skip
    assert gaps(clerk, contracts) == [
        ("service_point", DAY, "warn", 1.0, 1.0),
        ("service_point", DAY, "warn", 2.0, 2.0),
    ]
    assert summary(clerk.warehouse, feed_checks.REFERENCES, "service_point") == ("warn", 3.0, 3.0, "1 business dates")


def test_a_rejected_row_of_the_target_is_no_target(clerk: Desk, contracts: tuple[Contract, ...]) -> None:
    put_rows(clerk, "service_case", "20240105", [CASE])
    put_rows(clerk, "service_point", "20240105", [{**POINT, "functions": 99}])
    assert gaps(clerk, contracts) == [("service_case", DAY, "warn", 1.0, 1.0)]


def test_what_belongs_to_a_platform_without_a_contract_cannot_be_judged(desk: Desk, contract: Contract) -> None:
    """Its contract is broken, which is reported elsewhere."""
    put_rows(desk, "service_point", "20240105", [POINT])
    put_rows(desk, "duty_shift", "20240105", [
        row_of(next(feed for feed in desk.feeds if feed.name == "duty_shift"), 1, point_code="ZD00009")
    ])  # fmt: skip
    desk.take()
    found = findings(desk.warehouse, [contract], feed_checks.REFERENCES)
    assert found == [("duty_shift", DAY, "warn", 1.0, 1.0)]


# ---------------------------------------------------------------- volume


def volumes(warehouse: Warehouse, contract: Contract, usual: list[int], rows: int) -> list[tuple[object, ...]]:
    """Findings about a day after these numbers of rows on the same weekday, the newest last."""
    weeks = len(usual)
    earlier = [ledger_line(i, DAY - timedelta(weeks=weeks - i), count) for i, count in enumerate(usual)]
    warehouse.write_lines([*earlier, ledger_line(99, DAY, rows)])
    return [one[3:] for one in findings(warehouse, [contract], feed_checks.VOLUME) if one[1] == DAY]


@pytest.mark.parametrize(
    ("usual", "rows", "is_told"),
    [
        # Four square roots of 20 are 17.9, of 100 they are 40.
        ([20] * 4, 3, False),
        ([20] * 4, 2, True),
        ([20] * 4, 37, False),
        ([20] * 4, 38, True),
        ([20] * 3, 0, False),
        ([100] * 4, 60, False),
        ([100] * 4, 59, True),
        # A file cut at a row's end. Around 770 rows, the spread is 30, and a fifth is 154.
        ([700, 760, 780, 800], 524, True),
        ([700, 760, 780, 800], 640, False),
        # Weeks that differ much: no number is unusual.
        ([500, 760, 780, 1020], 524, False),
        ([1, 20, 20, 500], 20, False),
        ([9] * 4, 0, False),
        ([0] * 4, 10, True),
        ([0] * 4, 0, False),
    ],
)
def test_the_volume_is_told_beside_its_limits_and_not_at_them(
    warehouse: Warehouse, contract: Contract, usual: list[int], rows: int, is_told: bool
) -> None:
    median = sorted(usual)[len(usual) // 2] if len(usual) % 2 else sum(sorted(usual)[1:3]) / 2
    assert volumes(warehouse, contract, usual, rows) == ([(float(rows), float(median))] if is_told else [])


def test_only_the_same_weekday_of_eight_weeks_is_usual(warehouse: Warehouse, contract: Contract) -> None:
    lines = [ledger_line(i, DAY - timedelta(weeks=i), 100) for i in (8, 3, 2, 1)]
    warehouse.write_lines([*lines, ledger_line(99, DAY, 1)])
    assert [one[1] for one in findings(warehouse, [contract], feed_checks.VOLUME)] == [DAY]
    for away in (timedelta(weeks=9), timedelta(days=6)):
        warehouse.write_lines([ledger_line(8, DAY - away, 100)])
        assert findings(warehouse, [contract], feed_checks.VOLUME) == []


def test_many_rows_are_usual_if_a_day_of_these_weeks_had_as_many(warehouse: Warehouse, contract: Contract) -> None:
    lines = [ledger_line(i, DAY - timedelta(weeks=i), 100) for i in range(1, 5)]
    for at_month_end, told in ((299, [DAY]), (300, [])):
        another_day = ledger_line(50, DAY - timedelta(days=10), at_month_end)
        warehouse.write_lines([*lines, another_day, ledger_line(99, DAY, 300)])
        assert [one[1] for one in findings(warehouse, [contract], feed_checks.VOLUME)] == told


def test_the_volume_is_that_of_deliveries_in_force(warehouse: Warehouse, contract: Contract) -> None:
    lines = [ledger_line(i, DAY - timedelta(weeks=i), 100) for i in range(1, 5)]
    warehouse.write_lines([*lines, ledger_line(98, DAY, 1, state="superseded"), ledger_line(99, DAY, 100)])
    assert findings(warehouse, [contract], feed_checks.VOLUME) == []
    warehouse.write_lines([ledger_line(98, DAY, 1), ledger_line(99, DAY, 100, state="superseded")])
    assert [one[:2] for one in findings(warehouse, [contract], feed_checks.VOLUME)] == [("service_case", DAY)]


# ---------------------------------------------------------------- freshness


@pytest.mark.parametrize(
    ("now", "status", "behind"),
    [
        (datetime(2024, 1, 7, 4, 59, 59), "pass", 0.0),
        (datetime(2024, 1, 7, 5, 0, 0), "warn", 1.0),
        (datetime(2024, 1, 7, 23, 59), "warn", 1.0),
        (datetime(2024, 1, 8, 4, 59, 59), "warn", 1.0),
        (datetime(2024, 1, 8, 5, 0, 0), "warn", 2.0),
        (datetime(2024, 1, 5, 5, 0, 0), "pass", 0.0),
    ],
)
def test_a_feed_is_fresh_until_the_time_that_its_contract_names(
    warehouse: Warehouse, contract: Contract, now: datetime, status: str, behind: float
) -> None:
    warehouse.write_lines(
        [ledger_line(1, DAY, 1), ledger_line(2, DAY + timedelta(days=1), 0, state="held", reason="bad")]
    )
    feed_checks.judge(warehouse, [contract], now)
    found = summary(warehouse, feed_checks.FRESHNESS, "service_case")
    assert found[:3] == (status, behind, 0.0)
    assert "newest business date 2024-01-05" in str(found[3])


def test_a_feed_that_never_came_is_told(warehouse: Warehouse, contract: Contract) -> None:
    feed_checks.judge(warehouse, [contract], NOW)
    status, _, _, detail = summary(warehouse, feed_checks.FRESHNESS, "service_case")
    assert (status, detail) == ("warn", "nothing was ever delivered, due 2024-01-05")


# ---------------------------------------------------------------- held, drift, accounts, the whole


def test_held_files_drift_and_rows_without_a_fate(warehouse: Warehouse, contract: Contract) -> None:
    stray = ledger_line(9, DAY, 0, state="rejected", reason="no feed has files of this name")
    warehouse.write_lines([
        ledger_line(1, DAY, 3, reason="unknown columns, not loaded: '备注'"),
        ledger_line(2, DAY, 3, state="superseded", reason="unknown columns, not loaded: '别的'"),
        ledger_line(3, DAY, 0, state="held", reason="is empty"),
        ledger_line(4, DAY, 0, state="held", reason="line 2: …"),
        ledger_line(5, DAY + timedelta(days=1), 0, "duty_shift", state="held", reason="is empty"),
        ledger_line(6, DAY, 5, "duty_shift", rows_loaded=3, rows_rejected=1),
        replace(stray, platform=None, feed=None, business_date=None),
    ])  # fmt: skip
    assert findings(warehouse, [contract], feed_checks.HELD) == [
        ("duty_shift", DAY + timedelta(days=1), "warn", 1.0, 0.0),
        ("service_case", DAY, "warn", 2.0, 0.0),
    ]
    assert findings(warehouse, [contract], feed_checks.DRIFT) == [("service_case", DAY, "warn", 1.0, 0.0)]
    assert findings(warehouse, [contract], feed_checks.ACCOUNTED) == [("duty_shift", DAY, "fail", 1.0, 0.0)]
    details = "select detail from ledger.check_result where check_name = ? and business_date is not null order by feed"
    told = warehouse.connection.execute(details, [feed_checks.HELD]).fetchall()
    assert told[1] == ("service_case_3.csv: is empty; service_case_4.csv: line 2: …",)
    assert summary(warehouse, feed_checks.ACCOUNTED, "duty_shift") == ("fail", 1.0, 0.0, "1 business dates")
    assert summary(warehouse, feed_checks.HELD, "service_case") == ("warn", 2.0, 0.0, "1 business dates")
    assert summary(warehouse, feed_checks.DRIFT, "service_point") == ("pass", 0.0, 0.0, "0 business dates")


def test_every_feed_has_one_row_a_check_however_often_it_is_judged(warehouse: Warehouse, contract: Contract) -> None:
    warehouse.write_lines([ledger_line(1, DAY, 3)])
    for _ in range(2):
        feed_checks.judge(warehouse, [contract], NOW)
    rows = warehouse.connection.execute(
        "select feed, check_name from ledger.check_result where business_date is null order by all"
    ).fetchall()
    checks = (
        feed_checks.REFERENCES, feed_checks.VOLUME, feed_checks.FRESHNESS, feed_checks.HELD, feed_checks.DRIFT,
        feed_checks.ACCOUNTED,
        *SUSPICIONS,
    )  # fmt: skip
    assert rows == sorted((feed, check) for feed in FEEDS for check in checks)
    assert {finding["check_name"] for finding in warehouse.findings()} == {feed_checks.FRESHNESS}


def test_a_judgement_is_whole_or_as_it_was(
    warehouse: Warehouse, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_checks.judge(warehouse, [contract], NOW)
    before = warehouse.connection.execute("select * from ledger.check_result order by all").fetchall()
    monkeypatch.setattr(feed_checks, "_SUMMARY", "select no_such_column")
    warehouse.write_lines([ledger_line(1, DAY, 3)])
    with pytest.raises(Exception, match="no_such_column"):
        feed_checks.judge(warehouse, [contract], NOW)
    assert warehouse.connection.execute("select * from ledger.check_result order by all").fetchall() == before
