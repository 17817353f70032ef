"""What becomes of archived files when they are read again or a person is erased: damage stays damage, all sheets of a
workbook lose the person, a deleted file is told. All persons are invented."""

from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines import reasons
from pipelines.commands import erasure
from pipelines.commands.erasure import Identity
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import compression, landing, tombstones
from pipelines.delivery.privacy import pseudonym
from pipelines.installation import House
from pipelines.intake import digests, feed_checks, taking, worklist
from pipelines.keys import Key, write_key
from pipelines.settings import Settings
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.store import Warehouse
from tests.unit.desk import Desk
from tests.unit.helpers import POINT, VISIT, csv_bytes, put, row_of, sheet_of, workbook_bytes

DAY, NOW = date(2024, 1, 5), datetime(2024, 2, 1, 9)
T1, T2 = datetime(2024, 1, 6, 3), datetime(2024, 1, 6, 4)
PHONE, HOUSEHOLD, OTHER = "13912345678", "HHERASED01", "HHSTAYS02"
NAME = "service_centre_service_point_202401{:02}{}.csv"


def flip(path: Path) -> None:
    """Another content than was archived, in a file that can be read all the same."""
    data = compression.contents(path).replace(b",3,", b",4,")
    path.chmod(0o600)
    path.write_bytes(compression.compressed(data) if compression.is_compressed(path) else data)
    assert not landing.is_intact(path)


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("points", [1, 300], ids=["as it came", "compressed"])
@pytest.mark.parametrize("days", [1, 3], ids=["one file", "read together"])
def test_reading_again_holds_what_the_archive_has_damaged(desk: Desk, points: int, days: int) -> None:
    feed = next(one for one in desk.feeds if one.id == "service_centre.service_point")
    for day in range(1, days + 1):
        rows = [{**POINT, "point_code": f"ZD{day:02}{n:03}"} for n in range(points)]
        put(desk.settings.inbox, "d", NAME.format(day, ""), csv_bytes(feed, rows), T1)
    desk.take()
    bad = min(desk.warehouse.lines(), key=lambda line: line.file_name)
    path = landing.archived(desk.settings.archive, bad.sha256)
    assert compression.is_compressed(path) == (points > 1)
    flip(path)
    desk.take([], again=True)
    found = {line.file_name: (line.state, line.reason, line.rows_loaded) for line in desk.warehouse.lines()}
    assert found.pop(bad.file_name) == ("held", "the archive's copy is damaged", 0)
    assert set(found.values()) <= {("loaded", None, points)}
    assert set(desk.functions()) <= {3}
    # The platform delivers it again: what was archived just now is sound.
    desk.take(again=True)
    assert {line.state for line in desk.warehouse.lines()} == {"loaded"}


def test_a_damaged_file_that_comes_into_force_again_is_held(desk: Desk) -> None:
    """A correction that was loaded turns out to be unusable; the one before it is read from the archive."""
    feed = next(one for one in desk.feeds if one.id == "service_centre.service_point")
    for revision, at in (("", T1), ("_r2", T2)):
        rows = [{**POINT, "functions": 3 if not revision else 5}]
        put(desk.settings.inbox, "d", NAME.format(1, revision), csv_bytes(feed, rows), at)
        desk.take()
    first, second = (landing.archived(desk.settings.archive, line.sha256) for line in desk.warehouse.lines())
    flip(first)
    second.chmod(0o600)
    second.write_bytes(second.read_bytes() + b" ")
    desk.take([], again=True)
    assert {(line.state, line.reason) for line in desk.warehouse.lines()} == {("held", "the archive's copy is damaged")}
    assert desk.functions() == []


def test_files_that_were_archived_just_now_are_not_checked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nightly intake reads each once."""
    feed = next(one for one in desk.feeds if one.id == "service_centre.service_point")
    for day in range(1, 4):
        put(desk.settings.inbox, "d", NAME.format(day, ""), csv_bytes(feed, [POINT] * day), T1)
    monkeypatch.setattr(landing, "is_intact", lambda path: pytest.fail("checked"))
    desk.take()
    assert {line.state for line in desk.warehouse.lines()} == {"loaded"}


# ---------------------------------------------------------------- persons


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...], key: Key) -> House:
    some = tuple(one for one in contracts if one.platform in ("home_visit", "co_building"))
    settings.key_file.parent.mkdir(parents=True, mode=0o700)
    write_key(settings.key_file, key)
    return House(settings, some, (), ())


def take(here: House, opened: Warehouse, *feeds: Feed) -> None:
    """What is pending of these feeds, as if only they were asked for."""
    found = worklist.pending(
        landing.scan(here.settings.inbox, here.feeds), opened.stamps(), NOW.date(), feeds=feeds or None
    )
    for contract in here.contracts:
        for group in contract.files:
            if wanted := [feed for feed in group if feed.id in found]:
                list(taking.take(wanted, found, opened, here.settings, here.key(opened)))


def sheets(here: House) -> tuple[Feed, Feed, bytes]:
    """The feed of a workbook that has persons, another one of it, and a workbook with a person in the first."""
    group = [feed for feed in here.feeds if feed.platform == "co_building"]
    funds = next(feed for feed in group if feed.name == "fund_txn")
    rows = [row_of(funds, 1, counterparty=PHONE), row_of(funds, 2, counterparty="13787654321")]
    made = {feed.sheet or "": sheet_of(feed, [row_of(feed, 1)]) for feed in group}
    made[funds.sheet or ""] = sheet_of(funds, rows)
    return funds, group[0], workbook_bytes(made)


def refuse(*_: object) -> None:
    raise tombstones.CannotRewrite("a cell cannot be written")


def visits(here: House, *days: int) -> Feed:
    (feed,) = (one for one in here.feeds if one.platform == "home_visit")
    for day in days:
        rows = [
            {**VISIT, "visit_id": f"ZF202401{day:02}00000{i}", "household_id": who}
            for i, who in enumerate((HOUSEHOLD, OTHER))
        ]
        put(here.settings.inbox, "d", f"home_visit_visit_202401{day:02}.csv", csv_bytes(feed, rows), T1)
    return feed


def line_of(opened: Warehouse, feed: Feed) -> Line:
    (line,) = opened.lines(feed.id)
    return line


@pytest.mark.parametrize("when", ["erased before", "erased in between"])
def test_a_workbook_loses_the_person_in_all_sheets_though_one_is_taken_alone(here: House, key: Key, when: str) -> None:
    """A sheet whose feed is taken later would have a row of marks and of the person's other values."""
    funds, other, book = sheets(here)
    if when == "erased before":
        put(here.settings.inbox, "d", "home_visit_visit_20240105.csv", csv_bytes(visits(here), [VISIT]), T1)
        with here.writing("a test") as opened:
            take(here, opened)
        erasure.remove(here, [Identity("phone", PHONE)])
    put(here.settings.inbox, "d", "党建共建_20240105.xlsx", book, T1)
    with here.writing("a test") as opened:
        take(here, opened, other)
        assert line_of(opened, other).rows_loaded == 1 and opened.lines(funds.id) == []
    if when == "erased in between":
        erasure.remove(here, [Identity("phone", PHONE)])
    with here.writing("a test") as opened:
        take(here, opened)
        line = line_of(opened, funds)
        assert (line.state, line.rows_loaded, line.rows_erased) == ("loaded", 1, 1)
        stored = opened.connection.execute(f"select counterparty from raw.{funds.table}").fetchall()
    assert stored == [(pseudonym("13787654321", key),)]


def test_pending_files_of_some_feeds_still_say_all_their_feeds(here: House) -> None:
    _, other, book = sheets(here)
    put(here.settings.inbox, "d", "党建共建_20240105.xlsx", book, T1)
    arrivals = landing.scan(here.settings.inbox, here.feeds)
    found = worklist.pending(arrivals, {}, NOW.date(), feeds=[other])
    assert list(found) == [other.id]
    (arrival,) = found[other.id][DAY]
    assert len(arrival.feeds) == len([feed for feed in here.feeds if feed.platform == "co_building"]) > 1


def test_a_new_file_that_cannot_be_rewritten_says_that_it_is_not_in_the_archive(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = visits(here, 5)
    with here.writing("a test") as opened:
        take(here, opened)
    erasure.remove(here, [Identity("household", HOUSEHOLD)])
    monkeypatch.setattr(tombstones, "rewritten", refuse)
    visits(here, 6, 7)
    with here.writing("a test") as opened:
        take(here, opened)
        lines = [line for line in opened.lines(feed.id) if line.business_date != DAY]
        feed_checks.judge(opened, here.contracts, NOW)
        findings = [one for one in opened.findings() if one["check_name"] == feed_checks.DRIFT and one["business_date"]]
    assert [(one.state, one.rows_loaded, one.rows_erased, one.reason) for one in lines] == [
        ("loaded", 1, 1, digests.REMOVED)
    ] * 2
    assert not any(landing.archived(here.settings.archive, one.sha256).exists() for one in lines)
    assert len(findings) == 2 and all(digests.REMOVED in str(one["detail"]) for one in findings)
    assert reasons.note(digests.REMOVED, "zh").startswith("含有已删除的人")


def test_rows_of_a_file_that_had_to_be_deleted_are_counted_once(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = visits(here, 5, 6)
    with here.writing("a test") as opened:
        take(here, opened)
    monkeypatch.setattr(tombstones, "rewritten", refuse)
    report = erasure.remove(here, [Identity("household", HOUSEHOLD)])
    assert (dict(report.rows), len(report.removed)) == ({feed.id: 2}, 2)
    with here.writing("a test") as opened:
        assert [(one.rows_counted, one.rows_loaded, one.rows_erased) for one in opened.lines()] == [(1, 1, 1)] * 2


def test_an_erasure_makes_no_damaged_file_whole(here: House) -> None:
    """What it has of the person cannot be known: it is deleted, and the rows that were loaded stay."""
    feed = visits(here, 5)
    with here.writing("a test") as opened:
        take(here, opened)
        path = landing.archived(here.settings.archive, line_of(opened, feed).sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b",0,", b",7,"))
    report = erasure.remove(here, [Identity("household", HOUSEHOLD)])
    assert (dict(report.rows), report.removed) == ({feed.id: 1}, ("home_visit_visit_20240105.csv",))
    with here.writing("a test") as opened:
        assert (line_of(opened, feed).state, line_of(opened, feed).rows_loaded) == ("loaded", 1)
        assert opened.connection.execute(f"select problems_found from raw.{feed.table}").fetchall() == [(0,)]
