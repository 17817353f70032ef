"""The constants of the demo's stories and of the faults in its files: who, when, how much. docs/demo.md describes them.

Belongs here: every constant of a story; days are relative to the anchor. Does not belong here: how the objects are
generated, which is in the modules of their themes.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.demo.dice import Bools, Floats, Ints

# ---------------------------------------------------------------- who
GAS_BACKLOG = "610302005003"
"""英达路社区: gas hazards are found and not fixed."""
SLIDING_STREET = "610302003"
"""清姜街道: residents' satisfaction falls for six weeks."""
INSTANT_CLOSER = "610302004008"
"""姜谭路西社区: closes its events within minutes, on paper."""
THREE_EVENTS = "610302101002"
"""张家沟社区: so small that it has only three events in thirty days."""
TURNED_ROUND = "610302002006"
"""新民路社区: its first residential area, a three-no one with its own grid, gets a group and a project."""
DESERT = "610302104001"
"""昌盛路社区: only a mobile desk within fifteen minutes' walk."""
MONTH_END_STREET = "610302001"
"""金陵街道: a third of a month's visits are on its last day."""
MOVED_LIMITS = "610302005016"
"""宝光社区: limits are moved after they were missed."""
BULK_HOURS = "610302100002"
"""和谐路社区: volunteers' hours are entered before the work is done."""
BULK_VISITS = "610302005011"
"""滨河路社区: a worker enters twenty visits within a minute."""
LATE_ACKNOWLEDGING_STREET = "610302103"
"""高家镇: escalations to it wait."""

# ---------------------------------------------------------------- when
GAS_FROM = -80
SLIDE_DAYS = 42
GROUP_FOUNDED, PROJECT_FINISHED = -75, -30
MANAGED_FROM = -28
BULK_VISIT_DAYS = (-37, -23, -9)
BULK_HOURS_FROM = -60
MOVED_FROM = -90
THREE_EVENTS_EVERY = 11


def slide(since_anchor: Ints) -> Floats:
    """How far the satisfaction of the sliding street has fallen: 0 up to six weeks before the anchor, 1 from the
    anchor."""
    return np.clip((since_anchor + SLIDE_DAYS) / SLIDE_DAYS, 0.0, 1.0)


def relief(since_anchor: Ints) -> Floats:
    """How far the three-no area has improved: 0 up to the group's founding, 1 when its project is finished."""
    return np.clip((since_anchor - GROUP_FOUNDED) / (PROJECT_FINISHED - GROUP_FOUNDED), 0.0, 1.0)


def month_end_pace(is_last: Bools) -> Floats:
    """The rate of visits in the month-end street, relative to the others."""
    return np.where(is_last, 15.0, 0.55)


# ---------------------------------------------------------------- what is wrong with the files


@dataclass(frozen=True)
class Mishap:
    """A fault of one file, or of those of several days: feed id and days relative to the anchor."""

    feed: str
    first: int
    last: int

    def strikes(self, feed: str, since_anchor: int) -> bool:
        return feed == self.feed and self.first <= since_anchor <= self.last


@dataclass(frozen=True)
class Late(Mishap):
    days: int


def _once(feed: str, day: int) -> Mishap:
    return Mishap(feed, day, day)


LATE = (Late("volunteer.points_txn", -15, -15, 3), Late("home_visit.visit", -70, -70, 40))
MISSING = Mishap("service_centre.duty_shift", -33, -32)
HELD = _once("service_centre.service_case", -18)
"""Truncated; its second revision comes a day later."""
WRONG_HOUR = _once("command_centre.event", -25)
"""Exported in UTC; its second revision, a day later, is right."""
AGAIN = _once("volunteer.activity", -12)
"""The same bytes again, in the folder of the next day."""
UNKNOWN_COLUMN = Mishap("home_visit.visit", -50, -44)
WRONG_TOTAL = _once("property_selfgov.project", -40)
MIXED_COLUMNS = Mishap("command_centre.hotline_order", -30, -24)
"""Columns in another order."""
STRAY_DAY = -7
STRAY_NAME = "社区干部通讯录（备份）.xlsx"

REJECTED, DUPLICATE, SUPERSEDED = 0.003, 0.001, 0.001
"""The share of rows of ROUGH feeds that break their contract, occur twice, or occur together with an older version."""
ROUGH = frozenset(
    {
        "command_centre.event", "command_centre.event_flow", "command_centre.hotline_order",
        "command_centre.hazard_inspection", "home_visit.visit", "service_centre.service_case", "snap_report.report",
        "volunteer.service_log", "volunteer.points_txn", "property_selfgov.satisfaction_survey",
        "co_building.suggestion",
    }
)  # fmt: skip
UNTIDY = 0.02
"""The share of those feeds' rows with bad formatting: other dates, full-width digits, spaces, words for "no value"."""
UNKNOWN_EVENT = 0.012
"""The share of references to events that the command centre does not have."""
