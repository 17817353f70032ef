"""`seeds/kpi_override.csv`: which targets are refused, with which line, key and words."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import dbt_bridge
from pipelines.districts import above, district, setup, targets
from pipelines.districts.district import DistrictError
from pipelines.registry import loading
from pipelines.settings import Settings, of_district

CODE, CITY = "610303", "6103"
HEADER = "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n"


@dataclass(frozen=True)
class Kpi:
    direction: str
    points: list[float] | None


KPIS = {
    "on_time_rate": Kpi("up", [70, 90, 98]),
    "close_hours": Kpi("down", [72, 24, 8]),
    "share": Kpi("band", [8, 35]),
    "households": Kpi("none", None),
    "broken": None,
}


def put(where: Settings, text: str) -> Path:
    file = where.local_seeds / district.KPI_OVERRIDE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01,on_time_rate,,80,92,97,,,2,x\n",
        "2026-01-01,on_time_rate,610303,90,90,,,,,equal is in order\n",
        "2026-01-01,close_hours,610303001,48,24,12,,,,\n",
        "2026-01-01,share,610303001001,,,,10,40,0,\n",
        "2026-01-01,households,,,,,,,,only a reason\n",
        "2026-01-01,broken,,99,1,,5,,3,its file is left out: nothing else stops\n",
        "2026-01-01,on_time_rate,61,,,99,,,,the province\n2026-01-01,on_time_rate,6103,,95,,,,,the city\n",
        # Together they are in order on each day: the target rises when the red line has risen.
        "2026-01-01,on_time_rate,,80,,,,,,\n2027-01-01,on_time_rate,,92,95,,,,,\n",
        # The newer one of the home has no part in the street's numbers, which are its own.
        "2026-01-01,on_time_rate,610303001,50,60,70,,,,\n2027-01-01,on_time_rate,,80,96,99,,,,\n",
    ],
)
def test_targets_that_can_hold_are_taken(settings: Settings, text: str) -> None:
    setup.prepare(settings, CODE)
    put(settings, text)
    targets.check(settings, KPIS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "2026-01-01,on_time_rat,,,,,,,,\n",
            ":2: kpi_id: no KPI is called 'on_time_rat'; did you mean 'on_time_rate'?",
        ),
        ("2026-01-01,on_time_rate,6103030,,,,,,,\n", ":2: org_code: '6103030' is no code: 2, 4, 6, 9, 12 digits"),
        ("2026-01-01,on_time_rate,610302,,,,,,,\n", ":2: org_code: '610302' is not in this home, whose codes begin w"),
        ("2026-01-01,on_time_rate,62,,,,,,,\n", ":2: org_code: '62' is not in this home"),
        (
            "2026-01-01,on_time_rate,,99,90,98,,,,\n",
            ":2: red_line: red_line 99 (line 2) and target 90 (line 2) are out of order for all organisations"
            " from 2026-01-01: red_line <= target <= stretch is needed",
        ),
        ("2026-01-01,on_time_rate,,,99,,,,,\n", ":2: target: target 99 (line 2) and stretch 98 (the KPI's own file)"),
        ("2026-01-01,close_hours,,8,24,72,,,,\n", "red_line >= target >= stretch is needed"),
        ("2026-01-01,share,,,,,40,,,\n", ":2: band_low: band_low 40 (line 2) and band_high 35 (the KPI's own file)"),
        # Each is in order with the KPI's own; the two together are not.
        (
            "2026-01-01,on_time_rate,610303001,88,,,,,,\n2027-01-01,on_time_rate,,,75,,,,,\n",
            ":3: target: red_line 88 (line 2) and target 75 (line 3) are out of order for 610303001 from 2027-01-01",
        ),
        (
            "2026-01-01,on_time_rate,,,,,5,,,\n",
            ":2: band_low: on_time_rate (direction up) has red_line, target, stretch",
        ),
        ("2026-01-01,share,,,5,,,,,\n", ":2: target: share (direction band) has band_low, band_high, weight: leave"),
        ("2026-01-01,households,,,5,,,,,\n", ":2: target: households (direction none) is never scored: leave target"),
        ("2026-01-01,on_time_rate,,,,,,,-1,\n", ":2: weight: -1 is below 0"),
        ("2026/1/1,on_time_rate,,,,,,,,\n", ":2: valid_from: '2026/1/1' is no date: it is written as 2026-01-31"),
        ("86400,on_time_rate,,,,,,,,\n", ":2: valid_from: '86400' is no date"),
        ("2026-02-30,on_time_rate,,,,,,,,\n", ":2: valid_from: "),
    ],
)
def test_targets_that_cannot_hold_say_line_key_and_what_is_expected(settings: Settings, text: str, said: str) -> None:
    setup.prepare(settings, CODE)
    file = put(settings, text)
    with pytest.raises(DistrictError) as refused:
        targets.check(settings, KPIS)
    assert str(refused.value).startswith(f"{file}:")
    assert said in str(refused.value)


def test_a_home_without_district_takes_codes_of_any(settings: Settings) -> None:
    put(settings, "2026-01-01,on_time_rate,990102001,,,,,,,\n")
    targets.check(settings, KPIS)
    put(settings, "2026-01-01,on_time_rate,9901,,,,,,,\n2026-01-01,on_time_rate,99010,,,,,,,\n")
    with pytest.raises(DistrictError, match=":3: org_code: '99010' is no code"):
        targets.check(settings, KPIS)


def test_a_city_s_rows_may_be_of_any_of_its_districts_also_where_a_district_uses_them(settings: Settings) -> None:
    above.prepare(settings, CITY)
    ours = of_district(settings, CODE)
    setup.prepare_in_city(ours, CODE)
    put(settings, "2026-01-01,on_time_rate,610302001,80,,,,,,\n2026-01-01,on_time_rate,,85,,,,,,\n")
    for home in (settings, ours):
        targets.check(home, KPIS)
    put(settings, "2026-01-01,on_time_rate,610402,,,,,,,\n")
    for home in (settings, ours):
        with pytest.raises(DistrictError, match=r"'610402' is not in this home, whose codes begin with 6103$"):
            targets.check(home, KPIS)
    # A district's own file stands in place of the city's.
    put(ours, "2026-01-01,on_time_rate,610302,,,,,,,\n")
    with pytest.raises(DistrictError, match="'610302' is not in this home, whose codes begin with 610303"):
        targets.check(ours, KPIS)


def test_a_build_stops_before_it_writes_seeds_with_a_wrong_target(settings: Settings) -> None:
    registry = loading.load()
    put(settings, "2026-01-01,event_close_hours,,48,,,,,,x\n")
    assert "event_close_hours,,48.0" in dbt_bridge.seeds(settings, registry)[district.KPI_OVERRIDE]
    put(settings, "2026-01-01,event_close_hour,,48,,,,,,x\n")
    with pytest.raises(DistrictError, match="did you mean 'event_close_hours'"):
        dbt_bridge.seeds(settings, registry)
