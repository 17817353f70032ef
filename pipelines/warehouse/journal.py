"""The journal of deliveries: what was received, when, and as which feed and date, in its own file next to the archive.

Belongs here: its lines, appending them so that incomplete lines do not count, reading them. Does not belong here: the
outcome of the rows (`warehouse`'s ledger), filling a database from it (`recovery`).

A line is on disk before its transaction commits, so archive and journal together always have everything that the
working database knows about deliveries. Lines are never changed; the last one of a delivery counts.
"""

import contextlib
import json
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

Delivery = tuple[str | None, str | None, date | None, str, str, str]


@dataclass(frozen=True)
class Entry:
    """A received file, for one feed or none. `state` and `reason` are set only if they do not follow from the file's
    bytes, because it was never read. `stamp`: the file's in the inbox when it was loaded; `size`: bytes in the archive.
    """

    platform: str | None
    feed: str | None
    business_date: date | None
    revision: int
    folder: str
    file_name: str
    sha256: str
    received_at: datetime
    taken_at: datetime
    state: str | None = None
    reason: str | None = None
    stamp: str | None = None
    size: int = 0

    @property
    def delivery(self) -> Delivery:
        """The fields that identify a delivery."""
        return self.platform, self.feed, self.business_date, self.folder, self.file_name, self.sha256


class Unreadable(RuntimeError):
    """The file exists and is not a journal."""


_BUSINESS_DATE = re.compile(r'"business_date":"([0-9]{4}-[0-9]{2}-[0-9]{2})"')
_NAMES = {field.name for field in fields(Entry)}


def begin(file: Path, identity: str | None = None) -> str:
    """Creates an empty journal and returns its identity, which a database of the same installation shares."""
    identity = identity or uuid.uuid4().hex
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as new:
        new.write(_encoded({"journal": identity, "version": 1}))
        new.flush()
        os.fsync(new.fileno())
    _sync_folder(file.parent)
    return identity


def identity_of(file: Path) -> str | None:
    """The journal's identity; null if there is no journal or only an incomplete first line. Raises Unreadable."""
    try:
        with file.open("rb") as journal:
            head = journal.readline(4096)
    except FileNotFoundError:
        return None
    if not head.endswith(b"\n"):
        return None
    try:
        return str(json.loads(head)["journal"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{file} does not begin as a journal does: move it away or restore it") from error


def append(file: Path, entries: Sequence[Entry]) -> tuple[int, int]:
    """Appends lines and syncs them before it returns; returns where they begin and end, in bytes.

    First removes an incomplete line of a killed writer; an incomplete write is undone.
    """
    with file.open("r+b") as journal:
        start = _whole(journal)
        journal.truncate(start)
        journal.seek(start)
        try:
            journal.write(b"".join(_encoded(_as_json(entry)) for entry in entries))
            journal.flush()
            os.fsync(journal.fileno())
        except OSError:
            # The buffer must be discarded too: closing would try to write it again.
            with contextlib.suppress(OSError):
                journal.raw.close()
            os.truncate(file, start)
            raise
        return start, journal.tell()


def take_back(file: Path, end: int) -> None:
    """Truncates the journal to its state before an append whose transaction did not commit."""
    os.truncate(file, end)


def read(file: Path, start: int = 0) -> tuple[list[Entry], int, int]:
    """Entries of the complete lines from byte `start`, where these end, and how many lines cannot be parsed."""
    with file.open("rb") as journal:
        end = _whole(journal)
        journal.seek(start)
        lines = journal.read(max(0, end - start)).splitlines()
    entries, broken = [], 0
    for line in lines:
        try:
            found = json.loads(line)
            if "journal" not in found:
                entries.append(_entry(found))
        except (ValueError, TypeError, KeyError):
            broken += 1
    return entries, end, broken


def business_dates(file: Path) -> set[date]:
    """The business dates of all deliveries in the journal, without reading their lines: a year has ten thousand.

    No text in a line looks like the field, because JSON escapes its quotes.
    """
    found = set()
    for day in set(_BUSINESS_DATE.findall(file.read_text("utf-8", "replace"))):
        with contextlib.suppress(ValueError):  # in a damaged line
            found.add(date.fromisoformat(day))
    return found


def _whole(journal: Any) -> int:
    """Where the last complete line of an open journal ends."""
    at = end = journal.seek(0, os.SEEK_END)
    while at > 0:
        step = min(at, 4096)
        at -= step
        journal.seek(at)
        if (found := journal.read(step).rfind(b"\n")) >= 0:
            return int(at + found + 1)
        end = at
    return int(end)


def _encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def _as_json(entry: Entry) -> dict[str, Any]:
    # `asdict` would copy every value.
    found = {name: value for name, value in vars(entry).items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def _entry(found: dict[str, Any]) -> Entry:
    known = {name: value for name, value in found.items() if name in _NAMES}
    known |= {name: datetime.fromisoformat(known[name]) for name in ("received_at", "taken_at")}
    day = known.get("business_date")
    optional = {name: known.get(name) for name in ("platform", "feed")}
    return Entry(**{**known, **optional, "business_date": date.fromisoformat(day) if day else None})


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
