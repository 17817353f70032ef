"""One event on its way through the three levels: on which level it was, from when to when, and where it waited for
acknowledgement. Pure; from the rows of event_flow.sql.

Belongs here: spells and places on a time axis. Does not belong here: SQL, markup (components/way.py), wording.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from figures.published import Row

LEVELS = ("community", "street", "district")


@dataclass(frozen=True)
class Spell:
    level: str
    start: datetime
    end: datetime
    acknowledged_at: datetime | None = None
    """When the level acknowledged it; None if it was not handed over to the level, or nobody has acknowledged it."""
    is_handed_over: bool = False

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600

    @property
    def waited_until(self) -> datetime | None:
        """The end of the time without acknowledgement; None if it was not handed over."""
        return (self.acknowledged_at or self.end) if self.is_handed_over else None


def spells(flow: Sequence[Row], own_level: str, start: datetime, end: datetime) -> list[Spell]:
    """The levels that an event was on, in sequence, from `start` (the report) to `end` (closed, void, or now); of
    length zero if the end comes first.

    A movement that names another level moves the event there; the first acknowledgement on that level ends the waiting.
    Before the first movement that names a level, the event is on the level of that movement, or, if none names one, on
    its own level.
    """
    end = max(start, end)
    named = [row for row in flow if row["to_level"]]
    level = named[0]["to_level"] if named else own_level
    moves = [(start, level, False)]
    for row in named[1:]:
        if row["to_level"] != level:
            level = row["to_level"]
            moves.append((min(max(row["acted_at"], start), end), level, True))
    found = []
    for number, (since, where, is_handed_over) in enumerate(moves):
        until = moves[number + 1][0] if number + 1 < len(moves) else end
        taken = [
            row["acted_at"]
            for row in named
            if row["action"] == "acknowledge" and row["to_level"] == where and since <= row["acted_at"] <= until
        ]
        found.append(Spell(where, since, until, min(taken, default=None) if is_handed_over else None, is_handed_over))
    return found


def hours_by_level(found: Sequence[Spell]) -> dict[str, float]:
    return {level: sum(spell.hours for spell in found if spell.level == level) for level in LEVELS}


def whole_hours(stage: Row, end: datetime) -> float | None:
    """How long a stage of event_one_stages.sql lasted, or has lasted until `end`; None without times in order."""
    if stage["left_at"] is not None:
        return None if stage["hours"] is None else float(stage["hours"])
    entered = stage["entered_at"]
    return (end - entered).total_seconds() / 3600 if entered is not None and entered <= end else None


def hours_in_stage(stage: Row, own_level: str, end: datetime) -> tuple[float, ...]:
    """The same by level, in the order of LEVELS. Time that no level has belongs to the stage's own, so that the longest
    stage has the longest bar."""
    hours = {level: max(0.0, stage[f"hours_at_{level}"] or 0.0) for level in LEVELS}
    hours[stage["level"] or own_level] += max(0.0, (whole_hours(stage, end) or 0.0) - sum(hours.values()))
    return tuple(hours.values())


@dataclass(frozen=True)
class Axis:
    """From the first to the last moment on the drawing."""

    first: datetime
    last: datetime

    def at(self, moment: datetime) -> float:
        """The position of a moment, in percent of the axis, limited to the axis."""
        whole = (self.last - self.first).total_seconds()
        share = (moment - self.first).total_seconds() / whole if whole > 0 else 0.0
        return min(100.0, max(0.0, share * 100))

    def ticks(self, most: int = 7) -> list[datetime]:
        """Midnights on the axis, at most this many."""
        day = datetime(self.first.year, self.first.month, self.first.day) + timedelta(days=1)
        days = []
        while day < self.last:
            days.append(day)
            day += timedelta(days=1)
        step = -(-len(days) // most) if days else 1
        return days[::step]
