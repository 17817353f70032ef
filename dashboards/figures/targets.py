"""What the KPIs are judged by at a place and on a day: red line, target, stretch, band and weight in force there.

Belongs here: the points that an installation has set in place of a KPI's own (marts.kpi_target), for a place or from a
day on. Does not belong here: whether a value reaches them (kpis.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from figures import published
from figures.kpis import Kpi
from figures.published import Publication, Row

POINTS = ("red_line", "target", "stretch", "band_low", "band_high", "weight")
Judge: TypeAlias = Callable[[Kpi, str], Kpi]
"""A KPI as it is judged at a place."""


class Targets:
    """Only of KPIs whose points or weight differ somewhere or at some time from what they are defined with: all others
    are judged by their own, everywhere and always."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._spans: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            self._spans.setdefault(row["kpi_id"], {}).setdefault(row["org_code"], []).append(row)

    def kpi(self, kpi: Kpi, org: str, day: date | None) -> Kpi:
        """With the points in force at a place on a day; without a day, as given."""
        found = self._on(kpi.kpi_id, org, day)
        return replace(kpi, **{name: found[name] for name in POINTS}) if found else kpi

    def kpis(self, kpis: Mapping[str, Kpi], org: str, day: date | None) -> dict[str, Kpi]:
        return {kpi_id: self.kpi(kpi, org, day) for kpi_id, kpi in kpis.items()}

    def on(self, day: date | None) -> Judge:
        return lambda kpi, org: self.kpi(kpi, org, day)

    def differ_below(self, kpi: Kpi, area: str, day: date | None) -> bool:
        """Whether a place in the area is judged by other points than the area itself."""
        whole = self.kpi(kpi, area, day).points
        below = (org for org in self._spans.get(kpi.kpi_id, ()) if org.startswith(area))
        return any(self.kpi(kpi, org, day).points != whole for org in below)

    def _on(self, kpi_id: str, org: str, day: date | None) -> Row | None:
        for row in self._spans.get(kpi_id, {}).get(org, ()) if day else ():
            if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]):
                return row
        return None


def in_force(publication: Publication) -> Targets:
    return published.kept(publication, "targets", (), lambda: Targets(published.ask(publication, "targets")))
