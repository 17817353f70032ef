"""What a KPI file and a fact's entry may say: keys, allowed values, and what contradicts what.

Belongs here: the models, one field a key, and the units. Does not belong here: files and lines (`loading`), SQL
(`expressions`). A key that a model does not have is an error.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelines.documents import nearest


class Pillar(StrEnum):
    """The folder that a KPI's file lies in, in the order in which pillars are shown."""

    SAFE = "safe"
    CONVENIENT = "convenient"
    BEAUTIFUL = "beautiful"
    HAPPY = "happy"
    ORGANISATION = "organisation"
    DATA = "data"
    CONTEXT = "context"


@dataclass(frozen=True)
class Unit:
    """factor: what numerator over denominator is multiplied by."""

    factor: int


UNITS: Mapping[str, Unit] = {
    "percent": Unit(100),
    "per_1000": Unit(1000),
    "hours": Unit(1),
    "days": Unit(1),
    "minutes": Unit(1),
    "yuan": Unit(1),
    "points": Unit(1),
    "points_10": Unit(1),
    "points_100": Unit(1),
    "ratio": Unit(1),
    "count": Unit(1),
}
KINDS = ("flow", "stock", "window")
DIRECTIONS = ("up", "down", "band", "none")


def _refuse(problem: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{problem}", {"problem": problem})


def _one_of(choices: Collection[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in choices:
            raise _refuse(f"{value!r} is none of {', '.join(choices)}{nearest(value, choices)}")
        return value

    return AfterValidator(check)


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, Field(min_length=1)]
# Over the columns of a fact.
Sql = Text
Columns = Annotated[list[Sql], BeforeValidator(_as_list), Field(min_length=1)]
Days = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Words(_Strict):
    """A sentence for readers, in both languages."""

    zh: Text
    en: Text


class Rows(_Strict):
    """Which rows of a fact count, and on which days: those of a day, or those whose span holds it."""

    fact: Text
    day: Sql | None = None
    plus_days: Days | None = None
    window: Days | None = None
    span: Annotated[list[Sql], Field(min_length=2, max_length=2)] | None = None
    where: Sql | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.day and self.span:
            raise _refuse("day and span exclude each other")
        if not self.day and (self.plus_days or self.window):
            raise _refuse("plus_days and window need a day")
        return self


class Support(Rows):
    """Rows that stand behind others: tied by the columns `by`, called `key` where they have other names there."""

    by: Columns
    key: Columns | None = None

    @model_validator(mode="after")
    def _ties_alike(self) -> Self:
        if self.key and len(self.key) != len(self.by):
            raise _refuse("by and key need as many columns")
        return self


class Watch(Rows):
    """Rows whose coming and going a view shows: what they are told apart by, and what they add."""

    by: Columns
    sum: Sql | None = None


class Measure(Rows):
    """Rows that are counted, or summed up, or whose different values are counted."""

    sum: Sql | None = None
    scale: Annotated[int, Field(ge=1)] | None = None
    org: Sql | None = None
    distinct: Sql | None = None
    covered_by: Annotated[list[Support], BeforeValidator(_as_list), Field(min_length=1)] | None = None
    watch: Annotated[list[Watch], BeforeValidator(_as_list), Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _counts_one_way(self) -> Self:
        if self.distinct and (self.sum or self.covered_by):
            raise _refuse("distinct goes with neither sum nor covered_by")
        if self.scale and not self.sum:
            raise _refuse("scale needs a sum")
        if self.covered_by and any(len(one.by) != len(self.covered_by[0].by) for one in self.covered_by):
            raise _refuse("every entry of covered_by needs as many columns in by")
        return self


class Side(Measure):
    """A numerator or denominator in words and as a measure, or as several (`sums`) that are added up."""

    zh: Text
    en: Text
    fact: Text | None = None  # type: ignore[assignment]
    sums: Annotated[list[Measure], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_one_or_several(self) -> Self:
        own = self.model_fields_set - {"zh", "en", "sums"}
        if self.sums and own:
            raise _refuse(f"sums stands in place of {', '.join(sorted(own))}")
        if not self.sums and not self.fact:
            raise _refuse("fact is needed, or sums")
        scales = {one.scale or 1 for one in self.measures}
        if len(scales) > 1:
            raise _refuse("all sums need the same scale")
        return self

    @property
    def measures(self) -> list[Measure]:
        return self.sums or [self]


class Kpi(_Strict):
    """One KPI: names, what it counts, how it is scored and who answers for it. Its id is its file's name."""

    zh: Text
    en: Text
    kind: Annotated[str, _one_of(KINDS)]
    window_days: Days | None = None
    unit: Annotated[str, _one_of(UNITS)]
    direction: Annotated[str, _one_of(DIRECTIONS)]
    points: list[float] | None = None
    weight: Annotated[float, Field(gt=0)] | None = None
    headline: bool = False
    composite_weight: Annotated[float, Field(gt=0, le=100)] | None = None
    district_only: bool = False
    owner: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    day: Words
    den: Side | None = None
    num: Side
    caveats: Words

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.kind == "window") != (self.window_days is not None):
            raise _refuse("window_days goes with kind window, and only with it")
        if (self.unit == "count") != (self.den is None):
            raise _refuse("unit count has no den; every other unit needs one")
        if self.direction == "none":
            if self.points or self.weight:
                raise _refuse("direction none has neither points nor weight")
        else:
            self._has_points()
        return self

    def _has_points(self) -> None:
        points, count = self.points or [], 2 if self.direction == "band" else 3
        names = "low, high" if self.direction == "band" else "red line, target, stretch"
        ordered = sorted(set(points), reverse=self.direction == "down")
        if len(points) != count or points != ordered:
            way = "fall" if self.direction == "down" else "rise"
            raise _refuse(f"direction {self.direction} needs {count} points that {way}: {names}")
        if self.weight is None:
            raise _refuse(f"direction {self.direction} needs a weight")

    @property
    def sides(self) -> dict[str, Side]:
        return {"num": self.num} | ({"den": self.den} if self.den else {})


class Follow(_Strict):
    """A fact that another one looks at, and the column that ties them."""

    fact: Text
    column: Sql


class Fact(_Strict):
    """What dbt must know of a fact (`config: meta: fact:` of its model): the feed behind it, its key, the column with
    the lowest org, the condition that a row must meet to be counted at all (`behind_where`: to stand behind another
    one), a register's own span of days. A row is also looked at again when another row changes that shares its
    `related_by` columns, or that it `follows` by a column (macros/facts.sql). Those without a key are views."""

    feed: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = None
    key: Sql | None = None
    org: Sql | None = None
    where: Sql | None = None
    behind_where: Sql | None = None
    span: Annotated[list[Sql], Field(min_length=2, max_length=2)] | None = None
    related_by: list[Sql] | None = None
    follows: list[Follow] | None = None


@dataclass(frozen=True)
class FactEntry:
    """A fact: its entry, as it is written and as it is understood, and its columns with their SQL types.

    One whose entry cannot be used is here too, since its model needs it; no KPI can stand on it.
    """

    name: str
    file: Path
    values: Mapping[str, Any]
    fact: Fact
    columns: Mapping[str, str]
    is_usable: bool = True
