"""How far events get: the steps that every event has, from the rows of event_stages.sql. Pure.

Belongs here: which steps there are, and where an event in any other step counts. Does not belong here: the way of one
event (lifecycle.py), wording, markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from figures.published import Row

# A check is no step: it is recorded only if work was sent back.
STEPS = ("reported", "accepted", "dispatched", "resolved", "closed")


@dataclass(frozen=True)
class Step:
    name: str
    reached: int | None
    """None: the source does not record this step at all."""
    waiting: int = 0
    """Events that are in it now, or in a stage between it and the next step."""
    overdue: int = 0
    """Those of them that are overdue."""
    median_hours: float | None = None


def steps_of(rows: Sequence[Row]) -> list[Step]:
    """If no event reached a step but some reached a later one, the source does not record that step."""
    found = {row["stage"]: row for row in rows}
    last = max((number for number, name in enumerate(STEPS) if name in found), default=0)
    waiting, overdue = dict.fromkeys(STEPS, 0), dict.fromkeys(STEPS, 0)
    before = STEPS[0]
    for row in rows:
        before = row["stage"] if row["stage"] in waiting else before
        waiting[before] += row["waiting"]
        overdue[before] += row["overdue"]
    return [
        Step(name, found[name]["reached"], waiting[name], overdue[name], found[name]["median_hours"])
        if name in found
        else Step(name, None if number < last else 0, waiting[name], overdue[name])
        for number, name in enumerate(STEPS)
    ]
