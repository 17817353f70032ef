"""From archive and journal to a working database: all of it where that is new, the last deliveries where a writer was
killed before its commit.

Belongs here: which deliveries of the journal the ledger lacks, and taking them. Does not belong here: noticing that a
database is damaged (`warehouse`), reading and settling (`intake`), when this happens (`installation`: at every start).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipelines import progress
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import landing
from pipelines.intake import precedence, taking
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.journal import Entry
from pipelines.warehouse.ledger import line_of
from pipelines.warehouse.store import Warehouse


@dataclass(frozen=True)
class Recovered:
    """deliveries: put into the ledger now. waiting: of feeds that no usable contract has. lost: file names that the
    archive cannot give back, held now."""

    deliveries: int
    waiting: int
    lost: tuple[str, ...]


def recover(
    warehouse: Warehouse, contracts: Sequence[Contract], settings: Settings, key: Callable[[], Key]
) -> Recovered:
    """Takes what the journal knows and the ledger does not; the same rows, fates and states as the first time.

    key: asked for only where a file has to be read. Killed on the way, it goes on at the next start.
    """
    entries = warehouse.not_known_yet()
    feeds = {(feed.platform, feed.name): feed for contract in contracts for feed in contract.feeds}
    unread: list[Entry] = []
    by_day: dict[str, dict[date, list[Entry]]] = {}
    waiting = 0
    for entry in entries:
        feed = feeds.get((entry.platform or "", entry.feed or ""))
        if entry.feed is not None and feed is None:
            waiting += 1
        elif feed is None or entry.business_date is None or _was_never_read(entry, settings):
            unread.append(entry)
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


def _was_never_read(entry: Entry, settings: Settings) -> bool:
    """A date that could not be: held without a look at its bytes, unless it has come due since."""
    return entry.state is not None and not landing.archived(settings.archive, entry.sha256).exists()


def _restore_unread(entries: Sequence[Entry], warehouse: Warehouse) -> None:
    numbers = warehouse.next_delivery_ids(len(entries))
    lines = [
        replace(line_of(entry, entry.state or precedence.REJECTED), delivery_id=number, reason=entry.reason)
        for number, entry in zip(numbers, entries, strict=True)
    ]
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
    remembered = {(feed.id, day): entries for feed in feeds for day, entries in by_day[feed.id].items()}
    lost = []
    for settled in taking.take(feeds, {}, warehouse, settings, key, remembered=remembered):
        lost += [line.file_name for line in settled.new if line.reason in taking.LOST]
        progress.tell("files", rows=sum(line.rows_counted for line in settled.new))
    # Files that still lie in the inbox as they did need not be looked at again.
    warehouse.note_seen(
        [
            (feed_id, entry.folder, entry.file_name, entry.stamp)
            for (feed_id, _), entries in remembered.items()
            for entry in entries
            if entry.stamp is not None
        ]
    )
    return lost
