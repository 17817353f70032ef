"""Every published KPI once more, in plain Python, straight from the words of its definition.

Belongs here: what a KPI counts, written a second time and differently from the dbt project (row by row and day by
day, no SQL, no registry), so that a mistake in either shows as a difference. Does not belong here: reading files or
databases, comparing, asserting. Rows come in as mappings with the warehouse's column names: those of the deliveries in
force (`raw`), and the ledger's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
Key = tuple[str, str, str, date]
"""kpi_id, org_level, org_code, day"""

LEVELS = {6: "district", 9: "street", 12: "community"}
DAY = timedelta(days=1)
THIRTY_DAYS = timedelta(hours=30 * 24)
FACTORS = {"overdue_open_per_1k": 1000, "events_per_1k": 1000, "event_close_hours": 1}
"""Everything else is a percentage."""


@dataclass(frozen=True)
class Cell:
    """One published number, exact."""

    numerator: Fraction
    denominator: Fraction
    value: Fraction | None


@dataclass(frozen=True)
class Flow:
    """A KPI whose rows belong to one day each; `amount` is what a row adds to the numerator."""

    day: Callable[[Row], date | None]
    in_denominator: Callable[[Row], bool]
    in_numerator: Callable[[Row], bool]
    amount: Callable[[Row], Fraction] = lambda event: Fraction(1)


def is_countable(event: Row) -> bool:
    return event["status"] != "void" and event["is_excluded"] is False


def is_closed(event: Row) -> bool:
    return is_countable(event) and event["closed_at"] is not None


def is_within(event: Row, start: str, end: str, limit: timedelta) -> bool:
    """A negative difference is within a limit, an empty end is not."""
    return event[end] is not None and event[end] - event[start] <= limit


def date_of(column: str, plus_days: int = 0) -> Callable[[Row], date | None]:
    def day(event: Row) -> date | None:
        moment: datetime | None = event[column]
        return None if moment is None else moment.date() + plus_days * DAY

    return day


def is_on_time(event: Row) -> bool:
    return event["closed_at"] is not None and event["closed_at"] <= event["due_at"]


def on_time_rate(category: str | None) -> Flow:
    return Flow(
        date_of("due_at"),
        lambda e: is_countable(e) and e["due_at"] is not None and category in (None, e["category"]),
        is_on_time,
    )


def share_of_reported(condition: Callable[[Row], bool]) -> Flow:
    return Flow(date_of("reported_at"), is_countable, condition)


def share_of_closed(condition: Callable[[Row], bool]) -> Flow:
    return Flow(date_of("closed_at"), is_closed, condition)


def hours_to_close(event: Row) -> Fraction:
    return Fraction((event["closed_at"] - event["reported_at"]) // timedelta(microseconds=1), 3_600_000_000)


def event_flows(events: Iterable[Row]) -> dict[str, Flow]:
    """The flows over events; `events` are all current ones, since repeats and recurrences look at each other."""
    places: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in events:
        if is_countable(event) and event["grid_code"] is not None:
            places[event["grid_code"], event["subcategory"]].append(event)

    def others(event: Row) -> list[Row]:
        return [o for o in places[event["grid_code"], event["subcategory"]] if o["event_id"] != event["event_id"]]

    def is_repeat(event: Row) -> bool:
        reported = event["reported_at"]
        return any(
            o["closed_at"] is not None and reported - THIRTY_DAYS <= o["closed_at"] < reported for o in others(event)
        )

    def is_recurring(event: Row) -> bool:
        closed = event["closed_at"]
        return any(closed < o["reported_at"] <= closed + THIRTY_DAYS for o in others(event))

    return {
        "event_on_time_close_rate": on_time_rate(None),
        "env_event_on_time_rate": on_time_rate("environment"),
        "property_event_on_time_rate": on_time_rate("property"),
        "event_close_hours": Flow(
            date_of("closed_at"),
            lambda e: is_closed(e) and e["closed_at"] >= e["reported_at"],
            lambda e: True,
            hours_to_close,
        ),
        "urgent_dispatch_2h_rate": Flow(
            date_of("reported_at"),
            lambda e: is_countable(e) and e["urgency"] in ("urgent", "critical"),
            lambda e: is_within(e, "reported_at", "dispatched_at", timedelta(hours=2)),
        ),
        "event_rework_rate": share_of_closed(lambda e: e["rework_count"] >= 1),
        "instant_close_rate": share_of_closed(
            lambda e: is_within(e, "reported_at", "closed_at", timedelta(minutes=10))
        ),
        "community_level_close_share": share_of_closed(lambda e: e["level"] == "community"),
        "closure_satisfaction_rate": Flow(
            date_of("closed_at"),
            lambda e: is_closed(e) and e["follow_up"] in ("satisfied", "fairly_satisfied", "dissatisfied"),
            lambda e: e["follow_up"] != "dissatisfied",
        ),
        "event_repeat_rate": Flow(
            date_of("reported_at"), lambda e: is_countable(e) and e["grid_code"] is not None, is_repeat
        ),
        "env_recurrence_30d_rate": Flow(
            date_of("closed_at", 30),
            lambda e: is_closed(e) and e["category"] == "environment" and e["grid_code"] is not None,
            is_recurring,
        ),
        "dispute_resolved_30d_rate": Flow(
            date_of("reported_at", 30),
            lambda e: is_countable(e) and e["category"] == "dispute",
            lambda e: is_within(e, "reported_at", "closed_at", THIRTY_DAYS),
        ),
        "snap_share": share_of_reported(lambda e: e["source"] == "snap_report"),
        "proactive_discovery_share": share_of_reported(lambda e: e["source"] in ("grid_patrol", "home_visit")),
        "excluded_share": Flow(
            date_of("reported_at"), lambda e: e["status"] != "void", lambda e: e["is_excluded"] is True
        ),
    }


def current_rows(rows: Iterable[Row], key: str) -> list[Row]:
    """Of a `changes` feed: the greatest updated_at, then the later business date, then the later row."""
    newest: dict[str, Row] = {}
    for row in rows:
        rank = (row["updated_at"], row["_business_date"], row["_row_number"])
        held = newest.get(row[key])
        if held is None or rank > (held["updated_at"], held["_business_date"], held["_row_number"]):
            newest[row[key]] = row
    return list(newest.values())


def published_days(deliveries: Iterable[Row]) -> list[date]:
    """From the first to the newest business date of a delivery in force; a file without rows counts."""
    dates = [d["business_date"] for d in deliveries if d["state"] == "loaded"]
    return [min(dates) + n * DAY for n in range((max(dates) - min(dates)).days + 1)] if dates else []


def registers(
    communities: Iterable[Row], deliveries: Iterable[Row], days: Iterable[date]
) -> dict[date, dict[str, int]]:
    """Households of each community by day: the newest snapshot up to the day, before the first the first."""
    snapshots: dict[date, dict[str, int]] = {
        d["business_date"]: {}
        for d in deliveries
        if (d["platform"], d["feed"], d["state"]) == ("smart_community", "community", "loaded")
    }
    for row in communities:
        snapshots[row["_business_date"]][row["community_code"]] = row["households"]
    if not snapshots:
        return {day: {} for day in days}
    return {day: snapshots[max((s for s in snapshots if s <= day), default=min(snapshots))] for day in days}


def is_overdue_open(event: Row, day: date) -> bool:
    end = datetime.combine(day + DAY, time())
    return (
        is_countable(event)
        and event["due_at"] is not None
        and event["due_at"] < end
        and event["reported_at"] < end
        and (event["closed_at"] is None or event["closed_at"] >= end)
    )


def was_reported_within(event: Row, day: date, days: int) -> bool:
    return is_countable(event) and day - (days - 1) * DAY <= event["reported_at"].date() <= day


def feed_was_on_time(deliveries: Iterable[Row], available_at: str) -> bool:
    """Whether one accepted delivery of this feed and day came by the hour on the day after."""
    hour = time.fromisoformat(available_at)
    return any(
        d["state"] in ("loaded", "superseded") and d["received_at"] <= datetime.combine(d["business_date"] + DAY, hour)
        for d in deliveries
    )


def recompute(
    events: Iterable[Row], communities: Iterable[Row], deliveries: Iterable[Row], feeds: Iterable[Row]
) -> dict[Key, Cell]:
    """All KPIs of events, register and ledger, at every level, on every day."""
    events, communities, deliveries, feeds = list(events), list(communities), list(deliveries), list(feeds)
    days = published_days(deliveries)
    is_published = frozenset(days).__contains__
    known = {row["community_code"] for row in communities}
    current = current_rows(events, "event_id")
    counted = [e for e in current if e["community_code"] in known]
    sums: dict[Key, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])

    def add(kpi_id: str, org_code: str, day: date, numerator: Fraction | int, denominator: Fraction | int) -> None:
        for length, level in LEVELS.items():
            if length <= len(org_code):
                pair = sums[kpi_id, level, org_code[:length], day]
                pair[0] += numerator
                pair[1] += denominator

    for kpi_id, flow in event_flows(current).items():
        for event in counted:
            day = flow.day(event)
            if day is not None and is_published(day) and flow.in_denominator(event):
                amount = flow.amount(event) if flow.in_numerator(event) else 0
                add(kpi_id, event["community_code"], day, amount, 1)

    for day, households in registers(communities, deliveries, days).items():
        for community_code, count in households.items():
            add("overdue_open_per_1k", community_code, day, 0, count)
            add("events_per_1k", community_code, day, 0, count)
        for event in counted:
            if is_overdue_open(event, day):
                add("overdue_open_per_1k", event["community_code"], day, 1, 0)
            if was_reported_within(event, day, 30):
                add("events_per_1k", event["community_code"], day, 1, 0)

    by_feed_day: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    for delivery in deliveries:
        by_feed_day[delivery["platform"], delivery["feed"], delivery["business_date"]].append(delivery)
    for district in {code[:6] for code in known}:
        for day in days:
            for feed in feeds:
                came = by_feed_day[feed["platform"], feed["feed"], day]
                add("feed_on_time_rate", district, day, feed_was_on_time(came, feed["available_at"]), 1)
                for delivery in came:
                    if delivery["state"] == "loaded":
                        accepted = delivery["rows_loaded"] + delivery["rows_duplicate"]
                        add("row_acceptance_rate", district, day, accepted, delivery["rows_counted"])

    stocks = ("overdue_open_per_1k", "events_per_1k")
    return {
        key: Cell(numerator, denominator, numerator / denominator * FACTORS.get(key[0], 100) if denominator else None)
        for key, (numerator, denominator) in sums.items()
        if key[0] in stocks or numerator or denominator
    }
