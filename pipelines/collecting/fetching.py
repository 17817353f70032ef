"""One source once: what it has that the inbox has not, into the inbox.

Belongs here: which files are wanted, files that are still being written, business dates. Does not belong here: the
protocols (`sftp`, `stores`, `database`, `exports`), how a file is written (`placing`), when a source is asked
(`orchestration`).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pipelines.collecting import database, exports, placing, sftp, stores
from pipelines.collecting.placing import Sidecar
from pipelines.collecting.sources import CollectError, Database, Export, Sftp, Source, Store
from pipelines.contracts.model import Feed
from pipelines.delivery import landing, privacy

TOLD_SECONDS = 60.0
"""How often it is told that a file is still coming: a run without a word for ten minutes is taken for dead."""
MOST_SECONDS = 3600.0
"""For one source: others wait for it."""
SETTLE_SECONDS = 30.0
"""A file that was changed more recently is looked at twice, so long apart."""


class Entry(Protocol):
    """A file of a remote folder. changed_at: seconds since 1970, or null; stamp: differs when the file does."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def stamp(self) -> str: ...
    @property
    def changed_at(self) -> float | None: ...


class Folder(Protocol):
    """A remote folder. Raises CollectError."""

    def entries(self) -> Sequence[Entry]: ...
    def read(self, name: str, size: int) -> Iterator[bytes]: ...


@dataclass
class Outcome:
    """Names of files by what became of them. older: of a business date before those that are looked at, never fetched
    as they are; strays: they belong to no feed; unfinished: still being written; absent: the platform has no file of
    that date."""

    fetched: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    size: int = 0
    rows: int | None = None

    @property
    def said(self) -> str:
        told = [f"{len(self.fetched)} fetched ({self.size / 1e6:,.1f} MB), {len(self.unchanged)} unchanged"]
        if self.older:
            told.append(f"{len(self.older)} older than the days that are looked at, left alone: see days, or --days")
        # The name of such a file may have a person's number.
        strays = ", ".join(repr(privacy.redact_name(name)) for name in sorted(self.strays)[:3])
        told += [f"{len(self.strays)} of no feed: {strays}"] if strays else []
        told += [f"{len(self.unfinished)} still being written"] if self.unfinished else []
        told += [f"{len(self.absent)} days without a file"] if self.absent else []
        return "; ".join(told)


@dataclass(frozen=True)
class Collector:
    """How sources are collected into an inbox. now: the time in Beijing; pause: waits for seconds; tell: is told of
    every file, so that others see that it goes on."""

    inbox: Path
    feeds: Sequence[Feed]
    now: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep
    settle: float = SETTLE_SECONDS
    tell: Callable[[str], None] = lambda _: None
    most_seconds: float = MOST_SECONDS

    def collect(self, name: str, source: Source, days: int | None = None) -> Outcome:
        """days: business dates before today, in place of the source's own. Raises CollectError: what was fetched
        before it stays."""
        if not self.inbox.is_dir():
            raise CollectError(f"the inbox {self.inbox} is no folder")
        today = self.now().date()
        since = today - timedelta(days=days or source.days)
        try:
            with placing.opened(self.inbox, name) as folder:
                return self._into(folder, name, source, since, today)
        except OSError as error:
            # Of the inbox: what the platform's side raises is told already.
            raise CollectError(f"{error.filename or self.inbox / name}: {error.strerror or error}") from error

    def _into(self, folder: Path, name: str, source: Source, since: date, today: date) -> Outcome:
        if isinstance(source, Sftp | Store):
            opening: AbstractContextManager[Folder]
            opening = sftp.opened(source) if isinstance(source, Sftp) else stores.opened(source)
            with opening as remote:
                return self._files(name, source, remote, folder, since)
        return self._by_day(
            name, source, folder, [today - timedelta(days=n) for n in range(1, (today - since).days + 1)]
        )

    def _files(self, name: str, source: Sftp | Store, remote: Folder, folder: Path, since: date) -> Outcome:
        found, until = Outcome(), time.monotonic() + self.most_seconds
        wanted, older = list[Entry](), list[Entry]()
        for entry in remote.entries():
            feeds, day, _ = landing.named(entry.name, self.feeds)
            if not feeds or day is None:
                found.strays.append(entry.name)
            elif self._is_here(folder, entry):
                found.unchanged.append(entry.name)
            else:
                (wanted if day >= since else older).append(entry)
        found.older = [entry.name for entry in older]
        for entry in self._settled(remote, wanted, found):
            chunks = self._timely(remote.read(entry.name, entry.size), until)
            digest, size = placing.place(folder, entry.name, chunks, source.most_bytes, entry.size)
            self._note(folder, entry.name, Sidecar(name, source.shown, "", size, digest, stamp=entry.stamp))
            found.fetched.append(entry.name)
            found.size += size
        return found

    def _is_here(self, folder: Path, entry: Entry) -> bool:
        noted = placing.noted(folder, entry.name)
        return noted is not None and bool(entry.stamp) and (noted.size, noted.stamp) == (entry.size, entry.stamp)

    def _settled(self, remote: Folder, wanted: Sequence[Entry], found: Outcome) -> Iterable[Entry]:
        """Those that nobody writes to any more; the others come with a later call."""
        now = time.time()
        if not any(entry.changed_at is None or abs(now - entry.changed_at) < self.settle for entry in wanted):
            return wanted
        self.pause(self.settle)
        later = {entry.name: (entry.size, entry.stamp) for entry in remote.entries()}
        still = [entry for entry in wanted if later.get(entry.name) == (entry.size, entry.stamp)]
        found.unfinished += [entry.name for entry in wanted if entry not in still]
        return still

    def _by_day(self, name: str, source: Database | Export, folder: Path, days: Sequence[date]) -> Outcome:
        """The oldest first. A day that has the same bytes as before is left alone."""
        found, until = Outcome(rows=0 if isinstance(source, Database) else None), time.monotonic() + self.most_seconds
        opening = database.opened(source) if isinstance(source, Database) else exports.opened(source)
        with opening as asked:
            for day in sorted(days):
                file = source.file_of(day)
                if not landing.named(file, self.feeds)[0]:
                    raise CollectError(f"{file}: no contract takes a file of this name: see file in sources.yaml")
                answer = asked(day)
                if answer is None:
                    found.absent.append(file)
                    continue
                before = placing.noted(folder, file)
                digest, size = placing.place(folder, file, self._timely(answer.chunks, until), source.most_bytes)
                if before and before.sha256 == digest:
                    found.unchanged.append(file)
                    continue
                self._note(folder, file, Sidecar(name, source.shown, "", size, digest, rows=answer.rows))
                found.fetched.append(file)
                found.size += size
                found.rows = found.rows + answer.rows if found.rows is not None and answer.rows is not None else None
        return found

    def _timely(self, chunks: Iterable[bytes], until: float) -> Iterator[bytes]:
        """A server that sends a little all the time passes every other limit."""
        told_at = time.monotonic()
        for chunk in chunks:
            now = time.monotonic()
            if now > until:
                raise CollectError(f"takes longer than {self.most_seconds:,.0f} s", is_transient=True)
            if now - told_at > TOLD_SECONDS:
                told_at = now
                self.tell("a file is still coming")
            yield chunk

    def _note(self, folder: Path, file: str, sidecar: Sidecar) -> None:
        at = f"{self.now():%Y-%m-%dT%H:%M:%S}+08:00"
        self.tell(f"{file}: {sidecar.size:,} bytes")
        placing.note(folder, file, replace(sidecar, fetched_at=at))
