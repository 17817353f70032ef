"""The content of a KPI file and a fact's entry: keys, allowed values, contradictions.

Belongs here: the models, with one field per key and its meaning, and the units. Does not belong here: files and lines
(`loading`), SQL (`expressions`), the tables of fields in the docs (`commands.fields`). A key that is not in a model is
an error.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pipelines.documents import nearest


class Pillar(StrEnum):
    """The folder of a KPI's file, in the order in which pillars are shown."""

    SAFE = "safe"
    CONVENIENT = "convenient"
    BEAUTIFUL = "beautiful"
    HAPPY = "happy"
    ORGANISATION = "organisation"
    DATA = "data"
    CONTEXT = "context"


@dataclass(frozen=True)
class Unit:
    """factor: what numerator divided by denominator is multiplied by. most: the highest value that there is, if there
    is one; no interval goes beyond."""

    factor: int
    most: int | None = None


UNITS: Mapping[str, Unit] = {
    "percent": Unit(100, most=100),
    "per_1000": Unit(1000),
    "hours": Unit(1),
    "days": Unit(1),
    "minutes": Unit(1),
    "yuan": Unit(1),
    "points": Unit(1),
    "points_10": Unit(1, most=10),
    "points_100": Unit(1, most=100),
    "ratio": Unit(1),
    "count": Unit(1),
}
KINDS = ("flow", "stock", "window")
DIRECTIONS = ("up", "down", "band", "none")


def _refuse(problem: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{problem}", {"problem": problem})


@dataclass(frozen=True)
class _OneOf:
    """A text with few allowed values; the error gives the nearest one."""

    choices: Collection[str]

    def check(self, value: str) -> str:
        if value not in self.choices:
            raise _refuse(f"{value!r} is none of {', '.join(self.choices)}{nearest(value, self.choices)}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, Field(min_length=1)]
# An expression over the columns of a fact.
Sql = Annotated[Text, Field(json_schema_extra={"format": "sql"})]
Columns = Annotated[list[Sql], BeforeValidator(_as_list), Field(min_length=1)]
Days = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Words(_Strict):
    """A sentence for readers, in both languages."""

    zh: Text = Field(description="Chinese, shown first")
    en: Text = Field(description="English")


class Missed(Words):
    """How a shortfall is said: 82 处隐患中 51 处未按期整改 · 51 of 82 hazards not fixed in time. `zh` and `en` are said
    of what falls short."""

    counter: Text = Field(description="The counting word, Chinese: 件, 户, 个")
    of: Words = Field(description="What the denominator counts")


class Rows(_Strict):
    """Which rows of a fact count, and on which days: those of a day, or those whose span contains it."""

    fact: Text = Field(description="The fact whose rows count")
    day: Sql | None = Field(default=None, description="A date: a row counts on that day")
    plus_days: Days | None = Field(default=None, description="With `day`: the row counts so many days later")
    window: Days | None = Field(
        default=None, description="With `day`: the row counts on so many days, its own the first"
    )
    span: Annotated[list[Sql], Field(min_length=2, max_length=2)] | None = Field(
        default=None,
        description="From and to, two dates: the row counts from the first on, and before the second (empty: for good)."
        " Without `day` and `span` the fact's own span counts",
    )
    where: Sql | None = Field(default=None, description="A condition that counted rows meet; null is false")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.day and self.span:
            raise _refuse("day and span exclude each other")
        if not self.day and (self.plus_days or self.window):
            raise _refuse("plus_days and window need a day")
        return self


class Support(Rows):
    """Supporting rows: linked to the counted rows by the columns `by`, or by `key` if the columns have other names
    there."""

    by: Columns = Field(description="Columns that tie these rows to the counted ones: one or a list")
    key: Columns | None = Field(default=None, description="Their names in this fact, where they are other ones")

    @model_validator(mode="after")
    def _ties_alike(self) -> Self:
        if self.key and len(self.key) != len(self.by):
            raise _refuse("by and key need as many columns")
        return self


class Watch(Rows):
    """Rows whose appearance and disappearance a view shows: the columns that identify them, and the amount they add."""

    by: Columns = Field(description="Columns that tell rows apart: one or a list")
    sum: Sql | None = Field(default=None, description="What a row adds; default 1")


class Measure(Rows):
    """Rows that are counted or summed, or whose distinct values are counted."""

    sum: Sql | None = Field(
        default=None, description="Whole numbers or decimals that are summed; without it rows are counted"
    )
    scale: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="What the sum is divided by, once, at the end"
    )
    org: Sql | None = Field(
        default=None, description="The column with the lowest organisation; default: the fact's `org`"
    )
    distinct: Sql | None = Field(
        default=None,
        description="A column whose different values are counted in each lowest organisation, in place of rows; empty "
        "is no value",
    )
    covered_by: Annotated[list[Support], BeforeValidator(_as_list), Field(min_length=1)] | None = Field(
        default=None, description="Rows of another fact: a row counts only on days on which one of them supports it"
    )
    watch: Annotated[list[Watch], BeforeValidator(_as_list), Field(min_length=1)] | None = Field(
        default=None, description="Where the fact is a view: the rows whose change changes the number"
    )

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
    """A numerator or denominator in words and as a measure, or as the sum of several (`sums`)."""

    zh: Text = Field(description="In words, Chinese")
    en: Text = Field(description="In words, English")
    fact: Text | None = Field(default=None, description="The fact whose rows count; not beside `sums`")  # type: ignore[assignment]
    sums: Annotated[list[Measure], Field(min_length=1)] | None = Field(
        default=None, description="Several measures that are added up, in place of one"
    )

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
    """One KPI: names, what it counts, how it is scored and who is responsible. Its id is its file's name."""

    zh: Text = Field(description="Name, Chinese")
    en: Text = Field(description="Name, English")
    kind: Annotated[str, _OneOf(KINDS)] = Field(
        description="`flow`: what happened on a day, so `num` and `den` have a `day` and no `window`; `stock`: what is"
        " there at its end; `window`: several days that end with it"
    )
    window_days: Days | None = Field(default=None, description="The length of the window; with kind `window` only")
    unit: Annotated[str, _OneOf(UNITS)] = Field(
        description="How the number is shown; `percent` and `per_1000` also multiply it. `count` has no `den`"
    )
    direction: Annotated[str, _OneOf(DIRECTIONS)] = Field(
        description="What is better: more, less, within a band, or neither (never scored; so are all of `context`)"
    )
    points: list[float] | None = Field(
        default=None,
        description="`up`, `down`: red line (scores 60), target (80), stretch (100); `band`: low, high; `none`: no"
        " points",
    )
    weight: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Share in the pillar's index; needed unless direction is `none`"
    )
    danger: Annotated[int, Field(ge=1, le=5)] = Field(
        default=1,
        description="What a shortfall can cost people: 1 time and trouble, 2 comfort or trust, 3 rights or peace,"
        " 4 help that comes too late, 5 life and limb. Says what needs attention first",
    )
    missed: Missed | None = Field(
        default=None,
        description="With unit `percent` that counts: what is counted and what is said of those that fall short, for"
        " sentences; without it they are items that miss the target",
    )
    headline: bool = Field(default=False, description="Shown first on its pillar's page")
    composite_weight: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="Percent in the composite of the three rates of the hotline"
    )
    district_only: bool = Field(
        default=False, description="Counted for the district as a whole only, `distinct` values once"
    )
    additive: bool = Field(
        default=True,
        description="`false`: a city does not add up the numbers of its districts, because each stands on a whole of"
        " its own (a median, persons counted once); they are shown for each district only",
    )
    owner: Text = Field(description="The office that answers for the number")
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = Field(description="Of the definition")
    day: Words = Field(description="To which day a row belongs, in words")
    den: Side | None = Field(default=None, description="The denominator; needed unless unit is `count`")
    num: Side = Field(description="The numerator")
    caveats: Words = Field(description="What the number does not say")

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
        if self.missed and (self.unit != "percent" or self.direction not in ("up", "down")):
            raise _refuse("missed goes with unit percent and direction up or down")
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
    """Another fact that this one joins, and the column that links them."""

    fact: Text = Field(description="The other fact")
    column: Sql = Field(description="The column that both have")


class FallsDue(_Strict):
    """A flag of a fact that is null until a day is over."""

    flag: Sql = Field(description="The column of the flag: `macros/durations.sql`, `on_time`")
    day: Sql = Field(description="The day, from the columns of the fact; null where it does not matter")


class Evidence(_Strict):
    """How a fact that a rule works out is shown behind a number: by the rows that it was worked out from."""

    rows: Text = Field(description="The macro, without arguments, that gives those rows with their line in the export")
    shown_as: Text = Field(description="The published table that they are of")
    key: Sql = Field(description="The key that they have there")


class Fact(_Strict):
    """What dbt needs to know about a fact (`config: meta: fact:` of its model): its feed, its key, the column with the
    lowest org, the condition for a row to be counted (`behind_where`: to support another row), a register's own span of
    days. A row is also recomputed when another row changes that has the same `related_by` columns, or that it `follows`
    by a column, or `falls_due` (macros/facts.sql). Facts without a key are views."""

    feed: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = Field(
        default=None, description="The feed behind it: `<platform>.<feed>`"
    )
    key: Sql | None = Field(
        default=None,
        description="The key of a row, several columns joined as by the macro `key_text`; a fact without one is a view",
    )
    org: Sql | None = Field(
        default=None, description="The column with the lowest organisation: community, street or district"
    )
    where: Sql | None = Field(default=None, description="The condition that a row meets to be counted at all")
    behind_where: Sql | None = Field(
        default=None, description="The same condition for a row that supports another (`covered_by`)"
    )
    span: Annotated[list[Sql], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="A register's days: from, and before"
    )
    related_by: list[Sql] | None = Field(
        default=None, description="Columns: when a row changes, all rows with the same values are computed again"
    )
    follows: list[Follow] | None = Field(
        default=None,
        description="Facts that this one joins: when one of their rows changes, the linked rows are computed again",
    )
    falls_due: FallsDue | None = Field(
        default=None, description="A flag that is null until a limit is over: the row is computed again on that day"
    )
    evidence: Evidence | None = Field(
        default=None, description="For a fact that a rule computes: the rows that are shown behind a number"
    )


@dataclass(frozen=True)
class FactEntry:
    """A fact: its entry as written and as parsed, and its columns with their SQL types.

    A fact whose entry cannot be used is included, because its model needs it; KPIs cannot use it.
    """

    name: str
    file: Path
    values: Mapping[str, Any]
    fact: Fact
    columns: Mapping[str, str]
    is_usable: bool = True
