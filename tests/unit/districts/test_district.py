"""A home's district.yaml and local seeds: what is written, refused, and given to dbt."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.demo import words
from pipelines.districts import district, setup
from pipelines.districts.district import DistrictError
from pipelines.registry import loading
from pipelines.settings import Settings

CODE = "610303"
YAML = """\
code: "610303"
name: 金台区
title:
  zh: 金台区驾驶舱
  en: Jintai
letter: 台
"""
HEADER = "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n"


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


# ---------------------------------------------------------------- setting up


def test_init_writes_a_district_that_can_be_read(settings: Settings) -> None:
    files = setup.prepare(settings, CODE)
    assert [str(file.relative_to(settings.home)) for file in files] == [
        "district.yaml", "seeds/division.csv", "seeds/kpi_override.csv",
    ]  # fmt: skip
    found = district.load(settings)
    assert found == district.District.named(CODE, "金台区")
    assert found is not None
    assert (found.title.zh, found.title.en, found.letter) == ("金台区基层治理驾驶舱", "金台区 · Governance", "金")
    listed = {row.code: row.name for row in district.known_divisions(settings)}
    assert listed["610303001"] == "中山东路街道"
    assert all(code.startswith(CODE) for code in listed)


def test_init_overwrites_nothing_unless_it_is_asked_to(settings: Settings) -> None:
    put(settings.local_seeds / "kpi_override.csv", "mine")
    with pytest.raises(setup.AlreadyThere, match=r"kpi_override.csv already exists: use --overwrite"):
        setup.prepare(settings, CODE)
    assert not settings.district_file.exists()
    assert (settings.local_seeds / "kpi_override.csv").read_text() == "mine"
    setup.prepare(settings, CODE, overwrite=True)
    assert (settings.local_seeds / "kpi_override.csv").read_text() == HEADER


def test_init_refuses_an_unknown_code_and_names_the_nearest(settings: Settings) -> None:
    with pytest.raises(setup.UnknownDistrict, match=r"(?s)'610301' is not a district.*610303  陕西省宝鸡市金台区"):
        setup.prepare(settings, "610301")
    assert not settings.home.exists()


# ---------------------------------------------------------------- district.yaml


def test_a_home_without_district_is_of_none(settings: Settings) -> None:
    assert district.load(settings) is None
    seeds = {name: rows(text) for name, text in district.seeds(settings).items()}
    assert seeds["home_district.csv"] == [["code", "name", "title_zh", "title_en", "letter"]]
    assert seeds["kpi_override.csv"] == rows(HEADER)
    assert ["610302", "渭滨区"] in seeds["division.csv"]
    assert {len(code) for code, _ in seeds["division.csv"][1:]} == {6}


def test_a_district_s_own_words_go_before_the_register_s(settings: Settings) -> None:
    put(settings.district_file, YAML.replace("name: 金台区", "name: 金台新区"))
    put(settings.local_seeds / "division.csv", "code,name\n610303,金台旧区\n610302,渭滨新区\n610303001,中山街道\n")
    seeds = {name: rows(text) for name, text in district.seeds(settings).items()}
    assert seeds["home_district.csv"][1:] == [[CODE, "金台新区", "金台区驾驶舱", "Jintai", "台"]]
    names = dict(seeds["division.csv"][1:])
    assert (names["610303"], names["610302"], names["110101"]) == ("金台新区", "渭滨新区", "东城区")
    assert "610303001" not in names


def test_a_calendar_of_the_home_replaces_the_package_s_own(settings: Settings) -> None:
    own = rows(district.seeds(settings)["calendar.csv"])
    assert own[0] == ["from_on", "to_on", "zh", "en", "kpi_id", "source"]
    assert {row[2] for row in own[1:]} == {"供暖季", "春节"}
    assert all(row[5] for row in own[1:]), "every row says on whose word"
    put(
        settings.local_seeds / "calendar.csv",
        ",".join(own[0]) + "\n2026-04-01,,口径 2,Version 2,event_close_hours,区\n",
    )
    changed = ["2026-04-01", "", "口径 2", "Version 2", "event_close_hours", "区"]
    assert rows(district.seeds(settings)["calendar.csv"])[1:] == [changed]


def test_terms_of_the_home_are_added_to_the_package_s_own_and_go_before_them(settings: Settings) -> None:
    columns, *own = rows(district.seeds(settings)["term.csv"])
    assert columns == ["column_name", "zh", "en"]
    put(
        settings.local_seeds / "term.csv",
        "column_name,zh,en\nsubcategory,电梯故障,Broken lift\ndepartment,供电所,Grid\n",
    )
    changed = {(column, zh): en for column, zh, en in rows(district.seeds(settings)["term.csv"])[1:]}
    assert changed[("subcategory", "电梯故障")] == "Broken lift"
    assert changed[("department", "供电所")] == "Grid"
    assert len(changed) == len(own) + 1
    put(settings.local_seeds / "term.csv", "column_name,zh,en\ncolour,红,Red\n")
    with pytest.raises(DistrictError, match=r"term.csv:2: column_name"):
        district.seeds(settings)


def test_the_demo_s_offices_and_kinds_of_events_and_all_owners_have_an_english_word(settings: Settings) -> None:
    known = {(column, zh) for column, zh, _ in rows(district.seeds(settings)["term.csv"])[1:]}
    spoken = {("subcategory", one) for kinds in words.groups("problems") for one in kinds}
    spoken |= {("owner", one.kpi.owner) for one in loading.load().kpis}
    lists = {"owner_unit": "units", "topic": "suggestion_topics", "policy_topic": "visit_topics", "item": "goods"}
    spoken |= {(column, one) for column, listed in lists.items() for one in words.words(listed)}
    assert not spoken - known


def test_holidays_are_those_of_the_notices_and_only_weekend_days_are_worked_for_them(settings: Settings) -> None:
    columns, *own = rows(district.seeds(settings)["public_holiday.csv"])
    assert columns == ["from_on", "to_on", "kind", "zh", "en", "source"]
    assert all("国办发明电" in row[5] for row in own), "every row names its notice"
    days = [(date.fromisoformat(row[0]), date.fromisoformat(row[1]), row[2]) for row in own]
    assert all(first <= last and first.year == last.year for first, last, _ in days)
    worked = {first for first, last, kind in days if kind == "workday" and first == last}
    assert {day.isoweekday() for day in worked} == {6, 7}
    breaks = [(first, last) for first, last, kind in days if kind == "holiday"]
    free = {first + timedelta(days=n) for first, last in breaks for n in range((last - first).days + 1)}
    assert not worked & free
    assert sum(day.year == 2025 for day in free) == 28  # as the notice counts them
    assert (date(2026, 10, 7) in free, date(2026, 10, 8) in free, date(2026, 10, 10) in worked) == (True, False, True)


def test_holidays_of_the_home_replace_the_package_s_own_and_have_a_known_kind(settings: Settings) -> None:
    file, head = settings.local_seeds / "public_holiday.csv", "from_on,to_on,kind,zh,en,source\n"
    put(file, head + "2027-01-01,2027-01-03,holiday,元旦,New Year,通知\n")
    assert [row[0] for row in rows(district.seeds(settings)["public_holiday.csv"])[1:]] == ["2027-01-01"]
    put(file, head + "2027-01-01,2027-01-03,rest,元旦,New Year,通知\n")
    with pytest.raises(DistrictError, match=r"public_holiday.csv:2: kind"):
        district.seeds(settings)


def test_a_code_needs_no_quotes(settings: Settings) -> None:
    put(settings.district_file, YAML.replace('"610303"', "610303"))
    found = district.load(settings)
    assert found is not None
    assert found.code == CODE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name:", "nmae:", "district.yaml:2: nmae: unknown key; did you mean 'name'?"),
        ("  en: Jintai\n", "", "district.yaml:4: title.en: is needed"),
        ('"610303"', '"6103"', "district.yaml:1: code: String should match pattern '^[0-9]{6}$'"),
        ("name: 金台区", "name: 7", "district.yaml:2: name: a text is needed, 7 is none: put it in quotes"),
        ("letter: 台", "letter: 金台", "district.yaml:6: letter: String should have at most 1 character"),
        ("letter: 台", "letter: 台\nname: 台", "district.yaml:2: name: duplicate key"),
        ("letter: 台", "letter: 台\nfacts: files", "district.yaml:7: facts: Input should be 'database' or 'parquet'"),
        ("title:", "title: [", "district.yaml:5: is not YAML"),
    ],
)
def test_a_district_that_cannot_be_used_says_where_and_what_to_do(
    settings: Settings, old: str, new: str, told: str
) -> None:
    put(settings.district_file, YAML.replace(old, new, 1))
    with pytest.raises(DistrictError) as refused:
        district.load(settings)
    assert told in str(refused.value)
    assert "correct it" in str(refused.value)


# ---------------------------------------------------------------- local seeds


def test_overrides_are_given_to_dbt_as_they_are(settings: Settings) -> None:
    put(settings.local_seeds / "kpi_override.csv", HEADER + '2026-01-01,event_close_hours,,,48,,,,2,"a, b"\n\n')
    assert rows(district.seeds(settings)["kpi_override.csv"])[1:] == [
        ["2026-01-01", "event_close_hours", "", "", "48.0", "", "", "", "2.0", "a, b"]
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("division.csv", "name,code\n", "division.csv:1: the first line has to be code,name"),
        ("division.csv", "code,name\n610303\n", "division.csv:2: 1 fields, the header has 2"),
        ("division.csv", "code,name\n6103,x\n", "division.csv:2: code: String should match"),
        ("division.csv", "code,name\n610303,x\n610303,y\n", "division.csv:3: 610303 is there twice"),
        ("division.csv", b"code,name\n610303,\xbd\xf0\n", "division.csv: cannot be read as UTF-8"),
        ("kpi_override.csv", HEADER + "soon,k,,,,,,,,\n", "kpi_override.csv:2: valid_from: "),
        ("kpi_override.csv", HEADER + "2026-01-01,k,,,many,,,,,\n", "kpi_override.csv:2: target: "),
        ("kpi_override.csv", HEADER + "2026-01-01,k,,,nan,,,,,\n", "kpi_override.csv:2: target: "),
    ],
)
def test_a_local_seed_that_cannot_be_used_says_which_line(
    settings: Settings, name: str, text: str | bytes, told: str
) -> None:
    file = settings.local_seeds / name
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DistrictError) as refused:
        district.seeds(settings)
    assert told in str(refused.value)
