"""`seeds/calendar.csv` and `seeds/public_holiday.csv`: which rows are refused, with which line, column and words."""

import re
from pathlib import Path

import pytest

from pipelines import dbt_bridge
from pipelines.districts import above, calendars, setup
from pipelines.districts.district import CALENDAR, PUBLIC_HOLIDAY, TERM, DistrictError
from pipelines.registry import loading
from pipelines.settings import Settings, of_district

HEAD = {
    CALENDAR: "from_on,to_on,zh,en,kpi_id,source\n",
    PUBLIC_HOLIDAY: "from_on,to_on,kind,zh,en,source\n",
    TERM: "column_name,zh,en\n",
}
KPIS = ("event_close_hours", "event_on_time_rate")


def put(where: Settings, name: str, text: str) -> Path:
    file = where.local_seeds / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD[name] + text, encoding="utf-8")
    return file


def test_marks_of_known_kpis_and_of_all_are_taken(settings: Settings) -> None:
    put(settings, CALENDAR, "2026-01-01,,新口径,New,event_close_hours,区\n2026-01-01,2026-01-01,节,Feast,,区\n")
    put(settings, PUBLIC_HOLIDAY, "2026-01-01,2026-01-01,holiday,元旦,New Year,通知\n")
    calendars.check(settings, KPIS)


def test_a_home_without_the_files_has_nothing_to_refuse(settings: Settings) -> None:
    calendars.check(settings, ())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            CALENDAR,
            "2026-01-01,,节,Feast,,区\n2026-01-01,,新口径,New,event_close_hour,区\n",
            ":3: kpi_id: no KPI is called 'event_close_hour'; did you mean 'event_close_hours'?",
        ),
        (CALENDAR, "2026-01-01,,新口径,New,xyzzy,区\n", ":2: kpi_id: no KPI is called 'xyzzy'; correct it, or leave"),
        (CALENDAR, "2026-03-15,2025-11-15,供暖季,Heating,,区\n", ":2: to_on: 2025-11-15 is before from_on, 2026-03-15"),
        (CALENDAR, "2026/1/1,,节,Feast,,区\n", ":2: from_on: '2026/1/1' is no date: it is written as 2026-01-31"),
        (CALENDAR, "86400,,节,Feast,,区\n", ":2: from_on: '86400' is no date"),
        (CALENDAR, "2026-01-01,2026-1-2,节,Feast,,区\n", ":2: to_on: '2026-1-2' is no date"),
        (PUBLIC_HOLIDAY, "2026-01-03,2026-01-01,holiday,元旦,New Year,通知\n", ":2: to_on: 2026-01-01 is before"),
        (PUBLIC_HOLIDAY, "86400,86400,holiday,元旦,New Year,通知\n", ":2: from_on: '86400' is no date"),
        (PUBLIC_HOLIDAY, "2026-01-01,2026-01-01,holidays,元旦,New Year,通知\n", "did you mean 'holiday'?"),
        (TERM, "departments,供电所,Grid\n", ":2: column_name: Input should be"),
        (TERM, "departments,供电所,Grid\n", "did you mean 'department'?"),
    ],
)
def test_what_cannot_hold_says_file_line_column_and_what_is_expected(
    settings: Settings, name: str, text: str, said: str
) -> None:
    file = put(settings, name, text)
    with pytest.raises(DistrictError) as refused:
        dbt_bridge.seeds(settings, loading.load())
    assert str(refused.value).startswith(f"{file}:")
    assert said in str(refused.value)


def test_a_city_s_calendar_is_checked_where_its_district_uses_it(settings: Settings) -> None:
    above.prepare(settings, "6103")
    ours = of_district(settings, "610303")
    setup.prepare_in_city(ours, "610303")
    file = put(settings, CALENDAR, "2026-01-01,,新口径,New,event_close_hour,市\n")
    for home in (settings, ours):
        with pytest.raises(DistrictError, match="did you mean 'event_close_hours'") as refused:
            calendars.check(home, KPIS)
        assert str(refused.value).startswith(f"{file}:2: kpi_id")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("calender.csv", "; did you mean 'calendar.csv'?"),
        ("Calendar.csv", "; did you mean 'calendar.csv'?"),
        ("kpi_override.CSV", "; did you mean 'kpi_override.csv'?"),
        ("2026.csv", "; rename it"),
    ],
)
def test_a_seed_of_another_name_is_not_ignored(settings: Settings, name: str, near: str) -> None:
    put(settings, CALENDAR, "")
    file = settings.local_seeds / name
    file.touch()
    with pytest.raises(DistrictError, match=f"no seed is called so{re.escape(near)}") as refused:
        dbt_bridge.seeds(settings, loading.load())
    assert str(refused.value).startswith(f"{file}: ")


@pytest.mark.parametrize("name", ["README.md", "calendar.csv.old", ".~calendar.csv", "~$calendar.csv"])
def test_notes_and_files_of_editors_are_no_seeds(settings: Settings, name: str) -> None:
    put(settings, CALENDAR, "")
    (settings.local_seeds / name).touch()
    assert dbt_bridge.seeds(settings, loading.load())[CALENDAR] == HEAD[CALENDAR]
