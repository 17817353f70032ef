"""What needs a person after a night: files that are held, rows that are rejected, feeds that are late, and the like.

Belongs here: finding it in the ledger, for the business dates that are still open. Does not belong here: the words
(`wording`), who is told and when (`telling`), checks of the loaded data (`intake.feed_checks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from pipelines.collecting import sources
from pipelines.contracts.model import Contract, Delivery, Feed, due_on
from pipelines.delivery import landing
from pipelines.districts import district
from pipelines.installation import House
from pipelines.intake import feed_checks, parts, treatments, worklist
from pipelines.intake.feed_checks import OPEN_DAYS
from pipelines.intake.treatments import Noted
from pipelines.publication import generations
from pipelines.warehouse.store import Warehouse

GRACE = timedelta(minutes=10)
# Values that refer to nothing known: a few are usual (a new grid), many are a register that was not delivered.
UNKNOWN_PERCENT = 5
# Fewer rows, rejected or with an unknown reference, are an everyday slip, whatever share of a small file they are.
LEAST_ROWS = 5
_OWNER_OF_SIHE = "data-engineering"


class Code(StrEnum):
    """The kinds of findings, the gravest first."""

    ACCOUNTS = "accounts"
    CONTRACT = "contract"
    KPI = "kpi"
    SOURCE = "source"
    CLEAR = "clear"
    TREATMENT = "treatment"
    HELD = "held"
    CLOSED = "closed"
    LATE = "late"
    MISSING = "missing"
    AWAITED = "awaited"
    REJECTED = "rejected"
    VOLUME = "volume"
    REFERENCES = "references"
    DRIFT = "drift"


@dataclass(frozen=True)
class Finding:
    """One thing to do. size: in the unit of its kind (files, days, rows, …), larger is worse. since: the day from which
    it is open, for `OPEN_DAYS`; null: forever. facts: what the words need. kpis: Chinese names of the KPIs that it
    costs."""

    code: Code
    about: str
    owner: str
    size: float
    day: date | None = None
    since: date | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    kpis: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same finding on another night has the same key."""
        return " ".join(filter(None, (self.code, self.about, f"{self.day or ''}")))


def collect(house: House, opened: Warehouse) -> list[Finding]:
    """All findings that are open now, the gravest kinds first. Demo data end: nothing of them is late."""
    now = house.settings.clock()
    broken = ((Code.CONTRACT, house.errors), (Code.KPI, house.registry.errors))
    found = [
        Finding(code, error.file.name, _OWNER_OF_SIHE, 1, facts=(("text", str(error)),))
        for code, errors in broken
        for error in errors
    ]
    if wrong := sources.load(house.settings.home).errors:
        facts = (("text", "；".join(map(str, wrong))),)
        found.append(Finding(Code.SOURCE, sources.FILE, _OWNER_OF_SIHE, len(wrong), facts=facts))
    if closed := worklist.closed(opened):
        found.append(Finding(Code.CLOSED, "inbox", _OWNER_OF_SIHE, len(closed), facts=(("names", tuple(closed)),)))
    late = {} if house.settings.is_demo else dict(late_feeds(opened, house.contracts, now))
    found += _awaited(house, opened, now)
    otherwise: dict[str, list[Noted]] = {}
    for one in treatments.noted(opened, house.contracts):
        is_new = one.at.date() > now.date() - timedelta(days=OPEN_DAYS)
        if is_new and (not one.is_treated or made_before(house, one)):
            otherwise.setdefault(one.feed, []).append(one)
    for contract in house.contracts:
        if not house.settings.is_demo:
            found += _of_missing_days(house, opened, contract, now)
        for feed in (one for one in contract.feeds if one.is_connected):
            kpis = tuple(one.kpi.zh for one in house.registry.standing_on(feed.id))
            found += _of_deliveries(opened, contract, feed, kpis, now)
            found += _of_checks(opened, contract, feed, kpis, now)
            found += [_of_treatment(contract, feed, one, kpis) for one in otherwise.get(feed.id, ())]
            if feed.id in late:
                found.append(_of_lateness(opened, contract, feed, kpis, late[feed.id]))
    return sorted(found, key=lambda one: (list(Code).index(one.code), one.about, one.day or date.min))


def late_feeds(warehouse: Warehouse, contracts: Sequence[Contract], now: datetime) -> list[tuple[str, str]]:
    """(feed id, business date) of every late feed: it has been delivered for a day before, and ten minutes after the
    contract's time it has no accepted delivery of the newest business date that is due. Unconnected feeds are never
    late."""
    now -= GRACE
    delivered: dict[tuple[str, str], dict[date, list[str]]] = {}
    rows = warehouse.connection.execute(
        "select platform, feed, business_date, file_name from ledger.delivery where state = 'loaded'"
    ).fetchall()
    for platform, feed, day, file_name in rows:
        delivered.setdefault((platform, feed), {}).setdefault(day, []).append(file_name)
    found = []
    for contract in contracts:
        due = due_on(contract, now)
        for feed in (one for one in contract.feeds if one.is_connected):
            days = delivered.get((feed.platform, feed.name), {})
            if days and min(days) <= due and not parts.is_whole(feed, due, days.get(due, [])):
                found.append((feed.id, due.isoformat()))
    return found


def _awaited(house: House, warehouse: Warehouse, now: datetime) -> Iterator[Finding]:
    """One for each platform with feeds that district.yaml says are connected, but that have never had an accepted
    delivery, although a business date is due that began after the installation's first delivery."""
    named = district.load(house.settings)
    if named is None or named.connected is None or house.settings.is_demo:
        return
    rows = warehouse.connection.execute(
        "select platform, feed, min(taken_at) from ledger.delivery where state = 'loaded' group by platform, feed"
    ).fetchall()
    if not rows:
        return
    began_on = min(at for *_, at in rows).date()
    came = {f"{platform}.{feed}" for platform, feed, _ in rows}
    for contract in house.contracts:
        feeds = [feed for feed in contract.feeds if feed.is_connected and feed.id not in came]
        if feeds and due_on(contract, now - GRACE) > began_on:
            costs = dict.fromkeys(one.kpi.zh for feed in feeds for one in house.registry.standing_on(feed.id))
            facts = (("title", contract.title), ("feeds", tuple(feed.title for feed in feeds)), ("since", began_on))
            yield Finding(Code.AWAITED, contract.platform, contract.owner, len(feeds), facts=facts, kpis=tuple(costs))


def _of_missing_days(house: House, opened: Warehouse, contract: Contract, now: datetime) -> Iterator[Finding]:
    """One for each open day that feeds of the platform have not delivered, although a later day came: nothing is late
    any more, and the day's rows are lacking. Of a register, the next snapshot says all; a held file is a finding."""
    first_open, due = now.date() - timedelta(days=OPEN_DAYS), due_on(contract, now - GRACE)
    open_days = [first_open + timedelta(days=n) for n in range((due - first_open).days + 1)]
    held = opened.connection.execute(
        "select distinct feed, business_date from ledger.delivery where platform = ? and state = 'held'",
        [contract.platform],
    ).fetchall()
    lacking: dict[date, list[tuple[Feed, tuple[str, ...]]]] = {}
    for feed in (one for one in contract.feeds if one.is_connected and one.delivery is not Delivery.SNAPSHOT):
        days = parts.accepted_files(opened, feed)
        whole = {day for day in open_days if parts.is_whole(feed, day, days.get(day, []))}
        for day in open_days if whole else ():
            names = days.get(day, [])
            if min(days) < day < max(whole) and day not in whole and (feed.name, day) not in held:
                lacking.setdefault(day, []).append((feed, parts.missing(feed, day, names) if names else ()))
    for day, feeds in sorted(lacking.items()):
        costs = dict.fromkeys(one.kpi.zh for feed, _ in feeds for one in house.registry.standing_on(feed.id))
        facts = (("title", contract.title), ("feeds", tuple((feed.title, missing) for feed, missing in feeds)))
        since = day + timedelta(days=1)
        yield Finding(Code.MISSING, contract.platform, contract.owner, len(feeds), day, since, facts, tuple(costs))


def _of_lateness(opened: Warehouse, contract: Contract, feed: Feed, kpis: tuple[str, ...], due: str) -> Finding:
    """The newest day is the newest before the one that is due: files of the day after it may have come. Of a feed that
    comes in several files, it is the newest that is complete; where none is, the day before the first delivery stands
    for it."""
    days = parts.accepted_files(opened, feed)
    due_day = date.fromisoformat(due)
    before = [day for day, names in days.items() if day < due_day and parts.is_whole(feed, day, names)]
    newest = max(before, default=None)
    lacking = parts.missing(feed, due_day, days[due_day]) if due_day in days else ()
    facts = (
        ("title", _title(contract, feed)), ("newest", newest), ("due", due), ("at", contract.available_at),
        ("lacking", lacking),
    )  # fmt: skip
    behind = (due_day - (newest or min(days) - timedelta(days=1))).days
    return Finding(Code.LATE, feed.id, contract.owner, behind, facts=facts, kpis=kpis)


def _of_deliveries(
    opened: Warehouse, contract: Contract, feed: Feed, kpis: tuple[str, ...], now: datetime
) -> Iterator[Finding]:
    """Held files that no later file of the same day has replaced; files of which too many rows are rejected."""
    rows = opened.connection.execute(
        """
        select business_date, state, file_name, reason, rows_counted, rows_rejected, received_at
        from ledger.delivery
        where platform = ? and feed = ? and business_date is not null and received_at > ?
            and state in ('loaded', 'held')
        order by received_at, file_name
        """,
        [feed.platform, feed.name, now - timedelta(days=OPEN_DAYS)],
    ).fetchall()
    newest = {(day, landing.part_of(feed, name)): at for day, state, name, *_, at in rows if state == "loaded"}
    held: dict[date, list[tuple[str, str]]] = {}
    since: dict[date, date] = {}
    title = ("title", _title(contract, feed))
    for day, state, file_name, reason, counted, rejected, received_at in rows:
        received_on = received_at.date()
        if state == "held":
            later = newest.get((day, landing.part_of(feed, file_name)))
            if later is None or later <= received_at:
                held.setdefault(day, []).append((file_name, reason or ""))
                since[day] = received_on
        elif rejected >= LEAST_ROWS and 100 * rejected > feed.most_rejected_percent * counted:
            facts = (title, ("file", file_name), ("counted", counted), ("limit", feed.most_rejected_percent))
            yield Finding(Code.REJECTED, feed.id, contract.owner, rejected, day, received_on, facts, kpis)
    for day, files in held.items():
        named = (title, ("files", tuple(files)))
        yield Finding(Code.HELD, feed.id, contract.owner, len(files), day, since[day], named, kpis)


def _of_checks(
    opened: Warehouse, contract: Contract, feed: Feed, kpis: tuple[str, ...], now: datetime
) -> Iterator[Finding]:
    """Open days on which a check of the loaded data found something."""
    codes = {
        feed_checks.ACCOUNTED: Code.ACCOUNTS,
        feed_checks.VOLUME: Code.VOLUME,
        feed_checks.REFERENCES: Code.REFERENCES,
        feed_checks.DRIFT: Code.DRIFT,
    }
    rows = opened.connection.execute(
        "select check_name, business_date, sum(observed), sum(expected), string_agg(detail, chr(10) order by detail)"
        " from ledger.check_result where platform = ? and feed = ? and business_date > ? and status <> 'pass'"
        " group by check_name, business_date order by business_date, check_name",
        [feed.platform, feed.name, now.date() - timedelta(days=OPEN_DAYS)],
    ).fetchall()
    for name, day, observed, expected, detail in rows:
        is_slip = observed < LEAST_ROWS or 100 * observed <= UNKNOWN_PERCENT * expected
        if name not in codes or (name == feed_checks.REFERENCES and is_slip):
            continue
        size = abs(observed - expected) if name == feed_checks.VOLUME else observed
        facts = (
            ("title", _title(contract, feed)), ("observed", observed), ("expected", expected), ("detail", detail),
        )  # fmt: skip
        yield Finding(codes[name], feed.id, contract.owner, size, day, day, facts, kpis)


def made_before(house: House, noted: Noted) -> list[str]:
    """The generations that were published before a column was treated otherwise, newest first."""
    return [one.name for one in generations.listed(house.settings.published) if one.built_at <= noted.at]


def _of_treatment(contract: Contract, feed: Feed, noted: Noted, kpis: tuple[str, ...]) -> Finding:
    """A contract that was corrected: what was stored before, and published. Who corrects contracts mends it."""
    code = Code.CLEAR if noted.is_treated else Code.TREATMENT
    facts = (
        ("title", _title(contract, feed)), ("columns", noted.columns), ("first", noted.first), ("last", noted.last),
    )  # fmt: skip
    return Finding(code, feed.id, _OWNER_OF_SIHE, noted.days, since=noted.at.date(), facts=facts, kpis=kpis)


def _title(contract: Contract, feed: Feed) -> str:
    return f"{contract.title}·{feed.title}"
