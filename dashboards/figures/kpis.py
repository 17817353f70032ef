"""KPIs and their figures: the meaning of a numerator and a denominator, whether the value may be shown, and whether it
is good.

Belongs here: one KPI and its figure. Does not belong here: the figures of many places (board.py), their order
(ranking.py), the scores of types (indices.py), SQL, wording, HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from figures import feeds, published
from figures.published import Publication

PILLARS = ("safe", "convenient", "beautiful", "happy")
INDICES = (*PILLARS, "organisation")
ALL_PILLARS = (*INDICES, "data", "context")

HIDE_BELOW = 5
"""A rate of fewer cases is not shown."""
FEW_BELOW = 20
"""A rate of fewer cases is marked."""

Status: TypeAlias = Literal["ok", "few", "hidden", "warming", "not_applicable", "no_data"]
SHOWN: tuple[Status, ...] = ("ok", "few", "warming")
Tone: TypeAlias = Literal["good", "bad", "none"]


@dataclass(frozen=True)
class Kpi:
    """As it is defined, or, of a figure and in an area, with the points and the weight in force there (targets.py)."""

    kpi_id: str
    zh: str
    en: str
    pillar: str
    kind: str
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
    danger: int = 1
    """What a shortfall can cost people: from 1, time and trouble, to 5, life and limb."""

    counter: str | None = None
    """The Chinese counting word of what the denominator counts."""
    counted: str | None = None
    counted_zh: str | None = None
    missed: str | None = None
    missed_zh: str | None = None

    def said(self, what: str, lang: str) -> str:
        """A text of the definition (numerator, denominator, counted, missed, cohort_day, caveats) in the reader's
        language, otherwise unchanged."""
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
    def points(self) -> tuple[float | None, ...]:
        """What a value is judged by."""
        return self.red_line, self.target, self.stretch, self.band_low, self.band_high

    @property
    def is_exact(self) -> bool:
        """Counts a whole register: never too few. A flow is a sample of how things go."""
        return self.kind != "flow"


@dataclass(frozen=True)
class Figure:
    kpi: Kpi
    """As it is judged at the figure's place on its day."""
    numerator: float | None = None
    denominator: float | None = None
    rows: float | None = None
    """How many rows stand behind the denominator of a flow: shifts, not minutes. None if each counts as one."""
    is_warming_up: bool = False
    """A window longer than the days loaded: shown with what it has, and not judged."""
    doubts: tuple[str, ...] = ()
    """The sentinels that touch it: it keeps its value, and is not praised."""
    published: float | None = None
    """The value as the warehouse publishes it, or the share of counts that the reader has narrowed."""
    interval: tuple[float, float] | None = None
    """The published 90 % interval of a flow's value; None where there is none."""

    @property
    def n(self) -> float | None:
        """The sample size: rows for a flow, all there are for a register, counted events for a rate per households."""
        if self.kpi.unit in ("per_1000", "count"):
            return self.numerator
        return self.denominator if self.rows is None else self.rows

    @property
    def status(self) -> Status:
        if self.numerator is None and self.denominator is None:
            return "no_data"
        if self.kpi.unit == "count":
            return "ok"
        if not self.denominator:
            return "not_applicable"
        if self.is_warming_up:
            return "warming"
        if self.kpi.is_exact or self.n is None or self.n >= FEW_BELOW:
            return "ok"
        return "few" if self.n >= HIDE_BELOW else "hidden"

    @property
    def value(self) -> float | None:
        """None if it may not be shown: no data, not applicable, too few cases."""
        if self.status not in SHOWN:
            return None
        return self.published

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a value or a target, while a window is filling, and where
        reaching it is in doubt."""
        met = None if self.is_warming_up else meets(self.kpi, self.value, self.kpi.target)
        return None if met and self.doubts else met

    @property
    def breached(self) -> bool:
        """Whether the value is worse than the red line."""
        return not self.is_warming_up and meets(self.kpi, self.value, self.kpi.red_line) is False

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


def definitions(publication: Publication) -> dict[str, Kpi]:
    """By KPI, in the order of the definitions. The caller must not change them."""
    return published.kept(publication, "definitions", (), lambda: _definitions(publication))


def _definitions(publication: Publication) -> dict[str, Kpi]:
    known = {one.name for one in fields(Kpi)}
    return {
        row["kpi_id"]: Kpi(**{name: value for name, value in row.items() if name in known})
        for row in published.ask(publication, "definitions")
    }


def waiting(publication: Publication, kpis: Mapping[str, Kpi]) -> set[str]:
    """KPIs with a feed that has never delivered, or that is not connected."""
    never = feeds.without_rows(publication)
    return {kpi.kpi_id for kpi in kpis.values() if never.intersection(kpi.feed_names)}
