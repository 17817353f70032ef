"""The audit: who did what, when, from where. A file a month, to which lines are only added, each with the hash of the
one before.

Belongs here: writing, verifying, reading. Does not belong here: what is worth a line (`door`, `login`, `commands`).

A line has no text that a person typed: no search words, no names of residents, no passwords. The end of the chain is
also in the gate's database, so lines that were cut off at the end are missed.
"""

import fcntl
import hashlib
import json
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.gate.store import Store
from pipelines.machine_errors import is_full_disk
from pipelines.settings import Clock

log = logging.getLogger("sihe")

BEGINNING = "0" * 64
_CODE = re.compile(r"[0-9A-Za-z_.,:/-]{1,64}")
_REFUSALS_A_MINUTE = 60
_SHOWN = {"at", "what", "who", "from"}
_CHUNK = 65_536


@dataclass(frozen=True)
class Verdict:
    """problem: the first place that was changed; null if there is none. since: the time of the oldest line."""

    lines: int
    since: str | None
    problem: str | None


def code_of(text: str) -> str:
    """The text if it is a code such as a period, an area or a date; else only that there was something."""
    return text if not text or _CODE.fullmatch(text) else "…"


def _hash(record: dict[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Audit:
    """Lines of several processes: each holds the lock while it adds one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.folder = store.folder / "audit"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._minute, self._refusals, self._untold = "", 0, 0
        self._missing: list[str] = []
        """When pages were shown without a line."""

    def write(self, what: str, *, who: str, address: str, **more: object) -> None:
        """what: sign-in, page, download, refused, …; more: such as page and parameters, as codes. Raises OSError or
        sqlite3.Error if it cannot be written, so nobody signs in or takes a file away without a line."""
        at = self._clock()
        file = self.folder / f"audit-{at:%Y-%m}.ndjson"
        with _locked(self.folder), _nothing_half(file), self._store.changing() as connection:
            number, before = _end(self._store) or (0, BEGINNING)
            said = {name: value for name, value in more.items() if value not in (None, "", {})}
            record = {"number": number + 1, "at": f"{at:%Y-%m-%dT%H:%M:%S}+08:00", "what": what, "who": who}
            record |= {"from": address, **said, "before": before}
            line = json.dumps({**record, "hash": (own := _hash(record))}, ensure_ascii=False)
            with file.open("a", encoding="utf-8") as out:
                out.write(f"{line}\n")
            file.chmod(0o600)
            connection.execute("insert or replace into audit_end values (1, ?, ?)", [number + 1, own])

    def looked(self, *, who: str, address: str, page: str, asked: object = None) -> None:
        """A page that somebody looks at. On a full disk it is shown all the same, because what is published stays
        readable; the next line that has room says how many are missing."""
        try:
            if self._missing:
                self.write("missing", who="", address="", pages=len(self._missing), since=self._missing[0])
                self._missing.clear()
            self.write("page", who=who, address=address, page=page, asked=asked)
        except (OSError, sqlite3.Error) as error:
            if not is_full_disk(error):
                raise
            self._missing.append(f"{self._clock():%Y-%m-%dT%H:%M:%S}")
            log.error("%s: the disk is full: %s looks at %s without a line", self.folder, who, page)

    def refused(self, why: str, *, who: str, address: str, path: str) -> None:
        """At most sixty lines a minute: the next minute says how many more there were. Strangers must not fill the
        disk."""
        minute = f"{self._clock():%H:%M}"
        if minute != self._minute:
            untold, self._minute, self._refusals, self._untold = self._untold, minute, 0, 0
            if untold:
                self.write("refused", who="", address="", why=f"{untold} more in a minute")
        self._refusals += 1
        if self._refusals > _REFUSALS_A_MINUTE:
            self._untold += 1
            return
        self.write("refused", who=who, address=address, why=why, page=code_of(path))

    def newest(self, most: int) -> list[dict[str, Any]]:
        """The newest lines first."""
        found: list[dict[str, Any]] = []
        for file in reversed(_files(self.folder)):
            for line in _backwards(file):
                if (record := _record(line)) is not None:
                    found.append(record)
                if len(found) == most:
                    return found
        return found


def _record(line: str) -> dict[str, Any] | None:
    """Null for a line that somebody broke: `verify` says where."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.keys() >= _SHOWN else None


@contextmanager
def _nothing_half(file: Path) -> Iterator[None]:
    """Cuts the file off where it was if its line or the end of the chain could not be written: on a full disk half a
    line would stay, and every later one would seem changed."""
    size = file.stat().st_size if file.exists() else 0
    try:
        yield
    except BaseException:
        if file.exists():
            os.truncate(file, size)
        raise


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("audit-*.ndjson"))


def _backwards(file: Path) -> Iterator[str]:
    """The lines of a file from its end, without reading all of it."""
    with file.open("rb") as opened:
        at, kept = opened.seek(0, 2), b""
        while at > 0:
            step = min(_CHUNK, at)
            at -= step
            opened.seek(at)
            kept, *parts = (opened.read(step) + kept).split(b"\n")
            yield from (part.decode("utf-8", "replace") for part in reversed(parts) if part)
        if kept:
            yield kept.decode("utf-8", "replace")


def verify(store: Store) -> Verdict:
    """Recomputes the chain, also while others write. Whole months at the beginning may be missing: they were put
    away."""
    was = _end(store)
    number, before, since, count = 0, "", None, 0
    for file in _files(store.folder / "audit"):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for at, line in enumerate(lines, 1):
                where = f"{file.name}, line {at}"
                try:
                    record = json.loads(line)
                    own = record.pop("hash")
                    of_it, previous = int(record["number"]), str(record["before"])
                    since = since or str(record["at"])
                except (ValueError, KeyError, AttributeError, TypeError):
                    return Verdict(count, since, f"{where} is no line of the audit")
                if _hash(record) != own:
                    return Verdict(count, since, f"{where} was changed")
                if count and (of_it != number + 1 or previous != before):
                    return Verdict(count, since, f"before {where} a line is missing")
                if was and of_it == was[0] and own != was[1]:
                    return Verdict(count, since, f"{where} was replaced")
                number, before = of_it, own
                count += 1
    if was and number < was[0]:
        return Verdict(count, since, f"the end was cut off: line {was[0]} was written, the last one is {number}")
    with _locked(store.folder / "audit"):
        now = _end(store)
    if number > (now[0] if now else 0):
        return Verdict(count, since, f"line {number} was added by another program")
    return Verdict(count, since, None)


def verify_home(home: Path) -> Verdict:
    """As `verify`, with a connection of its own: for a thread."""
    store = Store(home)
    try:
        return verify(store)
    finally:
        store.close()


def _end(store: Store) -> tuple[int, str] | None:
    """Number and hash of the last line that was written."""
    end = store.connection.execute("select number, hash from audit_end").fetchone()
    return (end["number"], end["hash"]) if end else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else adds a line."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
