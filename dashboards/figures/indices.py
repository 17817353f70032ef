"""The scores of the types (the indices), 0 to 100, and what changed them.

Belongs here: an index, its weeks, its change by KPI. Does not belong here: how it is computed (the warehouse), wording.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from figures import published
from figures.kpis import Kpi
from figures.periods import week_ends
from figures.published import Publication

# The score of a KPI at its red line and at its target: an index is the weighted mean of such scores.
SCORE_RED, SCORE_TARGET = 60.0, 80.0


@dataclass(frozen=True)
class Index:
    score: float | None = None
    """0 to 100; None if less than 60 % of the weight has data."""
    coverage: float | None = None
    """Share of the weight that has data, 0 to 1; None if the warehouse has no row."""
    doubts: tuple[str, ...] = ()
    """The sentinels that touch one of its KPIs."""


def on_day(publication: Publication, area: str, day: date | None) -> dict[tuple[str, str], Index]:
    """By organisation and type (including `overall`), of the 30 days up to a day: of an area, of everything below and
    above it."""
    if not area or day is None:
        return {}
    return {
        (row["org_code"], row["pillar"]): Index(row["score"], row["coverage"], tuple(row["sentinels"]))
        for row in published.ask(publication, "index_values", area=area, day=day)
    }


def weeks(publication: Publication, org: str, last: date) -> dict[str, list[float | None]]:
    """Twelve scores of every index, a week apart, oldest first."""
    ends = week_ends(last)
    found: dict[str, list[float | None]] = {}
    for row in published.ask(publication, "index_weeks", org=org, last=last):
        found.setdefault(row["pillar"], [None] * len(ends))[ends.index(row["as_of"])] = row["score"]
    return found


@dataclass(frozen=True)
class Part:
    """How much one KPI changed an index, in the index's points."""

    kpi: Kpi
    row: published.Row

    @property
    def points(self) -> float:
        return float(self.row["mix"] + self.row["performance"])


def added_up(parts: Sequence[float], digits: int = 1) -> list[float]:
    """Rounded so that they add up to their rounded sum: the remainder goes to the values with the smallest error."""
    rounded = [round(part, digits) for part in parts]
    step = 10.0**-digits
    steps = round((round(sum(parts), digits) - sum(rounded)) * 10**digits)
    nearest = sorted(range(len(parts)), key=lambda at: (parts[at] - rounded[at]) * (-1 if steps > 0 else 1))
    for at in nearest[: abs(steps)]:
        rounded[at] = round(rounded[at] + (step if steps > 0 else -step), digits)
    return rounded


@dataclass(frozen=True)
class Moved:
    """An index compared with an earlier day; the parts add up to the change."""

    before_day: date
    before: float
    score: float
    parts: list[Part]
    """The greatest first, in either direction."""

    @property
    def change(self) -> float:
        return self.score - self.before

    @cached_property
    def tenths(self) -> dict[str, float]:
        """The parts by KPI, rounded so that they add up: the one rounding that sentences and tables say."""
        rounded = added_up([part.points for part in self.parts])
        return dict(zip((part.kpi.kpi_id for part in self.parts), rounded, strict=True))


def moved(publication: Publication, kpis: dict[str, Kpi], org: str, day: date, period: str) -> dict[str, Moved]:
    """By type, including `overall`; a type without an index on both days is missing. period: 30d, month,
    quarter, year."""
    found: dict[str, Moved] = {}
    for row in published.ask(publication, "index_parts", org=org, day=day, period=period):
        if row["kpi_id"] in kpis:
            entry = found.setdefault(row["pillar"], Moved(row["before_as_of"], row["score_before"], row["score"], []))
            entry.parts.append(Part(kpis[row["kpi_id"]], row))
    return found
