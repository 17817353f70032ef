"""From a file to its feed-day: read, check, treat, account, and settle which delivery is in force.

Belongs here: the composition of landing, reading, checking, privacy and warehouse, and the rule of precedence among
the deliveries of a feed and business date. Does not belong here: Dagster (`assets`), the parts themselves.

Settling looks at all deliveries ever received of the feed-day, not at the order in which they were taken, so any
order of arrival ends in the same ledger and the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from pipelines import landing, privacy
from pipelines.checking import check
from pipelines.contract import Feed
from pipelines.landing import Arrival
from pipelines.privacy import Key
from pipelines.reading import ROW_NUMBER, Held, read
from pipelines.settings import FIRST_BUSINESS_DATE, Settings, beijing_now
from pipelines.warehouse import Line, Warehouse

_OUT_OF_RANGE = "business date out of range"
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


@dataclass(frozen=True)
class Settled:
    """The feed-day after settling: its ledger lines, which of them are new, and the one in force."""

    feed: Feed
    business_date: date
    lines: tuple[Line, ...]
    new: tuple[Line, ...]
    in_force: Line | None
    preview: pl.DataFrame | None


def digest(path: Path, feed: Feed, key: Key) -> Digest:
    """Reads, checks and treats one file for one feed; never raises for what is wrong with the file."""
    try:
        table = read(path, feed)
        checked = check(table, feed)
    except Held as held:
        return Digest(pl.DataFrame(), pl.DataFrame(), 0, 0, 0, (), held_because=str(held))
    except (ValueError, ArithmeticError, pl.exceptions.PolarsError) as error:
        # A shape of file that nobody thought of is held, not repeated for ever; its text may quote a row.
        reason = f"cannot be parsed ({type(error).__name__})"
        return Digest(pl.DataFrame(), pl.DataFrame(), 0, 0, 0, (), held_because=reason)
    notes = table.notes
    if checked.unknown_columns:
        # A header is text from outside like any other.
        names = privacy.redact(pl.Series(checked.unknown_columns)).to_list()
        notes = (*notes, f"unknown columns, not loaded: {', '.join(map(repr, names))}")
    rejected = checked.rejected.select(row_number=ROW_NUMBER, reasons="reasons")
    if rejected.height:
        rejected = rejected.with_columns(privacy.masked_rows(checked.rejected, feed))
    return Digest(
        loaded=privacy.treat(checked.loaded, feed, key),
        rejected=rejected,
        row_count=table.row_count,
        duplicate_count=checked.duplicate_count,
        superseded_count=checked.superseded_count,
        notes=notes,
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
    with warehouse.transaction():
        for arrival, feed, reason in strays:
            if stamps.get(("", arrival.folder, arrival.file_name)) == arrival.stamp:
                continue
            try:
                sha256 = landing.sha256_of(arrival.path)
            except OSError:
                continue
            name = arrival.file_name if feed else _shown_name(arrival.file_name)
            if (arrival.folder, name, sha256) not in known:
                line = _new_line(warehouse, arrival, sha256, feed)
                state = HELD if feed else REJECTED
                new.append(replace(line, file_name=name, state=state, reason=reason))
            warehouse.note_seen("", arrival.folder, arrival.file_name, arrival.stamp)
        warehouse.write_lines(new)
        if new:
            warehouse.note_unbuilt()
    return new


def are_unseen(arrivals: Iterable[Arrival], stamps: Mapping[tuple[str, str, str], str]) -> bool:
    """Whether some file that no feed can take has not been put into the ledger yet."""
    return any(
        (arrival.business_date is None or date_out_of_range(arrival.business_date))
        and stamps.get(("", arrival.folder, arrival.file_name)) != arrival.stamp
        for arrival in arrivals
    )


def _shown_name(file_name: str) -> str:
    """A name of no feed is free text: somebody may have named a file after a person's number."""
    return str(privacy.redact(pl.Series([file_name]))[0])


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


def take(
    feed: Feed, day: date, arrivals: Sequence[Arrival], warehouse: Warehouse, settings: Settings, key: Key
) -> Settled:
    """Takes the arrivals of one feed and business date and settles the feed-day, in one transaction."""
    before = warehouse.lines(feed.platform, feed.name, day)
    taken: list[Arrival] = []
    lines = list(before)
    for arrival in arrivals:
        try:
            sha256 = landing.archive(arrival, settings.archive)
        except landing.StillArriving:
            continue
        taken.append(arrival)
        known = {(line.folder, line.file_name, line.sha256) for line in lines}
        if (arrival.folder, arrival.file_name, sha256) not in known:
            lines.append(_new_line(warehouse, arrival, sha256, feed))
    # Looked at before: held for good, or counted. Others are read now, each once.
    held = {
        line.sha256: line.reason or ""
        for line in before
        if line.state == HELD
        # A date that was in the future is due now; its file is read if it is still the one that lies there.
        and not (
            (line.reason or "").startswith(_OUT_OF_RANGE) and landing.archived(settings.archive, line.sha256).exists()
        )
    }
    counted = {line.delivery_id for line in before if line.state in (LOADED, SUPERSEDED)}
    digests: dict[str, Digest] = {}

    def digest_of(line: Line) -> Digest:
        if line.sha256 not in digests:
            digests[line.sha256] = digest(landing.archived(settings.archive, line.sha256), feed, key)
        return digests[line.sha256]

    for original in originals(lines).values():
        if original.delivery_id in counted or original.sha256 in held:
            continue
        found = digest_of(original)
        if found.held_because is not None:
            held[original.sha256] = found.held_because
        else:
            lines[lines.index(original)] = _counted(original, found, key)
    settled = settle_states(lines, held)
    in_force = next((line for line in settled if line.state == LOADED), None)
    was_in_force = next((line for line in before if line.state == LOADED), None)
    known_lines = set(before)
    new = tuple(line for line in settled if line not in known_lines)
    with warehouse.transaction():
        warehouse.write_lines(new)
        for line in new:
            if line.state in (LOADED, SUPERSEDED) and line.delivery_id not in counted:
                warehouse.write_rejected(line, digest_of(line).rejected)
        if in_force is not None and (was_in_force is None or was_in_force.delivery_id != in_force.delivery_id):
            warehouse.replace_rows(feed, in_force, digest_of(in_force).loaded)
        if new:
            warehouse.note_change(feed, day)
        for arrival in taken:
            warehouse.note_seen(feed.id, arrival.folder, arrival.file_name, arrival.stamp)
    preview = digest_of(in_force).loaded.head(5) if in_force is not None and in_force in new else None
    return Settled(feed, day, tuple(settled), new, in_force, preview)


def _new_line(warehouse: Warehouse, arrival: Arrival, sha256: str, feed: Feed | None) -> Line:
    return Line(
        delivery_id=warehouse.next_delivery_id(),
        platform=feed.platform if feed else None,
        feed=feed.name if feed else None,
        business_date=arrival.business_date if feed else None,
        revision=arrival.revision,
        folder=arrival.folder,
        file_name=arrival.file_name,
        sha256=sha256,
        received_at=arrival.received_at,
        state=HELD,
    )


def _counted(line: Line, found: Digest, key: Key) -> Line:
    return replace(
        line,
        state=LOADED,
        reason="; ".join(found.notes) or None,
        rows_counted=found.row_count,
        rows_loaded=found.loaded.height,
        rows_rejected=found.rejected.height,
        rows_duplicate=found.duplicate_count,
        rows_superseded=found.superseded_count,
        key_id=key.id,
    )
