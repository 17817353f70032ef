"""Retention of archived files.

Belongs here: deleting files that are older than their contract allows. Does not belong here: retention of generations
(`publication`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from pipelines.contracts.model import Contract
from pipelines.delivery import landing
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse


def expire(warehouse: Warehouse, contracts: Sequence[Contract], settings: Settings, now: datetime) -> int:
    """Deletes archived files that were loaded longer ago than their platform's contract keeps them; returns how many.

    Their ledger lines and rows stay; they can no longer be loaded again. A file of two platforms (the same bytes) is
    kept as long as one of them needs it, and forever if a contract sets no limit.
    """
    today = now.date()
    limits = {contract.platform: contract.keeps_files_days for contract in contracts}
    deleted = 0
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


def _taken_on(warehouse: Warehouse) -> dict[str, list[tuple[str, date]]]:
    """sha256 → platform and date of loading of every ledger line with these bytes that belongs to a feed."""
    rows = warehouse.connection.execute(
        "select sha256, platform, taken_at::date from ledger.delivery where platform is not null"
    ).fetchall()
    found: dict[str, list[tuple[str, date]]] = {}
    for sha256, platform, day in rows:
        found.setdefault(sha256, []).append((platform, day))
    return found
