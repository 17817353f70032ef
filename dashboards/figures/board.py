"""The figures of one time range or of twelve weeks, for an area and the places around it.

Belongs here: figures by KPI and organisation. Does not belong here: the meaning of one
figure (kpis.py), the order of places (ranking.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from figures import published
from figures.kpis import Figure, Kpi, waiting
from figures.periods import Ranges, week_ends
from figures.published import Publication, Row
from figures.targets import Judge, in_force

Key: TypeAlias = tuple[str, str]
"""KPI and organisation."""


class Board:
    """All figures of one time range: of an area, of everything below it and of everything above it. A district has some
    ten thousand and a page shows a few hundred, so a figure is made when it is asked for, and kept with the board."""

    def __init__(
        self,
        kpis: dict[str, Kpi],
        make: Callable[[Kpi, str], Figure | None] | None = None,
        judged: Judge = lambda kpi, _: kpi,
    ) -> None:
        """make: the figure of a KPI and an organisation, None if it has no data; without it, nothing has data. judged:
        the KPI with what it is judged by there."""
        self.kpis = kpis
        self._make = make
        self._judged = judged
        self._made: dict[Key, Figure] = {}

    def figure(self, kpi_id: str, org: str) -> Figure:
        key = kpi_id, org
        if key not in self._made:
            kpi = self._judged(self.kpis[kpi_id], org)
            self._made[key] = (self._make(kpi, org) if self._make else None) or Figure(kpi)
        return self._made[key]


@dataclass(frozen=True)
class Boards:
    """A time range and the days that it is compared with."""

    now: Board
    before: Board
    rows: Mapping[Key, Row]
    """What is published of the time range, by KPI and organisation: scores, and the values compared with."""


def boards(publication: Publication, kpis: dict[str, Kpi], area: str, ranges: Ranges | None) -> Boards:
    """The values are those of marts.kpi_period; so are the values compared with, where it has them."""
    if ranges is None or not area:
        return Boards(Board(kpis), Board(kpis), {})
    now, compared = ranges.now, ranges.compared
    without = waiting(publication, kpis)
    rows = {
        (row["kpi_id"], row["org_code"]): row
        for row in published.ask(
            publication,
            "period_values",
            day=now.last,
            period=ranges.published,
            area=area,
            day_before=compared.last if compared else now.first,
        )
        if row["kpi_id"] in kpis and row["kpi_id"] not in without
    }
    doubts = {
        (row["kpi_id"], row["org_code"]): tuple(row["sentinels"])
        for row in published.ask(publication, "doubts", first=now.first, last=now.last, area=area)
    }

    def figure(kpi: Kpi, org: str) -> Figure | None:
        key = kpi.kpi_id, org
        return figure_of(kpi, rows[key], doubts.get(key, ())) if key in rows else None

    before = _before(publication, area, ranges, rows) if compared else None
    targets = in_force(publication)
    then = targets.on(compared.last if compared else now.last)
    return Boards(Board(kpis, figure, targets.on(now.last)), Board(kpis, before, then), rows)


def figure_of(kpi: Kpi, row: Row, doubts: tuple[str, ...] = ()) -> Figure:
    """row: of marts.kpi_period."""
    if row["status"] == "no_data":
        return Figure(kpi)
    is_warming_up = row["status"] == "warming_up"
    interval = _interval(row, "")
    return Figure(kpi, row["numerator"], row["denominator"], row["n"], is_warming_up, doubts, row["value"], interval)


def _interval(row: Row, when: str) -> tuple[float, float] | None:
    low, high = row["low90" + when], row["high90" + when]
    return None if low is None or high is None else (low, high)


def _before(
    publication: Publication, area: str, ranges: Ranges, rows: Mapping[Key, Row]
) -> Callable[[Kpi, str], Figure | None]:
    """Makes the figures compared with; a value of few rows is kept back like any other."""
    asked = {"day": ranges.now.last, "period": ranges.published, "against": ranges.compared_as, "area": area}
    compared = {(row["kpi_id"], row["org_code"]): row for row in published.ask(publication, "compared_values", **asked)}

    def figure(kpi: Kpi, org: str) -> Figure | None:
        then, now = compared.get((kpi.kpi_id, org)), rows.get((kpi.kpi_id, org))
        return None if then is None or now is None else replace(_spanned(kpi, then), interval=_interval(now, "_before"))

    return figure


def _spanned(kpi: Kpi, row: Row) -> Figure:
    """Of the days of a week, or of those compared with."""
    return Figure(
        kpi,
        row["numerator"],
        row["denominator"],
        row["n"],
        is_warming_up=row["status"] == "warming_up",
        published=row["value"],
    )


@dataclass(frozen=True)
class Week:
    last: date
    figure: Figure


def targets_of(weeks: Sequence[Week]) -> list[float | None]:
    """Those in force at the end of each week."""
    return [week.figure.kpi.target for week in weeks]


def weekly(
    publication: Publication, kpis: dict[str, Kpi], area: str, last: date, without: Collection[str] | None = None
) -> dict[str, list[Week]]:
    """Twelve weeks of every KPI of an area, oldest first; a week without a row is a figure without data. without: KPIs
    that have no data; if not given, those whose feeds are waited for."""
    if without is None:
        without = waiting(publication, kpis)
    targets = in_force(publication)
    found = {
        (row["kpi_id"], row["as_of"]): _spanned(targets.kpi(kpis[row["kpi_id"]], area, row["as_of"]), row)
        for row in published.ask(publication, "weekly_values", area=area, last=last)
        if row["kpi_id"] in kpis and row["kpi_id"] not in without
    }
    return {
        kpi_id: [Week(end, found.get((kpi_id, end)) or Figure(targets.kpi(kpi, area, end))) for end in week_ends(last)]
        for kpi_id, kpi in kpis.items()
    }
