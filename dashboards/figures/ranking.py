"""The order of places by a KPI, with care for few cases: by the smoothed values, in bands relative to the district.

Belongs here: which place comes before which. Does not belong here: smoothing, intervals and bands (the warehouse), the
display of a ranking (components/rank_list.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from figures import periods, published
from figures.kpis import Figure
from figures.orgs import Org
from figures.published import Publication

Band: TypeAlias = Literal["better", "same", "worse"]


@dataclass(frozen=True)
class Ranked:
    org: Org
    figure: Figure
    ordered_by: float
    """The value used for the order: shares of a flow are smoothed towards the district's, so that few cases do not
    produce extremes."""
    interval: tuple[float, float] | None
    band: Band | None
    """Against the district; never better for a figure in doubt."""


def standings(publication: Publication, kpi_id: str, day: date, period: str) -> list[published.Row]:
    """How every place stands in a KPI, as published, in a time range that ends on the newest day."""
    return published.ask(publication, "standings", kpi=kpi_id, day=day, period=periods.published_as(period))


def rank(figures: Iterable[tuple[Org, Figure]], rows: Iterable[published.Row]) -> list[Ranked]:
    """Best first. Figures that may not be shown are left out. `rows`: the standings."""
    by_org = {row["org_code"]: row for row in rows}
    ranked = []
    for org, figure in figures:
        row = by_org.get(org.code)
        if figure.value is None or figure.numerator is None or figure.denominator is None or row is None:
            continue
        smoothed = row["value_smoothed"]
        interval = None if row["low90"] is None else (row["low90"], row["high90"])
        # Older generations publish a figure in doubt as better.
        band = None if row["band"] == "better" and figure.doubts else row["band"]
        ranked.append(Ranked(org, figure, figure.value if smoothed is None else smoothed, interval, band))
    down = bool(ranked) and ranked[0].figure.kpi.direction == "down"
    return sorted(ranked, key=lambda entry: (entry.ordered_by if down else -entry.ordered_by, entry.org.code))
