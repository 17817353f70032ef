"""A register that comes in a file a street: what is in force if one is missing, late, corrected or new."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.intake import feed_checks, parts
from pipelines.intake.parts import InForce
from pipelines.night import findings, wording
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import POINT, csv_bytes, put

NOW, FIRST = datetime(2024, 1, 20, 6), date(2024, 1, 5)
TEMPLATE = "service_centre_service_point_{part}_{yyyymmdd}.csv"


@pytest.fixture
def split(feeds: dict[str, Feed]) -> Feed:
    return replace(feeds["service_centre.service_point"], file_template=TEMPLATE, parts=("North", "south"))


@pytest.fixture
def contract(contracts: tuple[Contract, ...], split: Feed) -> Contract:
    one = next(contract for contract in contracts if contract.platform == "service_centre")
    return replace(one, feeds=(split,))


def on(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def file_name(part: str, day: int, revision: str = "") -> str:
    stem = TEMPLATE.replace("{part}", part) if part else TEMPLATE.replace("_{part}", "")
    return stem.replace("{yyyymmdd}", f"{on(day):%Y%m%d}").replace(".csv", f"{revision}.csv")


def said(feed: Feed, delivered: Sequence[tuple[int, str]]) -> Mapping[int, set[tuple[int, str]]]:
    """Deliveries (day, part) → day → those in force."""
    lines = [InForce(on(day), number, file_name(part, day)) for number, (day, part) in enumerate(delivered)]
    return {
        (day - FIRST).days + 1: {delivered[one.delivery_id] for one in found}
        for day, found in parts.in_force(feed, lines).items()
    }


N, S = "north", "south"


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        pytest.param([(1, N), (1, S), (2, N), (2, S)], {1: {(1, N), (1, S)}, 2: {(2, N), (2, S)}}, id="every part"),
        pytest.param([(1, N), (1, S), (2, N)], {1: {(1, N), (1, S)}, 2: {(2, N), (1, S)}}, id="one missing goes on"),
        pytest.param(
            [(1, N), (1, S), (2, N), (3, N), (4, S)],
            {1: {(1, N), (1, S)}, 2: {(2, N), (1, S)}, 3: {(3, N), (1, S)}, 4: {(3, N), (4, S)}},
            id="until it comes again",
        ),
        pytest.param([(1, N), (3, N), (3, S)], {1: {(1, N), (3, S)}, 3: {(3, N), (3, S)}}, id="the first goes back"),
        pytest.param([(1, N), (2, N)], {1: {(1, N)}, 2: {(2, N)}}, id="one that never came"),
    ],
)
def test_what_a_register_consists_of(
    split: Feed, delivered: list[tuple[int, str]], expected: dict[int, set[tuple[int, str]]]
) -> None:
    for order in itertools.permutations(delivered):
        assert said(split, order) == expected


def test_whole_files_go_on_until_every_part_has_come_and_the_reverse(split: Feed) -> None:
    whole = replace(split, file_template=TEMPLATE.replace("_{part}", ""), parts=())
    then_split = replace(split, applies_from=on(3), earlier=(whole,))
    assert said(then_split, [(1, ""), (2, ""), (3, N), (4, S), (5, N)]) == {
        1: {(1, "")},
        2: {(2, "")},
        3: {(3, N), (2, "")},
        4: {(3, N), (4, S)},
        5: {(5, N), (4, S)},
    }
    then_whole = replace(whole, applies_from=on(3), earlier=(split,))
    assert said(then_whole, [(1, N), (1, S), (2, N), (3, ""), (4, "")]) == {
        1: {(1, N), (1, S)},
        2: {(2, N), (1, S)},
        3: {(3, "")},
        4: {(4, "")},
    }
    # Without a day from which the contract applies, whole files are files of another time all the same.
    assert said(split, [(1, ""), (2, ""), (3, N), (4, S)])[3] == {(3, N), (2, "")}


def test_a_street_that_a_later_contract_does_not_name_ends_with_the_earlier_one(split: Feed) -> None:
    later = replace(split, parts=("North", "west"), applies_from=on(3), earlier=(split,))
    found = said(later, [(1, N), (1, S), (3, N), (4, "west"), (5, N)])
    assert found[3] == {(3, N), (1, S)}
    assert found[4] == {(3, N), (4, "west")}
    assert found[5] == {(5, N), (4, "west")}
    for name, day, is_known in [("south", 2, True), ("south", 3, False), ("west", 2, False), ("west", 3, True)]:
        assert bool(landing.named(file_name(name, day), [later])[0]) is is_known


# ---------------------------------------------------------------- from the inbox


@pytest.fixture
def desk(desk: Desk, split: Feed) -> Desk:
    desk.feeds = [split]
    desk.at(NOW)
    return desk


def deliver(desk: Desk, part: str, points: Sequence[int], day: int, hours: int = 3, revision: str = "") -> None:
    rows = [{**POINT, "point_code": f"ZD{number:05}"} for number in points]
    at = datetime.combine(on(day) + timedelta(days=1), datetime.min.time()) + timedelta(hours=hours)
    put(desk.settings.inbox, part, file_name(part, day, revision), csv_bytes(desk.feeds[0], rows), at)


def register(desk: Desk) -> dict[int, list[int]]:
    """Day → the points in force, as the staging model joins them."""
    rows = desk.query(
        "select snapshot_on, point_code from ledger.snapshot_part inner join raw.service_centre__service_point"
        " on _business_date = delivered_on and _file_name = file_name order by all"
    )
    found: dict[int, list[int]] = {}
    for day, code in rows:
        assert isinstance(day, date)
        found.setdefault((day - FIRST).days + 1, []).append(int(str(code)[-2:]))
    return found


def test_any_order_of_arrival_ends_in_the_same_register_and_only_its_days_are_built_again(
    desk: Desk, contract: Contract
) -> None:
    deliver(desk, N, [1, 2], 1)
    deliver(desk, S, [3], 1)
    deliver(desk, N, [1], 2)
    deliver(desk, N, [1, 4], 3)
    deliver(desk, S, [3, 5], 4)
    deliver(desk, S, [6], 1, 9, "_r2")
    arrivals = landing.scan(desk.settings.inbox, desk.feeds)
    assert len(arrivals) == 6
    for order in [arrivals, arrivals[::-1], arrivals[3:] + arrivals[:3]]:
        desk.query("delete from ledger.delivery; delete from ledger.seen_file; delete from ledger.change")
        desk.query("delete from raw.service_centre__service_point; delete from ledger.snapshot_part")
        for arrival in order:
            desk.take([arrival])
            feed_checks.judge(desk.warehouse, [contract], NOW)
        assert register(desk) == {1: [1, 2, 6], 2: [1, 6], 3: [1, 4, 6], 4: [1, 3, 4, 5]}
    # Nothing new: nothing to build. A correction of the first day's south: the days on which it goes on.
    desk.query("delete from ledger.change")
    feed_checks.judge(desk.warehouse, [contract], NOW)
    assert desk.query("select count(*) from ledger.change") == [(0,)]
    deliver(desk, S, [7], 1, 12, "_r3")
    desk.take()
    feed_checks.judge(desk.warehouse, [contract], NOW)
    changed = desk.query("select distinct business_date from ledger.change order by 1")
    assert changed == [(on(day),) for day in (1, 2, 3)]


def test_a_file_that_cannot_be_read_ends_no_street(desk: Desk, contract: Contract) -> None:
    deliver(desk, N, [1], 1)
    deliver(desk, S, [2], 1)
    deliver(desk, N, [1], 2)
    put(desk.settings.inbox, S, file_name(S, 2), b"", datetime(2024, 1, 7, 3))
    desk.take()
    feed_checks.judge(desk.warehouse, [contract], NOW)
    assert register(desk) == {1: [1, 2], 2: [1, 2]}


def test_two_streets_with_the_same_bytes_have_both_delivered(desk: Desk, contract: Contract) -> None:
    deliver(desk, N, [1], 1)
    deliver(desk, S, [2], 1)
    deliver(desk, N, [], 2)
    deliver(desk, S, [], 2)
    deliver(desk, S, [], 2, revision="_r2")
    desk.take()
    feed_checks.judge(desk.warehouse, [contract], NOW)
    assert register(desk) == {1: [1, 2]}  # empty registers, not the day before
    states = desk.query(f"select state, count(*) from ledger.delivery where business_date = '{on(2)}' group by 1")
    assert sorted(states) == [("duplicate", 1), ("loaded", 2)]


def test_a_street_that_is_late_is_named_and_the_day_does_not_look_complete(desk: Desk, contract: Contract) -> None:
    deliver(desk, N, [1], 1)
    deliver(desk, S, [2], 1)
    deliver(desk, N, [1], 2)
    desk.take()
    now = datetime(2024, 1, 7, 6)
    feed_checks.judge(desk.warehouse, [contract], now)
    assert findings.late_feeds(desk.warehouse, [contract], now) == [("service_centre.service_point", f"{on(2)}")]
    late = findings._of_lateness(desk.warehouse, contract, desk.feeds[0], (), f"{on(2)}")
    text = wording.line(late)
    assert f"{on(2)} 的数据缺 south 的文件" in text
    assert f"最新的一天是 {on(1)}，已晚 1 天" in text
    fresh = (
        "select business_date, status, observed, detail from ledger.check_result"
        " where check_name = 'fresh' and feed = 'service_point' order by 1 nulls first"
    )
    assert desk.query(fresh) == [
        (None, "warn", 1.0, f"newest business date {on(1)}, due {on(2)}"),
        (on(2), "warn", 1.0, "files that are missing: south"),
    ]
    deliver(desk, S, [2], 2, hours=4)
    desk.take()
    feed_checks.judge(desk.warehouse, [contract], now)
    assert findings.late_feeds(desk.warehouse, [contract], now) == []
    assert [row[1] for row in desk.query(fresh)] == ["pass"]


def test_a_contract_may_name_the_parts_of_a_register(tmp_path: object) -> None:
    source = (CONTRACTS / "service_centre.odcs.yaml").read_text(encoding="utf-8")
    old = "- {property: file, value: 'service_centre_service_point_{yyyymmdd}.csv'}"
    assert old in source
    new = old.replace("{yyyymmdd}", "{part}_{yyyymmdd}") + "\n  - {property: parts, value: [a, b]}"
    folder = CONTRACTS.__class__(str(tmp_path))
    (folder / "service_centre.odcs.yaml").write_text(source.replace(old, new), encoding="utf-8")
    (contract,), errors = load_contracts(folder)
    assert not errors
    assert [feed.name for feed in contract.feeds if feed.is_split_register] == ["service_point"]
