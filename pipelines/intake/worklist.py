"""Pending work of the intake: arrivals that the ledger lacks, and files of no feed.

Belongs here: pending work by feed and business date, business dates out of range, files of no feed. Does not belong
here: loading what is pending (`taking`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from pipelines.contracts.model import Feed
from pipelines.delivery import landing, privacy
from pipelines.delivery.landing import Arrival
from pipelines.intake.precedence import HELD, REJECTED
from pipelines.settings import FIRST_BUSINESS_DATE
from pipelines.warehouse.ledger import OUT_OF_RANGE, Line, entry_of
from pipelines.warehouse.store import Warehouse

CLOSED = "Sihe has no right to read it: give its user that right, by a group or an ACL; the next run takes it"


def date_out_of_range(day: date, today: date) -> str | None:
    """Why a business date is impossible: it has not begun yet, or it is earlier than any platform; null if it is
    valid."""
    if day > today:
        return f"{OUT_OF_RANGE}: {day} is in the future"
    if day < FIRST_BUSINESS_DATE:
        return f"{OUT_OF_RANGE}: {day} is before {FIRST_BUSINESS_DATE}"
    return None


def pending(
    arrivals: Iterable[Arrival],
    stamps: Mapping[tuple[str, str, str], str],
    today: date,
    first: date | None = None,
    last: date | None = None,
    feeds: Collection[Feed] | None = None,
) -> dict[str, dict[date, list[Arrival]]]:
    """What has not been loaded yet, by feed id and business date, from `first` to `last`; of these feeds, or of all."""
    found: dict[str, dict[date, list[Arrival]]] = {}
    for arrival in arrivals:
        day = arrival.business_date
        if day is None or date_out_of_range(day, today) or (first and day < first) or (last and day > last):
            continue
        if arrival.is_closed:
            continue
        for feed in arrival.feeds:
            is_wanted = feeds is None or feed in feeds
            if is_wanted and stamps.get((feed.id, arrival.folder, arrival.file_name)) != arrival.stamp:
                found.setdefault(feed.id, {}).setdefault(day, []).append(arrival)
    return found


def add_known(
    found: dict[str, dict[date, list[Arrival]]], feeds: Sequence[Feed], warehouse: Warehouse, days: Sequence[date]
) -> None:
    """Adds every feed-day of the ledger to the result of `pending`, to load it again from the archive."""
    for feed in feeds:
        for line in warehouse.lines(feed.id, days):
            if line.business_date is not None:
                found.setdefault(feed.id, {}).setdefault(line.business_date, [])


def take_strays(
    arrivals: Sequence[Arrival], warehouse: Warehouse, now: datetime, closed_folders: Sequence[str] = ()
) -> list[Line]:
    """Ledger lines, once each, for files that no feed can load: an unknown name, or an impossible date. Files and
    folders that this user may not read have no lines, because nobody knows their bytes; `ledger.closed_file` has them
    as long as they are closed.

    They are not archived, and only their hash is read. A date in the future may become due.
    """
    new: list[Line] = []
    strays = list(_strays(arrivals, warehouse.stamps([""]), now.date()))
    known = {(line.folder, line.file_name, line.sha256) for line in warehouse.lines()} if strays else set()
    seen: list[tuple[str, str, str, str, str]] = []
    for arrival, feed, reason in strays:
        if arrival.is_closed:
            seen.append((*_seen_as(arrival), arrival.stamp, ""))
            continue
        try:
            sha256 = landing.sha256_of(arrival.path)
        except OSError:
            continue
        name = arrival.file_name if feed else privacy.redact_name(arrival.file_name)
        if (arrival.folder, name, sha256) not in known:
            (number,) = warehouse.next_delivery_ids(1)
            line = replace(new_line(arrival, sha256, feed, now), delivery_id=number, file_name=name)
            new.append(replace(line, state=HELD if feed else REJECTED, reason=reason))
        seen.append((*_seen_as(arrival), arrival.stamp, sha256))
    with warehouse.transaction([entry_of(line) for line in new]):
        _note_closed(arrivals, closed_folders, warehouse)
        warehouse.note_seen(seen)
        warehouse.write_lines(new)
        if new:
            warehouse.note_unbuilt()
    return new


def _note_closed(arrivals: Iterable[Arrival], folders: Sequence[str], warehouse: Warehouse) -> None:
    warehouse.connection.execute("delete from ledger.closed_file")
    rows: list[list[object]] = [[None, None, None, folder, ""] for folder in folders]
    for arrival in (one for one in arrivals if one.is_closed):
        name = arrival.file_name if arrival.feeds else privacy.redact_name(arrival.file_name)
        for feed in arrival.feeds or (None,):
            owner = (feed.platform, feed.name) if feed else (None, None)
            rows.append([*owner, arrival.business_date, arrival.folder, name])
    if rows:
        warehouse.connection.executemany("insert into ledger.closed_file values (?, ?, ?, ?, ?)", rows)


def closed(warehouse: Warehouse) -> list[str]:
    """The files and folders of the inbox that could not be read when it was last looked through."""
    rows = warehouse.connection.execute(
        "select distinct folder, file_name from ledger.closed_file order by all"
    ).fetchall()
    return [f"{folder}/{name}".lstrip("/") for folder, name in rows]


def are_unseen(arrivals: Iterable[Arrival], stamps: Mapping[tuple[str, str, str], str], today: date) -> bool:
    """Whether there is a file that no feed can load and that is not in the ledger yet."""
    return any(True for _ in _strays(arrivals, stamps, today))


def _strays(
    arrivals: Iterable[Arrival], stamps: Mapping[tuple[str, str, str], str], today: date
) -> Iterator[tuple[Arrival, Feed | None, str]]:
    """The files that no feed can load and that are not in the ledger yet, once for each feed with such names, and
    why."""
    for arrival in arrivals:
        feeds: Sequence[Feed | None] = [None]
        reason: str | None = "no feed has files of this name"
        if arrival.is_closed:
            reason = CLOSED
        elif arrival.business_date is not None:
            feeds, reason = arrival.feeds, date_out_of_range(arrival.business_date, today)
        if reason and stamps.get(_seen_as(arrival)) != arrival.stamp:
            yield from ((arrival, feed, reason) for feed in feeds)


def _seen_as(arrival: Arrival) -> tuple[str, str, str]:
    """The key under which a file that no feed can load is remembered. If a number was redacted from the name, the stamp
    keeps the key unique."""
    shown = privacy.redact_name(arrival.file_name)
    return "", arrival.folder, shown if shown == arrival.file_name else f"{shown} {arrival.stamp}"


def new_line(arrival: Arrival, sha256: str, feed: Feed | None, now: datetime) -> Line:
    """A line without a number yet: the warehouse assigns it when the line is written."""
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
