"""Every published KPI computed again, in plain Python, from the words of its definition.

Belongs here: what each KPI counts, written a second time and in a different way from the dbt project (row by row and
day by day, no SQL), so that a mistake in either shows as a difference. Does not belong here: reading files or databases
(`oracle`), comparing (`compare`), asserting.

A function is a KPI and its name is the KPI's id. A flow yields (org, day, numerator, denominator) per row; a stock or a
window yields (org, numerator, denominator) for one day. An org is a 12-digit community or a 9-digit street.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from statistics import median
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Key = tuple[str, str, str, date]
"""kpi_id, org_level, org_code, day"""
Number = int | Fraction
Flow = Iterator[tuple[str, date, Number, Number]]
Stock = Iterator[tuple[str, Number, Number]]
Test = Callable[[Row], bool]

LEVELS = {6: "district", 9: "street", 12: "community"}
FACTORS = {"percent": 100, "per_1000": 1000}
EARTH_RADIUS_M = 6371008.8
GRID_WORKERS = ("full_time_grid_worker", "part_time_grid_worker")
GRID_PARTY_ORGS = ("grid_branch", "building_group")

EVENTS = "command_centre.event"
MOVEMENTS = "command_centre.event_flow"
ORDERS = "command_centre.hotline_order"
INSPECTIONS = "command_centre.hazard_inspection"
VISITS = "home_visit.visit"
REPORTS = "snap_report.report"
COMMUNITIES = "smart_community.community"
AREAS = "smart_community.residential_area"
BUILDINGS = "smart_community.building"
GRIDS = "smart_community.grid"
WORKERS = "smart_community.grid_worker"
PARTY_ORGS = "smart_community.party_org"
CARE = "smart_community.care_household"
POINTS = "service_centre.service_point"
CASES = "service_centre.service_case"
SHIFTS = "service_centre.duty_shift"
TEAMS = "volunteer.volunteer_team"
VOLUNTEERS = "volunteer.volunteer"
ACTIVITIES = "volunteer.activity"
LOGS = "volunteer.service_log"
POINTS_BOOK = "volunteer.points_txn"
COMPANIES = "property_selfgov.property_company"
REVIEWS = "property_selfgov.four_link_review"
GROUPS = "property_selfgov.selfgov_group"
PROJECTS = "property_selfgov.project"
SURVEYS = "property_selfgov.satisfaction_survey"
MEETINGS = "co_building.joint_meeting"
RESOLUTIONS = "co_building.meeting_resolution"
SUGGESTIONS = "co_building.suggestion"
COVENANTS = "co_building.covenant"
COMMITMENTS = "co_building.alliance_commitment"
FUND = "co_building.fund_txn"


class Cell(NamedTuple):
    """One published number, exact; a count has no denominator, a rate with denominator 0 has no value."""

    numerator: Fraction
    denominator: Fraction | None
    value: Fraction | None


class Delivery(NamedTuple):
    """One accepted delivery of a feed: when it came, whether it is in force, and the outcome of its rows."""

    feed: str
    business_date: date
    received_at: datetime
    in_force: bool
    rows_counted: int
    rows_accepted: int


def days(number: int) -> timedelta:
    return timedelta(days=number)


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@dataclass(frozen=True)
class Exports:
    """The content of the deliveries in force.

    rows       feed → its current rows (`changes`), or the rows of all dates (`append`)
    registers  feed → date → the rows of that date's snapshot
    hours      feed → the hour by which it is promised
    """

    rows: Mapping[str, Sequence[Row]]
    registers: Mapping[str, Mapping[date, Sequence[Row]]]
    deliveries: Sequence[Delivery]
    hours: Mapping[str, time]

    @cached_property
    def days(self) -> list[date]:
        loaded = [delivery.business_date for delivery in self.deliveries if delivery.in_force]
        return [min(loaded) + days(n) for n in range((max(loaded) - min(loaded)).days + 1)] if loaded else []

    @cached_property
    def known(self) -> frozenset[str]:
        """Every community that was in some snapshot of the register."""
        snapshots = self.registers.get(COMMUNITIES, {}).values()
        return frozenset(row["community_code"] for rows in snapshots for row in rows)

    def org(self, row: Row) -> str | None:
        """The org of a row by its own codes; None if the register never had its community."""
        own = row.get("community_code") or (row.get("grid_code") or row.get("area_code") or "")[:12]
        if own:
            return own if own in self.known else None
        street: str = row["street_code"]
        return street

    @cached_property
    def _current(self) -> dict[str, list[tuple[str, Row]]]:
        with_codes = [feed for feed in self.rows if feed not in (MOVEMENTS, CASES, SHIFTS, LOGS, RESOLUTIONS)]
        return {feed: [(o, row) for row in self.rows[feed] if (o := self.org(row))] for feed in with_codes}

    def current(self, feed: str) -> list[tuple[str, Row]]:
        """(org, row) of every row of a feed with its own codes, without those of unknown communities."""
        return self._current.get(feed, [])

    def snapshot(self, feed: str, day: date) -> Sequence[Row]:
        """The newest snapshot up to the day, complete; before the first snapshot, the first one."""
        dates = self.registers.get(feed, {})
        if not dates:
            return []
        return dates[max((taken for taken in dates if taken <= day), default=min(dates))]

    def register(self, feed: str, day: date) -> list[tuple[str, Row]]:
        """(org, row) of a register as of a day, without the rows of unknown communities."""
        return [(o, row) for row in self.snapshot(feed, day) if (o := self.org(row))]

    def is_heard(self, row: Row) -> bool:
        """Whether a row may affect other rows: a row of an unknown community is in no KPI and in no part of one."""
        return self.org(row) is not None

    def others(self, feed: str) -> list[Row]:
        """The rows of a feed that may make other rows count, in any place."""
        return [row for row in self.rows.get(feed, []) if self.is_heard(row)]

    def others_in(self, feed: str, day: date) -> list[Row]:
        """The rows of a register as of a day that may make other rows count, in any place."""
        return [row for row in self.snapshot(feed, day) if self.is_heard(row)]

    @cached_property
    def _referred(self) -> dict[tuple[str, str], Row]:
        keys = {EVENTS: "event_id", ACTIVITIES: "activity_id", MEETINGS: "meeting_id"}
        return {(feed, row[key]): row for feed, key in keys.items() for row in self.rows.get(feed, [])}

    def referred(self, feed: str, key: str | None) -> Row | None:
        """The current event, activity or meeting that a row names, of any community."""
        return self._referred.get((feed, key)) if key is not None else None

    def of_reference(self, feed: str, key: str) -> tuple[str, Row] | None:
        """(org, row) of the object that gives a row its org; None if there is none or its community is unknown."""
        row = self.referred(feed, key)
        org = None if row is None else self.org(row)
        return None if row is None or org is None else (org, row)

    def org_of_point(self, point_code: str, day: date) -> str | None:
        """A service point's community as of the day, else in the newest snapshot that has the point."""
        newest_first = [self.registers[POINTS][taken] for taken in sorted(self.registers.get(POINTS, {}), reverse=True)]
        for rows in [self.snapshot(POINTS, day), *newest_first]:
            for row in rows:
                if row["point_code"] == point_code:
                    return self.org(row)
        return None


FLOWS: dict[str, tuple[str, Callable[[Exports], Flow]]] = {}
STOCKS: dict[str, tuple[str, Callable[[Exports, date], Stock]]] = {}
"""KPI → (unit, its function); windows are among the stocks: both are evaluated on a day."""


def flow(unit: str) -> Callable[[Callable[[Exports], Flow]], Callable[[Exports], Flow]]:
    def register(kpi: Callable[[Exports], Flow]) -> Callable[[Exports], Flow]:
        FLOWS[kpi.__name__] = (unit, kpi)
        return kpi

    return register


def stock(unit: str) -> Callable[[Callable[[Exports, date], Stock]], Callable[[Exports, date], Stock]]:
    def register(kpi: Callable[[Exports, date], Stock]) -> Callable[[Exports, date], Stock]:
        STOCKS[kpi.__name__] = (unit, kpi)
        return kpi

    return register


# ---------------------------------------------------------------- words that many definitions use


def grouped(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """The rows grouped by a column, for rules that compare rows of one group."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def is_countable(event: Row) -> bool:
    return event["status"] != "void" and event["is_excluded"] is False


def is_closed(event: Row) -> bool:
    return event["closed_at"] is not None


def is_valid_visit(visit: Row) -> bool:
    ended = visit["ended_at"]
    return visit["on_site"] is True and ended is not None and ended - visit["started_at"] >= minutes(3)


def is_verified(log: Row) -> bool:
    """As defined by volunteer_hours_verified_rate."""
    out = log["checked_out_at"]
    return (
        log["on_site"] is True
        and out is not None
        and log["entered_at"] >= out
        and log["credited_hours"] <= 8
        and log["credited_hours"] <= in_hours(out - log["checked_in_at"]) + Fraction(1, 2)
    )


def is_within(row: Row, start: str, end: str, limit: timedelta) -> bool:
    """A negative difference is within a limit, a missing end is not."""
    return row[end] is not None and row[end] - row[start] <= limit


def is_by(row: Row, done: str, due: str) -> bool:
    """Done at or before its due time."""
    return row[done] is not None and row[done] <= row[due]


def is_open_on(row: Row, started: str, ended: str, day: date) -> bool:
    return row[started] <= day and (row[ended] is None or row[ended] > day)


def is_in_window(moment: datetime, day: date, length: int) -> bool:
    return day - days(length - 1) <= moment.date() <= day


def end_of(day: date) -> datetime:
    return datetime.combine(day + days(1), time())


def in_hours(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 3_600_000_000)


def minutes_of(span: timedelta) -> Fraction:
    """If the end is before the beginning, there are no minutes."""
    return max(in_hours(span) * 60, Fraction(0))


def events(x: Exports) -> list[tuple[str, Row]]:
    """The countable ones."""
    return [(org, event) for org, event in x.current(EVENTS) if is_countable(event)]


def closed_events(x: Exports) -> list[tuple[str, Row]]:
    return [(org, event) for org, event in events(x) if is_closed(event)]


def share(
    rows: Iterable[tuple[str, Row]], of: Test, hit: Test, day_column: str, plus: timedelta = timedelta(0)
) -> Flow:
    """The rows `of` that have a day, and how many of them are `hit`."""
    for org, row in rows:
        given = row[day_column]
        if given is not None and of(row):
            day = given.date() if isinstance(given, datetime) else given
            yield org, day + plus, int(hit(row)), 1


def households(x: Exports, day: date) -> Stock:
    """The households of the communities as of the day, as a denominator."""
    for org, community in x.register(COMMUNITIES, day):
        yield org, 0, community["households"]


# ---------------------------------------------------------------- events


def on_time(x: Exports, *categories: str) -> Flow:
    rows = [(org, event) for org, event in events(x) if not categories or event["category"] in categories]
    return share(rows, lambda e: True, lambda e: is_by(e, "closed_at", "due_at"), "due_at")


@flow("percent")
def event_on_time_close_rate(x: Exports) -> Flow:
    return on_time(x)


@flow("percent")
def env_event_on_time_rate(x: Exports) -> Flow:
    return on_time(x, "environment")


@flow("percent")
def property_event_on_time_rate(x: Exports) -> Flow:
    return on_time(x, "property")


@flow("hours")
def event_close_hours(x: Exports) -> Flow:
    for org, event in closed_events(x):
        if event["closed_at"] >= event["reported_at"]:
            yield org, event["closed_at"].date(), in_hours(event["closed_at"] - event["reported_at"]), 1


@flow("percent")
def urgent_dispatch_2h_rate(x: Exports) -> Flow:
    return share(
        events(x),
        lambda e: e["urgency"] in ("urgent", "critical"),
        lambda e: is_within(e, "reported_at", "dispatched_at", hours(2)),
        "reported_at",
    )


@stock("per_1000")
def overdue_open_per_1k(x: Exports, day: date) -> Stock:
    yield from households(x, day)
    end = end_of(day)
    for org, event in events(x):
        due, closed = event["due_at"], event["closed_at"]
        # An event closed exactly at the end of D is still open on D.
        if due is not None and due < end and event["reported_at"] < end and (closed is None or closed >= end):
            yield org, 1, 0


@flow("percent")
def event_rework_rate(x: Exports) -> Flow:
    return share(events(x), is_closed, lambda e: e["rework_count"] >= 1, "closed_at")


def by_place(x: Exports) -> dict[tuple[str, str], list[Row]]:
    """The countable events of a grid and a subcategory."""
    places: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in x.others(EVENTS):
        if is_countable(event):
            places[event["grid_code"], event["subcategory"]].append(event)
    return places


@flow("percent")
def event_repeat_rate(x: Exports) -> Flow:
    places = by_place(x)

    def is_repeat(event: Row) -> bool:
        reported = event["reported_at"]
        return any(
            other["event_id"] != event["event_id"]
            and is_closed(other)
            and reported - days(30) <= other["closed_at"] < reported
            for other in places[event["grid_code"], event["subcategory"]]
        )

    return share(events(x), lambda e: e["grid_code"] is not None, is_repeat, "reported_at")


@flow("percent")
def env_recurrence_30d_rate(x: Exports) -> Flow:
    places = by_place(x)

    def is_back(event: Row) -> bool:
        closed = event["closed_at"]
        return any(
            other["event_id"] != event["event_id"] and closed < other["reported_at"] <= closed + days(30)
            for other in places[event["grid_code"], event["subcategory"]]
        )

    return share(
        events(x),
        lambda e: e["category"] == "environment" and is_closed(e) and e["grid_code"] is not None,
        is_back,
        "closed_at",
        days(30),
    )


@flow("percent")
def dispute_resolved_30d_rate(x: Exports) -> Flow:
    return share(
        events(x),
        lambda e: e["category"] == "dispute",
        lambda e: is_within(e, "reported_at", "closed_at", days(30)),
        "reported_at",
        days(30),
    )


@flow("percent")
def escalation_ack_4h_rate(x: Exports) -> Flow:
    movements = x.rows.get(MOVEMENTS, [])
    of_event = grouped(movements, "event_id")
    for row in movements:
        found = x.of_reference(EVENTS, row["event_id"])
        if row["action"] != "escalate" or found is None or not is_countable(found[1]):
            continue
        acknowledged = any(
            other["action"] == "acknowledge"
            and other["step"] > row["step"]
            and hours(0) <= other["acted_at"] - row["acted_at"] <= hours(4)
            for other in of_event[row["event_id"]]
        )
        yield found[0], row["acted_at"].date(), int(acknowledged), 1


@flow("percent")
def closure_satisfaction_rate(x: Exports) -> Flow:
    return share(
        events(x),
        lambda e: is_closed(e) and e["follow_up"] in ("satisfied", "fairly_satisfied", "dissatisfied"),
        lambda e: e["follow_up"] in ("satisfied", "fairly_satisfied"),
        "closed_at",
    )


@flow("percent")
def instant_close_rate(x: Exports) -> Flow:
    return share(events(x), is_closed, lambda e: is_within(e, "reported_at", "closed_at", minutes(10)), "closed_at")


@flow("percent")
def cross_platform_gap_rate(x: Exports) -> Flow:
    """Searches all events, including those of unknown communities, as its definition says."""
    loaded = {event["event_id"] for event in x.rows.get(EVENTS, [])}
    for feed, moment in ((VISITS, "started_at"), (REPORTS, "reported_at")):
        yield from share(
            x.current(feed), lambda r: r["event_id"] is not None, lambda r: r["event_id"] not in loaded, moment
        )


@stock("per_1000")
def events_per_1k(x: Exports, day: date) -> Stock:
    yield from households(x, day)
    for org, event in events(x):
        if is_in_window(event["reported_at"], day, 30):
            yield org, 1, 0


@flow("percent")
def snap_share(x: Exports) -> Flow:
    return share(events(x), lambda e: True, lambda e: e["source"] == "snap_report", "reported_at")


@flow("percent")
def proactive_discovery_share(x: Exports) -> Flow:
    return share(events(x), lambda e: True, lambda e: e["source"] in ("grid_patrol", "home_visit"), "reported_at")


@flow("percent")
def community_level_close_share(x: Exports) -> Flow:
    return share(events(x), is_closed, lambda e: e["level"] == "community", "closed_at")


@flow("percent")
def excluded_share(x: Exports) -> Flow:
    return share(x.current(EVENTS), lambda e: e["status"] != "void", lambda e: e["is_excluded"] is True, "reported_at")


# ---------------------------------------------------------------- hazards, visits, reports, orders


@flow("percent")
def hazard_fix_on_time_rate(x: Exports) -> Flow:
    return share(
        x.current(INSPECTIONS),
        lambda i: i["hazard_level"] != "none",
        lambda i: is_by(i, "rectified_on", "rectify_due_on"),
        "rectify_due_on",
    )


@stock("percent")
def hazard_inspection_coverage(x: Exports, day: date) -> Stock:
    inspected = {i["grid_code"] for i in x.others(INSPECTIONS) if is_in_window(i["inspected_at"], day, 30)}
    for org, grid in x.register(GRIDS, day):
        yield org, int(grid["grid_code"] in inspected), 1


def visited_households(x: Exports, day: date, length: int, of: Test) -> Stock:
    yield from households(x, day)
    visited = {
        (org, visit["household_id"])
        for org, visit in x.current(VISITS)
        if is_valid_visit(visit) and of(visit) and is_in_window(visit["started_at"], day, length)
    }
    for org, _ in visited:
        yield org, 1, 0


@stock("percent")
def visit_coverage_180d(x: Exports, day: date) -> Stock:
    return visited_households(x, day, 180, lambda v: True)


@stock("percent")
def policy_reach_90d(x: Exports, day: date) -> Stock:
    return visited_households(x, day, 90, lambda v: bool(v["visit_type"] == "policy_publicity"))


@stock("percent")
def care_visit_on_schedule_rate(x: Exports, day: date) -> Stock:
    of_household = grouped(x.others(VISITS), "household_id")
    for org, household in x.register(CARE, day):
        every = household["visit_every_days"]
        if household["registered_on"] <= day - days(every):
            visited = any(
                is_valid_visit(visit) and is_in_window(visit["started_at"], day, every)
                for visit in of_household.get(household["household_id"], ())
            )
            yield org, int(visited), 1


def turned_into_event(x: Exports, visit: Row, moment: str, limit: timedelta) -> bool:
    """Whether the visit's event, countable or not, has the moment by the limit after the visit began."""
    event = x.referred(EVENTS, visit["event_id"])
    if event is None or not x.is_heard(event) or event[moment] is None:
        return False
    return bool(event[moment] <= visit["started_at"] + limit)


@flow("percent")
def visit_need_resolved_15d_rate(x: Exports) -> Flow:
    return share(
        x.current(VISITS),
        lambda v: v["problems_found"] > 0,
        lambda v: turned_into_event(x, v, "closed_at", days(15)),
        "started_at",
        days(15),
    )


@flow("percent")
def sentiment_to_action_7d_rate(x: Exports) -> Flow:
    return share(
        x.current(VISITS),
        lambda v: v["visit_type"] == "sentiment" and v["problems_found"] > 0,
        lambda v: turned_into_event(x, v, "accepted_at", days(7)),
        "started_at",
        days(7),
    )


@flow("percent")
def snap_feedback_24h_rate(x: Exports) -> Flow:
    return share(
        x.current(REPORTS),
        lambda r: r["status"] != "merged",
        lambda r: is_within(r, "reported_at", "replied_at", hours(24)),
        "reported_at",
    )


@flow("percent")
def hotline_response_rate(x: Exports) -> Flow:
    return share(
        x.current(ORDERS),
        lambda o: True,
        lambda o: is_by(o, "first_contact_at", "contact_due_at"),
        "contact_due_at",
    )


@flow("percent")
def hotline_resolution_rate(x: Exports) -> Flow:
    return share(
        x.current(ORDERS), lambda o: o["is_resolved"] is not None, lambda o: o["is_resolved"] is True, "called_back_at"
    )


@flow("percent")
def hotline_satisfaction_rate(x: Exports) -> Flow:
    return share(
        x.current(ORDERS),
        lambda o: o["satisfaction"] is not None,
        lambda o: o["satisfaction"] in ("satisfied", "fairly_satisfied"),
        "called_back_at",
    )


@flow("percent")
def hotline_repeat_rate(x: Exports) -> Flow:
    orders = x.others(ORDERS)

    def is_repeat(order: Row) -> bool:
        received = order["received_at"]
        return any(
            other["order_id"] != order["order_id"]
            and (other["caller_phone"], other["category"]) == (order["caller_phone"], order["category"])
            and received - days(60) <= other["received_at"] < received
            for other in orders
        )

    return share(x.current(ORDERS), lambda o: o["caller_phone"] is not None, is_repeat, "received_at")


# ---------------------------------------------------------------- service points, cases, shifts


def is_open_point(point: Row, day: date, *types: str) -> bool:
    return point["point_type"] in types and is_open_on(point, "opened_on", "closed_on", day)


def open_points(x: Exports, day: date, *types: str) -> list[tuple[str, Row]]:
    return [(org, point) for org, point in x.register(POINTS, day) if is_open_point(point, day, *types)]


@stock("percent")
def centre_standard_rate(x: Exports, day: date) -> Stock:
    full = {
        org
        for org, point in open_points(x, day, "centre")
        if point["floor_area_m2"] is not None and point["floor_area_m2"] >= 600 and point["functions"] >= 3
    }
    for org, _ in x.register(COMMUNITIES, day):
        yield org, int(org in full), 1


def distance_m(one: Row, other: Row) -> float:
    """Metres between two places with longitude and latitude in degrees: haversine on a sphere."""
    latitude, other_latitude = radians(one["latitude"]), radians(other["latitude"])
    across = radians(other["longitude"] - one["longitude"])
    chord = sin((other_latitude - latitude) / 2) ** 2 + cos(latitude) * cos(other_latitude) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(chord))


@stock("percent")
def service_15min_coverage(x: Exports, day: date) -> Stock:
    kinds = ("centre", "station", "kiosk", "volunteer_post", "themed_point")
    points = [
        point
        for point in x.others_in(POINTS, day)
        if is_open_point(point, day, *kinds) and point["longitude"] is not None and point["latitude"] is not None
    ]
    for org, area in x.register(AREAS, day):
        near = any(distance_m(area, point) <= 800 for point in points)
        yield org, area["households"] if near else 0, area["households"]


@flow("percent")
def point_open_as_scheduled_rate(x: Exports) -> Flow:
    for shift in x.rows.get(SHIFTS, []):
        start, end = shift["planned_start"], shift["planned_end"]
        org = x.org_of_point(shift["point_code"], start.date())
        if org is None:
            continue
        staffed = timedelta(0)
        if shift["signed_in_at"] is not None and shift["signed_out_at"] is not None:
            staffed = min(end, shift["signed_out_at"]) - max(start, shift["signed_in_at"])
        yield org, start.date(), minutes_of(staffed), minutes_of(end - start)


def cases(x: Exports, of: Test, hit: Test, moment: str) -> Flow:
    for case in x.rows.get(CASES, []):
        if case[moment] is not None and of(case):
            day = case[moment].date()
            org = x.org_of_point(case["point_code"], day)
            if org is not None:
                yield org, day, int(hit(case)), 1


@flow("percent")
def offhours_service_share(x: Exports) -> Flow:
    return cases(
        x,
        lambda c: c["status"] != "withdrawn",
        lambda c: c["channel"] in ("mobile_desk", "extended_hours"),
        "accepted_at",
    )


@flow("percent")
def service_wait_15min_rate(x: Exports) -> Flow:
    return cases(
        x,
        lambda c: c["channel"] == "counter" and c["queued_at"] is not None and c["called_at"] is not None,
        lambda c: is_within(c, "queued_at", "called_at", minutes(15)),
        "accepted_at",
    )


@flow("percent")
def one_trip_completion_rate(x: Exports) -> Flow:
    return cases(x, lambda c: c["status"] == "completed", lambda c: c["trips"] <= 1, "completed_at")


@flow("percent")
def case_on_time_rate(x: Exports) -> Flow:
    return cases(
        x,
        lambda c: c["status"] in ("open", "completed"),
        lambda c: is_by(c, "completed_at", "promised_at"),
        "promised_at",
    )


@flow("percent")
def case_good_rating_rate(x: Exports) -> Flow:
    return cases(
        x,
        lambda c: c["status"] == "completed" and c["rating"] is not None,
        lambda c: c["rating"] >= 4,
        "completed_at",
    )


@stock("percent")
def station_active_rate(x: Exports, day: date) -> Stock:
    used = {c["point_code"] for c in x.rows.get(CASES, []) if is_in_window(c["accepted_at"], day, 30)}
    used |= {
        shift["point_code"]
        for shift in x.rows.get(SHIFTS, [])
        if shift["signed_in_at"] is not None and is_in_window(shift["planned_start"], day, 30)
    }
    for org, point in open_points(x, day, "station", "kiosk", "themed_point", "volunteer_post"):
        yield org, int(point["point_code"] in used), 1


# ---------------------------------------------------------------- surveys


def score(x: Exports, column: str) -> Flow:
    for org, survey in x.current(SURVEYS):
        yield org, survey["surveyed_on"], survey[column], 1


@flow("points_10")
def safe_satisfaction(x: Exports) -> Flow:
    return score(x, "safe_score")


@flow("points_10")
def convenient_satisfaction(x: Exports) -> Flow:
    return score(x, "convenient_score")


@flow("points_10")
def beautiful_satisfaction(x: Exports) -> Flow:
    return score(x, "beautiful_score")


@flow("points_10")
def happy_satisfaction(x: Exports) -> Flow:
    return score(x, "happy_score")


# ---------------------------------------------------------------- projects, the fund, alliances


def is_finished_in_time(project: Row) -> bool:
    return is_by(project, "finished_on", "planned_finish_on")


@flow("percent")
def beautify_on_schedule_rate(x: Exports) -> Flow:
    return share(
        x.current(PROJECTS),
        lambda p: p["project_type"] in ("beautiful_home", "courtyard_micro") and p["status"] != "stopped",
        is_finished_in_time,
        "planned_finish_on",
    )


@flow("percent")
def fund_project_on_time_rate(x: Exports) -> Flow:
    paid = {entry["project_id"] for entry in x.others(FUND) if entry["direction"] == "expense"}

    def is_on_budget(project: Row) -> bool:
        budget = project["budget_yuan"]
        return bool(budget * Fraction(90, 100) <= project["spent_yuan"] <= budget * Fraction(105, 100))

    return share(
        x.current(PROJECTS),
        lambda p: p["status"] != "stopped" and p["project_id"] in paid,
        lambda p: is_finished_in_time(p) and is_on_budget(p),
        "planned_finish_on",
    )


@flow("percent")
def selfgov_project_on_time_rate(x: Exports) -> Flow:
    def is_self_governed(project: Row) -> bool:
        areas = x.others_in(AREAS, project["planned_finish_on"])
        return any(
            area["area_code"] == project["area_code"] and area["management"] in ("self_managed", "none")
            for area in areas
        )

    return share(
        x.current(PROJECTS),
        lambda p: p["status"] != "stopped" and is_self_governed(p),
        is_finished_in_time,
        "planned_finish_on",
    )


@stock("count")
def service_projects(x: Exports, day: date) -> Stock:
    for org, project in x.current(PROJECTS):
        is_regular = project["project_type"] == "regular_service" and project["status"] != "stopped"
        if is_regular and is_open_on(project, "started_on", "finished_on", day):
            yield org, 1, 0


@flow("percent")
def alliance_delivery_rate(x: Exports) -> Flow:
    return share(
        x.current(COMMITMENTS), lambda c: c["status"] != "cancelled", lambda c: is_by(c, "done_on", "due_on"), "due_on"
    )


@flow("percent")
def fund_disclosure_on_time_rate(x: Exports) -> Flow:
    def is_disclosed(entry: Row) -> bool:
        disclosed = entry["disclosed_on"]
        return disclosed is not None and disclosed <= entry["booked_at"].date() + days(15)

    return share(x.current(FUND), lambda e: True, is_disclosed, "booked_at", days(15))


# ---------------------------------------------------------------- meetings, suggestions, covenants


def resolutions(x: Exports, *meeting_types: str) -> Flow:
    for row in x.rows.get(RESOLUTIONS, []):
        found = x.of_reference(MEETINGS, row["meeting_id"])
        if found is not None and found[1]["meeting_type"] in meeting_types and row["status"] != "cancelled":
            yield found[0], row["due_on"], int(is_by(row, "done_on", "due_on")), 1


@flow("percent")
def deliberation_action_on_time_rate(x: Exports) -> Flow:
    return resolutions(x, "five_party", "residents_council")


@flow("percent")
def joint_meeting_action_on_time_rate(x: Exports) -> Flow:
    return resolutions(x, "street_committee", "community_joint")


@stock("percent")
def joint_meeting_regularity(x: Exports, day: date) -> Stock:
    met = {
        org
        for org, meeting in x.current(MEETINGS)
        if meeting["meeting_type"] in ("community_joint", "five_party", "residents_council")
        and is_in_window(meeting["held_at"], day, 90)
    }
    for org, _ in x.register(COMMUNITIES, day):
        yield org, int(org in met), 1


@flow("percent")
def suggestion_reply_on_time_rate(x: Exports) -> Flow:
    return share(
        x.current(SUGGESTIONS),
        lambda s: True,
        lambda s: s["replied_at"] is not None and s["replied_at"].date() <= s["reply_due_on"],
        "reply_due_on",
    )


@flow("percent")
def suggestion_adoption_rate(x: Exports) -> Flow:
    return share(
        x.current(SUGGESTIONS), lambda s: s["adopted"] is not None, lambda s: s["adopted"] is True, "raised_at"
    )


@stock("percent")
def covenant_current_rate(x: Exports, day: date) -> Stock:
    in_force = [
        covenant
        for covenant in x.others(COVENANTS)
        if covenant["effective_on"] is not None
        and covenant["effective_on"] <= day
        and covenant["voted_on"] > day - days(730)
    ]
    communities = {
        c["community_code"] for c in in_force if c["covenant_type"] == "community" and c["area_code"] is None
    }
    areas = {c["area_code"] for c in in_force if c["covenant_type"] == "residential_area"}
    for org, community in x.register(COMMUNITIES, day):
        yield org, int(community["community_code"] in communities), 1
    for org, area in x.register(AREAS, day):
        yield org, int(area["area_code"] in areas), 1


@flow("percent")
def covenant_participation_rate(x: Exports) -> Flow:
    for org, covenant in x.current(COVENANTS):
        yield org, covenant["voted_on"], covenant["participating_households"], covenant["eligible_households"]


# ---------------------------------------------------------------- residential areas


def areas_with_group(x: Exports, day: date, *types: str) -> set[str]:
    return {
        group["area_code"]
        for group in x.others_in(GROUPS, day)
        if group["group_type"] in types and is_open_on(group, "founded_on", "dissolved_on", day)
    }


@stock("percent")
def managed_household_coverage(x: Exports, day: date) -> Stock:
    grouped = areas_with_group(x, day, "red_steward_group")
    for org, area in x.register(AREAS, day):
        managed = area["management"] in ("property_company", "self_managed") or area["area_code"] in grouped
        yield org, area["households"] if managed else 0, area["households"]


@stock("points_100")
def property_four_link_score(x: Exports, day: date) -> Stock:
    newest: dict[str, tuple[str, Row]] = {}
    for org, review in x.current(REVIEWS):
        if day - days(91) <= review["review_month"] <= day:
            held = newest.get(review["area_code"])
            if held is None or (review["review_month"], review["updated_at"]) > (
                held[1]["review_month"],
                held[1]["updated_at"],
            ):
                newest[review["area_code"]] = (org, review)
    for org, review in newest.values():
        scores = [review[f"{part}_score"] for part in ("organisation", "meeting", "management", "effect")]
        yield org, sum(scores, Fraction(0)) / 4, 1


@stock("percent")
def property_party_coverage(x: Exports, day: date) -> Stock:
    with_party = {c["company_code"] for c in x.snapshot(COMPANIES, day) if c["has_party_org"] is True}
    for org, area in x.register(AREAS, day):
        if area["management"] == "property_company":
            yield org, int(area["company_code"] in with_party), 1


@stock("percent")
def no_property_group_coverage(x: Exports, day: date) -> Stock:
    grouped = areas_with_group(x, day, "red_steward_group", "residents_team")
    for org, area in x.register(AREAS, day):
        if area["is_three_no"] is True:
            yield org, int(area["area_code"] in grouped), 1


@stock("percent")
def security_upgrade_rate(x: Exports, day: date) -> Stock:
    upgraded = {
        project["area_code"]
        for project in x.others(PROJECTS)
        if project["project_type"] == "security_upgrade"
        and project["finished_on"] is not None
        and project["finished_on"] <= day
    }
    for org, area in x.register(AREAS, day):
        if area["area_type"] == "old":
            yield org, int(area["area_code"] in upgraded), 1


# ---------------------------------------------------------------- volunteers


@stock("count")
def volunteer_teams(x: Exports, day: date) -> Stock:
    for org, team in x.register(TEAMS, day):
        if is_open_on(team, "founded_on", "disbanded_on", day):
            yield org, 1, 0


@stock("percent")
def volunteer_team_active_rate(x: Exports, day: date) -> Stock:
    verified = {log["activity_id"] for log in x.rows.get(LOGS, []) if is_verified(log)}
    active = {
        activity["team_id"]
        for activity in x.others(ACTIVITIES)
        if activity["status"] == "held"
        and activity["activity_id"] in verified
        and is_in_window(activity["starts_at"], day, 30)
    }
    for org, team in x.register(TEAMS, day):
        if is_open_on(team, "founded_on", "disbanded_on", day):
            yield org, int(team["team_id"] in active), 1


@flow("percent")
def volunteer_hours_verified_rate(x: Exports) -> Flow:
    for log in x.rows.get(LOGS, []):
        found = x.of_reference(ACTIVITIES, log["activity_id"])
        if found is not None:
            credited = log["credited_hours"]
            yield found[0], log["checked_in_at"].date(), credited if is_verified(log) else 0, credited


@stock("percent")
def volunteer_active_rate(x: Exports, day: date) -> Stock:
    def is_out(log: Row) -> bool:
        # A log of an unknown activity counts: this KPI takes its org from the volunteer, not from the log.
        activity = x.referred(ACTIVITIES, log["activity_id"])
        return activity is not None and not x.is_heard(activity)

    active = {
        log["volunteer_id"]
        for log in x.rows.get(LOGS, [])
        if is_in_window(log["checked_in_at"], day, 90) and not is_out(log)
    }
    for org, volunteer in x.register(VOLUNTEERS, day):
        if volunteer["registered_on"] <= day:
            yield org, int(volunteer["volunteer_id"] in active), 1


@stock("per_1000")
def beautify_participation_per_1k(x: Exports, day: date) -> Stock:
    yield from households(x, day)
    for org, activity in x.current(ACTIVITIES):
        is_held = activity["status"] == "held" and activity["category"] == "beautification"
        if is_held and is_in_window(activity["starts_at"], day, 365):
            yield org, activity["residents_joined"], 0


@stock("percent")
def points_redemption_rate(x: Exports, day: date) -> Stock:
    for org, entry in x.current(POINTS_BOOK):
        if is_in_window(entry["booked_at"], day, 365):
            if entry["kind"] == "earn":
                yield org, 0, entry["points"]
            if entry["kind"] == "redeem":
                yield org, -entry["points"], 0


# ---------------------------------------------------------------- grids, workers, party organisations


@stock("percent")
def grid_party_org_coverage(x: Exports, day: date) -> Stock:
    with_org = {
        party["grid_code"]
        for party in x.others_in(PARTY_ORGS, day)
        if party["party_org_type"] in GRID_PARTY_ORGS and party["founded_on"] <= day
    }
    for org, grid in x.register(GRIDS, day):
        yield org, int(grid["grid_code"] in with_org), 1


@stock("count")
def grid_party_orgs(x: Exports, day: date) -> Stock:
    for org, party in x.register(PARTY_ORGS, day):
        if party["party_org_type"] in GRID_PARTY_ORGS and party["founded_on"] <= day:
            yield org, 1, 0


def is_in_post(worker: Row, day: date) -> bool:
    return is_open_on(worker, "started_on", "ended_on", day)


@stock("percent")
def grid_staffing_rate(x: Exports, day: date) -> Stock:
    staffed = {
        worker["grid_code"]
        for worker in x.others_in(WORKERS, day)
        if worker["worker_role"] == "full_time_grid_worker" and is_in_post(worker, day)
    }
    for org, grid in x.register(GRIDS, day):
        yield org, int(grid["grid_code"] in staffed), 1


@stock("percent")
def building_head_coverage(x: Exports, day: date) -> Stock:
    in_post = {worker["worker_id"] for worker in x.others_in(WORKERS, day) if is_in_post(worker, day)}
    for org, building in x.register(BUILDINGS, day):
        yield org, int(building["head_worker_id"] in in_post), 1


def grid_workers_in_post(x: Exports, day: date) -> list[tuple[str, Row]]:
    return [
        (org, worker)
        for org, worker in x.register(WORKERS, day)
        if worker["worker_role"] in GRID_WORKERS and is_in_post(worker, day)
    ]


@stock("percent")
def overloaded_worker_share(x: Exports, day: date) -> Stock:
    workers = grid_workers_in_post(x, day)
    done: dict[str, int] = defaultdict(int)
    for feed, moment in ((VISITS, "started_at"), (INSPECTIONS, "inspected_at")):
        for row in x.others(feed):
            done[row["worker_id"]] += is_in_window(row[moment], day, 28)

    def load(worker: Row) -> Fraction:
        return done[worker["worker_id"]] / Fraction(1 if worker["worker_role"] == "full_time_grid_worker" else 0.5)

    for district in {org[:6] for org, _ in workers}:
        of_district = [(org, worker) for org, worker in workers if org[:6] == district]
        middle = median(load(worker) for _, worker in of_district)
        for org, worker in of_district:
            yield org, int(load(worker) > Fraction(3, 2) * middle), 1


@stock("count")
def grid_workers(x: Exports, day: date) -> Stock:
    for org, _ in grid_workers_in_post(x, day):
        yield org, 1, 0


@stock("ratio")
def households_per_grid_worker(x: Exports, day: date) -> Stock:
    for org, _ in grid_workers_in_post(x, day):
        yield org, 0, 1
    for org, _, number in households(x, day):
        yield org, number, 0


@stock("count")
def centres_open(x: Exports, day: date) -> Stock:
    for org, _ in open_points(x, day, "centre"):
        yield org, 1, 0


@stock("count")
def stations_open(x: Exports, day: date) -> Stock:
    for org, _ in open_points(x, day, "station"):
        yield org, 1, 0


# ---------------------------------------------------------------- deliveries: of the district only


def districts(x: Exports) -> set[str]:
    return {community[:6] for community in x.known}


@flow("percent")
def feed_on_time_rate(x: Exports) -> Flow:
    punctual = {
        (delivery.feed, delivery.business_date)
        for delivery in x.deliveries
        if delivery.received_at <= datetime.combine(delivery.business_date + days(1), x.hours[delivery.feed])
    }
    for district in districts(x):
        for day in x.days:
            for feed in x.hours:
                yield district, day, int((feed, day) in punctual), 1


@flow("percent")
def row_acceptance_rate(x: Exports) -> Flow:
    for district in districts(x):
        for delivery in x.deliveries:
            if delivery.in_force:
                yield district, delivery.business_date, delivery.rows_accepted, delivery.rows_counted


# ---------------------------------------------------------------- all of them


def recompute(x: Exports) -> dict[Key, Cell]:
    """Every KPI at every level on every published day: a cell wherever some row contributes to it.

    A cell of 0 over 0 may have no meaning: this module does not decide whether it is published.
    """
    sums: dict[Key, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])

    def add(kpi: str, org: str, day: date, numerator: Number, denominator: Number) -> None:
        for length, level in LEVELS.items():
            if length <= len(org):
                pair = sums[kpi, level, org[:length], day]
                pair[0] += numerator
                pair[1] += denominator

    published = set(x.days)
    for kpi, (_, rows_of) in FLOWS.items():
        for org, day, numerator, denominator in rows_of(x):
            if day in published:
                add(kpi, org, day, numerator, denominator)
    for kpi, (unit, on_day) in STOCKS.items():
        for day in x.days:
            if unit == "count":
                for org, _ in x.register(COMMUNITIES, day):
                    add(kpi, org, day, 0, 0)
            for org, numerator, denominator in on_day(x, day):
                add(kpi, org, day, numerator, denominator)
    units = {kpi: unit for kpi, (unit, _) in (FLOWS | STOCKS).items()}
    return {key: cell(units[key[0]], *pair) for key, pair in sums.items()}


def cell(unit: str, numerator: Fraction, denominator: Fraction) -> Cell:
    if unit == "count":
        return Cell(numerator, None, numerator)
    return Cell(numerator, denominator, numerator / denominator * FACTORS.get(unit, 1) if denominator else None)
