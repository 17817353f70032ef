"""A business date that comes in several files: which of them are missing, and what of a register is in force then.

Belongs here: the parts of a day that a contract names and nobody delivered; when a day was complete; for a register,
the delivery of each part that counts on a day. Does not belong here: which file of one part and day is in force
(`precedence`), the words (`night`), versions of rows (dbt's macro `versions`).

A register says what exists, so a part that did not come must not end its rows: the part's last delivery goes on. As the
first snapshot of a register applies to all days before it, so does the first delivery of a part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.warehouse.store import Warehouse


@dataclass(frozen=True, order=True)
class InForce:
    """A delivery, by its number, file and business date, that is in force on some day."""

    delivered_on: date
    delivery_id: int
    file_name: str


def missing(feed: Feed, day: date, file_names: Iterable[str]) -> tuple[str, ...]:
    """The parts of a business date that none of the files is, as its contract spells them; empty if all are there, or
    if the day comes in one file."""
    came = {landing.part_of(feed, name) for name in file_names}
    return tuple(part for part in feed.as_of(day).parts if part.lower() not in came)


def is_whole(feed: Feed, day: date, file_names: Sequence[str]) -> bool:
    """Whether these are all files of a business date."""
    return bool(file_names) and not missing(feed, day, file_names)


def in_force(feed: Feed, delivered: Sequence[InForce]) -> dict[date, set[InForce]]:
    """What a register consists of on each day with a delivery. `delivered`: the accepted deliveries, at most one a part
    and day.

    Each part that the day's contract names counts by its newest delivery up to that day. Files that are no such part,
    from a time when the day came in one file or in other parts, count until every part has come.
    """
    by_day: dict[date, dict[str, InForce]] = {}
    firsts: dict[str, InForce] = {}
    for one in sorted(delivered):
        part = landing.part_of(feed, one.file_name)
        by_day.setdefault(one.delivered_on, {})[part] = one
        firsts.setdefault(part, one)
    newest: dict[str, InForce] = {}
    others: dict[str, InForce] = {}
    found: dict[date, set[InForce]] = {}
    for day, came in by_day.items():
        names = [part.lower() for part in feed.as_of(day).parts] or [""]
        before = {**others, **newest}
        strangers = {part: one for part, one in came.items() if part not in names}
        newest = {part: one for part, one in {**before, **came}.items() if part in names}
        others = strangers or {part: one for part, one in before.items() if part not in names}
        awaited = [part for part in names if part not in newest]
        if not awaited:
            others = {}
        fill = [] if others else [firsts[part] for part in awaited if part in firsts]
        found[day] = {*newest.values(), *others.values(), *fill}
    return found


def complete_at(feed: Feed, accepted: Iterable[tuple[date, datetime, str]]) -> dict[date, datetime | None]:
    """When the last needed part of each business date was first accepted; null while one is missing.

    Only the days that come in several files.

    accepted: business date, time of receipt and file name of all deliveries that were ever accepted, also of those that
    a later one replaced: a correction does not make a day late.
    """
    firsts: dict[date, dict[str, datetime]] = {}
    for day, received_at, file_name in accepted:
        of_day, part = firsts.setdefault(day, {}), landing.part_of(feed, file_name)
        of_day[part] = min(of_day.get(part, received_at), received_at)
    found: dict[date, datetime | None] = {}
    for day, of_day in firsts.items():
        if needed := [part.lower() for part in feed.as_of(day).parts]:
            found[day] = max(of_day[part] for part in needed) if of_day.keys() >= set(needed) else None
    return found


def note(warehouse: Warehouse, feeds: Sequence[Feed]) -> None:
    """Rewrites `ledger.split_day` of the feeds that come in parts, and `ledger.snapshot_part` of the registers among
    them; puts the days on dbt's work list that are complete at another time than before, or whose register consists of
    other deliveries. The caller is in a transaction."""
    split = set(warehouse.connection.execute("select distinct platform, feed from ledger.split_day").fetchall())
    for feed in feeds:
        if any(one.parts for one in (feed, *feed.earlier)) or (feed.platform, feed.name) in split:
            _note_days(warehouse, feed)
        if feed.is_split_register:
            _note_registers(warehouse, feed)


def _note_days(warehouse: Warehouse, feed: Feed) -> None:
    mine = [feed.platform, feed.name]
    accepted = warehouse.connection.execute(
        "select business_date, received_at, file_name from ledger.delivery"
        " where state in ('loaded', 'superseded') and platform = ? and feed = ?",
        mine,
    ).fetchall()
    present = complete_at(feed, accepted)
    earlier = dict(
        warehouse.connection.execute(
            "select business_date, complete_at from ledger.split_day where platform = ? and feed = ?", mine
        ).fetchall()
    )
    if present == earlier:
        return
    warehouse.connection.execute("delete from ledger.split_day where platform = ? and feed = ?", mine)
    rows = [[*mine, *row] for row in present.items()]
    if rows:
        warehouse.connection.executemany("insert into ledger.split_day values (?, ?, ?, ?)", rows)
    changed = sorted(day for day, _ in set(present.items()) ^ set(earlier.items()))
    warehouse.note_changes([(feed, day) for day in dict.fromkeys(changed)])


def _note_registers(warehouse: Warehouse, feed: Feed) -> None:
    mine = [feed.platform, feed.name]
    present = {
        (day, one.delivered_on, one.delivery_id, one.file_name)
        for day, parts in in_force(feed, [InForce(*row) for row in _accepted(warehouse, feed)]).items()
        for one in parts
    }
    earlier = set(
        warehouse.connection.execute(
            "select snapshot_on, delivered_on, delivery_id, file_name from ledger.snapshot_part"
            " where platform = ? and feed = ?",
            mine,
        ).fetchall()
    )
    if present == earlier:
        return
    gone, new = sorted(earlier - present), sorted(present - earlier)
    if gone:
        warehouse.connection.executemany(
            "delete from ledger.snapshot_part where platform = ? and feed = ? and snapshot_on = ? and delivery_id = ?",
            [[*mine, day, number] for day, _, number, _ in gone],
        )
    if new:
        warehouse.connection.executemany(
            "insert into ledger.snapshot_part values (?, ?, ?, ?, ?, ?)", [[*mine, *row] for row in new]
        )
    warehouse.note_changes([(feed, day) for day in sorted({day for day, *_ in (*gone, *new)})])


def accepted_files(warehouse: Warehouse, feed: Feed) -> Mapping[date, list[str]]:
    """The names of the accepted files of each business date."""
    found: dict[date, list[str]] = {}
    for day, _, name in _accepted(warehouse, feed):
        found.setdefault(day, []).append(name)
    return found


def newest_whole(warehouse: Warehouse, feed: Feed) -> date | None:
    """The newest business date with all its files."""
    days = accepted_files(warehouse, feed)
    return max((day for day, names in days.items() if is_whole(feed, day, names)), default=None)


def _accepted(warehouse: Warehouse, feed: Feed) -> list[tuple[date, int, str]]:
    return warehouse.connection.execute(
        "select business_date, delivery_id, file_name from ledger.delivery"
        " where state = 'loaded' and platform = ? and feed = ? order by all",
        [feed.platform, feed.name],
    ).fetchall()
