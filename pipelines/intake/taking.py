"""Loading pending files: archive, digest, settle, and write several feed-days in one transaction.

Belongs here: the composition of landing, digests, precedence and warehouse. Does not belong here: Dagster
(`orchestration`), the parts themselves.
"""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

import polars as pl

from pipelines import progress
from pipelines.contracts.model import Edition, Feed
from pipelines.delivery import csv_together, landing, tombstones
from pipelines.delivery.compression import contents
from pipelines.delivery.landing import Arrival
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.tombstones import Forgotten
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.intake.digests import (
    REMOVED,
    UNFORESEEN,
    Digest,
    digest,
    digest_all,
    lost_in,
    may_be_read_now,
    read_file,
    scrub,
    with_receipt,
    without_forgotten,
)
from pipelines.intake.piecewise import Ahead, Large, digest_of_large, read_ahead
from pipelines.intake.precedence import HELD, LOADED, SUPERSEDED, originals, settle_states
from pipelines.intake.worklist import new_line
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.timings import stage
from pipelines.warehouse.journal import Entry
from pipelines.warehouse.ledger import Line, entry_of, line_of
from pipelines.warehouse.replacing import replace_rows
from pipelines.warehouse.store import Replaced, Warehouse

# The size of one transaction. Two such chunks are in memory: one is written while the next is read.
CHUNK_FEED_DAYS = 200
CHUNK_BYTES = 32 << 20
# A copy is finished when the disk has it: 5 ms for one file, and little more for several at once.
FILES_AT_ONCE = 8
PREVIEW_ROWS, REJECTED_SHOWN = 5, 20


@dataclass(frozen=True)
class Settled:
    """The feed-day after settling: its ledger lines, which of them are new, and those in force, one a part.

    preview, rejected: the first rows of a delivery in force that was read now.
    """

    feed: Feed
    business_date: date
    lines: tuple[Line, ...]
    new: tuple[Line, ...]
    in_force: tuple[Line, ...]
    preview: pl.DataFrame | None
    rejected: pl.DataFrame | None


@dataclass
class _FeedDay:
    """A feed-day in progress: its arrivals, its ledger lines before and now, what must be read of it."""

    feed: Feed
    day: date
    arrivals: Sequence[Arrival]
    before: Sequence[Line]
    lines: list[Line]
    taken: list[tuple[Arrival, str]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    tables: dict[str, TextTable | Held] = field(default_factory=dict)
    digests: dict[str, Digest] = field(default_factory=dict)
    ahead: Ahead | None = None
    """What reads the only file of the feed-day while it is archived."""

    @property
    def version(self) -> Feed:
        """The feed as its contract is on the day."""
        return self.feed.as_of(self.day)


def take(
    feeds: Sequence[Feed],
    found: Mapping[str, Mapping[date, Sequence[Arrival]]],
    warehouse: Warehouse,
    settings: Settings,
    key: Key,
    *,
    again: bool = False,
    remembered: Mapping[tuple[str, date], Sequence[Entry]] | None = None,
) -> Iterator[Settled]:
    """Loads the arrivals in `found` (by feed id and business date, as returned by `pending`) of feeds that come in one
    file, and settles each feed-day. `again` also reads what was read before, because the contract may have been
    corrected. `remembered`: deliveries in the journal that the ledger lacks, by feed id and business date, from the
    archive.

    One transaction writes several feed-days while the next ones are read: a commit costs 10 ms.
    """
    forgotten = tombstones.load(settings.tombstones, key)
    with ThreadPoolExecutor(1) as ahead, Workbooks() as workbooks:
        gathered: list[_FeedDay] = []
        # One iteration more than there are chunks: the last iteration only settles.
        now = settings.clock()
        for chunk in [*_chunks(feeds, found, warehouse, remembered or {}), []]:
            coming = ahead.submit(_gather, chunk, settings, workbooks, forgotten, now, again=again)
            try:
                yield from _settle(gathered, warehouse, settings, forgotten)
            finally:
                _close_spools(gathered)
            gathered = coming.result()


def _chunks(
    feeds: Sequence[Feed],
    found: Mapping[str, Mapping[date, Sequence[Arrival]]],
    warehouse: Warehouse,
    remembered: Mapping[tuple[str, date], Sequence[Entry]],
) -> Iterator[list[_FeedDay]]:
    """The feed-days in order of business date, in groups of a size that suits one transaction."""
    days = {feed.id: {*found.get(feed.id, {}), *(day for id, day in remembered if id == feed.id)} for feed in feeds}
    before: dict[tuple[str, date], list[Line]] = {}
    for feed in feeds:
        for line in warehouse.lines(feed.id, days[feed.id]):
            if line.business_date is not None:
                before.setdefault((feed.id, line.business_date), []).append(line)
    chunk: list[_FeedDay] = []
    size = 0
    for day in sorted(set().union(*days.values())):
        of_day = []
        for feed in feeds:
            if day in days[feed.id]:
                lines, entries = before.get((feed.id, day), []), remembered.get((feed.id, day), [])
                arrivals = found.get(feed.id, {}).get(day, [])
                of_journal = [_remembered_line(entry, feed, day) for entry in entries]
                of_day.append(_FeedDay(feed, day, arrivals, lines, [*lines, *of_journal]))
        weight = sum(arrival.size for arrival in of_day[0].arrivals)
        weight += sum(entry.size for entry in remembered.get((of_day[0].feed.id, day), []))
        if chunk and (size + weight > CHUNK_BYTES or len(chunk) >= CHUNK_FEED_DAYS):
            yield chunk
            chunk, size = [], 0
        chunk += of_day
        size += weight
    if chunk:
        yield chunk


def _gather(
    chunk: list[_FeedDay], settings: Settings, workbooks: Workbooks, forgotten: Forgotten, now: datetime, *, again: bool
) -> list[_FeedDay]:
    """Archives the arrivals and reads what has not been read before; uses no database. now: the same time for all, so
    that deliveries of one run cannot be distinguished by time."""
    sha256_of = _archived(chunk, settings, forgotten)
    for feed_day in chunk:
        for arrival in feed_day.arrivals:
            place = (arrival.folder, arrival.file_name)
            sha256 = sha256_of[place]
            if sha256 is None:
                continue
            feed_day.taken.append((arrival, sha256))
            known = {(*line.place, line.sha256) for line in feed_day.lines}
            if (*place, sha256) not in known:
                feed_day.lines.append(new_line(arrival, sha256, feed_day.feed, now))
        # Read before: held permanently, or counted. The others are read now, each once.
        feed_day.held = {
            line.sha256: line.reason or ""
            for line in feed_day.before
            if line.state == HELD
            and not may_be_read_now(line.reason or "", landing.archived(settings.archive, line.sha256), again=again)
        }
    wanted: dict[str, list[_FeedDay]] = {}
    for feed_day in chunk:
        for line in _originals(feed_day):
            is_counted = line.delivery_id and line.state in (LOADED, SUPERSEDED)
            is_kept = landing.archived(settings.archive, line.sha256).exists()
            if line.sha256 not in feed_day.held and (not is_counted or (again and is_kept)):
                readers = wanted.setdefault(line.sha256, [])
                # Two parts of a day with the same bytes are read once.
                readers += [] if any(one is feed_day for one in readers) else [feed_day]
    # What was archived just now is what was delivered; whatever else the archive has may have been damaged since.
    arrived = {sha256: landing.archived(settings.archive, sha256) for sha256 in sha256_of.values() if sha256}
    fresh = {sha256 for sha256, path in arrived.items() if not landing.is_rewritten(path)}
    together = _read_together(wanted, fresh, settings)
    for sha256, feed_days in wanted.items():
        _read(sha256, feed_days, fresh, settings, workbooks, forgotten, together.get(sha256))
        progress.reached("parsing.read")
    if forgotten:
        _scrub_arrivals(chunk, sha256_of, settings, workbooks, forgotten)
    return chunk


def _read_together(
    wanted: Mapping[str, Sequence[_FeedDay]], fresh: Collection[str], settings: Settings
) -> dict[str, TextTable]:
    """The records of small csv that one feed-day each needs, by their hash; those that are not read together are
    missing. fresh: those that were archived just now."""
    files: dict[Edition, tuple[Feed, dict[str, bytes]]] = {}
    with stage("read"):
        for sha256, (feed_day, *others) in wanted.items():
            feed, path = feed_day.version, landing.archived(settings.archive, sha256)
            is_small = feed.format == "csv" and path.exists() and path.stat().st_size <= csv_together.MOST_BYTES
            if is_small and not others and (sha256 in fresh or landing.is_intact(path)):
                with contextlib.suppress(Held):
                    files.setdefault(feed.edition, (feed, {}))[1][sha256] = contents(path)
        read: dict[str, TextTable] = {}
        for feed, data in files.values():
            with contextlib.suppress(*UNFORESEEN):
                read |= csv_together.read_together(data, feed)
    return read


def _read(
    sha256: str,
    feed_days: Sequence[_FeedDay],
    fresh: Collection[str],
    settings: Settings,
    workbooks: Workbooks,
    forgotten: Forgotten,
    known: TextTable | None,
) -> None:
    """Reads an archived file for its feed-days: a large file to its digest, any other to its records, unless they
    are known or lost."""
    path = landing.archived(settings.archive, sha256)
    lost = None if sha256 in fresh or known is not None else lost_in(path)
    whole = []
    for feed_day in feed_days:
        received_at = next(line.received_at for line in _originals(feed_day) if line.sha256 == sha256)
        large = Large(path, feed_day.version, forgotten, received_at)
        if lost is None and known is None and (found := _digest_of_large(feed_day, large, settings)):
            feed_day.digests[sha256] = found
        else:
            whole.append((feed_day, large))
    tables: Sequence[TextTable | Held]
    if known is not None:
        tables = [known]
    else:
        with stage("read"):
            tables = [lost] * len(whole) if lost else read_file(path, [large.feed for _, large in whole], workbooks)
    for (feed_day, large), table in zip(whole, tables, strict=True):
        # What was read together has no marks of erased persons.
        left = without_forgotten(table, large.feed, forgotten) if known is None or forgotten else table
        feed_day.tables[sha256] = with_receipt(left, large.received_at)


def _digest_of_large(feed_day: _FeedDay, large: Large, settings: Settings) -> Digest | None:
    """The content of a large file, which may have been read while it was archived."""
    ahead = feed_day.ahead
    # Of bytes from which the archive has removed a person, the archive counts.
    if ahead and ahead.has_read and not landing.is_rewritten(large.path):
        return ahead.digest
    return digest_of_large(large, settings.working_db.parent)


def _archived(chunk: Sequence[_FeedDay], settings: Settings, forgotten: Forgotten) -> dict[tuple[str, str], str | None]:
    """Archives every arrival once; the hash by folder and file name, null if the file is still arriving. A large file
    that has come alone is read meanwhile."""
    arrivals: dict[tuple[str, str], Arrival] = {}
    for feed_day in chunk:
        for arrival in feed_day.arrivals:
            arrivals.setdefault((arrival.folder, arrival.file_name), arrival)
    ahead = _begun_ahead(chunk, settings, forgotten)

    def archived(arrival: Arrival) -> str | None:
        try:
            sha256 = landing.archive(arrival, settings.archive, ahead)
        except landing.StillArriving:
            return None
        progress.reached("taking.archived")
        return sha256

    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        return dict(zip(arrivals, pool.map(archived, arrivals.values()), strict=True))


def _begun_ahead(chunk: Sequence[_FeedDay], settings: Settings, forgotten: Forgotten) -> Ahead | None:
    """What reads the only arrival of the chunk while it is archived, if it is large and surely new to its
    feed-day: memory is for one."""
    if len(chunk) != 1 or len(chunk[0].arrivals) != 1 or chunk[0].lines:
        return None
    (feed_day,), (arrival,) = chunk, chunk[0].arrivals
    large = Large(arrival.path, feed_day.version, forgotten, arrival.received_at)
    feed_day.ahead = read_ahead(large, arrival.size, settings.working_db.parent)
    return feed_day.ahead


def _scrub_arrivals(
    chunk: Sequence[_FeedDay],
    sha256_of: Mapping[tuple[str, str], str | None],
    settings: Settings,
    workbooks: Workbooks,
    forgotten: Forgotten,
) -> None:
    """Removes persons to erase from files that were archived just now, whether new or again: from the sheets of all
    feeds, also of those that are not taken with these. A file that had to be deleted says so in its notes."""
    versions: dict[str, dict[Edition, Feed]] = {}
    for feed_day in chunk:
        for arrival in feed_day.arrivals:
            if sha256 := sha256_of[arrival.folder, arrival.file_name]:
                of_day = [feed.as_of(feed_day.day) for feed in arrival.feeds]
                versions.setdefault(sha256, {}).update({one.edition: one for one in of_day})
    for sha256, feeds in sorted(versions.items()):
        path = landing.archived(settings.archive, sha256)
        if scrub(path, list(feeds.values()), forgotten, workbooks).is_removed:
            for feed_day in chunk:
                if isinstance(table := feed_day.tables.get(sha256), TextTable):
                    feed_day.tables[sha256] = replace(table, notes=(*table.notes, REMOVED))
                if found := feed_day.digests.get(sha256):
                    feed_day.digests[sha256] = replace(found, notes=(*found.notes, REMOVED))


def _settle(chunk: Sequence[_FeedDay], warehouse: Warehouse, settings: Settings, forgotten: Forgotten) -> list[Settled]:
    """Checks and treats what was read, decides which delivery is in force, and writes everything in one transaction."""
    key = forgotten.key
    read_by_version: dict[Edition, list[tuple[_FeedDay, str]]] = {}
    for feed_day in chunk:
        for sha256 in feed_day.tables:
            read_by_version.setdefault(feed_day.version.edition, []).append((feed_day, sha256))
    for read_now in read_by_version.values():
        feed = read_now[0][0].version
        digests = digest_all([feed_day.tables[sha256] for feed_day, sha256 in read_now], feed, key)
        for (feed_day, sha256), found in zip(read_now, digests, strict=True):
            feed_day.digests[sha256] = found
    for feed_day in chunk:
        # The texts take more memory than everything that is written of them.
        feed_day.tables.clear()
    _number_lines(chunk, warehouse)
    settled = [_settled(feed_day, settings, forgotten) for feed_day in chunk]
    with stage("store"), warehouse.transaction(_new_entries(chunk)):
        warehouse.write_lines([line for one in settled for line in one.new])
        warehouse.write_rejected(
            [
                (line, feed_day.digests[line.sha256].rejected)
                for feed_day, one in zip(chunk, settled, strict=True)
                for line in one.lines
                if line.state in (LOADED, SUPERSEDED) and line.sha256 in feed_day.digests
            ]
        )
        replaced: dict[str, list[Replaced]] = {}
        for feed_day, one in zip(chunk, settled, strict=True):
            replaced.setdefault(one.feed.table, []).extend(_replaced(feed_day, one))
        changed = {(one.feed.table, one.business_date) for one in settled if one.new}
        changed |= replace_rows(warehouse, replaced, changed)
        places = [(one.feed, one.business_date) for one in settled]
        warehouse.note_changes([(feed, day) for feed, day in places if (feed.table, day) in changed])
        warehouse.note_seen(
            [
                (feed_day.feed.id, arrival.folder, arrival.file_name, arrival.stamp, sha256)
                for feed_day in chunk
                for arrival, sha256 in feed_day.taken
            ]
        )
    return settled


def _close_spools(chunk: Sequence[_FeedDay]) -> None:
    for feed_day in chunk:
        for found in feed_day.digests.values():
            if found.spool:
                found.spool.close()
        if feed_day.ahead:
            feed_day.ahead.close()


def _replaced(feed_day: _FeedDay, settled: Settled) -> Iterator[Replaced]:
    """What is stored of the feed-day now, a part each."""
    parts = {_part(feed_day.feed, line) for line in settled.in_force}
    for line in settled.in_force:
        if line.sha256 in feed_day.digests:
            yield line, feed_day.digests[line.sha256].rows, _names(feed_day, _part(feed_day.feed, line))
    for gone in _in_force(feed_day.before):
        # With the current contract, no delivery of the day, or of this part of it, is usable any more.
        if (part := _part(feed_day.feed, gone)) not in parts:
            yield gone, pl.DataFrame(schema={ROW_NUMBER: pl.Int64}), _names(feed_day, part)


def _originals(feed_day: _FeedDay) -> list[Line]:
    """In order of receipt."""
    return list(originals(feed_day.lines, partial(_part, feed_day.feed)).values())


def _part(feed: Feed, line: Line) -> str:
    return landing.part_of(feed, line.file_name)


def _names(feed_day: _FeedDay, part: str) -> list[str] | None:
    """The file names that a part has had; null if the day comes in one file."""
    if not part:
        return None
    return sorted({line.file_name for line in feed_day.lines if _part(feed_day.feed, line) == part})


def _new_entries(chunk: Sequence[_FeedDay]) -> list[Entry]:
    """The deliveries to add to the journal: those that neither the journal nor the ledger has."""
    entries = []
    for feed_day in chunk:
        known = {(*line.place, line.sha256) for line in feed_day.before}
        stamps = {(arrival.folder, arrival.file_name): (arrival.stamp, arrival.size) for arrival, _ in feed_day.taken}
        entries += [
            entry_of(line, *stamps[line.place])
            for line in feed_day.lines
            if line.place in stamps and (*line.place, line.sha256) not in known
        ]
    return entries


def _in_force(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.state == LOADED)


def _number_lines(chunk: Sequence[_FeedDay], warehouse: Warehouse) -> None:
    """Gives new lines their numbers: all at once, because asking for numbers is a commit of 4 ms."""
    fresh = [(feed_day, i) for feed_day in chunk for i, line in enumerate(feed_day.lines) if line.delivery_id == 0]
    numbers = warehouse.next_delivery_ids(len(fresh)) if fresh else []
    for (feed_day, i), number in zip(fresh, numbers, strict=True):
        feed_day.lines[i] = replace(feed_day.lines[i], delivery_id=number)


def _settled(feed_day: _FeedDay, settings: Settings, forgotten: Forgotten) -> Settled:
    """The feed-day's lines with their states; a delivery that is newly in force has its rows available."""
    key = forgotten.key
    feed, lines, held = feed_day.feed, feed_day.lines, dict(feed_day.held)
    version = feed_day.version
    for original in _originals(feed_day):
        if (found := feed_day.digests.get(original.sha256)) is None:
            continue
        if found.held_because is not None:
            held[original.sha256] = found.held_because
        else:
            lines[lines.index(original)] = _counted(original, found, key, version)
    had = {line.delivery_id for line in _in_force(feed_day.before)}
    while True:
        states = settle_states(lines, held, partial(_part, feed))
        in_force = _in_force(states)
        unread = [one for one in in_force if one.delivery_id not in had and one.sha256 not in feed_day.digests]
        if not unread:
            break
        one = unread[0]
        # Counted before, replaced later, and in force again: its rows are read again.
        large = Large(landing.archived(settings.archive, one.sha256), version, forgotten, one.received_at)
        lost = lost_in(large.path)
        found = None if lost else _digest_again(large, settings)
        if found is None or found.held_because is not None:
            held[one.sha256] = (found and found.held_because) or str(lost)
        else:
            feed_day.digests[one.sha256] = found
            original = next(line for line in lines if line.delivery_id == one.delivery_id)
            lines[lines.index(original)] = _counted(original, found, key, version)
    known = set(feed_day.before)
    new = tuple(line for line in states if line not in known)
    shown = next((feed_day.digests[one.sha256] for one in in_force if one.sha256 in feed_day.digests), None)
    return Settled(
        feed,
        feed_day.day,
        tuple(states),
        new,
        in_force,
        preview=shown.rows.head(PREVIEW_ROWS) if shown else None,
        rejected=shown.rejected.head(REJECTED_SHOWN) if shown else None,
    )


def _digest_again(large: Large, settings: Settings) -> Digest:
    found = digest_of_large(large, settings.working_db.parent)
    return found or digest(large.path, large.feed, large.forgotten.key, large.forgotten, large.received_at)


def _remembered_line(entry: Entry, feed: Feed, day: date) -> Line:
    """The ledger line of a delivery from the journal, without a number yet."""
    return replace(line_of(entry, HELD), contract_version=feed.as_of(day).version)


def _counted(line: Line, found: Digest, key: Key, version: Feed) -> Line:
    return replace(
        line,
        state=LOADED,
        reason="; ".join(found.notes) or None,
        rows_counted=found.row_count,
        rows_loaded=found.rows.height,
        rows_rejected=found.rejected.height,
        rows_duplicate=found.duplicate_count,
        rows_superseded=found.superseded_count,
        rows_erased=found.erased_count,
        key_id=key.id,
        contract_version=version.version,
    )
