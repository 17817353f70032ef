"""Whether the days of `seeds/calendar.csv` and `seeds/public_holiday.csv` can hold: known KPIs, days in order.

Belongs here: what a row says beside its form. Does not belong here: the columns of the files (`district`), the KPIs
themselves (`registry`: their ids are handed in), the use of the days (`dbt_project/`).
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from pipelines.districts import district
from pipelines.districts.district import CALENDAR, PUBLIC_HOLIDAY, CalendarRow, DistrictError, HolidayRow
from pipelines.documents import nearest
from pipelines.settings import Settings


def check(settings: Settings, kpi_ids: Collection[str]) -> None:
    """Raises DistrictError for the first wrong row of the files that apply to a home, with line, column and what is
    expected. kpi_ids: also those whose file is broken, which stops nothing else."""
    marks, holidays = settings.seed_files.get(CALENDAR), settings.seed_files.get(PUBLIC_HOLIDAY)
    if marks is not None:
        for line, mark in district.numbered(marks, CalendarRow):
            if mark.kpi_id and mark.kpi_id not in kpi_ids:
                near = nearest(mark.kpi_id, kpi_ids)
                problem = f"no KPI is called {mark.kpi_id!r}{near}; correct it, or leave it empty for all KPIs"
                raise DistrictError(marks, "kpi_id", line, problem)
            _refuse_disorder(marks, line, mark.from_on, mark.to_on)
    if holidays is not None:
        for line, holiday in district.numbered(holidays, HolidayRow):
            _refuse_disorder(holidays, line, holiday.from_on, holiday.to_on)


def _refuse_disorder(file: Path, line: int, first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise DistrictError(file, "to_on", line, f"{last} is before from_on, {first}")
