"""Fills the working database from archive and journal: completely if it is new, otherwise with the last deliveries of a
writer that was killed before its commit.

Belongs here: which deliveries of the journal the ledger lacks, and loading them; which ones could not be loaded again.
Does not belong here: detecting that a
database is damaged (`warehouse`), reading and settling (`intake`), when this happens (`installation`: at every start).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines import progress
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.intake import precedence
from pipelines.intake.worklist import date_out_of_range
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.journal import Entry
from pipelines.warehouse.ledger import Line, line_of
from pipelines.warehouse.store import Warehouse


@dataclass(frozen=True)
class Recovered:
    """deliveries: added to the ledger now. waiting: those whose feeds are in no usable contract. lost: file names that
    the archive cannot restore; they are held now."""

    deliveries: int
    waiting: int
    lost: tuple[str, ...]


_SHOWN = 5


class Unrestorable(RuntimeError):
    """Rows that the archive cannot give back; the message names their files, and says what to do."""


def in_ledger(lines: Iterable[Line]) -> dict[str, str]:
    """The files that a rebuild needs, file name by sha256: of each delivery that is in force or was."""
    needed: dict[str, str] = {}
    for line in lines:
        if line.state in (precedence.LOADED, precedence.SUPERSEDED):
            needed.setdefault(line.sha256, line.file_name)
    return needed


def in_journal(entries: Iterable[Entry], unused: Collection[str]) -> dict[str, str]:
    """The same where there is no ledger: of each delivery that was read. unused: the sha256 of those that are known to
    be of no use, because they were held."""
    return {
        one.sha256: one.file_name
        for one in entries
        if one.feed is not None and one.state is None and one.sha256 not in unused
    }


def refuse_to_lose(needed: Mapping[str, str], archive: Path) -> None:
    """Reads the archived files, as a rebuild would; raises Unrestorable if one is missing or damaged. needed: file name
    by sha256."""
    bad = []
    for sha256, name in needed.items():
        if why := _why_unreadable(landing.archived(archive, sha256)):
            bad.append(f"  {name}: {why}")
        progress.tell("files")
    if bad:
        shown = "\n".join(bad[:_SHOWN]) + (f"\n  and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else "")
        raise Unrestorable(
            f"{len(bad)} of {len(needed)} files are missing or damaged in {archive}, and their rows would be lost:\n"
            f"{shown}\nrestore them from the backup, or say --anyway to go on without their rows"
        )


def _why_unreadable(file: Path) -> str | None:
    try:
        return None if landing.is_intact(file) else f"damaged: {file}"
    except FileNotFoundError:
        return f"missing: {file}"
    except OSError as error:
        return f"cannot be read ({error.strerror}): {file}"


def recover(
    warehouse: Warehouse, contracts: Sequence[Contract], settings: Settings, key: Callable[[], Key]
) -> Recovered:
    """Loads what the journal has and the ledger lacks, with the same rows, outcomes and states as the first time.

    key: requested only if a file must be read. After an interruption it continues at the next start.
    """
    entries = warehouse.not_known_yet()
    feeds = {(feed.platform, feed.name): feed for contract in contracts for feed in contract.feeds}
    unread: list[Line] = []
    by_day: dict[str, dict[date, list[Entry]]] = {}
    waiting = 0
    for entry in entries:
        feed = feeds.get((entry.platform or "", entry.feed or ""))
        if entry.feed is not None and feed is None:
            waiting += 1
        elif feed is None or entry.business_date is None or _was_never_read(entry, entry.business_date, settings):
            unread.append(_unread(entry, feed))
        else:
            by_day.setdefault(feed.id, {}).setdefault(entry.business_date, []).append(entry)
    _restore_unread(unread, warehouse)
    lost: list[str] = []
    for contract in contracts:
        for group in contract.files:
            wanted = [feed for feed in group if feed.id in by_day]
            if wanted:
                lost += _take(wanted, by_day, warehouse, settings, key())
    if entries and not waiting:
        warehouse.note_journal_read()
    return Recovered(len(entries) - waiting, waiting, tuple(dict.fromkeys(lost)))


def _was_never_read(entry: Entry, day: date, settings: Settings) -> bool:
    """An impossible date: held without reading the bytes, unless the date is due by now. The archive may have the
    bytes all the same, from another delivery."""
    if entry.state is None:
        return False
    is_impossible = date_out_of_range(day, settings.clock().date()) is not None
    return is_impossible or not landing.archived(settings.archive, entry.sha256).exists()


def _unread(entry: Entry, feed: Feed | None) -> Line:
    """The line of a file that nobody has read, without a number yet."""
    version = feed.as_of(entry.business_date).version if feed and entry.business_date else None
    line = line_of(entry, entry.state or precedence.REJECTED)
    return replace(line, reason=entry.reason, contract_version=version)


def _restore_unread(unread: Sequence[Line], warehouse: Warehouse) -> None:
    numbers = warehouse.next_delivery_ids(len(unread))
    lines = [replace(line, delivery_id=number) for number, line in zip(numbers, unread, strict=True)]
    if lines:
        with warehouse.transaction():
            warehouse.write_lines(lines)
            warehouse.note_unbuilt()


def _take(
    feeds: Sequence[Feed],
    by_day: dict[str, dict[date, list[Entry]]],
    warehouse: Warehouse,
    settings: Settings,
    key: Key,
) -> list[str]:
    # Rarely needed: its readers and their libraries take 30 MB of a process that only looks.
    from pipelines.intake import digests, taking  # noqa: PLC0415

    remembered = {(feed.id, day): entries for feed in feeds for day, entries in by_day[feed.id].items()}
    lost: dict[tuple[str, str, str], str] = {}
    for settled in taking.take(feeds, {}, warehouse, settings, key, remembered=remembered):
        gone = [line for line in settled.new if line.reason in digests.LOST]
        lost |= {(settled.feed.id, *line.place): line.file_name for line in gone}
        progress.tell("files", rows=sum(line.rows_counted for line in settled.new))
    # Files that are still unchanged in the inbox need not be read again, but for those that only the inbox has.
    warehouse.note_seen(
        [
            (feed_id, entry.folder, entry.file_name, entry.stamp, entry.sha256)
            for (feed_id, _), entries in remembered.items()
            for entry in entries
            if entry.stamp is not None and (feed_id, entry.folder, entry.file_name) not in lost
        ]
    )
    return list(lost.values())
