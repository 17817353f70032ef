"""The figures of a city or province and of its districts, as a roll-up publishes them.

Belongs here: figures and scores where there are no rows and no feeds of one's own. Does not belong here: those of a
district (board.py, indices.py), wording.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from figures import board, periods, published
from figures.board import Board, Week
from figures.indices import Index
from figures.kpis import Figure, Kpi
from figures.published import Publication, Row
from figures.targets import in_force


@dataclass(frozen=True)
class Standing:
    """All KPIs of one period. rows: (KPI, organisation) → as published; districts: KPI → how many are in the sum and
    how many are expected."""

    board: Board
    rows: Mapping[tuple[str, str], Row]
    districts: Mapping[str, tuple[int, int]]

    def ranked(self, kpi: Kpi, codes: Sequence[str]) -> list[str]:
        """The places with a value that may be shown, the best first; by score where a KPI has a band."""
        shown = [code for code in codes if self.board.figure(kpi.kpi_id, code).value is not None]
        if kpi.direction not in ("up", "down"):
            shown = [code for code in shown if self.rows[kpi.kpi_id, code]["score"] is not None]

        def order(code: str) -> tuple[float, str]:
            if kpi.direction in ("up", "down"):
                value = self.board.figure(kpi.kpi_id, code).value or 0.0
                return value if kpi.direction == "down" else -value, code
            return -self.rows[kpi.kpi_id, code]["score"], code

        return sorted(shown, key=order)


def standing(publication: Publication, kpis: dict[str, Kpi], day: date, period: str) -> Standing:
    """period: of a reader (figures/periods.py); it ends on the day."""
    found = published.ask(publication, "above_figures", day=day, period=periods.published_as(period))
    rows = {(row["kpi_id"], row["org_code"]): row for row in found if row["kpi_id"] in kpis}
    districts = {row["kpi_id"]: (row["districts_in"], row["districts_expected"]) for row in rows.values()}

    def figure(kpi: Kpi, org: str) -> Figure | None:
        row = rows.get((kpi.kpi_id, org))
        return board.figure_of(kpi, row) if row else None

    return Standing(Board(kpis, figure, in_force(publication).on(day)), rows, districts)


def weekly(publication: Publication, kpis: dict[str, Kpi], area: str, last: date) -> dict[str, list[Week]]:
    """Twelve weeks of every KPI: a city has no feeds of its own that could be waited for."""
    return board.weekly(publication, kpis, area, last, without=frozenset())


def scores(publication: Publication, day: date | None) -> dict[tuple[str, str], Index]:
    """By organisation and type, of the 30 days up to a day."""
    rows = published.ask(publication, "above_scores", day=day) if day else []
    return {(row["org_code"], row["pillar"]): Index(row["score"], row["coverage"]) for row in rows}
