"""The figures of one time range or of twelve weeks, for an area and the places around it.

Belongs here: figures by KPI and organisation. Does not belong here: the meaning of one
figure (kpis.py), the order of places (ranking.py).
"""

from dataclasses import dataclass, replace
from datetime import date

from figures import published
from figures.kpis import Figure, Kpi, waiting
from figures.periods import Window
from figures.published import Publication


class Board:
    """All figures of one time range: of an area, of everything below it and of everything above it."""

    def __init__(self, publication: Publication, kpis: dict[str, Kpi], area: str, window: Window | None) -> None:
        self.kpis = kpis
        self._figures: dict[tuple[str, str], Figure] = {}
        if window is None or not area:
            return
        rows = published.ask(publication, "period_values", first=window.first, last=window.last, area=area)
        without = waiting(publication, kpis)
        for row in rows:
            kpi = kpis.get(row["kpi_id"])
            if kpi and kpi.kpi_id not in without:
                self._figures[row["kpi_id"], row["org_code"]] = Figure(
                    kpi, row["numerator"], row["denominator"], row["n"], row["is_warming_up"]
                )
        for row in published.ask(publication, "doubts", first=window.first, last=window.last, area=area):
            if figure := self._figures.get((row["kpi_id"], row["org_code"])):
                self._figures[row["kpi_id"], row["org_code"]] = replace(figure, doubts=tuple(row["sentinels"]))

    def figure(self, kpi_id: str, org: str) -> Figure:
        return self._figures.get((kpi_id, org)) or Figure(self.kpis[kpi_id])


@dataclass(frozen=True)
class Week:
    last: date
    figure: Figure


def weekly(publication: Publication, kpis: dict[str, Kpi], area: str, last: date) -> dict[str, list[Week]]:
    """Twelve weeks of every KPI of an area, oldest first; a week without a row is a figure without data."""
    without = waiting(publication, kpis)
    found = {
        (row["kpi_id"], row["week"]): Figure(kpis[row["kpi_id"]], row["numerator"], row["denominator"], row["n"])
        for row in published.ask(publication, "weekly_values", area=area, last=last)
        if row["kpi_id"] in kpis and row["kpi_id"] not in without
    }
    ends = [date.fromordinal(last.toordinal() - 7 * (11 - week)) for week in range(12)]
    return {
        kpi_id: [Week(end, found.get((kpi_id, week)) or Figure(kpi)) for week, end in enumerate(ends)]
        for kpi_id, kpi in kpis.items()
    }
