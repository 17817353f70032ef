"""The order of places by a KPI, with care for few cases: smoothed, with intervals, in bands relative to the district.

Belongs here: which place comes before which. Does not belong here: the statistics (stats.py), the display of a ranking
(components/rank_list.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from figures import published, stats
from figures.kpis import Figure
from figures.orgs import Org


@dataclass(frozen=True)
class Ranked:
    org: Org
    figure: Figure
    shown: float
    """The value used for the order: shares are smoothed towards the district's, so that few cases do not produce
    extremes."""
    interval: tuple[float, float] | None
    band: stats.Band | None
    """Against the district; never better for a figure in doubt."""


def rank(figures: Iterable[tuple[Org, Figure]], district: Figure, year: Iterable[published.Row]) -> list[Ranked]:
    """Best first. Figures that may not be shown are left out. `year`: the rows of year_sums.sql, of all KPIs."""
    own = [row for row in year if row["kpi_id"] == district.kpi.kpi_id]
    strength = stats.strength([(row["numerator"] or 0.0, row["denominator"] or 0.0) for row in own])
    ranked = []
    for org, figure in figures:
        if figure.plain is None or figure.numerator is None or figure.denominator is None:
            continue
        shown = figure.plain
        if figure.kpi.unit == "percent" and district.value is not None:
            shown = 100 * stats.smoothed(figure.numerator, figure.denominator, district.value / 100, strength)
        interval = figure.interval
        band = None
        if interval and district.value is not None:
            band = stats.band(interval[0], interval[1], district.value, figure.kpi.direction)
        if band == "better" and figure.doubts:
            band = None
        ranked.append(Ranked(org, figure, shown, interval, band))
    down = bool(ranked) and ranked[0].figure.kpi.direction == "down"
    return sorted(ranked, key=lambda entry: (entry.shown if down else -entry.shown, entry.org.code))
