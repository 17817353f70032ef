"""The figures of one time range or of twelve weeks, for an area and the places around it.

Belongs here: figures by KPI and organisation. Does not belong here: the meaning of one
figure (kpis.py), the order of places (ranking.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from figures import published
from figures.kpis import Figure, Kpi, waiting
from figures.periods import Ranges
from figures.published import Publication, Row


class Board:
    """All figures of one time range: of an area, of everything below it and of everything above it."""

    def __init__(self, kpis: dict[str, Kpi], figures: Mapping[tuple[str, str], Figure] | None = None) -> None:
        """figures: by KPI and organisation; without any, nothing has data."""
        self.kpis = kpis
        self._figures = figures or {}

    def figure(self, kpi_id: str, org: str) -> Figure:
        return self._figures.get((kpi_id, org)) or Figure(self.kpis[kpi_id])


@dataclass(frozen=True)
class Boards:
    """A time range and the days that it is compared with."""

    now: Board
    before: Board
    rows: Mapping[tuple[str, str], Row]
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
    figures = {key: _figure(kpis[key[0]], row, doubts.get(key, ())) for key, row in rows.items()}
    before = _before(publication, kpis, area, ranges, rows) if compared else {}
    return Boards(Board(kpis, figures), Board(kpis, before), rows)


def _figure(kpi: Kpi, row: Row, doubts: tuple[str, ...]) -> Figure:
    if row["status"] == "no_data":
        return Figure(kpi)
    is_warming_up = row["status"] == "warming_up"
    interval = _interval(row, "")
    return Figure(kpi, row["numerator"], row["denominator"], row["n"], is_warming_up, doubts, row["value"], interval)


def _interval(row: Row, when: str) -> tuple[float, float] | None:
    low, high = row["low90" + when], row["high90" + when]
    return None if low is None or high is None else (low, high)


def _before(
    publication: Publication, kpis: dict[str, Kpi], area: str, ranges: Ranges, rows: Mapping[tuple[str, str], Row]
) -> dict[tuple[str, str], Figure]:
    """The figures compared with; a value of few rows is kept back like any other."""
    assert ranges.compared is not None
    first, last = ranges.compared.first, ranges.compared.last
    found = {}
    for row in published.ask(publication, "period_counts", first=first, last=last, area=area):
        key = row["kpi_id"], row["org_code"]
        if key in rows:
            now = rows[key]
            found[key] = Figure(
                kpis[key[0]],
                row["numerator"],
                row["denominator"],
                row["n"],
                now["was_warming_up"],
                (),
                now[ranges.column] if ranges.column else None,
                _interval(now, "_before"),
            )
    return found


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
