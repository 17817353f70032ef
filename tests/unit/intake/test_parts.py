"""A business date that comes in several files, one a street: each in force beside the others, and corrected alone."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.intake import feed_checks, parts
from pipelines.night import findings
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, csv_bytes, put

DAY, T1, T2, T3 = date(2024, 1, 5), *(datetime(2024, 1, 6, hour) for hour in (3, 4, 5))
TABLE = "service_centre__service_case"


@pytest.fixture
def split(feeds: dict[str, Feed]) -> Feed:
    template = "service_centre_service_case_{part}_{yyyymmdd}.csv"
    return replace(feeds["service_centre.service_case"], file_template=template, parts=("North", "south"))


@pytest.fixture
def desk(desk: Desk, split: Feed) -> Desk:
    desk.feeds = [split]
    return desk


def deliver(
    desk: Desk, part: str, cases: Sequence[int], at: datetime = T1, revision: str = "", day: date = DAY
) -> Path:
    rows = [{**CASE, "case_id": f"BJ202401050000{number:02}"} for number in cases]
    name = f"service_centre_service_case_{part}_{day:%Y%m%d}{revision}.csv"
    return put(desk.settings.inbox, part, name, csv_bytes(desk.feeds[0], rows), at)


def cases(desk: Desk) -> list[int]:
    return [int(str(one)[-2:]) for (one,) in desk.query(f"select case_id from raw.{TABLE} order by 1")]


def test_all_parts_of_a_day_are_in_force_together(desk: Desk) -> None:
    deliver(desk, "north", [1, 2])
    deliver(desk, "south", [3])
    (settled,) = desk.take()
    assert [line.state for line in settled.lines] == ["loaded", "loaded"]
    assert cases(desk) == [1, 2, 3]
    deliver(desk, "west", [4])
    desk.take()
    assert desk.states()["west/service_centre_service_case_west_20240105.csv"] == "rejected"


def test_a_correction_replaces_its_own_part_alone_in_any_order(desk: Desk) -> None:
    deliver(desk, "north", [1, 2])
    deliver(desk, "south", [3, 4])
    deliver(desk, "north", [2, 5], T2, "_r2")
    arrivals = landing.scan(desk.settings.inbox, desk.feeds)
    for order in itertools.permutations(arrivals):
        desk.query("delete from ledger.delivery; delete from ledger.seen_file")
        desk.query(f"delete from raw.{TABLE}")
        for arrival in order:
            desk.take([arrival])
        assert cases(desk) == [2, 3, 4, 5]
        assert sorted(desk.states().values()) == ["loaded", "loaded", "superseded"]


def test_a_part_that_cannot_be_read_takes_nothing_of_the_others(desk: Desk, contract: Contract) -> None:
    deliver(desk, "north", [1])
    bad = deliver(desk, "south", [2])
    bad.write_bytes(b"")
    desk.take()
    assert cases(desk) == [1]
    assert sorted(desk.states().values()) == ["held", "loaded"]
    deliver(desk, "north", [1, 6], T3, "_r2")
    desk.take()
    # A later file of another part mends nothing.
    rows = list(findings._of_deliveries(desk.warehouse, contract, desk.feeds[0], (), T3))
    assert [(one.code, one.day) for one in rows] == [(findings.Code.HELD, DAY)]


@pytest.fixture
def contract(contracts: tuple[Contract, ...], split: Feed) -> Contract:
    one = next(contract for contract in contracts if contract.platform == "service_centre")
    return replace(one, feeds=(split,))


def test_a_day_is_late_until_all_its_parts_are_there(desk: Desk, contract: Contract) -> None:
    due = DAY + timedelta(days=1)
    now = datetime(2024, 1, 7, 6)
    desk.at(now)
    for part in ("north", "south"):
        deliver(desk, part, [1 if part == "north" else 2])
    deliver(desk, "north", [3], day=due)
    desk.take()
    assert findings.late_feeds(desk.warehouse, [contract], now) == [("service_centre.service_case", due.isoformat())]
    deliver(desk, "south", [4], day=due)
    desk.take()
    assert findings.late_feeds(desk.warehouse, [contract], now) == []


def complete(desk: Desk, contract: Contract) -> list[tuple[object, ...]]:
    feed_checks.judge(desk.warehouse, [contract], T3)
    return desk.query("select business_date, complete_at from ledger.split_day order by 1")


def test_a_day_is_complete_when_its_last_part_was_accepted_first(desk: Desk, contract: Contract) -> None:
    deliver(desk, "north", [1])
    desk.take()
    assert complete(desk, contract) == [(DAY, None)]
    bad = deliver(desk, "south", [2], T1)
    bad.write_bytes(b"")
    desk.take()
    assert complete(desk, contract) == [(DAY, None)]  # a file that is held does not count
    desk.query("delete from ledger.change")
    deliver(desk, "south", [2], T2, "_r2")
    desk.take()
    assert complete(desk, contract) == [(DAY, T2)]
    assert desk.query("select distinct business_date from ledger.change") == [(DAY,)]
    # Corrections that come later change nothing, and nothing is built again for it.
    for part in ("north", "south"):
        deliver(desk, part, [3 if part == "north" else 4], T3, "_r3")
    desk.take()
    desk.query("delete from ledger.change")
    assert complete(desk, contract) == [(DAY, T2)]
    assert desk.query("select count(*) from ledger.change") == [(0,)]


def test_days_are_complete_at_the_same_time_in_any_order_of_arrival(split: Feed) -> None:
    name = "service_centre_service_case_{}_20240105.csv"
    came = [
        (DAY, T2, name.format("north")),
        (DAY, T3, name.format("north").replace(".csv", "_r2.csv")),
        (DAY, T1, name.format("SOUTH")),
        (DAY + timedelta(days=1), T1, name.format("south").replace("0105", "0106")),
    ]
    for order in itertools.permutations(came):
        assert parts.complete_at(split, order) == {DAY: T2, DAY + timedelta(days=1): None}
    # Days under a contract with one file a day are not listed.
    whole = replace(split, file_template=name.format("x").replace("x_20240105", "{yyyymmdd}"), parts=())
    later = replace(split, applies_from=DAY + timedelta(days=1), earlier=(whole,))
    assert parts.complete_at(later, came) == {DAY + timedelta(days=1): None}


def test_a_feed_that_comes_in_one_file_again_has_no_such_days(desk: Desk, contract: Contract) -> None:
    deliver(desk, "north", [1])
    desk.take()
    assert complete(desk, contract)
    whole = replace(contract.feeds[0], file_template="service_centre_service_case_{yyyymmdd}.csv", parts=())
    desk.query("delete from ledger.change")
    assert complete(desk, replace(contract, feeds=(whole,))) == []
    assert desk.query("select distinct business_date from ledger.change") == [(DAY,)]


def test_the_volume_is_that_of_all_parts(desk: Desk, contract: Contract) -> None:
    for week in range(6):
        day = date(2023, 11, 3) + timedelta(days=7 * week)
        deliver(desk, "north", range(1, 40), day=day)
        deliver(desk, "south", range(40, 42), day=day)
    desk.take()
    feed_checks.judge(desk.warehouse, [contract], T3)
    odd = "select * from ledger.check_result where check_name = 'volume_as_usual' and business_date is not null"
    assert desk.query(odd) == []


SOURCE = (CONTRACTS / "service_centre.odcs.yaml").read_text(encoding="utf-8")
FILE = "- {property: file, value: 'service_centre_service_case_{yyyymmdd}.csv'}"


@pytest.mark.parametrize(
    ("old", "parts", "said"),
    [
        (FILE, None, "a list, and one {part} in file, go together"),
        (FILE, "[]", "different words"),
        (FILE, "[a, a]", "different words"),
        (FILE, "['../x']", "different words"),
    ],
)
def test_parts_that_make_no_sense_are_an_error_of_the_feed(
    tmp_path: Path, old: str, parts: str | None, said: str
) -> None:
    new = old.replace("{yyyymmdd}", "{part}_{yyyymmdd}")
    new += f"\n  - {{property: parts, value: {parts}}}" if parts else ""
    assert old in SOURCE
    (tmp_path / "service_centre.odcs.yaml").write_text(SOURCE.replace(old, new), encoding="utf-8")
    _, (error,) = load_contracts(tmp_path)
    assert said in str(error)
    assert error.place.endswith("customProperties")


def test_a_contract_names_the_parts_of_a_day(tmp_path: Path) -> None:
    new = FILE.replace("{yyyymmdd}", "{part}_{yyyymmdd}") + "\n  - {property: parts, value: ['990101001', '990101002']}"
    (tmp_path / "service_centre.odcs.yaml").write_text(SOURCE.replace(FILE, new), encoding="utf-8")
    (contract,), errors = load_contracts(tmp_path)
    assert not errors
    named, day, revision = landing.named("service_centre_service_case_990101002_20240105_r2.csv", contract.feeds)
    assert ([feed.name for feed in named], day, revision) == (["service_case"], DAY, 2)
    assert landing.named("service_centre_service_case_990101009_20240105.csv", contract.feeds)[0] == ()
