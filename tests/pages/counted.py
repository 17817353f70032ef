"""Figures for tests without a publication: with the value that a warehouse would publish of their parts."""

from typing import Any

from figures.kpis import Figure, Kpi
from language.numbers import unit_of


def counted(kpi: Kpi, numerator: float | None, denominator: float | None, **more: Any) -> Figure:
    value = (numerator or 0) / denominator * unit_of(kpi.unit).factor if denominator else None
    return Figure(kpi, numerator, denominator, **{"published": value, **more})
