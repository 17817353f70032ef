"""The archive's two forms: bytes come back as they were delivered, and damage is not taken for content."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import compression, landing
from pipelines.delivery.compression import contents, is_compressed
from pipelines.delivery.text_table import Held

NAME = "command_centre_event_20240105.csv"
EXPORT = b"".join(b"%d,\xe8\xb7\xaf\xe7\x81\xaf\xe4\xb8\x8d\xe4\xba\xae,2024-01-05 08:00:00\n" % i for i in range(2000))
AT = datetime(2024, 1, 6, 2).timestamp()


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def take(tmp_path: Path, feeds: dict[str, Feed], data: bytes) -> Path:
    """Archives a delivery of these bytes; where it is."""
    inbox = tmp_path / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / NAME).write_bytes(data)
    os.utime(inbox / NAME, (AT, AT))
    (arrival,) = landing.scan(inbox, list(feeds.values()))
    sha256 = landing.archive(arrival, tmp_path / "archive")
    assert sha256 == hashlib.sha256(data).hexdigest()
    return landing.archived(tmp_path / "archive", sha256)


def test_an_export_is_compressed_and_comes_back(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    path = take(tmp_path, feeds, EXPORT)
    sha256 = hashlib.sha256(EXPORT).hexdigest()
    assert path.name == f"{sha256}.zst"
    assert path.stat().st_size < len(EXPORT) / 4
    assert contents(path) == EXPORT
    assert landing.hash_of(path) == sha256
    assert landing.is_intact(path)
    assert landing.archived_files(tmp_path / "archive") == [path]
    assert kept(tmp_path / "archive") == [path.name]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n" * 1000,
        b"PK\x03\x04" + EXPORT,
        os.urandom(50_000),
        EXPORT * (1 + compression.MOST_BYTES // len(EXPORT)),
    ],
    ids=["empty", "a block of the disk", "workbook", "noise", "large"],
)
def test_what_gains_nothing_stays_as_it_is(tmp_path: Path, feeds: dict[str, Feed], data: bytes) -> None:
    path = take(tmp_path, feeds, data)
    assert not is_compressed(path)
    assert path.read_bytes() == contents(path) == data
    assert landing.is_intact(path)


def test_an_archive_from_before_keeps_its_form(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    """The same bytes again: the archive has one file of them, not one in each form."""
    sha256 = hashlib.sha256(EXPORT).hexdigest()
    before = tmp_path / "archive" / sha256[:2] / sha256
    before.parent.mkdir(parents=True)
    before.write_bytes(EXPORT)
    assert take(tmp_path, feeds, EXPORT) == before
    assert kept(tmp_path / "archive") == [sha256]
    assert landing.is_intact(before)


def test_a_compressed_file_stays_compressed(
    tmp_path: Path, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = take(tmp_path, feeds, EXPORT)
    monkeypatch.setattr(compression, "_MOST_LEFT", 0)
    assert take(tmp_path, feeds, EXPORT) == path
    assert kept(tmp_path / "archive") == [path.name]


def test_a_damaged_copy_is_repaired_by_the_same_delivery(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    path = take(tmp_path, feeds, EXPORT)
    path.write_bytes(path.read_bytes()[:-50])
    assert take(tmp_path, feeds, EXPORT) == path
    assert contents(path) == EXPORT


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "more", "changed", "another"])
def test_damage_is_found(tmp_path: Path, feeds: dict[str, Feed], damage: str) -> None:
    path = take(tmp_path, feeds, EXPORT)
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-1],
            "empty": b"",
            "noise": b"x" * len(data),
            "more": data + b" ",
            "changed": data[:500] + bytes([data[500] ^ 0xFF]) + data[501:],
            "another": compression.compressed(EXPORT + b"\n"),
        }[damage]
    )
    assert not landing.is_intact(path)
    if damage in ("cut", "empty", "noise", "more"):
        with pytest.raises(Held, match="damaged"):
            contents(path)


def test_a_rewritten_file_keeps_its_name_and_form(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    """And a replay of the delivered bytes does not restore them."""
    path = take(tmp_path, feeds, EXPORT)
    less = EXPORT.replace(b"\n", b" \n")
    landing.rewrite(path, less)
    assert contents(path) == less
    assert landing.is_intact(path)
    assert landing.is_rewritten(path)
    assert take(tmp_path, feeds, EXPORT) == path
    assert contents(path) == less
    landing.remove(path)
    assert kept(tmp_path / "archive") == []


def test_another_library_reads_it(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    """DuckDB has a decoder of its own."""
    path = take(tmp_path, feeds, EXPORT)
    lines = duckdb.execute(
        "from read_csv(?, compression = 'zstd', columns = {'line': 'varchar'}, header = false, delim = '\x01',"
        " quote = '', escape = '', auto_detect = false)",
        [str(path)],
    ).fetchall()
    assert [line for (line,) in lines] == EXPORT.decode().splitlines()


def test_only_a_name_of_the_archive_says_that_it_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "export.csv.zst"
    path.write_bytes(b"1,2\n")
    assert contents(path) == b"1,2\n"
