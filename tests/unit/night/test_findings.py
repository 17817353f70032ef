"""What a night leaves to do: which findings are open, what they say, and that each is told once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipelines import alerts
from pipelines.contracts.model import Contract, ContractError
from pipelines.installation import House
from pipelines.intake import feed_checks
from pipelines.intake.feed_checks import OPEN_DAYS
from pipelines.night import findings, telling, wording
from pipelines.night.findings import Code, Finding
from pipelines.registry import loading
from pipelines.registry.loading import Registry
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse
from tests.unit.helpers import ledger_line
from tests.unit.robot import Robot

DAY = date(2024, 1, 5)
NOW = datetime(2024, 1, 6, 6, 0)
CASE, SHIFT = "service_centre.service_case", "service_centre.duty_shift"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return loading.load()


@pytest.fixture
def here(
    settings: Settings, contracts: tuple[Contract, ...], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> House:
    """One platform, at the time when its files of the day are there."""
    monkeypatch.setattr(loading, "load", lambda: registry)
    some = tuple(contract for contract in contracts if contract.platform == "service_centre")
    return House(replace(settings, clock=lambda: NOW), some, (), ())


def found(here: House, warehouse: Warehouse, *lines: Any) -> list[Finding]:
    warehouse.write_lines(lines)
    feed_checks.judge(warehouse, here.contracts, here.settings.clock())
    return findings.collect(here, warehouse)


# ---------------------------------------------------------------- who is late


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2024, 1, 7, 5, 9, 59), []),
        (datetime(2024, 1, 7, 5, 10, 0), ["2024-01-06"]),
        (datetime(2024, 1, 8, 5, 9, 59), ["2024-01-06"]),
        (datetime(2024, 1, 8, 5, 10, 0), ["2024-01-07"]),
        (datetime(2024, 1, 6, 12, 0, 0), []),
    ],
)
def test_a_feed_is_late_ten_minutes_after_its_time(
    here: House, warehouse: Warehouse, now: datetime, late: list[str]
) -> None:
    """A held file does not count as accepted; a feed that was never delivered is not late, and another feed's delivery
    does not count."""
    warehouse.write_lines([
        ledger_line(1, DAY, 1),
        ledger_line(2, DAY + timedelta(days=1), 0, state="held", reason="bad"),
        ledger_line(3, DAY + timedelta(days=1), 0, "duty_shift", state="held", reason="bad"),
    ])  # fmt: skip
    assert findings.late_feeds(warehouse, here.contracts, now) == [(CASE, day) for day in late]


def test_a_day_that_is_missing_between_others_is_late_no_more(here: House, warehouse: Warehouse) -> None:
    warehouse.write_lines([ledger_line(1, DAY - timedelta(days=2), 1), ledger_line(2, DAY, 0)])
    assert findings.late_feeds(warehouse, here.contracts, NOW) == []


def test_a_day_that_is_missing_between_others_is_a_finding_until_it_comes_or_is_too_old(
    here: House, warehouse: Warehouse
) -> None:
    hole = DAY - timedelta(days=1)
    (one,) = found(here, warehouse, ledger_line(1, DAY - timedelta(days=2), 1), ledger_line(2, DAY, 0))
    assert (one.code, one.about, one.size, one.day, one.since) == (Code.MISSING, "service_centre", 1, hole, DAY)
    said = wording.line(one)
    assert said.startswith("【缺一天的数据】")
    assert "1月4日：之后的日期已到，这一天还没有可用的文件：" in said

    def at(now: datetime) -> list[Finding]:
        house = replace(here, settings=replace(here.settings, clock=lambda: now))
        return [one for one in findings.collect(house, warehouse) if one.code is Code.MISSING]

    last = datetime.combine(hole + timedelta(days=OPEN_DAYS), datetime.max.time())
    assert at(last) == [one]
    assert at(last + timedelta(hours=1)) == []
    told = {one.key: {"size": one.size, "line": said, "since": f"{one.since}"}}
    assert telling.news([], told, (last + timedelta(hours=1)).date()).mended == ()
    assert telling.news([], told, last.date()).mended == (said,)
    warehouse.write_lines([ledger_line(3, hole, 0)])
    assert at(NOW) == []


def test_a_missing_day_is_said_once_of_a_platform_with_the_parts_that_are_missing(
    here: House, warehouse: Warehouse
) -> None:
    (contract,) = here.contracts
    titles = {feed.id: feed.title for feed in contract.feeds}
    template = "shift_{part}_{yyyymmdd}.csv"
    feeds = tuple(
        replace(feed, parts=("A", "B"), file_template=template) if feed.id == SHIFT else feed for feed in contract.feeds
    )
    in_parts = replace(here, contracts=(replace(contract, feeds=feeds),))

    def whole(number: int, day: date, *part_names: str) -> list[Any]:
        """Of both feeds."""
        shifts = [
            ledger_line(10 * number + n, day, 1, "duty_shift", file_name=f"shift_{name}.csv")
            for n, name in enumerate((f"{part}_{day:%Y%m%d}" for part in part_names), 1)
        ]
        return [*shifts, *([ledger_line(10 * number, day, 1)] if len(part_names) == 2 else [])]

    first, hole = DAY - timedelta(days=2), DAY - timedelta(days=1)
    lines = [*whole(1, first, "A", "B"), *whole(2, hole, "A"), *whole(3, DAY, "A", "B")]
    (one,) = (one for one in found(in_parts, warehouse, *lines) if one.code is Code.MISSING)
    assert (one.size, one.day) == (2, hole)
    assert f"{titles[CASE]}、{titles[SHIFT]}（缺 B）" in wording.line(one)
    assert len(one.kpis) == len(set(one.kpis)) > 0


def test_a_missing_day_of_a_register_and_a_held_day_are_no_missing_days(here: House, warehouse: Warehouse) -> None:
    hole = DAY - timedelta(days=1)
    came = [
        ledger_line(n, day, 1, feed)
        for n, (day, feed) in enumerate(product((hole - timedelta(days=1), DAY), ("service_case", "service_point")), 1)
    ]
    held = ledger_line(9, hole, 0, state="held", reason="bad", received_at=NOW)
    assert {one.code for one in found(here, warehouse, *came, held)} == {Code.HELD}


def test_each_day_more_makes_lateness_worse(here: House, warehouse: Warehouse) -> None:
    (one,) = found(here, warehouse, ledger_line(1, DAY - timedelta(days=3), 1))
    assert (one.code, one.about, one.size) == (Code.LATE, CASE, 3)
    said = wording.line(one, "https://sihe.example.gov.cn")
    assert said.startswith("【未按时到达】")
    assert "应在 05:00 前到的 2024-01-05 的数据还没有可用的文件，最新的一天是 2024-01-02，已晚 3 天" in said
    assert said.endswith("https://sihe.example.gov.cn/data")


def test_a_file_of_the_day_after_is_not_the_newest_day_of_a_feed_that_is_late(
    here: House, warehouse: Warehouse
) -> None:
    """Some platforms export in the evening of the day itself."""
    evening = replace(here, settings=replace(here.settings, clock=lambda: NOW + timedelta(hours=14)))
    came = ledger_line(1, DAY - timedelta(days=3), 1), ledger_line(2, DAY + timedelta(days=1), 1)
    (one,) = found(evening, warehouse, *came)
    assert (one.code, one.size) == (Code.LATE, 3)
    assert "最新的一天是 2024-01-02，已晚 3 天" in wording.line(one)


def test_a_feed_is_not_late_for_a_day_before_its_first_delivery(here: House, warehouse: Warehouse) -> None:
    assert found(here, warehouse, ledger_line(1, DAY + timedelta(days=1), 1)) == []


def test_nothing_of_an_unconnected_feed_is_a_finding(here: House, warehouse: Warehouse) -> None:
    lines = [
        ledger_line(1, DAY - timedelta(days=3), 1),
        ledger_line(2, DAY, 0, state="held", reason="bad", received_at=NOW),
    ]
    assert {one.code for one in found(here, warehouse, *lines)} == {Code.LATE, Code.HELD}
    (contract,) = here.contracts
    feeds = tuple(replace(feed, is_connected=feed.id != CASE) for feed in contract.feeds)
    without = replace(here, contracts=(replace(contract, feeds=feeds),))
    assert found(without, warehouse) == []


CONNECTED = """
code: "990102"
name: 某区
title: {zh: 某区, en: A District}
letter: 某
connected: [service_centre]
"""


def test_a_feed_that_is_said_to_be_connected_and_never_came_is_a_finding(here: House, warehouse: Warehouse) -> None:
    """Said once for the platform. Where district.yaml names nothing, an installation without a platform is usual."""
    first = ledger_line(1, DAY, 1)
    assert found(here, warehouse, first) == []
    here.settings.district_file.write_text(CONNECTED, encoding="utf-8")
    began_on = first.taken_at.date()

    def at(day: date) -> list[Finding]:
        now = datetime.combine(day, datetime.min.time()) + timedelta(hours=5, minutes=10)
        house = replace(here, settings=replace(here.settings, clock=lambda: now))
        return [one for one in findings.collect(house, warehouse) if one.code is Code.AWAITED]

    assert at(began_on + timedelta(days=1)) == []
    (one,) = at(began_on + timedelta(days=2))
    assert (one.about, one.size) == ("service_centre", len(here.feeds) - 1)
    assert at(began_on + timedelta(days=9)) == [one]
    said = wording.line(one)
    assert said.startswith("【接入后从未到达】")
    assert f"自 {began_on} 起还没有可用的文件" in said
    assert next(feed.title for feed in here.feeds if feed.id == CASE) not in said
    here.settings.demo_mark.touch()
    assert at(began_on + timedelta(days=2)) == []


def test_demo_data_are_not_late(here: House, warehouse: Warehouse) -> None:
    here.settings.demo_mark.parent.mkdir(exist_ok=True)
    here.settings.demo_mark.touch()
    assert found(here, warehouse, ledger_line(1, DAY - timedelta(days=3), 1)) == []


# ---------------------------------------------------------------- files and rows


def test_a_held_file_is_open_until_a_later_one_of_its_day_is_loaded(here: House, warehouse: Warehouse) -> None:
    """A correction that is held is open beside the file that it was to correct."""
    loaded = ledger_line(1, DAY, 5)
    held = ledger_line(
        2, DAY, 0, state="held", reason="required columns are missing: 办件编号", received_at=datetime(2024, 1, 6, 4)
    )
    (one,) = found(here, warehouse, loaded, held)
    assert (one.code, one.about, one.day, one.size) == (Code.HELD, CASE, DAY, 1)
    assert one.kpis
    said = wording.line(one)
    assert "service_case_2.csv 未入库，缺少必填列：办件编号" in said
    assert f"影响{one.kpis[0]}" in said
    assert "处理：请平台改正后以下一个修订号" in said
    mended = ledger_line(3, DAY, 5, received_at=datetime(2024, 1, 6, 5))
    assert found(here, warehouse, loaded, held, mended) == []


def test_a_file_is_open_for_two_weeks(here: House, warehouse: Warehouse) -> None:
    received = NOW - timedelta(days=OPEN_DAYS)
    for at, count in ((received, 0), (received + timedelta(seconds=1), 1)):
        held = ledger_line(2, DAY, 0, state="held", reason="bad", received_at=at)
        assert len(found(here, warehouse, ledger_line(1, DAY, 5, received_at=received), held)) == count


@pytest.mark.parametrize(
    ("limit", "rejected", "is_told"),
    [(1.0, 10, False), (1.0, 11, True), (20.0, 200, False), (0.1, 4, False), (0.1, 5, True)],
)
def test_the_contract_says_how_many_rows_may_be_rejected(
    here: House, warehouse: Warehouse, limit: float, rejected: int, is_told: bool
) -> None:
    (contract,) = here.contracts
    feeds = tuple(replace(feed, most_rejected_percent=limit) for feed in contract.feeds)
    there = replace(here, contracts=(replace(contract, feeds=feeds),))
    line = ledger_line(1, DAY, 1000, rows_rejected=rejected, rows_loaded=1000 - rejected)
    told = found(there, warehouse, line)
    assert [(one.code, one.size) for one in told] == ([(Code.REJECTED, rejected)] if is_told else [])
    if rejected == 11:
        assert "1,000 行中拒收 11 行（1.1 %，约定不超过 1 %）" in wording.line(told[0])


def test_a_file_that_is_cut_off_between_two_rows_is_noticed(here: House, warehouse: Warehouse) -> None:
    weeks = [ledger_line(i, DAY - timedelta(weeks=i), rows) for i, rows in enumerate((760, 780, 769, 775), 1)]
    *missing, one = found(here, warehouse, *weeks, ledger_line(9, DAY, 524))
    assert {day.code for day in missing} == {Code.MISSING}
    assert (one.code, one.day, one.size) == (Code.VOLUME, DAY, 248)
    assert "524 行，同一星期几平常约 772 行" in wording.line(one)


def test_a_day_that_is_open_no_more_is_no_finding(here: House, warehouse: Warehouse) -> None:
    old = DAY - timedelta(days=OPEN_DAYS)
    weeks = [ledger_line(i, old - timedelta(weeks=i), 770) for i in range(1, 5)]
    others = [ledger_line(9, old, 1), ledger_line(10, DAY, 770)]
    assert {one.code for one in found(here, warehouse, *weeks, *others)} == {Code.MISSING}


def test_what_is_broken_is_named(here: House, warehouse: Warehouse) -> None:
    broken = ContractError(Path("/contracts/home_visit.odcs.yaml"), "name", 3, "is needed")
    (one,) = found(replace(here, errors=(broken,)), warehouse)
    assert (one.code, one.about) == (Code.CONTRACT, "home_visit.odcs.yaml")
    assert "is needed" in wording.line(one)


def test_a_source_that_is_left_out_is_named(here: House, warehouse: Warehouse) -> None:
    file = here.settings.home / "sources.yaml"
    file.write_text("sources:\n  old: {kind: ftp}\n", encoding="utf-8")
    (one,) = found(here, warehouse)
    assert (one.code, one.about, one.size) == (Code.SOURCE, "sources.yaml", 1)
    assert "sources.old.kind" in wording.line(one) and "sihe doctor" in wording.line(one)
    file.unlink()
    assert found(here, warehouse) == []


def test_what_a_check_noticed_is_said_in_chinese(here: House, warehouse: Warehouse) -> None:
    noticed = "unknown columns, not loaded: 备注, 经办人"
    (drift,) = found(here, warehouse, ledger_line(1, DAY, 9, reason=noticed))
    assert "契约里没有的列，不入库：备注, 经办人" in wording.line(drift) and "unknown" not in wording.line(drift)
    details = [f"{one}_code → smart_community.grid.grid_code: different values that nothing has: 12" for one in "ab"]
    facts = (("title", "甲"), ("observed", 30), ("expected", 90), ("detail", "\n".join(details)))
    said = wording.line(Finding(Code.REFERENCES, CASE, "team", 30, DAY, DAY, facts))
    assert "90 个引用中 30 个查不到（a_code → smart_community.grid.grid_code，不同的值 12 个；b_code → " in said
    assert "different" not in said


def test_every_kind_has_words() -> None:
    for table in (wording.NAMES, wording._ENGLISH, wording._REMEDIES):
        assert set(table) == set(Code)


# ---------------------------------------------------------------- telling


def finding(size: float = 1, about: str = CASE, owner: str = "区政务服务中心", since: date | None = DAY) -> Finding:
    facts = (("title", "窗口"), ("files", (("a.csv", "the file is empty"),)))
    return Finding(Code.HELD, about, owner, size, DAY - timedelta(days=40), since, facts)


def tell(settings: Settings, *findings: Finding) -> tuple[Sequence[Finding], Sequence[str]]:
    told = telling.tell(replace(settings, clock=lambda: NOW), findings)
    return told.new, told.mended


def test_a_finding_is_told_once_again_when_worse_and_when_mended(settings: Settings) -> None:
    one, other = finding(), finding(about=SHIFT)
    assert tell(settings, one) == ((one,), ())
    assert tell(settings, one, other) == ((other,), ())
    worse = finding(size=2)
    assert tell(settings, worse, other) == ((worse,), ())
    assert tell(settings, one, other) == ((), ())
    assert tell(settings, other) == ((), (wording.line(worse),))
    assert tell(settings, other) == ((), ())
    assert tell(settings, one, other) == ((one,), ())


def test_a_finding_that_is_too_old_is_forgotten_and_not_mended(settings: Settings) -> None:
    old = finding(since=NOW.date() - timedelta(days=OPEN_DAYS))
    assert tell(settings, old) == ((old,), ())
    assert tell(settings) == ((), ())
    assert tell(settings, old) == ((old,), ())


def test_an_owner_gets_one_message_and_what_was_refused_is_told_again(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    mine, also, theirs = finding(), finding(about=SHIFT), finding(about="home_visit.visit", owner="区民政局")
    with Robot() as robot:
        there = replace(settings, webhook=robot.address)
        robot.status = 500
        assert tell(there, mine, also, theirs)[0] == (mine, also, theirs)
        robot.status = 200
        assert tell(there, mine, also, theirs)[0] == (mine, also, theirs)
        assert tell(there, mine, also, theirs)[0] == ()
        assert tell(there)[1] != ()
    titles = [body["markdown"]["content"].splitlines()[0] for _, body in robot.posted]
    assert titles[2:4] == [
        "### 四合：2 件事请处理（区政务服务中心）：文件挂起 · to do: file held",
        "### 四合：1 件事请处理（区民政局）：文件挂起 · to do: file held",
    ]
    assert titles[4:] == ["### 四合：3 件事已解决 · mended"]


def test_a_full_disk_is_no_reason_to_tell_it_again(settings: Settings) -> None:
    """A folder in the place of the files: neither what was told nor the alert can be written."""
    one, other = finding(), finding(about=SHIFT)
    with Robot() as robot:
        there = replace(settings, webhook=robot.address)
        blocked = there.told_file.with_suffix(".tmp"), there.alerts_file
        for folder in blocked:
            folder.mkdir(parents=True)
        assert tell(there, one)[0] == (one,)
        assert tell(there, one)[0] == ()
        assert alerts.send(there, alerts.of_recovery("it was damaged"))
        assert not alerts.send(there, alerts.of_recovery("it was damaged"))
        assert len(robot.posted) == 2
        for folder in blocked:
            folder.rmdir()
        assert tell(there, one)[0] == ()
        assert len(robot.posted) == 2
        # Another process knows it from now on.
        assert finding().key in there.told_file.read_text(encoding="utf-8")
        assert tell(there, one, other)[0] == (other,)


def test_a_memory_that_a_crash_cut_off_tells_all_again(settings: Settings) -> None:
    one = finding()
    tell(settings, one)
    settings.told_file.write_bytes(settings.told_file.read_bytes()[:20])
    assert tell(settings, one) == ((one,), ())


# ---------------------------------------------------------------- treated otherwise


def test_what_an_earlier_contract_left_is_a_finding(here: House, warehouse: Warehouse) -> None:
    """Clear values are one as long as an older generation has them; the rest until it is taken again."""
    note = "insert into ledger.treated_otherwise values ('service_centre', ?, ?, ?, ?, ?, ?)"
    for feed, was, is_treated in (("service_case", "open", True), ("duty_shift", "mask", False)):
        warehouse.connection.execute(note, [feed, "room", DAY, was, is_treated, NOW])
    (one,) = found(here, warehouse)
    assert (one.code, one.about, one.size, one.since) == (Code.TREATMENT, SHIFT, 1, NOW.date())
    said = wording.line(one)
    assert f"sihe backfill --feed {SHIFT} --from {DAY} --to {DAY}" in said
    here.settings.published.mkdir(parents=True)
    (here.settings.published / "sihe-20240106-060001.duckdb").touch()
    assert len(found(here, warehouse)) == 1
    (here.settings.published / "sihe-20240105-070000.duckdb").touch()
    clear, _ = found(here, warehouse)
    assert (clear.code, clear.about) == (Code.CLEAR, CASE)
    assert "room" in wording.line(clear)
    assert "sihe rotate-key" in wording.line(clear)
    later = replace(here, settings=replace(here.settings, clock=lambda: NOW + timedelta(days=OPEN_DAYS)))
    assert Code.CLEAR not in {one.code for one in findings.collect(later, warehouse)}
