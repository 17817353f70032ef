"""KPIs and their figures: what a numerator and a denominator mean, whether the value may be shown, and whether it
is good.

Here: arithmetic and judgement on the answers of data.py. Not here: SQL, wording, HTML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal, TypeAlias

import data
import stats
from data import Publication
from format import unit_of
from periods import Window

# Digits of a district's code.
DISTRICT = 6
PILLARS = ("safe", "convenient", "beautiful", "happy")
INDICES = (*PILLARS, "organisation")
ALL_PILLARS = (*INDICES, "data", "context")
# What a KPI scores at its red line and at its target: an index is the weighted mean of such scores.
SCORE_RED, SCORE_TARGET = 60.0, 80.0

Status: TypeAlias = Literal["ok", "few", "hidden", "not_applicable", "no_data"]
Tone: TypeAlias = Literal["good", "bad", "none"]


@dataclass(frozen=True)
class Kpi:
    kpi_id: str
    zh: str
    en: str
    pillar: str
    kind: str
    window_days: int | None
    unit: str
    direction: str
    red_line: float | None
    target: float | None
    stretch: float | None
    band_low: float | None
    band_high: float | None
    weight: float | None
    is_headline: bool
    numerator: str | None
    denominator: str | None
    feeds: str | list[str] | None
    owner: str | None
    version: str | None
    cohort_day: str | None = None
    cohort_day_zh: str | None = None
    numerator_zh: str | None = None
    denominator_zh: str | None = None
    caveats: str | None = None
    caveats_zh: str | None = None
    composite_weight: float | None = None

    def said(self, what: str, lang: str) -> str:
        """A text of the definition (numerator, denominator, cohort_day, caveats) in the reader's language, else
        as it is."""
        own: str | None = getattr(self, what)
        chinese: str | None = getattr(self, f"{what}_zh")
        return (chinese if lang == "zh" and chinese else own) or ""

    def formula(self, lang: str) -> str:
        under = self.said("denominator", lang)
        return f"{self.said('numerator', lang)} ÷ {under}" if under else self.said("numerator", lang)

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    @property
    def feed_names(self) -> list[str]:
        """`feeds` may be a list or a comma-separated text."""
        if not self.feeds:
            return []
        names = self.feeds.split(",") if isinstance(self.feeds, str) else self.feeds
        return [name.strip() for name in names if name.strip()]

    @property
    def is_rate(self) -> bool:
        """A share or a mean over cases: few cases say little."""
        return self.unit not in ("per_1000", "count")


@dataclass(frozen=True)
class Figure:
    kpi: Kpi
    numerator: float | None = None
    denominator: float | None = None
    smoothed: float | None = None
    """Drawn to the district's rate, in the KPI's unit: what is shown of a few cases. None where it is not known."""

    @property
    def n(self) -> float | None:
        """What stands behind the value: cases for a rate, counted events for a rate per households."""
        return self.denominator if self.kpi.is_rate else self.numerator

    @property
    def status(self) -> Status:
        if self.numerator is None and self.denominator is None:
            return "no_data"
        if self.kpi.unit == "count":
            return "ok"
        if not self.denominator:
            return "not_applicable"
        if self.kpi.is_rate and self.denominator < stats.HIDE_BELOW:
            return "hidden"
        if self.kpi.is_rate and self.denominator < stats.FEW_BELOW:
            return "few"
        return "ok"

    @property
    def value(self) -> float | None:
        """None where it may not be shown: no data, not applicable, too few cases. Of a few cases the smoothed one."""
        return self.smoothed if self.status == "few" and self.smoothed is not None else self.plain

    @property
    def plain(self) -> float | None:
        """As `value`, never smoothed."""
        if self.status not in ("ok", "few"):
            return None
        if self.kpi.unit == "count":
            return self.numerator
        return (self.numerator or 0.0) / (self.denominator or 1.0) * unit_of(self.kpi.unit).factor

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval, in the KPI's unit: Wilson for shares, Poisson for counts a household; none for means."""
        if self.plain is None or self.denominator is None:
            return None
        numerator = self.numerator or 0.0
        if self.kpi.unit == "percent":
            bounds = stats.wilson(numerator, self.denominator)
        elif self.kpi.unit == "per_1000":
            bounds = stats.poisson(numerator, self.denominator)
        else:
            return None
        scale = unit_of(self.kpi.unit).factor
        return (bounds[0] * scale, bounds[1] * scale) if bounds else None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a value or a target."""
        return meets(self.kpi, self.value, self.kpi.target)

    @property
    def breached(self) -> bool:
        """Whether the value is worse than the red line."""
        return meets(self.kpi, self.value, self.kpi.red_line) is False

    @property
    def grade(self) -> int | None:
        """0 worse than the red line, 1 short of the target, 2 on target, 3 at the stretch goal."""
        if self.value is None or self.reached is None:
            return None
        if self.breached:
            return 0
        if not self.reached:
            return 1
        return 3 if meets(self.kpi, self.value, self.kpi.stretch) else 2


def meets(kpi: Kpi, value: float | None, limit: float | None) -> bool | None:
    if value is None or limit is None or kpi.direction not in ("up", "down"):
        return None
    return value >= limit if kpi.direction == "up" else value <= limit


def change_tone(kpi: Kpi, change: float) -> Tone:
    if change == 0 or kpi.direction not in ("up", "down"):
        return "none"
    return "good" if (change > 0) == (kpi.direction == "up") else "bad"


@dataclass(frozen=True)
class Org:
    level: str
    code: str
    name: str
    parent: str | None
    households: int | None

    @property
    def label(self) -> str:
        """The name, short enough for a row: what every community shares is left away."""
        for ending in ("社区居民委员会", "社区居委会", "村民委员会", "村委会", "社区"):
            if self.name.endswith(ending) and len(self.name) > len(ending) + 1:
                return self.name.removesuffix(ending)
        return self.name


@dataclass(frozen=True)
class Register:
    """The district, its streets and communities, as dim_org has them."""

    orgs: dict[str, Org] = field(default_factory=dict)

    @property
    def district(self) -> Org | None:
        districts = [org for org in self.orgs.values() if org.level == "district"]
        return max(districts, key=lambda org: org.households or 0, default=None)

    def of(self, level: str, under: str = "") -> list[Org]:
        return [org for org in self.orgs.values() if org.level == level and org.code.startswith(under)]

    def name(self, code: str) -> str:
        return self.orgs[code].name if code in self.orgs else code


def register(publication: Publication) -> Register:
    return Register(
        {
            row["org_code"]: Org(
                row["org_level"],
                row["org_code"],
                row["org_name"] or row["org_code"],
                row["parent_code"],
                row["households"],
            )
            for row in data.ask(publication, "orgs")
        }
    )


def definitions(publication: Publication) -> dict[str, Kpi]:
    known = {one.name for one in fields(Kpi)}
    return {
        row["kpi_id"]: Kpi(**{name: value for name, value in row.items() if name in known})
        for row in data.ask(publication, "definitions")
    }


def waiting(publication: Publication, kpis: Mapping[str, Kpi]) -> set[str]:
    """KPIs that stand on a feed which has never delivered: what is counted of the others alone would read as 0."""
    never = {
        f"{row['platform']}.{row['feed']}" for row in data.ask(publication, "feeds") if row["newest_loaded"] is None
    }
    return {kpi.kpi_id for kpi in kpis.values() if never.intersection(kpi.feed_names)}


class Board:
    """All figures of one window: of an area, of everything below it and of what is above it."""

    def __init__(self, publication: Publication, kpis: dict[str, Kpi], area: str, window: Window | None) -> None:
        self.kpis = kpis
        self._figures: dict[tuple[str, str], Figure] = {}
        if window is None or not area:
            return
        rows = data.ask(publication, "period_values", first=window.first, last=window.last, area=area)
        without = waiting(publication, kpis)
        for row in rows:
            kpi = kpis.get(row["kpi_id"])
            if kpi and kpi.kpi_id not in without:
                self._figures[row["kpi_id"], row["org_code"]] = Figure(kpi, row["numerator"], row["denominator"])
        self._smooth(publication, window.last)

    def _smooth(self, publication: Publication, last: date) -> None:
        few = {
            key: figure for key, figure in self._figures.items() if figure.status == "few" and len(key[1]) > DISTRICT
        }
        if not few:
            return
        year: dict[str, list[tuple[float, float]]] = {}
        for row in data.ask(publication, "year_sums", last=last):
            year.setdefault(row["kpi_id"], []).append((row["numerator"] or 0.0, row["denominator"] or 0.0))
        for (kpi_id, org), figure in few.items():
            district = self._figures.get((kpi_id, org[:DISTRICT]))
            if figure.kpi.unit != "percent" or district is None or district.plain is None:
                continue
            strength = stats.strength(year.get(kpi_id, []))
            numerator, denominator = figure.numerator or 0.0, figure.denominator or 0.0
            value = 100 * stats.smoothed(numerator, denominator, district.plain / 100, strength)
            self._figures[kpi_id, org] = replace(figure, smoothed=value)

    def figure(self, kpi_id: str, org: str) -> Figure:
        return self._figures.get((kpi_id, org)) or Figure(self.kpis[kpi_id])


@dataclass(frozen=True)
class Week:
    last: date
    figure: Figure


def weeks(publication: Publication, kpis: dict[str, Kpi], area: str, last: date) -> dict[str, list[Week]]:
    """Twelve weeks of every KPI of an area, oldest first; a week without a row is a figure without data."""
    without = waiting(publication, kpis)
    found = {
        (row["kpi_id"], row["week"]): Figure(kpis[row["kpi_id"]], row["numerator"], row["denominator"])
        for row in data.ask(publication, "weekly_values", area=area, last=last)
        if row["kpi_id"] in kpis and row["kpi_id"] not in without
    }
    ends = [date.fromordinal(last.toordinal() - 7 * (11 - week)) for week in range(12)]
    return {
        kpi_id: [Week(end, found.get((kpi_id, week)) or Figure(kpi)) for week, end in enumerate(ends)]
        for kpi_id, kpi in kpis.items()
    }


@dataclass(frozen=True)
class Index:
    score: float | None = None
    """0 to 100; None where less than 60 % of the weight has data."""
    coverage: float | None = None
    """Share of the weight that has data, 0 to 1; None where the warehouse has no row."""


def indices(publication: Publication, area: str, day: date | None) -> dict[tuple[str, str], Index]:
    """By organisation and type (`overall` too), of the 30 days to a day: of an area, what is below and above it."""
    if not area or day is None:
        return {}
    return {
        (row["org_code"], row["pillar"]): Index(row["score"], row["coverage"])
        for row in data.ask(publication, "index_values", area=area, day=day)
    }


def index_weeks(publication: Publication, org: str, last: date) -> dict[str, list[float | None]]:
    """Twelve scores of every index, a week apart, oldest first."""
    found: dict[str, list[float | None]] = {}
    for row in data.ask(publication, "index_weeks", org=org, last=last):
        found.setdefault(row["pillar"], [None] * 12)[row["week"]] = row["score"]
    return found


@dataclass(frozen=True)
class Part:
    """What one KPI did to an index, in its points."""

    kpi: Kpi
    row: data.Row

    @property
    def points(self) -> float:
        return float(self.row["mix"] + self.row["performance"])


@dataclass(frozen=True)
class Moved:
    """An index against an earlier day's; the parts add up to the change."""

    before_day: date
    before: float
    score: float
    parts: list[Part]
    """The greatest first, whichever way."""

    @property
    def change(self) -> float:
        return self.score - self.before


def moved(publication: Publication, kpis: dict[str, Kpi], org: str, day: date, period: str) -> dict[str, Moved]:
    """By type, `overall` too; a type without an index on both days is not there. period: 30d, month, quarter, year."""
    found: dict[str, Moved] = {}
    for row in data.ask(publication, "index_parts", org=org, day=day, period=period):
        if row["kpi_id"] in kpis:
            entry = found.setdefault(row["pillar"], Moved(row["before_as_of"], row["score_before"], row["score"], []))
            entry.parts.append(Part(kpis[row["kpi_id"]], row))
    return found


def composite(rates: Iterable[Figure]) -> float | None:
    """The three rates of the hotline in one number, by the registry's weights; None unless all of them have a value."""
    weighed = [(figure.kpi.composite_weight, figure.value) for figure in rates]
    total = sum(weight for weight, _ in weighed if weight)
    if not total or any(weight is None or value is None for weight, value in weighed):
        return None
    return sum((weight or 0.0) * (value or 0.0) for weight, value in weighed) / total


@dataclass(frozen=True)
class Ranked:
    org: Org
    figure: Figure
    shown: float
    """The value that ranks: smoothed towards the district's for shares, so that few cases do not make extremes."""
    interval: tuple[float, float] | None
    band: stats.Band | None


def ranking(figures: Iterable[tuple[Org, Figure]], district: Figure, year: Iterable[data.Row]) -> list[Ranked]:
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
        ranked.append(Ranked(org, figure, shown, interval, band))
    down = bool(ranked) and ranked[0].figure.kpi.direction == "down"
    return sorted(ranked, key=lambda entry: (entry.shown if down else -entry.shown, entry.org.code))
