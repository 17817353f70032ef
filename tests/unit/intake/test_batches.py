"""Many deliveries at once: chunks, one reading for a workbook's feeds, and one bad file among good ones."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing, workbook_reader
from pipelines.delivery.row_rules import Checked, check_all
from pipelines.delivery.text_table import Held, TextTable
from pipelines.intake import digests, taking
from pipelines.keys import Key
from pipelines.settings import WORKBOOK_TRIES, Settings
from pipelines.warehouse.lock import exclusive
from pipelines.warehouse.store import Warehouse, opened
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import (
    CASE,
    POINT,
    Row,
    csv_bytes,
    export,
    export_bytes,
    header_of,
    put,
    row_of,
    sheet_of,
    workbook,
)

DAY = date(2024, 1, 5)
T1, T2 = datetime(2024, 1, 6, 3), datetime(2024, 1, 6, 4)
SEEN = "select taken_by, folder, file_name from ledger.seen_file order by all"

UNREADABLE = "the workbook cannot be read, three times: open it in Excel or WPS and save it again as xlsx"


# ---------------------------------------------------------------- chunks


def deliver(inbox: Path, feeds: Mapping[str, Feed]) -> None:
    """Three feeds, eight days: good, corrected, held, repeated, with rejected, duplicate and superseded rows, empty."""
    point, case, shift = (feeds[f"service_centre.{name}"] for name in ("service_point", "service_case", "duty_shift"))
    for i in range(8):
        day = DAY + timedelta(days=i)
        export(inbox, point, day, [{**POINT, "functions": i}, {**POINT, "point_code": f"ZD0001{i}"}][: i % 3], T1)
        cases = [CASE, CASE, {**CASE, "trips": 2, "updated_at": "2024-01-05 12:00:00"}, {**CASE, "trips": 99}]
        export(inbox, case, day, cases[: i % 5], T1)
        export(inbox, shift, day, [row_of(shift, n) for n in range(i)], T1)
    export(inbox, case, DAY, [{**CASE, "trips": 7}], T2, "_r2")
    put(inbox, "late", "service_centre_duty_shift_20240106.csv", b"\xff\xfe", T2)
    put(inbox, "late", "service_centre_service_point_20240107.csv", b"", T2)
    put(inbox, "late", "service_centre_service_point_20240107_r3.csv", csv_bytes(point, [POINT]), T2)
    put(inbox, "late", "service_centre_service_point_20240107_r4.csv", csv_bytes(point, [POINT]), T2)


def end_of(desk: Desk) -> tuple[object, ...]:
    """Ledger, rows and seen files, independent of the numbers of the lines."""
    tables = [desk.raw(f"service_centre__{name}") for name in ("service_point", "service_case", "duty_shift")]
    changed = desk.query("select distinct platform, feed, business_date from ledger.change order by all")
    return desk.ledger(), tables, changed, desk.query(SEEN)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory, feeds: dict[str, Feed]) -> Path:
    """Not to be changed."""
    there = tmp_path_factory.mktemp("batches") / "inbox"
    deliver(there, feeds)
    return there


@contextmanager
def desk_in(home: Path, inbox: Path, contracts: Sequence[Contract], key: Key) -> Iterator[Desk]:
    there = Settings(home, inbox, CONTRACTS)
    (contract,) = (contract for contract in contracts if contract.platform == "service_centre")
    with exclusive(there, 0, "a test"), opened(there, [contract]) as warehouse:
        yield Desk(warehouse, there, contract.feeds, key)


@pytest.fixture(scope="module")
def one_by_one(inbox: Path, contracts: tuple[Contract, ...], key: Key) -> tuple[object, ...]:
    """The result of loading each feed-day separately."""

    def feed_day(arrival: landing.Arrival) -> tuple[str, str]:
        return arrival.feeds[0].id, str(arrival.business_date)

    with desk_in(inbox.parent / "home", inbox, contracts, key) as desk:
        arrivals = sorted(landing.scan(inbox, desk.feeds), key=feed_day)
        for _, batch in itertools.groupby(arrivals, key=feed_day):
            desk.take(list(batch))
        return end_of(desk)


@pytest.mark.parametrize(("feed_days", "size"), [(1, 1 << 20), (2, 1 << 20), (5, 1 << 20), (60, 1), (60, 700)])
def test_chunks_of_any_size_end_as_one_by_one(
    tmp_path: Path,
    inbox: Path,
    contracts: tuple[Contract, ...],
    key: Key,
    one_by_one: tuple[object, ...],
    monkeypatch: pytest.MonkeyPatch,
    feed_days: int,
    size: int,
) -> None:
    monkeypatch.setattr(taking, "CHUNK_FEED_DAYS", feed_days)
    monkeypatch.setattr(taking, "CHUNK_BYTES", size)
    with desk_in(tmp_path / "home", inbox, contracts, key) as desk:
        desk.take()
        assert end_of(desk) == one_by_one
        assert desk.take() == []


@pytest.fixture
def service(
    tmp_path: Path, inbox: Path, contracts: tuple[Contract, ...], key: Key, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """The same files with chunks of two feed-days, the service points first."""
    monkeypatch.setattr(taking, "CHUNK_FEED_DAYS", 2)
    with desk_in(tmp_path / "home", inbox, contracts, key) as desk:
        yield desk


class Crash(BaseException):
    """No error handler catches this."""


def taken(desk: Desk) -> set[tuple[str | None, date | None]]:
    return {(line.feed, line.business_date) for line in desk.warehouse.lines()}


FIRST_CHUNKS = {("service_point", DAY + timedelta(days=i)) for i in range(4)}


def test_a_crash_in_a_chunk_keeps_the_chunks_before_it_and_a_rerun_completes(
    service: Desk, one_by_one: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, chunks = Warehouse.note_seen, []

    def crash(self: Warehouse, files: Sequence[tuple[str, str, str, str, str]]) -> None:
        chunks.extend([files] if files else [])
        if len(chunks) == 3:
            raise Crash
        real(self, files)

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "note_seen", crash)
        with pytest.raises(Crash):
            service.take()
    assert taken(service) == FIRST_CHUNKS
    service.take()
    assert end_of(service) == one_by_one


def test_an_archive_that_fails_in_a_chunk_keeps_the_chunks_before_it(
    service: Desk, one_by_one: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next chunk is read while one is written: its error is raised after that one is committed."""
    real = landing.archive

    def full(arrival: landing.Arrival, folder: Path, reader: landing.Reader | None) -> str:
        if arrival.business_date == DAY + timedelta(days=5):
            raise OSError(28, "No space left on device")
        return real(arrival, folder, reader)

    with monkeypatch.context() as patched:
        patched.setattr(landing, "archive", full)
        with pytest.raises(OSError, match="No space left"):
            service.take()
    assert taken(service) == FIRST_CHUNKS
    service.take()
    assert end_of(service) == one_by_one


@pytest.mark.parametrize("error", [ValueError, ArithmeticError, pl.exceptions.ComputeError])
def test_a_delivery_of_a_shape_that_nobody_thought_of_is_held_alone(
    service: Desk, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Several deliveries are checked in one call: if the call fails, each is checked separately."""

    def fails(tables: Sequence[TextTable], feed: Feed) -> list[Checked | Held]:
        if feed.name == "service_point" and any((table.frame["功能数"] == "2").any() for table in tables):
            raise error("quotes a cell: 申某某")
        return check_all(tables, feed)

    monkeypatch.setattr(digests, "check_all", fails)
    service.take()
    held = {line.folder: line.reason for line in service.warehouse.lines("service_centre.service_point")
            if line.state == "held"}  # fmt: skip
    advice = "export it again, and show this line to those who run Sihe"
    assert held == {
        "2024-01-07": f"cannot be parsed ({error.__name__}): {advice}",
        "late": "is empty: there is no header (export it even where there are no rows)",
    }
    assert sum(line.state == "loaded" for line in service.warehouse.lines("service_centre.service_point")) == 8


# ---------------------------------------------------------------- workbooks

BOOK = "党建共建_20240105.xlsx"


@pytest.fixture
def shared(settings: Settings, contracts: tuple[Contract, ...], key: Key) -> Iterator[Desk]:
    """The platform whose feeds come in one workbook."""
    (contract,) = (contract for contract in contracts if contract.platform == "co_building")
    with exclusive(settings, 0, "a test"), opened(settings, [contract]) as warehouse:
        yield Desk(warehouse, settings, contract.feeds, key)


def sheets_of(feeds: Sequence[Feed]) -> dict[str, Sequence[Sequence[object]]]:
    return {feed.sheet or "": sheet_of(feed, [row_of(feed, 1, **personal(feed))]) for feed in feeds}


def personal(feed: Feed) -> Row:
    return {column.name: "甲" for column in feed.columns if column.privacy}


def fates(desk: Desk) -> dict[str | None, tuple[str, int, str | None]]:
    return {line.feed: (line.state, line.rows_loaded, line.reason) for line in desk.warehouse.lines()}


def put_book(desk: Desk, sheets: Mapping[str, Sequence[Sequence[object]]], name: str = BOOK) -> None:
    path = workbook(desk.settings.inbox / "d" / name, sheets)
    put(desk.settings.inbox, "d", name, path.read_bytes(), T1)


def test_each_sheet_of_a_workbook_is_a_delivery_and_its_bytes_are_kept_once(shared: Desk) -> None:
    put_book(shared, sheets_of(shared.feeds))
    settled = shared.take()
    assert len(settled) == len(shared.feeds) == 7
    assert fates(shared) == {feed.name: ("loaded", 1, None) for feed in shared.feeds}
    for feed in shared.feeds:
        assert shared.query(f"select count(*) from raw.{feed.table}") == [(1,)]
    lines = shared.warehouse.lines()
    assert len({line.sha256 for line in lines}) == 1
    assert len({line.delivery_id for line in lines}) == 7
    assert sum(file.is_file() for file in shared.settings.archive.rglob("*")) == 1
    assert shared.take() == []


def header_only(feed: Feed) -> list[Sequence[object]]:
    return [["标题"], header_of(feed)]


def test_a_sheet_that_cannot_be_used_holds_its_feed_alone(shared: Desk) -> None:
    sheets = sheets_of(shared.feeds)
    meeting, resolution, suggestion, covenant, member, commitment, fund = shared.feeds
    del sheets["联席会议"]  # missing
    sheets["议定事项（新）"] = sheets.pop("议定事项")  # renamed
    sheets["意见建议"] = []  # nothing at all
    sheets["公约"] = [["公约导出"]]  # no header
    sheets["联盟成员"] = [
        ["标题"],
        [name for name in header_of(member) if name != "成员名称"],
    ]  # one required column is missing
    sheets["共建清单"] = header_only(commitment)  # an empty delivery
    put_book(shared, sheets)
    shared.take()
    assert fates(shared) == {
        meeting.name: ("held", 0, "has no sheet '联席会议': name the sheet so"),
        resolution.name: ("held", 0, "has no sheet '议定事项': name the sheet so"),
        suggestion.name: ("held", 0, "the sheet '意见建议' has no header in row 2: write the columns' names there"),
        covenant.name: ("held", 0, "the sheet '公约' has no header in row 2: write the columns' names there"),
        member.name: (
            "held",
            0,
            "required columns are missing: 成员名称: was it renamed, or is the header elsewhere?",
        ),
        commitment.name: ("loaded", 0, None),
        fund.name: ("loaded", 1, None),
    }
    put_book(shared, sheets_of(shared.feeds), BOOK.replace(".", "_r2."))
    settled = shared.take()
    assert len(settled) == 7
    in_force = {one.feed.name: one.in_force[0].revision for one in settled if one.in_force}
    assert in_force == dict.fromkeys([feed.name for feed in shared.feeds], 2)


def test_a_book_that_replaces_another_is_compared_by_the_file_not_the_sheet(shared: Desk) -> None:
    """The sheet of the meetings is the same in both; the correction still is another delivery of it."""
    put_book(shared, sheets_of(shared.feeds))
    shared.take()
    more = sheets_of(shared.feeds)
    more["公约"] = header_only(shared.feeds[3])
    put_book(shared, more, BOOK.replace(".", "_r2."))
    shared.take()
    states = {(line.feed, line.revision): line.state for line in shared.warehouse.lines()}
    assert set(states.values()) == {"loaded", "superseded"}
    assert (states["joint_meeting", 1], states["joint_meeting", 2]) == ("superseded", "loaded")
    assert shared.query("select count(*) from raw.co_building__covenant") == [(0,)]
    again = (shared.settings.inbox / "d" / BOOK.replace(".", "_r2.")).read_bytes()
    put(shared.settings.inbox, "d", BOOK.replace(".", "_r3."), again, T2)
    shared.take()
    assert {line.state for line in shared.warehouse.lines() if line.revision == 3} == {"duplicate"}


def test_a_workbook_that_ends_its_reader_is_held_after_three_tries_and_the_next_is_read(
    shared: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its child has too little memory; the fourth child has enough."""
    shared.feeds = shared.feeds[:1]
    real, starts = workbook_reader.Workbooks._start, []

    def start(self: workbook_reader.Workbooks) -> "subprocess.Popen[bytes]":
        starts.append(1)
        monkeypatch.setattr(
            workbook_reader, "WORKBOOK_MEMORY_BYTES", (20 << 20) if len(starts) <= WORKBOOK_TRIES else (4 << 30)
        )
        return real(self)

    monkeypatch.setattr(workbook_reader.Workbooks, "_start", start)
    for i in (5, 6, 7):
        put_book(shared, sheets_of(shared.feeds), f"党建共建_2024010{i}.xlsx")
    shared.take()
    assert [(line.business_date, line.state, line.reason) for line in shared.warehouse.lines()] == [
        (date(2024, 1, 5), "held", UNREADABLE),
        (date(2024, 1, 6), "loaded", None),
        (date(2024, 1, 7), "loaded", None),
    ]
    assert len(starts) == WORKBOOK_TRIES + 1


def test_a_workbook_that_takes_too_long_is_held_and_the_next_is_read(
    shared: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.feeds = shared.feeds[:1]
    real, starts = workbook_reader.Workbooks._start, []

    def start(self: workbook_reader.Workbooks) -> "subprocess.Popen[bytes]":
        starts.append(1)
        monkeypatch.setattr(workbook_reader, "WORKBOOK_SECONDS", 0.3 if len(starts) == 1 else 60)
        if len(starts) > 1:
            return real(self)
        self._child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self._child

    monkeypatch.setattr(workbook_reader.Workbooks, "_start", start)
    for i in (5, 6):
        put_book(shared, sheets_of(shared.feeds), f"党建共建_2024010{i}.xlsx")
    shared.take()
    first, second = shared.warehouse.lines()
    assert (first.state, first.reason) == ("held", "the workbook took longer than 0.3 s to read: deliver fewer rows")
    assert second.state == "loaded"


def test_a_reader_that_dies_at_one_sheet_costs_that_sheet_alone(shared: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheets that it had answered before are not requested again."""
    monkeypatch.setattr(workbook_reader.Workbooks, "_start", dying_at("意见建议"))
    put_book(shared, sheets_of(shared.feeds))
    shared.take()
    told = fates(shared)
    assert told.pop("suggestion") == ("held", 0, UNREADABLE)
    assert set(told.values()) == {("loaded", 1, None)}


LIMITED = """
import os, resource, sys
from pathlib import Path
from pipelines.contracts.compiler import load_contracts
from pipelines.intake import digests
from pipelines.keys import Key
limit, contracts, path, feed = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
feeds = {one.id: one for contract in load_contracts(contracts)[0] for one in contract.feeds}
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    found = digests.digest(path, feeds[feed], Key(bytes(32)))
    print(found.held_because, found.row_count)
except MemoryError:
    print("MemoryError")
"""


@pytest.mark.parametrize(("mebibytes", "read"), [(3 << 10, "None 1"), (700, "MemoryError"), (500, "MemoryError")])
@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_a_file_is_not_held_for_ever_because_the_process_may_have_little_memory(
    feeds: dict[str, Feed], tmp_path: Path, mebibytes: int, read: str, format: str
) -> None:
    """As after `ulimit -v`: the child that reads workbooks wants more than it may have, polars can start no thread."""
    feed = feeds["co_building.joint_meeting" if format == "xlsx" else "command_centre.event"]
    path = tmp_path / f"a.{format}"
    path.write_bytes(export_bytes(feed, [row_of(feed, 1)]))
    command = [sys.executable, "-c", LIMITED, str(mebibytes << 20), str(CONTRACTS), str(path), feed.id]
    # Each thread takes address space: many cores would need more.
    env = {**os.environ, "POLARS_MAX_THREADS": "2"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert ran.stdout.strip() == read, ran.stderr


DYING = """
import os, sys
import pipelines.delivery.workbook_process as workbook
real = workbook._read_sheet
def read(archive, book, wanted):
    if wanted.sheet == sys.argv[2]:
        os.abort()
    return real(archive, book, wanted)
workbook._read_sheet = read
workbook.main()
"""


def dying_at(sheet: str) -> object:
    def start(self: workbook_reader.Workbooks) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", DYING, str(4 << 30), sheet]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        return self._child

    return start
