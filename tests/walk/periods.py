"""Every figure of a period computed again, in plain Python, from the rows of the KPIs' definitions.

Belongs here: what `marts.kpi_period` says, by the rules of its description: sums of a period, n, smoothing, intervals,
scores, bands, states. Written from the rows, not from daily sums, and without SQL. Does not belong here: what a KPI
counts (`recompute`), reading files (`oracle`), asserting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from tests.walk.recompute import (
    FACTORS,
    FLOWS,
    LEVELS,
    STOCKS,
    Cell,
    Exports,
    Key,
    recompute,
)

Z = 1.6448536269514722
"""Two-sided 90 %."""
FEWEST = 5
# Percent flows that do not count rows: minutes of shifts, hours of logs, households of covenants, rows of deliveries.
SUMS = {
    "point_open_as_scheduled_rate",
    "volunteer_hours_verified_rate",
    "covenant_participation_rate",
    "row_acceptance_rate",
}
PERIODS = ("30d", "month", "quarter", "year", "1d", "7d", "all")
MONTHS = {"month": 1, "quarter": 3, "year": 12}

Row = tuple[date, Fraction, Fraction]
"""day, what the row adds to the numerator, what it adds to the denominator"""
Span = tuple[date, date]


class Figure(NamedTuple):
    """A row of kpi_period without its keys. `status` is None where there is no value: why is another matter."""

    numerator: float | None
    denominator: float | None
    value: float | None
    n: float | None
    is_exact: bool
    value_smoothed: float | None
    low90: float | None
    high90: float | None
    score: float | None
    band: str | None
    status: str | None
    previous_value: float | None
    year_ago_value: float | None


@dataclass(frozen=True)
class Rule:
    """What the registry says of a KPI. points: red line, target and stretch, or the two ends of a band. feeds: all that
    it is made of."""

    direction: str
    window_days: int | None
    points: tuple[float, ...]
    feeds: frozenset[str]


class Periods:
    """The figures of one warehouse."""

    def __init__(self, x: Exports, rules: Mapping[str, Rule]) -> None:
        self.rules, self.exports = rules, x
        self.days = x.days
        self.cells: dict[Key, Cell] = recompute(x)
        self.rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        loaded = set(x.days)
        for kpi, (_, rows_of) in FLOWS.items():
            for org, day, numerator, denominator in rows_of(x):
                if day in loaded:
                    row = (day, Fraction(numerator), Fraction(denominator))
                    for length in LEVELS:
                        if length <= len(org):
                            self.rows[kpi, org[:length]].append(row)

    @cached_property
    def came(self) -> set[str]:
        return {delivery.feed for delivery in self.exports.deliveries}

    @cached_property
    def communities(self) -> list[str]:
        return sorted({org for _, org in self.rows if len(org) == 12})

    def within(self, kpi: str, org: str, span: Span) -> list[Row]:
        return [row for row in self.rows.get((kpi, org), []) if span[0] <= row[0] <= span[1]]

    def sums(self, kpi: str, org: str, span: Span) -> Cell | None:
        """Summed over the days for a flow, of the last day for others; None if there is nothing."""
        if kpi in STOCKS:
            return self.cells.get((kpi, LEVELS[len(org)], org, span[1]))
        rows = self.within(kpi, org, span)
        numerator, denominator = sum((row[1] for row in rows), Fraction(0)), sum((row[2] for row in rows), Fraction(0))
        return Cell(numerator, denominator, numerator / denominator * factor(kpi) if denominator else None)

    def is_awaited(self, kpi: str) -> bool:
        """Whether one of its feeds never came."""
        return not self.rules[kpi].feeds - {"ledger.delivery"} <= self.came

    def value(self, kpi: str, org: str, span: Span | None) -> float | None:
        cell = self.sums(kpi, org, span) if span else None
        return None if cell is None or cell.value is None else float(cell.value)

    def figure(self, kpi: str, org: str, as_of: date, period: str) -> Figure:
        span = span_of(period, as_of, self.days[0])
        cell, unit, is_exact = self.sums(kpi, org, span), unit_of(kpi), kpi in STOCKS
        value = self.value(kpi, org, span)
        counted = [(y, x) for _, y, x in self.within(kpi, org, span) if x != 0]
        is_count = unit == "count"
        n = None if is_count else len(counted) if not is_exact else float(cell.denominator or 0) if cell else 0.0
        low, high = self.interval(kpi, [(y, x) for _, y, x in self.within(kpi, org, span)], value)
        district = self.value(kpi, org[:6], span)
        smoothed = None
        if value is not None and district is not None and unit == "percent" and not is_exact and kpi not in SUMS:
            k, mean = self.strength(kpi, org[:6], as_of), district / 100
            smoothed = 100 * (float(sum(y for y, _ in counted)) + k * mean) / (len(counted) + k)
        is_warming = (self.rules[kpi].window_days or 0) > (as_of - self.days[0]).days + 1
        scored = smoothed if smoothed is not None and len(org) > 6 else value
        return Figure(
            (None if is_count else 0.0) if cell is None else float(cell.numerator),
            None if is_count else float(cell.denominator or 0) if cell else 0.0,
            value,
            n,
            is_exact,
            smoothed,
            low,
            high,
            None if is_warming or self.is_awaited(kpi) else score(scored, self.rules[kpi]),
            None
            if self.is_awaited(kpi) or len(org) == 6 or (n or 0) < FEWEST
            else band(low, high, district, self.rules[kpi].direction),
            None
            if value is None or self.is_awaited(kpi)
            else state(is_warming, not is_exact and len(counted) < FEWEST),
            self.value(kpi, org, span_before(period, as_of)),
            self.value(kpi, org, span_of_last_year(period, as_of)),
        )

    def interval(
        self, kpi: str, rows: Sequence[tuple[Fraction, Fraction]], value: float | None
    ) -> tuple[float | None, float | None]:
        """Two-sided 90 %, of the rows of a flow; none for stocks and windows, and for one row of a sum.

        A row without a denominator is none of n. What it adds to a numerator is part of the ratio all the same.
        """
        if value is None or kpi in STOCKS:
            return None, None
        counted = [(y, x) for y, x in rows if x != 0]
        if unit_of(kpi) == "percent" and kpi not in SUMS:
            low, high = wilson(sum(y for y, _ in counted), len(counted))
        elif len(counted) < 2:
            return None, None
        else:
            ratio = sum(y for y, _ in rows) / sum(x for _, x in counted)
            rest = sum((y - ratio * x) ** 2 for y, x in rows) * len(counted) / (len(counted) - 1)
            half = Z * sqrt(rest) / float(sum(x for _, x in counted))
            low, high = float(ratio) - half, float(ratio) + half
        scale = float(factor(kpi))
        most = {"percent": 100.0, "points_10": 10.0, "points_100": 100.0}.get(unit_of(kpi), float("inf"))
        return min(max(0.0, low * scale), value), max(min(most, high * scale), value)

    def strength(self, kpi: str, district: str, as_of: date) -> float:
        """How many rows of the district's rate are added to a place's own: method of moments over 365 days."""
        year = (as_of - timedelta(days=364), as_of)
        found = [self.sums(kpi, org, year) for org in self.communities if org.startswith(district)]
        pairs = [(cell.numerator, cell.denominator) for cell in found if cell and cell.denominator]
        total = sum((den for _, den in pairs), Fraction(0))
        if len(pairs) < 2:
            return 500.0
        mean = sum((num for num, _ in pairs), Fraction(0)) / total
        chance = mean * (1 - mean)
        apart = sum((den * (num / den - mean) ** 2 for num, den in pairs), Fraction(0)) - (len(pairs) - 1) * chance
        between = apart / (total - sum((den * den for _, den in pairs), Fraction(0)) / total)
        if between <= 0 or chance <= 0:
            return 500.0
        return min(500.0, max(5.0, float(chance / between) - 1))


def unit_of(kpi: str) -> str:
    return (FLOWS.get(kpi) or STOCKS[kpi])[0]


def factor(kpi: str) -> Fraction:
    return Fraction(FACTORS.get(unit_of(kpi), 1))


def wilson(hits: Fraction | int, trials: int) -> tuple[float, float]:
    """The shares x with (share - x)² = z² x (1 - x) / n: the two roots of a quadratic equation."""
    share, pull = float(hits) / trials, Z * Z / trials
    a, b, c = 1 + pull, -(2 * share + pull), share * share
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def score(value: float | None, rule: Rule) -> float | None:
    """0 to 100: straight lines through the points."""
    if value is None or not rule.points:
        return None
    if rule.direction == "band":
        low, high = rule.points
        corners = [(0.0, 0.0), (low, 100.0), (high, 100.0), (100.0, 0.0)]
    elif rule.direction == "up":
        red, target, stretch = rule.points
        corners = [(0.0, 0.0), (red, 60.0), (target, 80.0), (stretch, 100.0)]
    else:
        red, target, stretch = rule.points
        corners = [(stretch, 100.0), (target, 80.0), (red, 60.0), (2 * red, 0.0)]
    if value <= corners[0][0]:
        return corners[0][1]
    for (x0, y0), (x1, y1) in pairwise(corners):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return corners[-1][1]


def band(low: float | None, high: float | None, district: float | None, direction: str) -> str | None:
    if low is None or high is None or district is None or direction not in ("up", "down"):
        return None
    if low <= district <= high:
        return "same"
    return "better" if (low > district) == (direction == "up") else "worse"


def state(is_warming: bool, is_small: bool) -> str:
    return "warming_up" if is_warming else "small_n" if is_small else "ok"


def span_of(period: str, as_of: date, first: date) -> Span:
    if period == "all":
        return first, as_of
    if period in MONTHS:
        months = MONTHS[period]
        return date(as_of.year, (as_of.month - 1) // months * months + 1, 1), as_of
    return as_of - timedelta(days=int(period[:-1]) - 1), as_of


def span_before(period: str, as_of: date) -> Span | None:
    """As many days before; the whole month, quarter or year before."""
    if period == "all":
        return None
    start = span_of(period, as_of, as_of)[0]
    last = start - timedelta(days=1)
    return span_of(period, last, last)[0], last


def span_of_last_year(period: str, as_of: date) -> Span | None:
    """That of the same day a year ago."""
    return None if period == "all" else span_of(period, a_year_before(as_of), as_of)


def a_year_before(day: date) -> date:
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
