"""Whether the targets of `seeds/kpi_override.csv` can hold: known KPIs, organisations of the home, numbers in order.

Belongs here: what a row says beside its form, judged with the KPI's own points and the other rows. Does not belong
here: the columns of the file (`district`), the KPIs themselves (`registry`: it is handed in), which row is in force on
a day (`dbt_project/models/marts/kpi/kpi_target.sql`, whose rule is repeated here to judge the numbers together).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from pipelines.districts import above, codes, district
from pipelines.districts.district import KPI_OVERRIDE, DistrictError, OverrideRow
from pipelines.documents import nearest
from pipelines.settings import Settings

_LINE, _BAND = ("red_line", "target", "stretch"), ("band_low", "band_high")
_LENGTHS = (codes.PROVINCE, codes.CITY, codes.DISTRICT, codes.STREET, codes.COMMUNITY)


class Scored(Protocol):
    """A KPI, as far as its targets go. direction: up, down, band, or none if it is never scored."""

    @property
    def direction(self) -> str: ...

    @property
    def points(self) -> Sequence[float] | None: ...


Rows = Sequence[tuple[int, OverrideRow]]
Kpis = Mapping[str, Scored | None]
"""By id; None for a KPI whose file is broken, which stops nothing else."""


@dataclass(frozen=True)
class _Point:
    """A number in force, and the line of the file that gives it; none if it is the KPI's own."""

    column: str
    value: float
    line: int | None

    def __str__(self) -> str:
        whose = f"line {self.line}" if self.line else "the KPI's own file"
        return f"{self.column} {self.value:g} ({whose})"


def check(settings: Settings, kpis: Kpis) -> None:
    """Raises DistrictError for the first wrong row of the targets that apply to a home: its own, or its city's."""
    file = settings.seed_files.get(KPI_OVERRIDE)
    if file is not None:
        check_file(file, kpis, _code_of(settings, file))


def check_file(file: Path, kpis: Kpis, home_code: str | None) -> None:
    """Raises DistrictError for the first wrong row of a file, with line, key and what is expected. home_code: of the
    home that the file is for; None if it does not know its code."""
    rows = district.numbered(file, OverrideRow)
    for line, row in rows:
        for key, problem in _problems(row, kpis, home_code):
            raise DistrictError(file, key, line, problem)
    by_kpi: dict[str, list[tuple[int, OverrideRow]]] = {}
    for line, row in rows:
        by_kpi.setdefault(row.kpi_id, []).append((line, row))
    for kpi_id, of_kpi in by_kpi.items():
        kpi = kpis[kpi_id]
        if kpi is not None:
            for line, key, problem in _out_of_order(of_kpi, kpi):
                raise DistrictError(file, key, line, problem)


def _code_of(settings: Settings, file: Path) -> str | None:
    """Of the home that has the file: a city's rows are for all its districts."""
    if file.parent != settings.local_seeds:
        settings = Settings(file.parent.parent, settings.inbox, settings.contracts)
    if settings.city_file.exists():
        return above.load(settings).code
    named = district.load(settings)
    return named.code if named is not None else None


def _problems(row: OverrideRow, kpis: Kpis, home_code: str | None) -> Iterator[tuple[str, str]]:
    """Key and problem of one row by itself."""
    if row.kpi_id not in kpis:
        yield "kpi_id", f"no KPI is called {row.kpi_id!r}{nearest(row.kpi_id, kpis)}; correct it, or remove the line"
        return
    if row.org_code and len(row.org_code) not in _LENGTHS:
        lengths = ", ".join(map(str, _LENGTHS))
        yield "org_code", f"{row.org_code!r} is no code: {lengths} digits are needed, or nothing for all organisations"
    elif home_code and not (row.org_code.startswith(home_code) or home_code.startswith(row.org_code)):
        yield "org_code", f"{row.org_code!r} is not in this home, whose codes begin with {home_code}"
    if row.weight is not None and row.weight < 0:
        yield "weight", f"{row.weight:g} is below 0"
    kpi = kpis[row.kpi_id]
    if kpi is None:
        return
    known = {"band": (*_BAND, "weight"), "none": ()}.get(kpi.direction, (*_LINE, "weight"))
    for column in (*_LINE, *_BAND, "weight"):
        if getattr(row, column) is not None and column not in known:
            needed = f"has {', '.join(known)}" if known else "is never scored"
            yield column, f"{row.kpi_id} (direction {kpi.direction}) {needed}: leave {column} empty"


def _out_of_order(rows: Rows, kpi: Scored) -> Iterator[tuple[int, str, str]]:
    """Line, key and problem for each organisation and day on which numbers begin to be out of order."""
    columns = _BAND if kpi.direction == "band" else _LINE
    of_org: dict[str, list[tuple[int, OverrideRow]]] = {}
    for line, row in rows:
        of_org.setdefault(row.org_code, []).append((line, row))
    for org in of_org:
        # The closest organisation last, of one organisation the newest: of two the later one holds.
        above_it = [one for length in (0, *_LENGTHS) if length <= len(org) for one in of_org.get(org[:length], ())]
        above_it.sort(key=lambda one: (len(one[1].org_code), one[1].valid_from))
        for day in sorted({row.valid_from for _, row in above_it}):
            points = _in_force(above_it, day, columns, kpi)
            for low, high in pairwise(points):
                if low.value == high.value or (low.value < high.value) == (kpi.direction != "down"):
                    continue
                line, point = max(((one.line, one) for one in (low, high) if one.line), key=lambda one: one[0])
                sign = ">=" if kpi.direction == "down" else "<="
                needed = f" {sign} ".join(columns)
                where = f"for {org or 'all organisations'} from {day}"
                yield line, point.column, f"{low} and {high} are out of order {where}: {needed} is needed"


def _in_force(above_it: Rows, day: date, columns: Sequence[str], kpi: Scored) -> list[_Point]:
    """What holds on a day, of rows in the order of `_out_of_order`: of each number the last that has begun, else the
    KPI's own."""
    found = {column: _Point(column, value, None) for column, value in zip(columns, kpi.points or (), strict=False)}
    for line, row in above_it:
        for column in columns if row.valid_from <= day else ():
            if (value := getattr(row, column)) is not None:
                found[column] = _Point(column, value, line)
    return [found[column] for column in columns if column in found]
