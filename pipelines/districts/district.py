"""The district of an installation: strict reading of `HOME/district.yaml` and the local seeds in `HOME/seeds/`.

Belongs here: keys and columns of these files, their errors by file, line and key, the seeds that dbt reads. Does not
belong here: the national register (`divisions`), creating the files (`setup`), the use of names and targets
(`dbt_project/`).

All files are optional. Without `district.yaml` the name comes from the national register, by the code in the data.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import pydantic
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from pipelines import documents
from pipelines.districts import codes, divisions
from pipelines.documents import DocumentError
from pipelines.settings import Settings

WHAT_TO_DO = "correct it, or remove the file and run sihe init --district CODE"
DIVISION, KPI_OVERRIDE, HOME_DISTRICT = "division.csv", "kpi_override.csv", "home_district.csv"
CALENDAR, PUBLIC_HOLIDAY, TERM = "calendar.csv", "public_holiday.csv", "term.csv"
_LOCAL_SEEDS = (DIVISION, KPI_OVERRIDE, CALENDAR, PUBLIC_HOLIDAY, TERM)
DATABASE: Literal["database"] = "database"
"""Where facts are published if district.yaml does not say it."""
OWN_SEEDS = {name: Path(__file__).parent / name for name in (CALENDAR, PUBLIC_HOLIDAY, TERM)}
"""For homes that have none; terms of a home are added to these."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DistrictError(DocumentError):
    """district.yaml or a local seed that cannot be used; the message gives file, line, place and what to do."""

    @staticmethod
    def shown(file: Path) -> str:
        return str(file)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def digits(value: Any) -> Any:
    """YAML reads a code without quotes as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _iso_day(value: Any) -> Any:
    """A number is no date, and a spreadsheet's 2026/1/31 is not read by guessing."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticCustomError("day", "{day} is no date: it is written as 2026-01-31", {"day": repr(value)})
    return value


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


Code = Annotated[str, BeforeValidator(digits), Field(pattern=rf"^[0-9]{{{codes.DISTRICT}}}$")]
Text = Annotated[str, Field(min_length=1, max_length=60)]
IsoDay = Annotated[date, BeforeValidator(_iso_day)]
Day = Annotated[IsoDay | None, BeforeValidator(_empty_is_none)]
Number = Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, BeforeValidator(_empty_is_none)]


class Title(_Strict):
    """The dashboard's title in both languages."""

    zh: Text
    en: Text


class District(_Strict):
    """`district.yaml`. code: six digits of the statistical divisions; letter: the sign in the logo; connected: the
    platforms, or single feeds (platform.feed), that deliver; without it all do; facts: where the rows of `marts.fct_*`
    are published, as tables of the generation's file or only as Parquet files beside it."""

    code: Code
    name: Text
    title: Title
    letter: Annotated[str, Field(min_length=1, max_length=1)]
    connected: Annotated[list[Text], Field(min_length=1)] | None = None
    facts: Literal["database", "parquet"] = DATABASE

    @classmethod
    def named(cls, code: str, name: str, english: str | None = None) -> "District":
        """A district with the default titles and letter."""
        title = Title(zh=f"{name}基层治理驾驶舱", en=f"{english or name} · Governance")
        return cls(code=code, name=name, title=title, letter=name[0])


class _SeedRow(_Strict):
    """A row of a local seed; KEY: the columns that are unique together."""

    KEY: ClassVar[tuple[str, ...]]


class DivisionRow(_SeedRow):
    """A row of `seeds/division.csv`: a division that exports may contain. `sihe doctor` reports communities that
    are not listed; the name of a district replaces the one of the national register."""

    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: Annotated[str, Field(pattern=rf"^[0-9]{{{codes.DISTRICT}}}([0-9]{{3}})?([0-9]{{3}})?$")]
    name: Text


class OverrideRow(_SeedRow):
    """A row of `seeds/kpi_override.csv`; dbt_project/seeds/_seeds.yml describes the columns."""

    KEY: ClassVar[tuple[str, ...]] = ("valid_from", "kpi_id", "org_code")
    valid_from: IsoDay
    kpi_id: Text
    org_code: Annotated[str, Field(pattern="^[0-9]*$")]
    red_line: Number
    target: Number
    stretch: Number
    band_low: Number
    band_high: Number
    weight: Number
    reason: str


class CalendarRow(_SeedRow):
    """A row of `seeds/calendar.csv`, which replaces the package's own file; dbt_project/seeds/_seeds.yml describes the
    columns."""

    KEY: ClassVar[tuple[str, ...]] = ("from_on", "zh", "kpi_id")
    from_on: IsoDay
    to_on: Day
    zh: Text
    en: Text
    kpi_id: str
    source: str


class HolidayRow(_SeedRow):
    """A row of `seeds/public_holiday.csv`, which replaces the package's own file; dbt_project/seeds/_seeds.yml
    describes the columns."""

    KEY: ClassVar[tuple[str, ...]] = ("from_on", "kind")
    from_on: IsoDay
    to_on: IsoDay
    kind: Literal["holiday", "workday"]
    zh: Text
    en: Text
    source: Text


class TermRow(_SeedRow):
    """A row of `seeds/term.csv`: the English word of a Chinese text that exports have in a column without codes. Rows
    of the home are added to the package's own, and replace those of the same text."""

    KEY: ClassVar[tuple[str, ...]] = ("column_name", "zh")
    column_name: Literal["department", "subcategory", "owner", "owner_unit", "topic", "policy_topic", "item"]
    zh: Text
    en: Annotated[str, Field(min_length=1, max_length=120)]


Row = TypeVar("Row", bound=_SeedRow)
Document = TypeVar("Document", bound=BaseModel)


def load(settings: Settings) -> District | None:
    """The content of district.yaml, or None if there is no such file; raises DistrictError."""
    file = settings.district_file
    if not file.exists():
        return None
    return strict(file, District, WHAT_TO_DO)[1]


def strict(file: Path, model: type[Document], what_to_do: str) -> tuple[yaml.Node, Document]:
    """The nodes and the content of a file that `sihe init` has written; raises DistrictError."""
    try:
        return documents.load(file, model)
    except DocumentError as error:
        raise DistrictError(file, error.place, error.line, f"{error.problem} ({what_to_do})") from error


def is_connected(named: District | None, feed_id: str) -> bool:
    """Whether a feed (platform.feed) is one of those that the district names; all are if it names none."""
    if named is None or named.connected is None:
        return True
    return feed_id in named.connected or feed_id.partition(".")[0] in named.connected


def refuse_unknown(settings: Settings, named: District | None, feed_ids: Iterable[str]) -> None:
    """Raises DistrictError if `connected` names a platform or feed that no contract has."""
    names = set(feed_ids)
    names |= {one.partition(".")[0] for one in names}
    for i, one in enumerate(named.connected or () if named is not None else ()):
        if one not in names:
            root, _ = documents.read(settings.district_file)
            problem = f"no contract has {one!r}{documents.nearest(one, names)}"
            raise _refused(settings.district_file, root, ("connected", i), problem)


def _refused(file: Path, root: yaml.Node, place: Sequence[str | int], problem: str) -> DistrictError:
    where = documents.spell(place), documents.line_of(root, place)
    return DistrictError(file, *where, f"{problem} ({WHAT_TO_DO})")


def seeds(settings: Settings) -> dict[str, str]:
    """The seeds for dbt by file name: the district, names of all districts, overrides, calendar, holidays, terms;
    raises DistrictError, also for a csv of another name, which would be without effect.

    `district.yaml` overrides names of `seeds/division.csv`, which override names of the national register.
    """
    _refuse_other_names(settings)
    district = load(settings)
    names = {one.code: one.name for one in divisions.districts()}
    names |= {row.code: row.name for row in known_divisions(settings) if len(row.code) == codes.DISTRICT}
    if district is not None:
        names[district.code] = district.name
    overrides = _rows(settings.seed_files.get(KPI_OVERRIDE), OverrideRow)
    of_home = [] if district is None else [(district.code, *_spoken(district))]
    return {
        HOME_DISTRICT: as_csv(("code", "name", "title_zh", "title_en", "letter"), of_home),
        DIVISION: as_csv(list(DivisionRow.model_fields), sorted(names.items())),
        KPI_OVERRIDE: as_csv(list(OverrideRow.model_fields), (tuple(dict(row).values()) for row in overrides)),
        CALENDAR: _local_or_own(settings, CALENDAR, CalendarRow),
        PUBLIC_HOLIDAY: _local_or_own(settings, PUBLIC_HOLIDAY, HolidayRow),
        TERM: _terms(settings),
    }


def _refuse_other_names(settings: Settings) -> None:
    for folder in settings.seed_folders:
        for file in sorted(folder.glob("*.[cC][sS][vV]")):
            if file.name not in _LOCAL_SEEDS and not file.name.startswith((".", "~")):
                problem = f"no seed is called so{documents.nearest(file.name, _LOCAL_SEEDS)}; rename it, or remove it"
                raise DistrictError(file, "", None, problem)


def _terms(settings: Settings) -> str:
    rows = _rows(OWN_SEEDS[TERM], TermRow) + _rows(settings.seed_files.get(TERM), TermRow)
    words = {(row.column_name, row.zh): row.en for row in rows}
    return as_csv(list(TermRow.model_fields), ((*key, word) for key, word in sorted(words.items())))


def _local_or_own(settings: Settings, name: str, model: type[_SeedRow]) -> str:
    rows = _rows(settings.seed_files.get(name, OWN_SEEDS[name]), model)
    return as_csv(list(model.model_fields), (tuple(dict(row).values()) for row in rows))


def known_divisions(settings: Settings) -> list[DivisionRow]:
    """The rows of `seeds/division.csv`; raises DistrictError."""
    return _rows(settings.seed_files.get(DIVISION), DivisionRow)


def targets_of(file: Path) -> list[OverrideRow]:
    """The targets and weights of a file in the form of `seeds/kpi_override.csv`; raises DistrictError."""
    return _rows(file, OverrideRow)


def _spoken(district: District) -> tuple[str, ...]:
    return district.name, district.title.zh, district.title.en, district.letter


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _rows(file: Path | None, model: type[Row]) -> list[Row]:
    return [row for _, row in numbered(file, model)]


def numbered(file: Path | None, model: type[Row]) -> list[tuple[int, Row]]:
    """The rows of a local seed, each with its line; none if there is no such file. Raises DistrictError."""
    if file is None or not file.exists():
        return []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DistrictError(file, "", None, f"cannot be read as UTF-8: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    columns = list(model.model_fields)
    if next(reader, []) != columns:
        raise DistrictError(file, "", 1, f"the first line has to be {','.join(columns)}")
    found: dict[tuple[Any, ...], tuple[int, Row]] = {}
    for values in filter(any, reader):
        if len(values) != len(columns):
            problem = f"{len(values)} fields, the header has {len(columns)}"
            raise DistrictError(file, "", reader.line_num, problem)
        try:
            row = model.model_validate(dict(zip(columns, values, strict=True)))
        except pydantic.ValidationError as invalid:
            place, problem = documents.first_problem(model, invalid)
            raise DistrictError(file, documents.spell(place), reader.line_num, problem) from None
        key = tuple(dict(row)[name] for name in model.KEY)
        if key in found:
            raise DistrictError(file, "", reader.line_num, f"{', '.join(map(str, key))} is there twice")
        found[key] = reader.line_num, row
    return list(found.values())
