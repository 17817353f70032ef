"""Small exports of all feeds, generated from a seed to break KPIs: everything is at a limit, or one second from it.

Belongs here: what the platforms report (one builder per feed), faults of the delivery (missing, late, twice, corrected,
broken) and the files in each platform's own format. Does not belong here: the expected results (`oracle`), values that
only a reader's own tests need.

    python -m tests.walk.random_exports --inbox I --seed 7
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from math import cos, degrees, radians
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import xlsxwriter

from pipelines.contracts.model import Column, Feed, Kind
from tests.walk.oracle import BEIJING, contracts

Row = dict[str, Any]
"""column → value: codes of enums, real dates and numbers, None"""
Builder = Callable[[str], Row]
T = TypeVar("T")

DISTRICT = "610302"
FIRST_DAYS = (date(2024, 2, 21), date(2024, 12, 23), date(2025, 3, 24), date(2023, 6, 26), date(2025, 9, 1))
EARTH_RADIUS_M = 6371008.8
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_BEFORE = 30 * DAY
NO_VALUE = ("", "", "", "-", "—", "无", "NULL", "N/A", "null", "None", "NaN", "nil", "undefined", "\\N")
SUBCATEGORIES = ("占道", "噪音", "漏水", "乱停", "垃圾", "飞线", "井盖", "路灯", "油烟", "毁绿", "犬只", "围挡")
UNKNOWN_EVENT, UNKNOWN_POINT = "SJ99999999999999", "ZD99999"
UNKNOWN_ACTIVITY, UNKNOWN_MEETING, UNKNOWN_WORKER = "HD9999999999", "HY9999999999", "W999999"


def write(inbox: Path, seed: int) -> None:
    """One folder of files per business date; their modification times are the times of receipt. The same seed gives the
    same bytes."""
    World(seed).write(inbox)


class World:
    """One invented district: its people and places, its events, and the reports of its platforms."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.first = self.rng.choice(FIRST_DAYS)
        self.days = [self.first + n * DAY for n in range(self.rng.randint(13, 16))]
        self.feeds = {feed.id: feed for contract in contracts() for feed in contract.feeds}
        self.counters: dict[str, int] = defaultdict(int)
        self.lives_at: dict[str, str] = {}
        # (feed, business date) → rows, in the order in which they are reported
        self.reported: dict[tuple[str, date], list[Row]] = defaultdict(list)
        self.streets = [f"{DISTRICT}{n:03}" for n in range(1, self.rng.randint(3, 4))]
        numbers = range(1, self.rng.randint(6, 7))
        self.communities = [f"{self.streets[n % len(self.streets)]}{n:03}" for n in numbers]
        self.stranger = f"{self.streets[0]}999"
        self.grids = [f"{c}{n:03}" for c in self.communities for n in range(1, self.rng.randint(2, 4))]
        self.areas = [f"{c}A{n:03}" for c in self.communities for n in range(1, self.rng.randint(2, 4))]
        self.companies = [f"PM{n:04}" for n in range(1, 6)]
        self.workers = [f"W{n:06}" for n in range(1, self.rng.randint(13, 17))]
        self.points = [f"ZD{n:05}" for n in range(1, 9 * len(self.communities))]
        self.teams = [f"VT{n:05}" for n in range(1, 8)]
        self.volunteers = [f"V{n:08}" for n in range(1, 31)]
        self.households = [f"HH{n:04}" for n in range(1, 15 * len(self.communities))]
        self.cared_for = self.households[: 4 * len(self.communities)]
        self.phones = [f"139{n:08}" for n in range(1, 41)]
        # Areas are 3 km apart on a line north, so that only points placed next to them are near.
        self.places = {area: (107.15 + n * 0.01, 34.2 + n * 0.027) for n, area in enumerate(self.areas)}
        self.live()

    # ------------------------------------------------------------ dice

    def draw_for(self, subject: str) -> None:
        """Use the subject's own random stream: other feeds and rows do not affect it."""
        self.rng = random.Random(f"{self.seed} {subject}")

    def one(self, choices: Sequence[T]) -> T:
        return self.rng.choice(choices)

    def maybe(self, value: T, share: float = 0.75) -> T | None:
        return value if self.rng.random() < share else None

    def few(self, choices: Sequence[T]) -> T:
        """Usually one of the first: some have much to do and others nothing."""
        return choices[int(len(choices) * self.rng.random() ** 3)]

    def happens(self, share: float) -> bool:
        return self.rng.random() < share

    def new(self, prefix: str, digits: int) -> str:
        self.counters[prefix] += 1
        return f"{prefix}{self.counters[prefix]:0{digits}}"

    def day(self, *before: int) -> date:
        """A published day, or one of the given numbers of days before one."""
        return self.one(self.days) - self.one(before or (0,)) * DAY

    def beside(self, moment: datetime, step: timedelta = SECOND) -> datetime:
        return moment + self.one((-1, 0, 0, 1)) * step

    def moment(self, *before: int) -> datetime:
        """Some time of such a day; often its first or last second."""
        at = self.one((time(), time(23, 59, 59), time(12), time(self.rng.randrange(24), self.rng.randrange(60))))
        return datetime.combine(self.day(*before), at)

    def updated(self) -> datetime:
        """Before every file of the world was received, so that a row may come on any day."""
        return self.moment(0, 1) - LONG_BEFORE

    def after(self, start: datetime, *limits: timedelta) -> datetime | None:
        """At one of the limits after the start or a second from it; sometimes long before, or never."""
        if self.happens(0.12):
            return None
        if self.happens(0.08):
            return start - self.one((SECOND, HOUR, 3 * DAY))
        return self.beside(start + self.one(limits))

    def on(self, due: date) -> date | None:
        """The due day, a neighbouring day, or never."""
        return self.one((due, due, due - DAY, due + DAY, due - 20 * DAY, None))

    def community(self) -> str:
        return self.stranger if self.happens(0.04) else self.one(self.communities)

    def grid(self) -> str:
        return f"{self.stranger}001" if self.happens(0.03) else self.one(self.grids)

    def own_or_street(self) -> Row:
        """The two codes of an object that may belong to a street; sometimes of different streets."""
        community = self.maybe(self.community(), 0.6)
        streets = [*self.streets, *self.streets, f"{DISTRICT}099"]
        street = self.one(streets) if community is None or self.happens(0.1) else community[:9]
        return {"community_code": community, "street_code": street}

    # ------------------------------------------------------------ what happens

    def live(self) -> None:
        self.keep_registers()
        self.happen("command_centre.event", "SJ", 14, 370, self.event)
        # The following feeds use the events and meetings.
        self.happen("command_centre.event_flow", "LZ", 16, 330, self.movement)
        self.happen("command_centre.hotline_order", "RX", 14, 90, self.order)
        self.happen("command_centre.hazard_inspection", "PC", 14, 60, self.inspection)
        self.happen("home_visit.visit", "ZF", 14, 220, self.visit)
        self.happen("snap_report.report", "SP", 14, 80, self.report)
        self.happen("service_centre.service_case", "BJ", 14, 160, self.case)
        self.happen("service_centre.duty_shift", "ZB", 14, 70, self.shift)
        self.happen("volunteer.activity", "HD", 10, 70, self.activity)
        self.happen("volunteer.service_log", "VL", 14, 190, self.log)
        self.happen("volunteer.points_txn", "JF", 14, 70, self.points_entry)
        self.happen("property_selfgov.four_link_review", "SL", 10, 50, self.review)
        self.happen("property_selfgov.project", "XM", 8, 180, self.project)
        self.happen("property_selfgov.satisfaction_survey", "WJ", 12, 60, self.survey)
        self.happen("co_building.joint_meeting", "HY", 10, 30, self.meeting)
        self.happen("co_building.meeting_resolution", "YD", 10, 240, self.resolution)
        self.happen("co_building.suggestion", "JY", 10, 60, self.suggestion)
        self.happen("co_building.covenant", "GY", 8, 90, self.covenant)
        self.happen("co_building.alliance_commitment", "QD", 10, 110, self.commitment)
        self.happen("co_building.fund_txn", "JJ", 12, 140, self.fund_entry)

    def happen(self, feed_id: str, prefix: str, digits: int, number: int, build: Builder) -> None:
        """Rows of a `changes` or `append` feed; some of them repeated, on any date, with any updated_at."""
        self.draw_for(feed_id)
        feed = self.feeds[feed_id]
        for _ in range(number):
            key = self.new(prefix, digits)
            row = self.row(feed, key, build)
            self.reported[feed_id, self.one(self.days)].append(row)
            for _ in range(self.one((0, 0, 0, 1, 2))):
                again = self.row(feed, key, build)
                if feed.updated_by:
                    again[feed.updated_by] = row[feed.updated_by] + self.one((HOUR, DAY, 0 * DAY, -DAY))
                self.reported[feed_id, self.one(self.days)].append(again)

    def said(self, feed_id: str) -> list[Row]:
        return [row for (feed, _), rows in self.reported.items() if feed == feed_id for row in rows]

    def row(self, feed: Feed, key: str, build: Builder) -> Row:
        """The builder's values, and anything the contract allows in the columns that no KPI uses."""
        said = {feed.key[0]: key} | build(key)
        return {c.name: said[c.name] if c.name in said else self.any_value(c) for c in feed.columns}

    def any_value(self, column: Column) -> Any:
        if not column.required and self.happens(0.5):
            return None
        if column.labels is not None:
            code = self.one(list(column.labels))
            return code == "true" if column.kind is Kind.BOOLEAN else code
        if column.pattern is not None:
            if column.required:
                raise ValueError(f"{column.name}: its builder has to say it")
            return None
        low = int(column.minimum or 0)
        return {
            Kind.STRING: self.one(("甲", "乙,丙", '丁"戊', "己 庚")),
            Kind.INTEGER: self.rng.randint(low, low + 3),
            Kind.NUMBER: Decimal(low) + Decimal("0.5"),
            Kind.BOOLEAN: self.happens(0.5),
            Kind.TIMESTAMP: self.moment(0, 5),
            Kind.DATE: self.day(0, 5),
        }[column.kind]

    def event(self, key: str) -> Row:
        grid = self.maybe(self.grid(), 0.85)
        subcategory = self.one(SUBCATEGORIES)
        reported = self.moment(0, 0, 0, 1, 29, 30, 30, 30)
        twins = [e for e in self.said("command_centre.event") if e["grid_code"] and e["closed_at"]]
        ripe = [e for e in twins if e["category"] == "environment" and e["closed_at"].date() + 30 * DAY in self.days]
        if ripe and self.happens(0.15):
            twin = self.one(ripe)
            grid, subcategory = twin["grid_code"], twin["subcategory"]
            reported = self.beside(twin["closed_at"] + self.one((30 * DAY, 30 * DAY + HOUR, 0 * DAY)))
        elif twins and self.happens(0.3):
            twin = self.one(twins)
            grid, subcategory = twin["grid_code"], twin["subcategory"]
            reported = self.beside(twin["closed_at"] + self.one((0 * DAY, 29 * DAY, 30 * DAY)))
        month = (30 * DAY, 30 * DAY + SECOND)
        closed = self.one(
            (self.after(reported, 10 * MINUTE), self.after(reported, *month), self.after(reported, 0 * DAY, 9 * DAY),
             None, self.beside(datetime.combine(self.day(0, -1), time())), self.moment(0),
             self.moment(30), self.moment(30))
        )  # fmt: skip
        due = self.one(
            (self.after(reported, 3 * DAY), self.beside(datetime.combine(self.day(0, -1), time())), None,
             self.beside(closed or self.moment()), self.beside(closed or self.moment()))
        )  # fmt: skip
        community = grid[:12] if grid and self.happens(0.9) else self.community()
        return {
            "source": self.one(("grid_patrol", "home_visit", "snap_report", "hotline_12345", "other")),
            "category": self.one(
                ("dispute", "dispute", "environment", "environment", "environment", "property", "property", "other")
            ),
            "subcategory": subcategory,
            "community_code": community,
            "grid_code": grid,
            "reported_at": reported,
            "accepted_at": self.after(reported, HOUR, DAY),
            "dispatched_at": self.after(reported, 2 * HOUR, 2 * HOUR, 5 * MINUTE),
            "due_at": due,
            "closed_at": closed,
            "is_excluded": self.happens(0.12),
            # An event with closed_at is closed, independent of its status.
            "status": self.one(("pending", "in_progress", "to_verify", "closed", "closed", "closed", "void")),
            "follow_up": self.one(("satisfied", "fairly_satisfied", "dissatisfied", "none", None)),
            "rework_count": self.one((0, 0, 1, 2)),
            "updated_at": self.updated(),
        }

    def an_event_id(self) -> str:
        return UNKNOWN_EVENT if self.happens(0.15) else str(self.one(self.said("command_centre.event"))["event_id"])

    def movement(self, key: str) -> Row:
        escalations = [m for m in self.said("command_centre.event_flow") if m["action"] == "escalate"]
        if escalations and self.happens(0.7):
            escalation = self.one(escalations)
            gone = self.one((-SECOND, 0 * DAY, 0 * DAY, HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR + SECOND))
            return {
                "event_id": escalation["event_id"] if self.happens(0.93) else self.an_event_id(),
                "action": "acknowledge" if self.happens(0.9) else "accept",
                "step": max(1, escalation["step"] + self.one((1, 1, 1, 2, 2, 0, -1))),
                "acted_at": escalation["acted_at"] + gone,
            }
        return {
            "event_id": self.an_event_id(),
            "action": self.one(("escalate", "escalate", "escalate", "report")),
            "step": self.rng.randint(1, 4),
            "acted_at": self.moment(0, 0, 1),
        }

    def order(self, key: str) -> Row:
        caller, category = self.maybe(self.one(self.phones), 0.9), self.one(("dispute", "environment"))
        received = self.moment(0, 0, 1, 59, 60, 61)
        others = self.said("command_centre.hotline_order")
        if others and self.happens(0.5):
            other = self.one(others)
            caller, category = other["caller_phone"], category if self.happens(0.1) else other["category"]
            apart = 60 * DAY if other["received_at"].date() + 60 * DAY in self.days else self.one((0 * DAY, 59 * DAY))
            received = self.beside(other["received_at"] + apart)
        due = self.one((self.beside(received + DAY), self.moment()))
        called_back = self.maybe(self.moment(), 0.85)
        return {
            "caller_phone": caller,
            "community_code": self.community(),
            "category": category,
            "received_at": received,
            "contact_due_at": due,
            "first_contact_at": self.after(due, timedelta(0), HOUR),
            "called_back_at": called_back,
            "is_resolved": self.one((True, True, False, None)),
            "satisfaction": self.one(("satisfied", "fairly_satisfied", "dissatisfied", None)),
            "event_id": self.maybe(self.an_event_id(), 0.3),
            "updated_at": self.updated(),
        }

    def a_worker_id(self) -> str:
        return UNKNOWN_WORKER if self.happens(0.03) else self.few(self.workers)

    def inspection(self, key: str) -> Row:
        due = self.maybe(self.day(0, 0, 0, 1), 0.9)
        return {
            "worker_id": self.a_worker_id(),
            "grid_code": self.few(self.grids) if self.happens(0.9) else self.grid(),
            "inspected_at": self.moment(0, 27, 28, 29, 30, 31),
            "hazard_level": self.one(("none", "minor", "major", "critical")),
            "rectify_due_on": due,
            "rectified_on": self.on(due or self.day()),
            "updated_at": self.updated(),
        }

    def visit(self, key: str) -> Row:
        household = self.one(self.cared_for if self.happens(0.4) else self.households)
        kind = self.one(("routine", "care", "policy_publicity", "policy_publicity", "sentiment", "sentiment"))
        started = self.moment(0, 0, 1, 2, 6, 7, 8, 14, 15, 26, 27, 27, 28, 28, 29, 30, 89, 90, 179, 180)
        event = self.one(self.said("command_centre.event"))
        if event["closed_at"] and self.happens(0.2):
            started = self.beside(event["closed_at"] - 15 * DAY)
        elif event["accepted_at"] and self.happens(0.25):
            kind, started = "sentiment", self.beside(event["accepted_at"] - 7 * DAY)
        # Few households belong to several communities.
        grid = self.grid() if self.happens(0.1) else self.grid_of(household)
        return {
            "worker_id": self.a_worker_id(),
            "grid_code": grid,
            "building_code": None,
            "household_id": household,
            "visit_type": kind,
            "started_at": started,
            "ended_at": self.one((self.after(started, 3 * MINUTE), started + 20 * MINUTE)),
            "on_site": self.happens(0.85),
            "problems_found": self.one((0, 1, 1, 2)),
            "event_id": self.one((event["event_id"], event["event_id"], event["event_id"], None, UNKNOWN_EVENT)),
        }

    def grid_of(self, household: str) -> str:
        return self.grids[int(household[2:]) % len(self.grids)]

    def report(self, key: str) -> Row:
        reported = self.moment(0, 0, 1)
        return {
            "grid_code": self.grid(),
            "reported_at": reported,
            "status": self.one(("submitted", "accepted", "rejected", "merged", "resolved")),
            "event_id": self.maybe(self.an_event_id(), 0.6),
            "replied_at": self.after(reported, DAY, DAY, HOUR),
            "updated_at": self.updated(),
        }

    def a_point(self) -> str:
        return UNKNOWN_POINT if self.happens(0.04) else self.few(self.points)

    def case(self, key: str) -> Row:
        accepted = self.moment(0, 0, 1, 28, 29, 30, 31)
        queued = self.maybe(accepted - HOUR, 0.9)
        promised = self.one((self.moment(), self.beside(accepted + DAY)))
        return {
            "point_code": self.a_point(),
            "channel": self.one(("counter", "counter", "counter", "mobile_desk", "extended_hours", "online")),
            "queued_at": queued,
            "called_at": self.after(queued or accepted, 15 * MINUTE, 15 * MINUTE + SECOND),
            "accepted_at": accepted,
            "promised_at": promised,
            "completed_at": self.one((self.after(promised, timedelta(0)), self.moment())),
            "trips": self.one((0, 1, 1, 2, 3)),
            "status": self.one(("open", "completed", "completed", "completed", "returned", "withdrawn")),
            "rating": self.one((None, 1, 3, 4, 5)),
            "updated_at": self.updated(),
        }

    def shift(self, key: str) -> Row:
        start = self.one((self.moment(0, 28, 29, 29, 30, 30, 31), datetime.combine(self.day(), time(22))))
        end = start + self.one((4 * HOUR, 4 * HOUR, 30 * MINUTE, 30 * MINUTE, 90 * SECOND, -30 * MINUTE))
        return {
            # Not the points with the most cases.
            "point_code": UNKNOWN_POINT if self.happens(0.04) else self.few(self.points[::-1]),
            "worker_id": self.one(self.workers),
            "planned_start": start,
            "planned_end": end,
            "signed_in_at": self.one((start, self.beside(start), start + 20 * MINUTE, end + HOUR, start - HOUR, None)),
            "signed_out_at": self.one((end, self.beside(end), end - 10 * MINUTE, start - 2 * HOUR, end + HOUR, None)),
        }

    def activity(self, key: str) -> Row:
        starts = self.moment(0, 1, 28, 29, 29, 30, 30, 31, 364, 365)
        return {
            "team_id": self.maybe(self.one([*self.teams, "VT99999"]), 0.9),
            "community_code": self.community(),
            "category": self.one(("beautification", "beautification", "safety", "care")),
            "starts_at": starts,
            "residents_joined": self.one((0, 7, 12)),
            "status": self.one(("held", "held", "held", "planned", "cancelled")),
            "updated_at": self.updated(),
        }

    def log(self, key: str) -> Row:
        checked_in = self.moment(0, 0, 0, 1, 88, 89, 90)
        stayed = self.one((108, 150, 450, 456, 480))
        checked_out = self.one((checked_in + stayed * MINUTE, self.after(checked_in, stayed * MINUTE), None))
        # At the limits: 8 hours in total, half an hour more than the stay; 108 min + 0.5 h is 2.3 h.
        credited = self.one(("2.3", "2.3", "2.4", "3", "3.1", "8", "8", "8.1", "0.5", "0.5", "0"))
        activities = [a["activity_id"] for a in self.said("volunteer.activity")]
        return {
            "activity_id": UNKNOWN_ACTIVITY if self.happens(0.06) else self.one(activities),
            "volunteer_id": "V99999999" if self.happens(0.05) else self.few(self.volunteers),
            "checked_in_at": checked_in,
            "checked_out_at": checked_out,
            "on_site": self.happens(0.9),
            "entered_at": self.beside(checked_out or checked_in + HOUR),
            "credited_hours": Decimal(credited),
        }

    def points_entry(self, key: str) -> Row:
        kind = self.one(("earn", "earn", "redeem", "expire", "adjust"))
        return {
            "volunteer_id": self.one(self.volunteers),
            "community_code": self.community(),
            "kind": kind,
            # A correction may take back what was earned or redeemed.
            "points": self.one((10, 25, 25, 0, -5)) * (1 if kind == "earn" else -1),
            "booked_at": self.moment(0, 1, 363, 364, 365, 366),
        }

    def review(self, key: str) -> Row:
        at = self.day(0, 1, 30, 90, 91, 92, 93)
        score = ("0", "61.25", "80", "99.9", "100")
        return {
            "area_code": self.one([*self.areas, *self.areas, f"{self.stranger}A001", f"{self.communities[0]}A099"]),
            "company_code": self.one(self.companies),
            "review_month": self.one((at, at, at.replace(day=1))),
            **{
                f"{part}_score": Decimal(self.one(score))
                for part in ("organisation", "meeting", "management", "effect")
            },
            # Each at a different second, which distinguishes reviews of one area and month.
            "updated_at": datetime.combine(self.first - LONG_BEFORE, time()) + self.counters["SL"] * 7 * SECOND,
        }

    def project(self, key: str) -> Row:
        planned = self.maybe(self.day(0, 0, 0, 1), 0.9)
        budget = Decimal(self.one(("333.40", "1000.00", "20000.20", "0")))
        spent = budget * self.one((Decimal("0.9"), Decimal("1.05"), Decimal("1.05")))
        spent += self.one((Decimal(0), Decimal(0), Decimal("0.01"), Decimal("-0.01")))
        area = self.maybe(self.one([*self.areas, f"{self.communities[0]}A099"]), 0.9)
        return {
            "project_type": self.one(("beautiful_home", "security_upgrade", "courtyard_micro", "regular_service")),
            "community_code": area[:12] if area and self.happens(0.9) else self.community(),
            "area_code": area,
            "started_on": self.day(0, -1, 1, 300),
            "planned_finish_on": planned,
            "finished_on": self.on(planned or self.day()),
            "budget_yuan": budget,
            "spent_yuan": max(spent, Decimal(0)).quantize(Decimal("0.01")),
            "status": self.one(("active", "finished", "finished", "stopped")),
            "updated_at": self.updated(),
        }

    def survey(self, key: str) -> Row:
        return {"community_code": self.community(), "surveyed_on": self.day(0, 0, 1)}

    def meeting(self, key: str) -> Row:
        kinds = ("street_committee", "community_joint", "five_party", "residents_council")
        return self.own_or_street() | {
            "meeting_type": self.one(kinds),
            "held_at": self.moment(0, 84, 86, 88, 89, 90, 91),
            "updated_at": self.updated(),
        }

    def resolution(self, key: str) -> Row:
        due = self.day(0, 0, 1)
        meetings = [m["meeting_id"] for m in self.said("co_building.joint_meeting")]
        return {
            "meeting_id": UNKNOWN_MEETING if self.happens(0.06) else self.one(meetings),
            "due_on": due,
            "done_on": self.on(due),
            "status": self.one(("open", "done", "done", "cancelled")),
            "updated_at": self.updated(),
        }

    def suggestion(self, key: str) -> Row:
        due = self.day(0, 0, 1)
        midnight = datetime.combine(due, time())
        return {
            "community_code": self.community(),
            "raised_at": self.moment(0, 1),
            "reply_due_on": due,
            "replied_at": self.one((midnight, midnight + DAY - SECOND, midnight + DAY, midnight - 9 * DAY, None)),
            "adopted": self.one((True, False, None)),
            "updated_at": self.updated(),
        }

    def covenant(self, key: str) -> Row:
        area = self.maybe(self.one(self.areas), 0.6)
        eligible = self.one((0, 40, 100))
        return {
            "community_code": area[:12] if area and self.happens(0.9) else self.community(),
            "area_code": area,
            "covenant_type": self.one(("residential_area", "residential_area", "community", "building"))
            if area
            else self.one(("community", "community", "residential_area")),
            "voted_on": self.day(0, 0, 1, 728, 729, 730, 731),
            "eligible_households": eligible,
            "participating_households": self.one((0, eligible // 2, eligible)),
            "effective_on": self.one((self.day(0, -1), self.day(0, 700), None)),
            "updated_at": self.updated(),
        }

    def commitment(self, key: str) -> Row:
        due = self.day(0, 0, 1)
        return self.own_or_street() | {
            "member_code": "LM00001",
            "due_on": due,
            "done_on": self.on(due),
            "status": self.one(("open", "done", "done", "cancelled")),
            "updated_at": self.updated(),
        }

    def fund_entry(self, key: str) -> Row:
        booked = self.moment(0, 0, 14, 15, 16)
        projects = [p["project_id"] for p in self.said("property_selfgov.project")]
        return self.own_or_street() | {
            "direction": self.one(("expense", "expense", "income")),
            "amount_yuan": Decimal(self.one(("0.01", "99.90"))),
            "project_id": self.maybe(self.one([*projects, "XM99999999"]), 0.9),
            "booked_at": booked,
            "disclosed_on": self.on(booked.date() + 15 * DAY),
            "updated_at": self.updated(),
        }

    # ------------------------------------------------------------ registers

    def keep_registers(self) -> None:
        self.keep("smart_community.community", self.communities, self.a_community)
        self.keep("smart_community.residential_area", self.areas, self.an_area)
        buildings = [f"{area}B{n:03}" for area in self.areas for n in range(1, self.rng.randint(2, 4))]
        self.keep("smart_community.building", buildings, self.a_building)
        self.keep("smart_community.grid", self.grids, self.a_grid)
        self.keep("smart_community.grid_worker", self.workers, self.a_grid_worker)
        self.keep("smart_community.party_org", [f"DZ{n:06}" for n in range(1, 19)], self.a_party_org)
        self.keep("smart_community.care_household", self.cared_for, self.a_care_household)
        self.keep("service_centre.service_point", self.points, self.a_service_point)
        self.keep("volunteer.volunteer_team", self.teams, self.a_team)
        self.keep("volunteer.volunteer", self.volunteers, self.a_volunteer)
        self.keep("property_selfgov.property_company", self.companies, lambda key: {"has_party_org": self.happens(0.6)})
        self.keep("property_selfgov.selfgov_group", [f"ZZ{n:05}" for n in range(1, 16)], self.a_group)
        self.keep("co_building.alliance_member", ["LM00001", "LM00002"], self.a_member)

    def keep(self, feed_id: str, keys: Sequence[str], build: Builder) -> None:
        """A register day by day: entries join, leave, come back and change; on some days it is empty or not
        delivered."""
        self.draw_for(feed_id)
        feed = self.feeds[feed_id]
        is_of_workbook = sum(other.file_template == feed.file_template for other in self.feeds.values()) > 1
        state: dict[str, Row] = {}
        arrivals = {key: 0 if self.happens(0.8) else self.rng.randrange(len(self.days)) for key in keys}
        delivered = {day for day in self.days if self.happens(0.55)} or set(self.days[2:3])
        emptied = self.one(self.days) if self.happens(0.25) else None
        for n, day in enumerate(self.days):
            for key in keys:
                if n >= arrivals[key] and (key not in state or self.happens(0.12)):
                    state[key] = self.row(feed, key, build)
            if day in delivered or is_of_workbook:
                there = [] if day == emptied else [row for row in state.values() if self.happens(0.94)]
                # An entry of the list means that the register was delivered, even if it is empty.
                self.reported[feed_id, day] = there

    def a_community(self, key: str) -> Row:
        return {
            "community_name": f"社区{key[-3:]}",
            "street_code": key[:9],
            "street_name": f"街道{key[6:9]}",
            "households": self.one((0, 1, 3, 7, 40, 1000)),
            "population": 100,
        }

    def an_area(self, key: str) -> Row:
        longitude, latitude = self.places[key]
        management = self.one(("property_company", "property_company", "self_managed", "none"))
        return {
            "community_code": self.moved(key),
            "area_type": self.one(("old", "old", "commercial")),
            "management": management,
            "is_three_no": self.happens(0.5),
            "company_code": self.one([*self.companies, *self.companies, "PM9999", None]),
            "households": self.one((0, 5, 30)),
            "longitude": number(longitude),
            "latitude": number(latitude),
        }

    def moved(self, code: str) -> str:
        """The community of a grid or area: the one in its code, rarely another or an unknown one."""
        if self.happens(0.9):
            return code[:12]
        return self.community()

    def a_building(self, key: str) -> Row:
        of_community = [grid for grid in self.grids if grid[:12] == key[:12] or self.happens(0.02)]
        return {
            "area_code": key[:16],
            "grid_code": self.one(of_community),
            "head_worker_id": self.one([*self.workers, UNKNOWN_WORKER, None]),
        }

    def a_grid(self, key: str) -> Row:
        return {"community_code": self.moved(key), "longitude": Decimal("107.2"), "latitude": Decimal("34.3")}

    def a_grid_worker(self, key: str) -> Row:
        started = self.one((self.first - 300 * DAY, self.day(0, -1)))
        roles = ("full_time_grid_worker", "full_time_grid_worker", "part_time_grid_worker", "building_head")
        return {
            "worker_role": self.one(roles),
            "community_code": self.community(),
            "grid_code": self.maybe(self.one(self.grids), 0.85),
            "started_on": started,
            "ended_on": self.one((None, None, self.day(0, -1), started)),
        }

    def a_party_org(self, key: str) -> Row:
        codes = self.own_or_street()
        grid = self.maybe(self.grid(), 0.7)
        if codes["community_code"] is not None:
            codes["street_code"] = codes["community_code"][:9]
        elif grid:
            codes["street_code"] = grid[:9]
        return codes | {
            "party_org_type": self.one(("grid_branch", "grid_branch", "building_group", "community_committee")),
            "grid_code": grid,
            "area_code": None,
            "founded_on": self.one((self.first - 300 * DAY, self.day(0, -1))),
        }

    def a_care_household(self, key: str) -> Row:
        every = self.one((1, 2, 7, 15, 30, 90, 180))
        return {
            "community_code": self.grid_of(key)[:12],
            "grid_code": self.grid_of(key),
            "visit_every_days": every,
            "registered_on": self.day(every, every + 1, every - 1, 400, 400),
        }

    def a_service_point(self, key: str) -> Row:
        at = self.places[self.one(self.areas)]
        # The limit is 800 m; a tenth of a millimetre is far more than the rounding error.
        metres = self.one((799.9999, 799.9999, 800.0001, 800.0001, 300.0, 2000.0))
        north, east = self.one(((1, 0), (-1, 0), (0, 1), (0, -1)))
        longitude = number(at[0] + east * degrees(metres / EARTH_RADIUS_M) / cos(radians(at[1])))
        latitude = number(at[1] + north * degrees(metres / EARTH_RADIUS_M))
        opened = self.one((self.first - 300 * DAY, self.first - 300 * DAY, self.day(0, -1)))
        kinds = ("centre", "centre", "station", "kiosk", "volunteer_post", "themed_point", "mobile_desk")
        return {
            "community_code": self.community(),
            "area_code": None,
            "point_type": self.one(kinds),
            "floor_area_m2": self.one((Decimal("600"), Decimal("600"), Decimal("599.99"), Decimal("850.5"), None)),
            "functions": self.one((2, 3, 3, 4)),
            "opened_on": opened,
            "closed_on": self.one((None, None, None, self.day(0, -1), opened)),
            "longitude": self.maybe(longitude, 0.92),
            "latitude": self.maybe(latitude, 0.92),
        }

    def a_team(self, key: str) -> Row:
        founded = self.one((self.first - 300 * DAY, self.day(0, -1)))
        disbanded = self.one((None, None, self.day(0, -1), founded))
        return {"community_code": self.community(), "founded_on": founded, "disbanded_on": disbanded}

    def a_volunteer(self, key: str) -> Row:
        registered = self.one((self.first - 300 * DAY, self.day(0, -1)))
        return {"community_code": self.community(), "team_id": self.one(self.teams), "registered_on": registered}

    def a_group(self, key: str) -> Row:
        founded = self.one((self.first - 300 * DAY, self.day(0, -1)))
        return {
            "area_code": self.one(self.areas),
            "founded_on": founded,
            "dissolved_on": self.one((None, None, self.day(0, -1), founded)),
        }

    def a_member(self, key: str) -> Row:
        return {"street_code": self.one(self.streets)}

    # ------------------------------------------------------------ deliveries

    def write(self, inbox: Path) -> None:
        groups: dict[str, list[Feed]] = defaultdict(list)
        for feed in self.feeds.values():
            groups[feed.file_template].append(feed)
        self.draw_for("silent day")
        silent_day = self.one(self.days[1:-1]) if self.happens(0.6) else None
        for day in self.days:
            for template, feeds in groups.items():
                is_register = all(feed.delivery == "snapshot" for feed in feeds)
                if day == silent_day or (is_register and (feeds[0].id, day) not in self.reported):
                    continue
                self.draw_for(f"{template} {day} missing")
                if self.happens(0.08) and not is_register:
                    continue
                self.deliver(inbox, day, template, feeds)

    def deliver(self, inbox: Path, day: date, template: str, feeds: list[Feed]) -> None:
        """One file, and further files for its date: corrections, older ones after newer, unusable ones."""
        self.draw_for(f"{template} {day}")
        rows = {feed.id: self.disturb(feed, self.reported[feed.id, day]) for feed in feeds}
        name = template.replace("{yyyymmdd}", f"{day:%Y%m%d}")
        stem, _, ending = name.rpartition(".")
        deadline = datetime.combine(day + DAY, time(5))
        received = self.one(
            (deadline - 2 * HOUR, deadline - 2 * HOUR, deadline - 2 * HOUR, deadline, deadline + SECOND,
             deadline + 3 * DAY)
        )  # fmt: skip
        for feed in feeds:
            self.update_late(feed, rows[feed.id], received)
        data = self.file(feeds, rows)
        put(inbox / str(day) / name, data, received)
        later = received + self.one((MINUTE, HOUR, 2 * DAY)) + self.rng.randrange(1, 3000) * SECOND
        earlier = received - self.one((MINUTE, HOUR)) - self.rng.randrange(1, 50) * SECOND
        kind = self.rng.random()
        if kind < 0.08:
            put(inbox / str(day + DAY) / f"{stem}_r2.{ending}", self.file(feeds, self.corrected(rows)), later)
        elif kind < 0.11:
            # The correction came before the corrected file, and a second one after both.
            put(inbox / str(day) / f"{stem}_r2.{ending}", self.file(feeds, self.corrected(rows)), earlier)
            put(inbox / str(day) / f"{stem}_r10.{ending}", self.file(feeds, self.corrected(rows)), later)
        elif kind < 0.14:
            put(inbox / "late" / name, self.file(feeds, self.corrected(rows)), later)
        elif kind < 0.17:
            put(inbox / str(day + DAY) / name, data, later)
        elif kind < 0.20 and ending != "ndjson":
            put(inbox / str(day) / f"{stem}_r3.{ending}", b"", self.one((earlier, later)))
        elif kind < 0.23 and ending == "csv":
            required = {feed.id: next(c.header for c in feed.columns if c.required) for feed in feeds}
            put(inbox / str(day) / f"{stem}_r3.{ending}", self.file(feeds, rows, without=required), later)
        elif kind < 0.4 and len(feeds) > 1:
            lost = self.one(feeds)
            rest = [feed for feed in feeds if feed is not lost]
            put(inbox / str(day) / f"{stem}_r2.{ending}", self.file(rest, self.corrected(rows)), later)

    def update_late(self, feed: Feed, rows: list[Row], received: datetime) -> None:
        """Some rows are updated at the last moment that their file allows, or a second from it."""
        # Two reviews of an area with one updated_at would be a tie.
        if feed.updated_by and feed.id != "property_selfgov.four_link_review":
            for row in rows:
                if self.happens(0.05):
                    row[feed.updated_by] = self.beside(received + DAY)

    def corrected(self, rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
        """Some rows left out, some values of the others swapped between them."""
        changed: dict[str, list[Row]] = {}
        for feed_id, old in rows.items():
            changed[feed_id] = [dict(row) for row in old if self.happens(0.85)]
            for row in changed[feed_id]:
                column = self.one(self.feeds[feed_id].columns)
                wholes = ("longitude", "latitude", "planned_start", "planned_end")
                is_part_of_a_whole = column.is_key or column.pattern or column.name in wholes
                # Another updated_at might tie with that of another review of the area.
                if not is_part_of_a_whole and column.name != self.feeds[feed_id].updated_by:
                    row[column.name] = self.one(old)[column.name]
        return changed

    def disturb(self, feed: Feed, rows: list[Row]) -> list[Row]:
        """Rows that the contract forbids, identical rows, rows with the same key."""
        disturbed = [dict(row) for row in rows]
        for row in rows:
            if self.happens(0.04):
                disturbed.insert(self.rng.randrange(len(disturbed) + 1), self.broken(feed, row))
            if self.happens(0.04):
                disturbed.insert(self.rng.randrange(len(disturbed) + 1), dict(row))
            if self.happens(0.04):
                other = dict(self.one(rows)) | {name: row[name] for name in feed.key}
                if feed.updated_by:
                    other[feed.updated_by] = row[feed.updated_by] + self.one((0 * DAY, SECOND, -SECOND))
                # The parts of a code do not move to another row.
                other |= {c.name: row[c.name] for c in feed.columns if c.pattern}
                disturbed.insert(self.rng.randrange(len(disturbed) + 1), other)
        return disturbed

    def broken(self, feed: Feed, row: Row) -> Row:
        column = self.one([c for c in feed.columns if c.required or c.codes or c.kind is not Kind.STRING])
        wrong: Any = "不对"
        if column.required and self.happens(0.4):
            wrong = None
        elif column.pattern:
            wrong = f"{row[column.name]}X"
        elif column.maximum is not None:
            wrong = int(column.maximum) + 1
        elif column.kind is Kind.STRING and column.codes is None:
            wrong = None
        later = {feed.updated_by: row[feed.updated_by] + DAY} if feed.updated_by else {}
        codes = {"community_code", "street_code"}
        if feed.delivery == "snapshot" and codes <= set(row) and row["community_code"] and self.happens(0.5):
            return row | later | {"street_code": f"{DISTRICT}099"}
        return row | later | {column.name: wrong}

    # ------------------------------------------------------------ files

    def file(self, feeds: list[Feed], rows: dict[str, list[Row]], without: dict[str, str] | None = None) -> bytes:
        """The bytes of one file; `without`: a header to leave out, by feed."""
        if feeds[0].format == "xlsx":
            return self.workbook(feeds, rows)
        (feed,) = feeds
        if feed.format == "csv":
            return self.csv(feed, rows[feed.id], (without or {}).get(feed.id))
        columns = self.columns_in_some_order(feed)
        objects = [json_object(feed, columns, row) for row in rows[feed.id]]
        if feed.format == "ndjson":
            return "".join(json.dumps(o, ensure_ascii=False, default=float) + "\n" for o in objects).encode()
        document = {"feed": feed.id, "exported_at": "2026-01-01T00:00:00+08:00", "rows": objects}
        return json.dumps(document, ensure_ascii=False, default=float).encode()

    def columns_in_some_order(self, feed: Feed) -> list[Column]:
        columns = list(feed.columns)
        if self.happens(0.3):
            self.rng.shuffle(columns)
        return columns

    def csv(self, feed: Feed, rows: list[Row], without: str | None) -> bytes:
        columns = [column for column in self.columns_in_some_order(feed) if column.header != without]
        lines = [[text(feed, column, row) for column in columns] for row in rows]
        extra = ["另加"] if self.happens(0.1) else []
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=feed.delimiter, lineterminator=self.one(("\r\n", "\n")))
        writer.writerow([column.header for column in columns] + extra)
        writer.writerows([*line, *(["x"] if extra else [])] for line in lines)
        return out.getvalue().encode(feed.encoding)

    def workbook(self, feeds: list[Feed], rows: dict[str, list[Row]]) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        # Otherwise the bytes would depend on the time of creation.
        book.set_properties({"created": datetime(2020, 1, 1)})
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        as_moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for feed in feeds:
            sheet = book.add_worksheet(feed.sheet)
            columns = self.columns_in_some_order(feed)
            sheet.merge_range(0, 0, 0, len(columns) - 1, f"{feed.title}导出")
            for x, column in enumerate(columns):
                sheet.write_string(1, x, column.header)
            for y, row in enumerate(rows[feed.id], 2):
                for x, column in enumerate(columns):
                    value = row[column.name]
                    as_cell = form((True, False), column, value)
                    if isinstance(value, datetime) and as_cell:
                        sheet.write_datetime(y, x, value, as_moment)
                    elif isinstance(value, date) and not isinstance(value, datetime) and as_cell:
                        sheet.write_datetime(y, x, datetime.combine(value, time()), as_date)
                    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool) and as_cell:
                        sheet.write_number(y, x, float(value))
                    elif column.name == "community_code" and value and value.isdigit() and as_cell:
                        sheet.write_number(y, x, int(value))
                    elif said := text(feed, column, row):
                        sheet.write_string(y, x, said)
            if self.happens(0.2):
                sheet.write_string(len(rows[feed.id]) + 2, 0, "合计")
        book.close()
        return out.getvalue()


def form(choices: Sequence[T], *of: object) -> T:
    """One of several spellings, always the same for the same object, so that repeated rows are identical."""
    return choices[crc32(repr(of).encode()) % len(choices)]


def text(feed: Feed, column: Column, row: Row) -> str:
    """A value as a cell or a field spells it."""
    value = row[column.name]
    if value is None:
        ways = [none for none in NO_VALUE if none not in (column.codes or {})]
        return "" if column.required else form(ways, column.name, row[feed.key[0]])
    if column.codes is not None:
        code = str(value).lower() if isinstance(value, bool) else value
        said = {code: word for word, code in column.codes.items()}
        return str(said.get(code, value))
    if isinstance(value, datetime):
        forms = ["%Y-%m-%d %H:%M:%S"] * 4 + ["%Y%m%d%H%M%S"]
        if not value.second:
            forms += ["%Y/%m/%d %H:%M", "%Y年%m月%d日 %H时%M分"]
        return value.strftime(form(forms, value))
    if isinstance(value, date):
        forms = ["%Y-%m-%d", "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y-%m-%d 00:00:00"]
        return value.strftime(form(forms, value))
    return str(value)


def json_object(feed: Feed, columns: Sequence[Column], row: Row) -> Row:
    """Timestamps with any offset; optional and empty values may be null or missing."""
    said: Row = {}
    for column in columns:
        value = row[column.name]
        if value is None and not column.required and form((0, 1, 2, 3), column.name, row[feed.key[0]]) == 0:
            continue
        if isinstance(value, datetime):
            offset = form((BEIJING, BEIJING, UTC, timezone(timedelta(hours=-5))), value)
            value = value.replace(tzinfo=BEIJING).astimezone(offset).isoformat()
        elif isinstance(value, date):
            value = value.isoformat()
        said[column.header] = value
    return said


def number(degrees_: float) -> Decimal:
    """Degrees with 11 decimals: a micrometre."""
    return Decimal(f"{degrees_:.11f}")


def put(file: Path, data: bytes, received: datetime) -> None:
    """`received` is Beijing time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    at = received.replace(tzinfo=BEIJING).timestamp()
    os.utime(file, (at, at))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inbox", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()
    write(given.inbox, given.seed)
