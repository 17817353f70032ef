"""The inbox and the archive: which feed and date a file belongs to; no link is followed, nothing is changed, bytes are
kept."""

import hashlib
import os
import resource
import signal
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import compression
from pipelines.delivery.landing import (
    Arrival,
    StillArriving,
    archive,
    archived,
    first_business_date,
    received_at,
    scan,
    sha256_of,
)
from tests.unit.helpers import put

AT = datetime(2024, 1, 6, 3, 0)


def only(inbox: Path, feeds: dict[str, Feed]) -> Arrival:
    (arrival,) = scan(inbox, list(feeds.values()))
    return arrival


def ids(feeds: Sequence[Feed]) -> list[str]:
    return [feed.id for feed in feeds]


@pytest.mark.parametrize(
    ("name", "feed", "day", "revision"),
    [
        ("command_centre_event_20240105.csv", "command_centre.event", date(2024, 1, 5), 1),
        ("command_centre_event_20240105_r2.csv", "command_centre.event", date(2024, 1, 5), 2),
        ("command_centre_event_20240105_r17.csv", "command_centre.event", date(2024, 1, 5), 17),
        ("COMMAND_CENTRE_EVENT_20240105_R2.CSV", "command_centre.event", date(2024, 1, 5), 2),
        ("command_centre_event_flow_20240105.csv", "command_centre.event_flow", date(2024, 1, 5), 1),
        ("smart_community_grid_20240229.xlsx", "smart_community.grid", date(2024, 2, 29), 1),
        ("smart_community_grid_worker_20240229.xlsx", "smart_community.grid_worker", date(2024, 2, 29), 1),
        ("snap_report_report_20991231.ndjson", "snap_report.report", date(2099, 12, 31), 1),
        ("volunteer_volunteer_team_00250105.json", "volunteer.volunteer_team", date(25, 1, 5), 1),
    ],
)
def test_a_name_says_feed_date_and_revision(
    tmp_path: Path, feeds: dict[str, Feed], name: str, feed: str, day: date, revision: int
) -> None:
    put(tmp_path, "2024-01-05", name, b"x", AT)
    arrival = only(tmp_path, feeds)
    assert (ids(arrival.feeds), arrival.business_date, arrival.revision) == ([feed], day, revision)
    assert (arrival.folder, arrival.file_name, arrival.received_at) == ("2024-01-05", name, AT)


@pytest.mark.parametrize(
    "name",
    [
        "command_centre_event_20250229.csv",
        "command_centre_event_20241301.csv",
        "command_centre_event_00000101.csv",
        "command_centre_event_2024-01-05.csv",
        "command_centre_event_20240105.csv.gz",
        "command_centre_event_20240105.xlsx",
        "command_centre_event_20240105 (1).csv",
        "command_centre_event_20240105_r0.csv",
        "command_centre_event_20240105_r02.csv",
        "command_centre_event_20240105_final.csv",
        "command_centre_event_２０２４０１０５.csv",
        "command_centre_events_20240105.csv",
        "a_command_centre_event_20240105.csv",
        "command_centre_event_20240105.csv\n",
        "command_centre_event_20240105.csv ",
        "README.txt",
        "甲" * 84,
        "-rf",
        "'; drop table raw.command_centre__event; --.csv",
        "\u202efdp.csv",
    ],
)
def test_any_other_name_is_of_no_feed(tmp_path: Path, feeds: dict[str, Feed], name: str) -> None:
    put(tmp_path, "2024-01-05", name, b"x", AT)
    arrival = only(tmp_path, feeds)
    assert (arrival.feeds, arrival.business_date) == ((), None)


def test_a_name_that_differs_only_in_case_between_versions_is_of_both(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    old = feeds["home_visit.visit"]
    new = replace(old, file_template="Home_Visit_Visit_{yyyymmdd}.csv", applies_from=date(2024, 1, 10), earlier=(old,))
    for day in (5, 12):
        for name in (f"home_visit_visit_202401{day:02}.csv", f"Home_Visit_Visit_202401{day:02}_r2.csv"):
            put(tmp_path, "d", name, b"x", AT)
    for arrivals in (scan(tmp_path, [new]), scan(tmp_path, [replace(old, earlier=(new,))])):
        assert [(arrival.feeds != (), arrival.business_date and arrival.business_date.day) for arrival in arrivals] == [
            (True, 5), (True, 12), (True, 5), (True, 12),
        ]  # fmt: skip


def test_one_workbook_is_a_delivery_of_each_of_its_sheets_feeds(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    put(tmp_path, "2024-01-05", "党建共建_20240105.xlsx", b"x", AT)
    assert ids(only(tmp_path, feeds).feeds) == [feed for feed in feeds if feed.startswith("co_building.")]
    assert len(only(tmp_path, feeds).feeds) == 7


@pytest.mark.parametrize(
    "name",
    [
        "command_centre_event_20240105.csv.part",
        "command_centre_event_20240105.csv.PART",
        "command_centre_event_20240105.csv.tmp",
        "command_centre_event_20240105.csv.filepart",
        "~$党建共建_20240105.xlsx",
        ".command_centre_event_20240105.csv",
        ".DS_Store",
    ],
)
@pytest.mark.parametrize("folder", ["", "2024-01-05"])
def test_uploads_in_progress_and_hidden_files_are_not_looked_at(
    tmp_path: Path, feeds: dict[str, Feed], folder: str, name: str
) -> None:
    put(tmp_path, folder, name, b"x", AT)
    assert scan(tmp_path, list(feeds.values())) == []


def test_a_file_in_another_folder_is_taken_all_the_same(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    put(tmp_path, "2024-02-01", "command_centre_event_20240105.csv", b"x", AT)
    assert only(tmp_path, feeds).business_date == date(2024, 1, 5)
    put(tmp_path, "", "command_centre_event_20240106.csv", b"x", AT)
    assert [(a.folder, a.business_date) for a in scan(tmp_path, list(feeds.values()))] == [
        ("2024-02-01", date(2024, 1, 5)),
        ("", date(2024, 1, 6)),
    ]


def test_nothing_but_plain_files_is_looked_at(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    outside = tmp_path / "outside"
    put(tmp_path, "outside", "command_centre_event_20240105.csv", b"x", AT)
    inbox = tmp_path / "inbox"
    (inbox / "2024-01-05" / "command_centre_event_20240106.csv").mkdir(parents=True)
    (inbox / "command_centre_event_20240107.csv").mkdir()
    (inbox / "2024-01-06").symlink_to(outside)
    (inbox / "command_centre_event_20240105.csv").symlink_to(outside / "command_centre_event_20240105.csv")
    (inbox / "2024-01-05" / "command_centre_event_20240108.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inbox / "2024-01-05" / "command_centre_event_20240109.csv")
    put(inbox, ".hidden", "command_centre_event_20240110.csv", b"x", AT)
    assert scan(inbox, list(feeds.values())) == []


def test_a_look_may_be_for_some_feeds_and_days(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    for name in ("command_centre_event_20240105.csv", "command_centre_event_20240107.csv", "notes.txt"):
        put(tmp_path, "a", name, b"x", AT)
    put(tmp_path, "a", "service_centre_service_point_20240105.csv", b"x", AT)
    event, days = [feeds["command_centre.event"]], (date(2024, 1, 5), date(2024, 1, 6))

    def names(**asked: Any) -> list[str]:
        return [one.file_name for one in scan(tmp_path, event, **asked)]

    assert names(with_strays=False, days=days) == ["command_centre_event_20240105.csv"]
    assert names(with_strays=False) == ["command_centre_event_20240105.csv", "command_centre_event_20240107.csv"]
    strays = ["notes.txt", "service_centre_service_point_20240105.csv"]
    assert names(days=days) == ["command_centre_event_20240105.csv", *strays]


def test_the_first_day_of_an_inbox_is_that_of_a_file_that_counts(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    def first(earliest: date, latest: date) -> date | None:
        return first_business_date(tmp_path, list(feeds.values()), earliest, latest)

    for name in ("20230101", "20240107", "20240105", "20240106"):
        put(tmp_path, "a", f"command_centre_event_{name}.csv", b"x", AT)
    put(tmp_path, "a", "command_centre_event_20240103.csv.part", b"x", AT)
    linked = put(tmp_path, "a", "command_centre_event_20240102.csv", b"x", AT)
    (tmp_path / "a" / "another.txt").hardlink_to(linked)
    assert first(date(2024, 1, 1), date(2024, 12, 31)) == date(2024, 1, 5)
    assert first(date(2020, 1, 1), date(2024, 12, 31)) == date(2023, 1, 1)
    assert first(date(2024, 1, 8), date(2024, 12, 31)) is None


def test_an_inbox_that_is_not_there_holds_nothing(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    assert scan(tmp_path / "nowhere", list(feeds.values())) == []


def test_the_order_of_a_scan_is_that_of_names(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    names = [f"command_centre_event_2024010{i}.csv" for i in (5, 3, 9, 1)]
    for name in names:
        put(tmp_path, "b", name, b"x", AT)
        put(tmp_path, "a", name, b"y", AT)
    found = [(a.file_name, a.folder) for a in scan(tmp_path, list(feeds.values()))]
    assert found == [(name, folder) for name in sorted(names) for folder in "ab"]


def test_a_name_that_is_no_utf8_can_be_written_down(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    """Old Windows and FTP servers name files in GB18030: such a name must not stop the others."""
    (tmp_path / os.fsdecode("党建共建_20240105.xlsx".encode("gb18030"))).write_bytes(b"x")
    only(tmp_path, feeds).file_name.encode()


def test_one_name_in_two_encodings_is_two_files(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    """Two clients of an FTP server may spell the name of a file, or of its folder, each in its own encoding."""
    name, folder = "党建共建_20240105.xlsx", "党建"
    for spelled in (name, f"{folder}/{name}"):
        for encoding in ("utf-8", "gb18030"):
            path = tmp_path / os.fsdecode(spelled.encode(encoding))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(encoding.encode())
    found = scan(tmp_path, list(feeds.values()))
    assert {one.file_name for one in found} == {name}
    assert [(one.folder, one.path.read_bytes()) for one in found] == [
        ("", b"utf-8"),
        ("(GB18030)", b"gb18030"),
        (folder, b"utf-8"),
        (f"{folder} (GB18030)", b"gb18030"),
    ]


@pytest.mark.parametrize("change", ["bytes", "time", "replaced"])
def test_the_stamp_changes_whenever_the_file_does(tmp_path: Path, feeds: dict[str, Feed], change: str) -> None:
    path = put(tmp_path, "d", "command_centre_event_20240105.csv", b"x", AT)
    before = only(tmp_path, feeds).stamp
    assert only(tmp_path, feeds).stamp == before
    if change == "bytes":
        found = path.stat()
        path.write_bytes(b"y")
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    elif change == "time":
        put(tmp_path, "d", path.name, b"x", datetime(2024, 1, 7))
    else:
        other = put(tmp_path, "d", "new.part", b"x", AT)
        other.replace(path)
    assert only(tmp_path, feeds).stamp != before


@pytest.mark.parametrize(
    ("written", "received"),
    [
        (1704481200, AT),
        (0, datetime(1970, 1, 1, 8)),
        (300_000_000_000, datetime(9999, 12, 30)),
        (253_402_271_999, datetime(9999, 12, 30)),
        (-70_000_000_000, datetime(1, 1, 2)),
    ],
)
def test_a_time_that_no_calendar_has_stops_nobody(written: int, received: datetime) -> None:
    """File systems with 64 bits for it, and servers that make it up, tell such times."""
    assert received_at(os.stat_result((0, 0, 0, 0, 0, 0, 0, 0, written, 0))) == received


# ---------------------------------------------------------------- the archive


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_bytes_are_kept_under_their_hash_for_their_owner_only(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    (tmp_path / "inbox").mkdir()
    path = put(tmp_path / "inbox", "", "command_centre_event_20240105.csv", b"abc", AT)
    folder = tmp_path / "archive"
    sha256 = archive(only(tmp_path / "inbox", feeds), folder)
    kept = archived(folder, sha256)
    assert sha256 == hashlib.sha256(b"abc").hexdigest() == sha256_of(path)
    assert kept == folder / sha256[:2] / sha256
    assert kept.read_bytes() == path.read_bytes() == b"abc"
    assert [mode(kept), mode(kept.parent), mode(folder)] == [0o600, 0o700, 0o700]
    assert [file for file in folder.rglob("*") if file.is_file()] == [kept]


def test_the_same_bytes_are_kept_once(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    inbox, folder = tmp_path / "inbox", tmp_path / "archive"
    inbox.mkdir()
    for name in ("command_centre_event_20240105.csv", "command_centre_event_20240106.csv"):
        put(inbox, "d", name, b"abc", AT)
    hashes = {archive(arrival, folder) for arrival in scan(inbox, list(feeds.values()))}
    assert len(hashes) == len([file for file in folder.rglob("*") if file.is_file()]) == 1


class Taking:
    """Reads so many blocks of a file while it is archived."""

    def __init__(self, block_bytes: int, most: int) -> None:
        self.block_bytes, self.most = block_bytes, most
        self.taken: list[bytes] = []
        self.copied: bytes | None = None

    def read(self, blocks: Iterator[bytes], copy: Path) -> None:
        while len(self.taken) < self.most:
            if (block := next(blocks, None)) is None:
                self.copied = copy.read_bytes()
                return
            self.taken.append(block)


@pytest.mark.parametrize("most", [0, 1, 3, 100])
@pytest.mark.parametrize("size", [1, 10, 26, 1000])
def test_a_large_file_is_read_while_it_is_archived_as_far_as_its_reader_goes(
    tmp_path: Path, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, size: int, most: int
) -> None:
    monkeypatch.setattr(compression, "MOST_BYTES", 0)
    inbox, folder, data = tmp_path / "inbox", tmp_path / "archive", b"abcdefghijklmnopqrstuvwxyz"
    inbox.mkdir()
    put(inbox, "d", "command_centre_event_20240105.csv", data, AT)
    reader = Taking(size, most)
    sha256 = archive(only(inbox, feeds), folder, reader)
    assert archived(folder, sha256).read_bytes() == data and sha256 == hashlib.sha256(data).hexdigest()
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    assert reader.taken == blocks[:most]
    assert reader.copied == (data if most > len(blocks) else None)


@pytest.mark.parametrize("most", [0, 2, 100])
def test_a_disk_that_is_full_before_the_end_of_a_large_file_is_not_missed(
    tmp_path: Path, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whether its reader goes on or not."""
    monkeypatch.setattr(compression, "MOST_BYTES", 0)
    inbox, folder = tmp_path / "inbox", tmp_path / "archive"
    inbox.mkdir()
    put(inbox, "d", "command_centre_event_20240105.csv", b"x" * 300, AT)
    arrival = only(inbox, feeds)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # As much as fits: a write beyond it fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            archive(arrival, folder, Taking(50, most))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [file for file in folder.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("what", ["grown", "touched", "replaced", "gone", "link"])
def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path, feeds: dict[str, Feed], what: str) -> None:
    inbox, folder = tmp_path / "inbox", tmp_path / "archive"
    inbox.mkdir()
    path = put(inbox, "d", "command_centre_event_20240105.csv", b"abc", AT)
    arrival = only(inbox, feeds)
    if what == "grown":
        path.write_bytes(b"abcd")
    elif what == "touched":
        put(inbox, "d", path.name, b"abc", datetime(2024, 1, 7))
    elif what == "replaced":
        put(inbox, "d", "x.part", b"abc", AT).replace(path)
    elif what == "gone":
        path.unlink()
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StillArriving):
        archive(arrival, folder)
    assert [file for file in folder.rglob("*") if file.is_file()] == []


def test_taking_leaves_the_inbox_as_it_was(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    (tmp_path / "inbox").mkdir()
    path = put(tmp_path / "inbox", "d", "command_centre_event_20240105.csv", b"abc", AT)
    before = path.stat()
    archive(only(tmp_path / "inbox", feeds), tmp_path / "archive")
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_mode) == (after.st_ino, after.st_mtime_ns, after.st_mode)
