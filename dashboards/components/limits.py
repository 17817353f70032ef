"""Red line, target and stretch goal, or the ends of a band, in words: those in force, and those that a KPI is defined
with where they differ."""

from figures.kpis import Kpi
from language import numbers as fmt
from language.words import Speaker


def limits(kpi: Kpi, t: Speaker) -> str:
    """Empty for a KPI that is not judged."""
    if kpi.red_line is not None:
        red, target, stretch = (fmt.limit(mark, kpi.unit, t.lang) for mark in (kpi.red_line, kpi.target, kpi.stretch))
        return t("definition.limits", red=red, target=target, stretch=stretch)
    if kpi.band_low is not None:
        low, high = (fmt.limit(mark, kpi.unit, t.lang) for mark in (kpi.band_low, kpi.band_high))
        return t("definition.band", low=low, high=high)
    return ""


def as_defined(kpi: Kpi, own: Kpi | None, t: Speaker) -> str:
    """What the KPI is defined with, if the area has other points or another weight; else empty. own: as defined."""
    if own is None or (own.points, own.weight) == (kpi.points, kpi.weight):
        return ""
    said = [limits(own, t)] if own.points != kpi.points else []
    if own.weight != kpi.weight and own.weight is not None:
        said.append(t("definition.weight", n=f"{own.weight:g}"))
    return t("definition.as_defined", points=" · ".join(said))
