"""Retention of archived files.

Belongs here: deleting files that are older than their contract allows, and files that no delivery leads to. Does not
belong here: retention of generations (`publication`).
"""

import bisect
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pipelines.contracts.model import Contract
from pipelines.delivery import landing
from pipelines.settings import BEIJING, Settings
from pipelines.warehouse import journal
from pipelines.warehouse.store import Warehouse

UNKNOWN_KEPT = timedelta(days=7)
"""A journal may have been lost, and may be restored."""


def expire(warehouse: Warehouse, contracts: Sequence[Contract], settings: Settings, now: datetime) -> int:
    """Deletes archived files that were loaded longer ago than their platform's contract keeps them, and those that
    nothing leads to; returns how many. The caller holds the lock.

    Their ledger lines and rows stay; they can no longer be loaded again. A file of two platforms (the same bytes) is
    kept as long as one of them needs it, and forever if a contract sets no limit.
    """
    today = now.date()
    limits = {contract.platform: contract.keeps_files_days for contract in contracts}
    deleted = _forget_unknown(warehouse, settings, now)
    if not any(limits.values()):
        return deleted
    for sha256, lines in _taken_on(warehouse).items():
        kept = [limits.get(platform) for platform, _ in lines]
        is_over = [days is not None and (today - on).days > days for days, (_, on) in zip(kept, lines, strict=True)]
        file = landing.archived(settings.archive, sha256)
        if all(is_over) and file.exists():
            landing.remove(file)
            deleted += 1
    return deleted


def _forget_unknown(warehouse: Warehouse, settings: Settings, now: datetime) -> int:
    """Deletes archived files that neither ledger nor journal knows; returns how many.

    A file is archived before its delivery is written down. If the run is killed in between and the file in the inbox
    is replaced, nothing leads to the archived one any more: neither its retention nor a rebuild. While the lock is held
    here, no other run is in between. The next run writes the journal on: a file from before its first delivery, or
    with no delivery in the week after it, is kept, because a journal may have been lost, or restored from an older
    backup, that knew it; so are all of them if a line cannot be read.
    """
    known = {sha256 for (sha256,) in warehouse.connection.execute("select sha256 from ledger.delivery").fetchall()}
    unknown = [file for file in landing.archived_files(settings.archive) if landing.hash_of(file) not in known]
    if not unknown:
        return 0
    entries, _, broken = journal.read(settings.journal)
    if broken or not entries:
        return 0
    known |= {entry.sha256 for entry in entries}
    times, deleted = sorted(entry.taken_at for entry in entries), 0
    for file in unknown:
        archived_at = datetime.fromtimestamp(file.stat().st_mtime, BEIJING).replace(tzinfo=None)
        until, after = archived_at + UNKNOWN_KEPT, bisect.bisect_left(times, archived_at)
        is_known_time = 0 < after < len(times) and times[after] < until
        if landing.hash_of(file) not in known and is_known_time and until <= now:
            landing.remove(file)
            deleted += 1
    return deleted


def _taken_on(warehouse: Warehouse) -> dict[str, list[tuple[str, date]]]:
    """sha256 → platform and date of loading of every ledger line with these bytes that belongs to a feed."""
    rows = warehouse.connection.execute(
        "select sha256, platform, taken_at::date from ledger.delivery where platform is not null"
    ).fetchall()
    found: dict[str, list[tuple[str, date]]] = {}
    for sha256, platform, day in rows:
        found.setdefault(sha256, []).append((platform, day))
    return found
