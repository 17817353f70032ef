"""From a file to its feed-day: read, check, treat, account, and settle which delivery is in force.

Belongs here: the composition of landing, reading, checking, privacy and warehouse, and the rule of precedence among
the deliveries of a feed and business date. Does not belong here: Dagster (`assets`), the parts themselves.

Settling looks at all deliveries ever received of the feed-day, not at the order in which they were taken, so any
order of arrival ends in the same ledger and the same rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path

import polars as pl

from pipelines import forgetting, landing, privacy
from pipelines.checking import Checked, check_all
from pipelines.contract import Contract, Feed
from pipelines.forgetting import CannotRewrite, Forgotten
from pipelines.journal import Entry
from pipelines.landing import Arrival
from pipelines.privacy import Key
from pipelines.reading import read
from pipelines.settings import FIRST_BUSINESS_DATE, Settings, beijing_now, reach
from pipelines.text_table import ROW_NUMBER, Held, TextTable
from pipelines.warehouse import Line, Warehouse, entry_of
from pipelines.workbooks import Workbooks

# What is written in one transaction, and what lies in memory twice: one chunk being written, the next being read.
CHUNK_FEED_DAYS = 60
CHUNK_BYTES = 32 << 20
PREVIEW_ROWS, REJECTED_SHOWN = 5, 20
# What libraries raise over a shape of file that nobody thought of; polars' own panics are no Exception.
UNFORESEEN = (ValueError, ArithmeticError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
_OUT_OF_RANGE = "business date out of range"
_GONE, _DAMAGED = LOST = "the archive keeps it no more", "the archive's copy is damaged"
LOADED, SUPERSEDED, DUPLICATE, HELD, REJECTED = "loaded", "superseded", "duplicate", "held", "rejected"


@dataclass(frozen=True)
class Digest:
    """What one file holds for one feed: rows ready to store and rows for quarantine, or a reason to hold it.

    loaded: `_row_number` and the stored columns, treated. rejected: row_number, reasons, raw (masked).
    """

    loaded: pl.DataFrame
    rejected: pl.DataFrame
    row_count: int
    duplicate_count: int
    superseded_count: int
    notes: tuple[str, ...]
    held_because: str | None = None
    erased_count: int = 0


@dataclass(frozen=True)
class Settled:
    """The feed-day after settling: its ledger lines, which of them are new, and the one in force.

    preview, rejected: the first rows of what is in force, where it was read now.
    """

    feed: Feed
    business_date: date
    lines: tuple[Line, ...]
    new: tuple[Line, ...]
    in_force: Line | None
    preview: pl.DataFrame | None
    rejected: pl.DataFrame | None


def digest(
    path: Path, feed: Feed, key: Key, forgotten: Forgotten | None = None, received_at: datetime | None = None
) -> Digest:
    """Reads, checks and treats one file for one feed; never raises for what is wrong with the file."""
    with Workbooks() as workbooks:
        (table,) = _read(path, [feed], workbooks)
    table = _received(_without(table, feed, forgotten or Forgotten(frozenset(), key)), received_at)
    (found,) = _digests([table], feed, key)
    return found


def _received(table: TextTable | Held, received_at: datetime | None) -> TextTable | Held:
    return table if isinstance(table, Held) else replace(table, received_at=received_at)


def _without(table: TextTable | Held, feed: Feed, forgotten: Forgotten) -> TextTable | Held:
    if isinstance(table, Held):
        return table
    left = forgetting.forget(table, feed, forgotten)
    return replace(left, frame=forgetting.without_mentions(left.frame, feed, forgotten)) if forgotten else left


@dataclass(frozen=True)
class Scrubbed:
    """What was done to an archived file: rows erased now, by feed; whether its bytes were written anew or, since it
    could not be read without the persons, taken away."""

    rows: Mapping[str, int]
    is_rewritten: bool = False
    is_removed: bool = False


def scrub(path: Path, feeds: Sequence[Feed], forgotten: Forgotten, workbooks: Workbooks) -> Scrubbed:
    """Takes the persons to be forgotten out of an archived file that these feeds come in."""
    tables = _read(path, feeds, workbooks)
    rows = {
        feed.id: int(forgetting.theirs(table.frame, feed, forgotten).sum())
        for feed, table in zip(feeds, tables, strict=True)
        if not isinstance(table, Held)
    }
    try:
        data = forgetting.rewritten(path, list(zip(feeds, tables, strict=True)), forgotten, workbooks)
        if data is None:
            return Scrubbed(rows)
        landing.rewrite(path, data)
        again = _read(path, feeds, workbooks)
        if not all(map(forgetting.is_same_but_for, tables, again, feeds, [forgotten] * len(feeds))):
            raise CannotRewrite("it is read otherwise")
    except CannotRewrite:
        landing.remove(path)
        return Scrubbed(rows, is_removed=True)
    return Scrubbed(rows, is_rewritten=True)


def _read(path: Path, feeds: Sequence[Feed], workbooks: Workbooks) -> list[TextTable | Held]:
    """A file's records for each feed that comes in it, or why they are held."""
    if any(feed.format != "xlsx" for feed in feeds):
        # Each by itself: the same bytes may be of two dates, before and after a change of their contract.
        return [_read_one(path, feed) for feed in feeds]
    try:
        return workbooks.read(path, feeds)
    except UNFORESEEN as error:
        return [_not_foreseen(error)] * len(feeds)


def _read_one(path: Path, feed: Feed) -> TextTable | Held:
    try:
        return read(path, feed)
    except Held as held:
        return held
    except UNFORESEEN as error:
        return _not_foreseen(error)


def _not_foreseen(error: BaseException) -> Held:
    """A shape of file that nobody thought of is held, not repeated for ever; the error's text may quote a row."""
    return Held(f"cannot be parsed ({type(error).__name__}): export it again, and show this line to those who run Sihe")


def _digests(tables: Sequence[TextTable | Held], feed: Feed, key: Key) -> list[Digest]:
    """What each delivery of one feed holds; those that are held already stay so."""
    readable = [table for table in tables if not isinstance(table, Held)]
    try:
        checked = iter(check_all(readable, feed))
    except UNFORESEEN as error:
        if len(readable) == 1:
            checked = iter([_not_foreseen(error)])
        else:  # one of them is to blame: each by itself
            return [_digests([table], feed, key)[0] for table in tables]
    fates = [table if isinstance(table, Held) else next(checked) for table in tables]
    treated = iter(_treated([one.loaded for one in fates if not isinstance(one, Held)], feed, key))
    return [
        Digest(pl.DataFrame(), pl.DataFrame(), 0, 0, 0, (), held_because=str(one))
        if isinstance(one, Held) or isinstance(table, Held)
        else _digest(table, one, next(treated), feed)
        for table, one in zip(tables, fates, strict=True)
    ]


def _treated(loaded: Sequence[pl.DataFrame], feed: Feed, key: Key) -> list[pl.DataFrame]:
    """All deliveries' rows treated together: a hundred small frames cost what one does."""
    if not loaded:
        return []
    together = privacy.treat(loaded[0] if len(loaded) == 1 else pl.concat(loaded, rechunk=True), feed, key)
    ends = list(accumulate(frame.height for frame in loaded))
    return [together[end - frame.height : end] for end, frame in zip(ends, loaded, strict=True)]


def _digest(table: TextTable, checked: Checked, loaded: pl.DataFrame, feed: Feed) -> Digest:
    notes = (*table.notes, *checked.notes, *privacy.wrong_id_numbers(checked.loaded, feed))
    if checked.unknown_columns:
        # A header is text from outside like any other.
        names = [privacy.redact_name(name) for name in checked.unknown_columns]
        notes = (*notes, f"unknown columns, not loaded: {', '.join(map(repr, names))}")
    rejected = checked.rejected.select(row_number=ROW_NUMBER, reasons="reasons")
    if rejected.height:
        rejected = rejected.with_columns(privacy.masked_rows(checked.rejected, feed))
    return Digest(
        loaded=loaded,
        rejected=rejected,
        row_count=table.row_count,
        duplicate_count=checked.duplicate_count,
        superseded_count=checked.superseded_count,
        notes=notes,
        erased_count=table.erased,
    )


def date_out_of_range(day: date) -> str | None:
    """Why a business date cannot be: it has not begun yet, or it is older than the partitions."""
    if day > beijing_now().date():
        return f"{_OUT_OF_RANGE}: {day} is in the future"
    if day < FIRST_BUSINESS_DATE:
        return f"{_OUT_OF_RANGE}: {day} is before {FIRST_BUSINESS_DATE}"
    return None


def pending(
    arrivals: Iterable[Arrival],
    stamps: Mapping[tuple[str, str, str], str],
    first: date | None = None,
    last: date | None = None,
) -> dict[str, dict[date, list[Arrival]]]:
    """What has not been taken yet, by feed id and business date from `first` to `last`."""
    found: dict[str, dict[date, list[Arrival]]] = {}
    for arrival in arrivals:
        day = arrival.business_date
        if day is None or date_out_of_range(day) or (first and day < first) or (last and day > last):
            continue
        for feed in arrival.feeds:
            if stamps.get((feed.id, arrival.folder, arrival.file_name)) != arrival.stamp:
                found.setdefault(feed.id, {}).setdefault(day, []).append(arrival)
    return found


def add_known(
    found: dict[str, dict[date, list[Arrival]]], feeds: Sequence[Feed], warehouse: Warehouse, days: Sequence[date]
) -> None:
    """Adds to `pending`'s answer every feed-day that the ledger knows, for taking it again from the archive."""
    wanted = set(days)
    for feed in feeds:
        for line in warehouse.lines(feed.platform, feed.name):
            if line.business_date in wanted:
                found.setdefault(feed.id, {}).setdefault(line.business_date, [])


def take_strays(arrivals: Iterable[Arrival], warehouse: Warehouse) -> list[Line]:
    """Ledger lines, once each, for files that no feed can take: a name of no feed, or a date that cannot be.

    They are left alone: not archived, not read further than their hash. A date in the future may become due.
    """
    stamps = warehouse.stamps()
    new: list[Line] = []
    strays: list[tuple[Arrival, Feed | None, str]] = []
    for arrival in arrivals:
        if arrival.business_date is None:
            strays.append((arrival, None, "no feed has files of this name"))
        elif reason := date_out_of_range(arrival.business_date):
            strays += [(arrival, feed, reason) for feed in arrival.feeds]
    known = {(line.folder, line.file_name, line.sha256) for line in warehouse.lines()} if strays else set()
    seen: list[tuple[str, str, str, str]] = []
    for arrival, feed, reason in strays:
        seen_as = _seen_as(arrival)
        if stamps.get(seen_as) == arrival.stamp:
            continue
        try:
            sha256 = landing.sha256_of(arrival.path)
        except OSError:
            continue
        name = arrival.file_name if feed else privacy.redact_name(arrival.file_name)
        if (arrival.folder, name, sha256) not in known:
            (number,) = warehouse.next_delivery_ids(1)
            line = replace(_new_line(arrival, sha256, feed, beijing_now()), delivery_id=number, file_name=name)
            new.append(replace(line, state=HELD if feed else REJECTED, reason=reason))
        seen.append((*seen_as, arrival.stamp))
    with warehouse.transaction([entry_of(line, is_read=False) for line in new]):
        warehouse.note_seen(seen)
        warehouse.write_lines(new)
        if new:
            warehouse.note_unbuilt()
    return new


def expire(warehouse: Warehouse, contracts: Sequence[Contract], settings: Settings, now: datetime | None = None) -> int:
    """Deletes archived files that were taken longer ago than their platform's contract keeps them; returns how many.

    The ledger keeps their lines, the warehouse their rows; they can no longer be taken again. A file of two platforms
    (the same bytes) is kept as long as either wants it, and for ever where a contract says nothing.
    """
    limits = {contract.platform: contract.keeps_files_days for contract in contracts}
    today = (now or beijing_now()).date()
    deleted = 0
    if not any(limits.values()):
        return deleted
    for sha256, lines in warehouse.taken_on().items():
        kept = [limits.get(platform) for platform, _ in lines]
        is_over = [days is not None and (today - on).days > days for days, (_, on) in zip(kept, lines, strict=True)]
        file = landing.archived(settings.archive, sha256)
        if all(is_over) and file.exists():
            landing.remove(file)
            deleted += 1
    return deleted


def are_unseen(arrivals: Iterable[Arrival], stamps: Mapping[tuple[str, str, str], str]) -> bool:
    """Whether some file that no feed can take has not been put into the ledger yet."""
    return any(
        (arrival.business_date is None or date_out_of_range(arrival.business_date))
        and stamps.get(_seen_as(arrival)) != arrival.stamp
        for arrival in arrivals
    )


def _seen_as(arrival: Arrival) -> tuple[str, str, str]:
    """How a file that no feed can take is remembered; a name with a number taken out is told from its like by its
    stamp."""
    shown = privacy.redact_name(arrival.file_name)
    return "", arrival.folder, shown if shown == arrival.file_name else f"{shown} {arrival.stamp}"


def order_of_receipt(line: Line) -> tuple[object, ...]:
    return (line.received_at, line.revision, line.file_name, line.folder, line.sha256)


def order_of_precedence(line: Line) -> tuple[object, ...]:
    return (line.revision, line.received_at, line.file_name, line.folder, line.sha256)


def originals(lines: Iterable[Line]) -> dict[str, Line]:
    """sha256 → the line that was received first with those bytes; any other one changes nothing."""
    first: dict[str, Line] = {}
    for line in sorted(lines, key=order_of_receipt):
        first.setdefault(line.sha256, line)
    return first


def settle_states(lines: Sequence[Line], held: Mapping[str, str]) -> list[Line]:
    """The state of every delivery of one feed-day; `held` gives the reasons by sha256 for those that are unusable.

    The highest revision, and within it the newest received, is in force among the usable ones; those it replaces keep
    the fates that their rows had. The same bytes again, and a held file, count no rows.
    """
    first = originals(lines)
    usable = [line for line in first.values() if line.sha256 not in held]
    in_force = max(usable, key=order_of_precedence, default=None)
    settled = []
    for line in lines:
        original = first[line.sha256]
        if line is not original:
            settled.append(line.with_no_rows(DUPLICATE, f"the same bytes as {original.file_name}"))
        elif line.sha256 in held:
            settled.append(line.with_no_rows(HELD, held[line.sha256]))
        else:
            settled.append(replace(line, state=LOADED if line is in_force else SUPERSEDED))
    return settled


@dataclass
class _FeedDay:
    """A feed-day on its way: its arrivals, its ledger lines before and now, what has to be read of it."""

    feed: Feed
    day: date
    arrivals: Sequence[Arrival]
    before: Sequence[Line]
    lines: list[Line]
    taken: list[Arrival]
    held: dict[str, str]
    tables: dict[str, TextTable | Held]
    digests: dict[str, Digest]
    remembered: frozenset[str] = frozenset()
    """The bytes of deliveries that the journal knows and the ledger did not."""


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
    """Takes what `found` holds (by feed id and business date, as `pending` says) of feeds that come in one file, and
    settles each feed-day. `again` reads also what was read before: the contract may have been mended. `remembered`:
    deliveries that the journal knows and the ledger does not, by feed id and business date, from the archive.

    Feed-days are written several in a transaction, and the next ones are read meanwhile: a commit costs 10 ms.
    """
    forgotten = forgetting.load(settings.tombstones, key)
    with ThreadPoolExecutor(1) as ahead, Workbooks() as workbooks:
        gathered: list[_FeedDay] = []
        # One chunk more than there are: the last turn only settles.
        now = beijing_now()
        for chunk in [*_chunks(feeds, found, warehouse, remembered or {}), []]:
            coming = ahead.submit(_gather, chunk, settings, workbooks, forgotten, now, again=again)
            yield from _settle(gathered, warehouse, settings, forgotten)
            gathered = coming.result()


def _chunks(
    feeds: Sequence[Feed],
    found: Mapping[str, Mapping[date, Sequence[Arrival]]],
    warehouse: Warehouse,
    remembered: Mapping[tuple[str, date], Sequence[Entry]],
) -> Iterator[list[_FeedDay]]:
    """The feed-days in order of their business dates, as many together as are worth one transaction."""
    before: dict[tuple[str, date], list[Line]] = {}
    for feed in feeds:
        for line in warehouse.lines(feed.platform, feed.name):
            if line.business_date is not None:
                before.setdefault((feed.id, line.business_date), []).append(line)
    chunk: list[_FeedDay] = []
    size = 0
    days = {feed.id: {*found.get(feed.id, {}), *(day for id, day in remembered if id == feed.id)} for feed in feeds}
    for day in sorted(set().union(*days.values())):
        of_day = []
        for feed in feeds:
            if day in days[feed.id]:
                lines, entries = before.get((feed.id, day), []), remembered.get((feed.id, day), [])
                arrivals = found.get(feed.id, {}).get(day, [])
                feed_day = _FeedDay(feed, day, arrivals, lines, list(lines), [], {}, {}, {})
                feed_day.lines += [_remembered_line(entry, feed) for entry in entries]
                feed_day.remembered = frozenset(entry.sha256 for entry in entries)
                of_day.append(feed_day)
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
    """Archives the arrivals and reads what has not been read before; touches no database. now: when all of them are
    taken, so that what came in one run cannot be told by the time."""
    sha256_of: dict[tuple[str, str], str | None] = {}
    for feed_day in chunk:
        for arrival in feed_day.arrivals:
            place = (arrival.folder, arrival.file_name)
            if place not in sha256_of:
                try:
                    sha256_of[place] = landing.archive(arrival, settings.archive)
                    reach("taking.archived")
                except landing.StillArriving:
                    sha256_of[place] = None
            sha256 = sha256_of[place]
            if sha256 is None:
                continue
            feed_day.taken.append(arrival)
            known = {(line.folder, line.file_name, line.sha256) for line in feed_day.lines}
            if (*place, sha256) not in known:
                feed_day.lines.append(_new_line(arrival, sha256, feed_day.feed, now))
        # Looked at before: held for good, or counted. Others are read now, each once.
        feed_day.held = {
            line.sha256: line.reason or ""
            for line in feed_day.before
            if line.state == HELD
            # A date that was in the future is due now; its file is read if it is still the one that lies there.
            and not (
                ((line.reason or "").startswith(_OUT_OF_RANGE) or again)
                and landing.archived(settings.archive, line.sha256).exists()
            )
        }
    wanted: dict[str, list[_FeedDay]] = {}
    for feed_day in chunk:
        for line in originals(feed_day.lines).values():
            is_counted = line.delivery_id and line.state in (LOADED, SUPERSEDED)
            is_kept = landing.archived(settings.archive, line.sha256).exists()
            if line.sha256 not in feed_day.held and (not is_counted or (again and is_kept)):
                wanted.setdefault(line.sha256, []).append(feed_day)
    for sha256, feed_days in wanted.items():
        path = landing.archived(settings.archive, sha256)
        versions = [feed_day.feed.as_of(feed_day.day) for feed_day in feed_days]
        if lost := _lost(path) if any(sha256 in feed_day.remembered for feed_day in feed_days) else None:
            tables: Sequence[TextTable | Held] = [lost] * len(feed_days)
        else:
            tables = _read(path, versions, workbooks)
        for feed_day, table, version in zip(feed_days, tables, versions, strict=True):
            received_at = originals(feed_day.lines)[sha256].received_at
            feed_day.tables[sha256] = _received(_without(table, version, forgotten), received_at)
        reach("parsing.read")
    if forgotten:
        _scrub_arrivals(chunk, {sha256 for sha256 in sha256_of.values() if sha256}, settings, workbooks, forgotten)
    return chunk


def _lost(path: Path) -> Held | None:
    """Why the archive cannot give a file back, where it cannot."""
    if not path.exists():
        return Held(_GONE)
    return None if landing.is_intact(path) else Held(_DAMAGED)


def _scrub_arrivals(
    chunk: Sequence[_FeedDay], arrived: set[str], settings: Settings, workbooks: Workbooks, forgotten: Forgotten
) -> None:
    """What was archived just now, new or again, does not keep a person who is to be forgotten."""
    for sha256 in sorted(arrived):
        of_file = [feed_day for feed_day in chunk if any(line.sha256 == sha256 for line in feed_day.lines)]
        scrub(
            landing.archived(settings.archive, sha256),
            [feed_day.feed.as_of(feed_day.day) for feed_day in of_file],
            forgotten,
            workbooks,
        )


def _settle(chunk: Sequence[_FeedDay], warehouse: Warehouse, settings: Settings, forgotten: Forgotten) -> list[Settled]:
    """Checks and treats what was read, decides which delivery is in force, and writes it all in one transaction."""
    key = forgotten.key
    read_by_feed: dict[tuple[str, str], list[tuple[_FeedDay, str]]] = {}
    for feed_day in chunk:
        for sha256 in feed_day.tables:
            version = (feed_day.feed.id, feed_day.feed.as_of(feed_day.day).version)
            read_by_feed.setdefault(version, []).append((feed_day, sha256))
    for read_now in read_by_feed.values():
        feed = read_now[0][0].feed.as_of(read_now[0][0].day)
        digests = _digests([feed_day.tables[sha256] for feed_day, sha256 in read_now], feed, key)
        for (feed_day, sha256), found in zip(read_now, digests, strict=True):
            feed_day.digests[sha256] = found
    settled = [_settled(feed_day, warehouse, settings, forgotten) for feed_day in chunk]
    with warehouse.transaction(_new_entries(chunk)):
        warehouse.write_lines([line for one in settled for line in one.new])
        warehouse.write_rejected(
            [
                (line, feed_day.digests[line.sha256].rejected)
                for feed_day, one in zip(chunk, settled, strict=True)
                for line in one.lines
                if line.state in (LOADED, SUPERSEDED) and line.sha256 in feed_day.digests
            ]
        )
        replaced: dict[str, list[tuple[Line, pl.DataFrame]]] = {}
        for feed_day, one in zip(chunk, settled, strict=True):
            if one.in_force is not None and one.in_force.sha256 in feed_day.digests:
                rows = feed_day.digests[one.in_force.sha256].loaded
                replaced.setdefault(one.feed.table, []).append((one.in_force, rows))
            elif one.in_force is None and (gone := _in_force(feed_day.before)):
                # Read again by another contract, nothing of the day is usable any more.
                replaced.setdefault(one.feed.table, []).append((gone, pl.DataFrame(schema={ROW_NUMBER: pl.Int64})))
        for table, deliveries in replaced.items():
            warehouse.replace_rows(table, deliveries)
        warehouse.note_changes([(one.feed, one.business_date) for one in settled if one.new])
        warehouse.note_seen(
            [
                (feed_day.feed.id, arrival.folder, arrival.file_name, arrival.stamp)
                for feed_day in chunk
                for arrival in feed_day.taken
            ]
        )
    return settled


def _new_entries(chunk: Sequence[_FeedDay]) -> list[Entry]:
    """What the journal must be told: the deliveries that neither it nor the ledger has."""
    entries = []
    for feed_day in chunk:
        known = {(*line.place, line.sha256) for line in feed_day.before}
        stamps = {(arrival.folder, arrival.file_name): (arrival.stamp, arrival.size) for arrival in feed_day.taken}
        entries += [
            entry_of(line, *stamps[line.place])
            for line in feed_day.lines
            if line.place in stamps and (*line.place, line.sha256) not in known
        ]
    return entries


def _in_force(lines: Iterable[Line]) -> Line | None:
    return next((line for line in lines if line.state == LOADED), None)


def _settled(feed_day: _FeedDay, warehouse: Warehouse, settings: Settings, forgotten: Forgotten) -> Settled:
    """The feed-day's lines with their states; what is in force now and was not before has its rows at hand."""
    key = forgotten.key
    feed, lines, held = feed_day.feed, feed_day.lines, dict(feed_day.held)
    fresh = [i for i, line in enumerate(lines) if line.delivery_id == 0]
    for i, number in zip(fresh, warehouse.next_delivery_ids(len(fresh)), strict=True):
        lines[i] = replace(lines[i], delivery_id=number)
    for original in originals(lines).values():
        if (found := feed_day.digests.get(original.sha256)) is None:
            continue
        if found.held_because is not None:
            held[original.sha256] = found.held_because
        else:
            lines[lines.index(original)] = _counted(original, found, key, feed.as_of(feed_day.day))
    was_in_force = _in_force(feed_day.before)
    while True:
        states = settle_states(lines, held)
        in_force = _in_force(states)
        is_same = was_in_force and in_force and was_in_force.delivery_id == in_force.delivery_id
        if in_force is None or is_same or in_force.sha256 in feed_day.digests:
            break
        # Counted before, replaced since, and in force again: its rows are read anew.
        path = landing.archived(settings.archive, in_force.sha256)
        version, received_at = feed.as_of(feed_day.day), in_force.received_at
        found = digest(path, version, key, forgotten, received_at) if path.exists() else None
        if found is None or found.held_because is not None:
            held[in_force.sha256] = (found and found.held_because) or _GONE
        else:
            feed_day.digests[in_force.sha256] = found
            original = next(line for line in lines if line.delivery_id == in_force.delivery_id)
            lines[lines.index(original)] = _counted(original, found, key, feed.as_of(feed_day.day))
    known = set(feed_day.before)
    new = tuple(line for line in states if line not in known)
    shown = feed_day.digests.get(in_force.sha256) if in_force is not None else None
    return Settled(
        feed,
        feed_day.day,
        tuple(states),
        new,
        in_force,
        preview=shown.loaded.head(PREVIEW_ROWS) if shown else None,
        rejected=shown.rejected.head(REJECTED_SHOWN) if shown else None,
    )


def _new_line(arrival: Arrival, sha256: str, feed: Feed | None, now: datetime) -> Line:
    """A line without a number yet: the warehouse gives it one when it is written."""
    return Line(
        delivery_id=0,
        platform=feed.platform if feed else None,
        feed=feed.name if feed else None,
        business_date=arrival.business_date if feed else None,
        revision=arrival.revision,
        folder=arrival.folder,
        file_name=arrival.file_name,
        sha256=sha256,
        received_at=arrival.received_at,
        state=HELD,
        contract_version=feed.as_of(arrival.business_date).version if feed and arrival.business_date else None,
        taken_at=now,
    )


def _remembered_line(entry: Entry, feed: Feed) -> Line:
    """The line of a delivery that the journal knows, without a number yet."""
    return Line(
        delivery_id=0,
        platform=feed.platform,
        feed=feed.name,
        business_date=entry.business_date,
        revision=entry.revision,
        folder=entry.folder,
        file_name=entry.file_name,
        sha256=entry.sha256,
        received_at=entry.received_at,
        state=HELD,
        contract_version=feed.as_of(entry.business_date).version if entry.business_date else None,
        taken_at=entry.taken_at,
    )


def _counted(line: Line, found: Digest, key: Key, version: Feed) -> Line:
    return replace(
        line,
        state=LOADED,
        reason="; ".join(found.notes) or None,
        rows_counted=found.row_count,
        rows_loaded=found.loaded.height,
        rows_rejected=found.rejected.height,
        rows_duplicate=found.duplicate_count,
        rows_superseded=found.superseded_count,
        rows_erased=found.erased_count,
        key_id=key.id,
        contract_version=version.version,
    )
