"""What needs attention first, what falls due soon, and what stands first in lists, on tables made for it.

Belongs here: order and words of these. Does not belong here: whether every page opens (test_pages.py,
test_subjects.py).
"""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.attention import Item, attention
from components.rank_list import SIGNS, rank_list
from components.scores import why
from figures import published
from figures.indices import Moved, Part
from figures.kpis import Kpi
from figures.orgs import Org
from figures.ranking import Band, Ranked
from language.words import Speaker
from page import concerns
from page.sentences import why_moved
from reader.view import View
from screens import type as types
from screens.overview.attention import _title, with_data
from tests.pages.conftest import DASHBOARD, markup
from tests.pages.counted import counted
from tests.pages.test_kpis import RATE

Opener = Callable[..., AppTest]
DAY = date(2026, 3, 31)
STREET, COMMUNITIES = "990101001", ("990101001001", "990101001002", "990101001003")
ZH = Speaker("zh")


def concern_tables(*cells: tuple[str, str, float, int]) -> list[str]:
    """KPIs `gas` of danger 5, `reply` of danger 1 and `centres`, structural; cells: KPI, org, percent, days before."""
    orgs = [("district", "990101", None, 100_000), ("street", STREET, "990101", 6_000)]
    orgs += [("community", code, STREET, 2_000) for code in COMMUNITIES]
    listed = ", ".join(f"('{level}', '{code}', {repr(up) if up else 'null'}, {n})" for level, code, up, n in orgs)
    kpis = ", ".join(
        f"('{name}', 'safe', '{kind}', 'percent', 'up', {danger}, {structural}, 'o')"
        for name, kind, danger, structural in (
            ("gas", "flow", 5, False), ("reply", "flow", 1, False), ("centres", "stock", 1, True)
        )
    )  # fmt: skip
    rows = ", ".join(
        f"('{kpi}', '{code}', date '{DAY - timedelta(days=before)}', {value}, 100, 100, {value}, {value * 60 / 80})"
        for kpi, code, value, before in cells
    )
    targets = ", ".join(f"('{kpi}', '{code}')" for kpi in ("gas", "reply", "centres") for _, code, *_ in orgs)
    return [
        f"create table marts.dim_org as from (values {listed}) as one(org_level, org_code, parent_code, households)",
        f"create table marts.kpi_definition as from (values {kpis}) as one"
        "(kpi_id, pillar, kind, unit, direction, danger, is_structural, owner)",
        f"create table marts.kpi_target as select *, 80.0 as red_line, date '2020-01-01' as valid_from,"
        f" cast(null as date) as valid_to from (values {targets}) as one(kpi_id, org_code)",
        "create table marts.kpi_period as select one.*, one.value as value_smoothed, org_level, '30d' as period,"
        f" 'ok' as status from (values {rows}) as one(kpi_id, org_code, as_of, numerator, denominator, n, value, score)"
        " inner join marts.dim_org using (org_code)",
        # The red line of 80 allows 20 in a hundred.
        "create table marts.kpi_shortfall as select kpi_id, org_code, as_of, (100 - value) / 20 - 1 as excess"
        " from marts.kpi_period where score < 60",
    ]


def test_a_danger_to_life_comes_before_a_wider_gap_of_little_harm(ask: Callable[..., list[dict[str, Any]]]) -> None:
    made = concern_tables(
        ("gas", COMMUNITIES[0], 40, 0),
        ("reply", COMMUNITIES[1], 20, 0),
        *(("gas", code, 95, 0) for code in (*COMMUNITIES[1:], STREET)),
        *(("reply", code, 95, 0) for code in (COMMUNITIES[0], COMMUNITIES[2], STREET)),
    )
    rows = ask("concerns", *made, area="990101", day=DAY)
    assert [(row["kpi_id"], row["org_code"]) for row in rows] == [("gas", COMMUNITIES[0]), ("reply", COMMUNITIES[1])]
    # 60 are missed where 20 may be, three times as many: the excess is two.
    assert rows[0]["missed"] == 60
    assert rows[0]["priority"] == pytest.approx(5 * 2 * 2_000**0.5)


def test_a_place_stands_for_its_parts_if_half_of_them_are_beyond_the_line(
    ask: Callable[..., list[dict[str, Any]]],
) -> None:
    made = concern_tables(
        ("gas", STREET, 60, 0),
        *(("gas", code, value, 0) for code, value in zip(COMMUNITIES, (50, 55, 90), strict=True)),
        ("reply", STREET, 70, 0),
        *(("reply", code, value, 0) for code, value in zip(COMMUNITIES, (10, 95, 90), strict=True)),
    )
    rows = ask("concerns", *made, area=STREET, day=DAY)
    assert {row["kpi_id"]: row["org_code"] for row in rows} == {"gas": STREET, "reply": COMMUNITIES[0]}
    assert all((row["place_no"], row["places"]) == (1, 1) for row in rows)


def test_a_place_beyond_the_line_is_a_row_if_nothing_below_it_is(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """Its parts have too few cases, or it is beyond the line by its own rows."""
    made = concern_tables(
        ("gas", "990101", 70, 0),
        ("gas", STREET, 60, 0),
        ("gas", COMMUNITIES[0], 95, 0),
        ("reply", "990101", 70, 0),
        ("reply", STREET, 90, 0),
        ("reply", COMMUNITIES[0], 20, 0),
        ("centres", STREET, 70, 0),
    )
    for area in ("990101", STREET):
        rows = ask("concerns", *made, area=area, day=DAY)
        made = []
        # Of gas, the street is the only part of the district, and stands in it for its communities.
        gas = "990101" if area == "990101" else STREET
        found = {(row["kpi_id"], row["org_code"]) for row in rows}
        assert found == {("gas", gas), ("reply", COMMUNITIES[0]), ("centres", STREET)}


def test_it_is_said_for_how_long_a_red_line_is_broken(ask: Callable[..., list[dict[str, Any]]]) -> None:
    values = {0: 50.0, 1: 60.0, 2: 79.0, 3: 81.0, 4: 40.0}
    made = concern_tables(
        *(("gas", COMMUNITIES[0], value, before) for before, value in values.items()),
        *(("centres", COMMUNITIES[0], 0, before) for before in values),
    )
    rows = {row["kpi_id"]: row for row in ask("concerns", *made, area="990101", day=DAY)}
    assert rows["gas"]["broken_days"] == 3
    assert rows["centres"]["broken_days"] is None
    assert (rows["gas"]["is_structural"], rows["centres"]["is_structural"]) == (False, True)


@pytest.mark.parametrize(
    ("missed", "zh", "en"),
    [
        (51, "82 处隐患中 51 处未按期整改", "51 of 82 hazards not fixed in time"),
        (82, "82 处隐患全部未按期整改", "all 82 hazards not fixed in time"),
    ],
)
def test_a_shortfall_is_said_in_the_words_of_its_kpi(missed: int, zh: str, en: str) -> None:
    kpi = replace(RATE, counter="处", counted="hazards", counted_zh="隐患")
    kpi = replace(kpi, missed="not fixed in time", missed_zh="未按期整改")
    row = {"missed": missed, "denominator": 82, "is_of_households": False}
    assert (concerns._missed(kpi, row, ZH), concerns._missed(kpi, row, Speaker("en"))) == (zh, en)
    # A generation from before, or another district's KPI without these words.
    assert concerns._missed(RATE, {**row, "missed": 51}, ZH) == "82 项中 51 项未达"


def test_a_doubt_about_the_data_is_not_below_the_fold() -> None:
    def item(severity: str, number: int) -> Item:
        return Item(severity, 10.0 - number, str(number), "", "data", View())

    items = [item("severe", 0), item("severe", 1), item("warning", 2), item("data", 3), item("data", 4)]
    assert [one.title for one in with_data(items, 2)] == ["0", "3", "1", "2", "4"]
    assert with_data(items, 4) == items
    assert with_data(items[:3], 2) == items[:3]
    # The heading does not send its reader to more than it lists.
    assert _title(items, items[:2], ZH) == "先处理这 2 件严重事项"
    assert _title(items, items[:1], ZH) == "2 件严重事项，先处理这 1 件"
    assert _title(items[2:], items[2:], ZH) == "需要关注 3 条，没有严重的"


# ------------------------------------------------------------------------------------------------- what falls due


def closed_on(day: date | None) -> str:
    return f"date '{day}'" if day else "cast(null as date)"


def event_tables() -> list[str]:
    """Open events: one overdue, three due within 24 hours, one within 72, one later; and one that is closed."""
    midnight = datetime.combine(DAY + timedelta(days=1), datetime.min.time())
    rows = [
        ("late", COMMUNITIES[0], "a", "critical", -1, None),
        ("now", COMMUNITIES[0], "a", "normal", 1, None),
        ("first", COMMUNITIES[1], "a", "critical", 20, None),
        ("edge", COMMUNITIES[1], "b", "urgent", 24, None),
        ("next", COMMUNITIES[1], "b", "normal", 72, None),
        ("far", COMMUNITIES[1], "b", "critical", 73, None),
        ("done", COMMUNITIES[1], "b", "critical", 2, DAY),
    ]
    values = ", ".join(
        f"('{key}', '{code}', '{department}', '{urgency}', timestamp '{midnight + timedelta(hours=hours)}',"
        f" {closed_on(closed)})"
        for key, code, department, urgency, hours, closed in rows
    )
    return [
        "create table marts.fct_event as select one.*, true as is_countable, true as is_known_community,"
        " '990101001001001' as grid_code, 'other' as category, null as subcategory, 'community' as level,"
        f" date '{DAY}' as reported_on, timestamp '{DAY}' as reported_at, cast(due_at as date) as due_on,"
        " cast(due_at as date) as overdue_from_on, 0 as rework_count, 'f' as file_name, 1 as row_number"
        f" from (values {values}) as one(event_id, community_code, department, urgency, due_at, closed_on)",
        f"create view marts.open_event as select event_id, community_code, grid_code, date '{DAY}' as as_of,"
        " null as stage, null as entered_at,"
        " level as level_now, department as held_by, overdue_from_on <= reported_on as is_overdue,"
        " reported_on - due_on as days_over from marts.fct_event where closed_on is null",
    ]


def test_what_falls_due_is_counted_by_department_and_by_community(ask: Callable[..., list[dict[str, Any]]]) -> None:
    rows = ask("due_soon", *event_tables(), area="990101", last=DAY)
    counted = {(row["grouped"], row["code"]): (row["within_24"], row["within_72"]) for row in rows}
    assert counted == {
        ("all", ""): (3, 4),
        ("department", "a"): (2, 2),
        ("department", "b"): (1, 2),
        ("community", COMMUNITIES[0]): (1, 1),
        ("community", COMMUNITIES[1]): (2, 3),
    }
    whole = next(row for row in rows if row["grouped"] == "all")
    assert (whole["critical"], whole["urgent"]) == (1, 1)


def test_the_most_urgent_event_comes_first(ask: Callable[..., list[dict[str, Any]]]) -> None:
    listed = ask("due_soon_events", *event_tables(), area="990101", last=DAY, hours="72")
    assert [row["event_id"] for row in listed] == ["first", "edge", "now", "next"]
    assert [row["hours_left"] for row in listed] == [20, 24, 1, 72]
    soon = ask("due_soon_events", area="990101", last=DAY, hours="24")
    assert [row["event_id"] for row in soon] == ["first", "edge", "now"]


def test_the_line_on_the_overview_leads_to_the_events_it_counts(
    republished: Callable[..., Path], opened: Opener
) -> None:
    home = republished(
        "soon",
        "update marts.fct_event set due_at = (select max(date_day) from marts.dim_date) + interval 30 hour,"
        " due_on = (select max(date_day) + 1 from marts.dim_date), urgency = 'critical',"
        " overdue_from_on = (select max(date_day) + 2 from marts.dim_date)"
        " where event_id in (select event_id from marts.fct_event where is_countable and is_known_community"
        " and closed_on is null order by event_id limit 3)",
    )
    text = markup(opened(home))
    (line,) = re.findall(r'<div class="due">.*?</div>', text, re.DOTALL)
    assert ZH("due.critical", n=3) in line
    target = re.findall(r'data-go="(events\?[^"]*due=24[^"]*)"', line)[0].replace("&amp;", "&")
    listed = markup(opened(home, "events", **dict(pair.split("=") for pair in target.partition("?")[2].split("&"))))
    assert listed.count(ZH("urgency.critical")) >= 3
    assert ZH("due.close") in listed


def test_a_department_leads_to_its_own_events(republished: Callable[..., Path], opened: Opener) -> None:
    some = "(select event_id from marts.fct_event where is_countable and is_known_community and closed_on is null"
    home = republished(
        "departments",
        *(
            "update marts.fct_event set due_at = (select max(date_day) from marts.dim_date) + interval 30 hour,"
            " due_on = (select max(date_day) + 1 from marts.dim_date), urgency = 'urgent',"
            f" overdue_from_on = (select max(date_day) + 2 from marts.dim_date), department = '{name}'"
            f" where event_id in {some} order by event_id limit 1 offset {number})"
            for number, name in enumerate(("甲局", "乙局"))
        ),
    )
    text = markup(opened(home))
    target = next(
        target
        for target, said in re.findall(r'data-go="(events[^"]*)"[^>]*>(.*?)</a>', text)
        if said.startswith("甲局")
    )
    query = target.replace("&amp;", "&").partition("?")[2]
    app = opened(home, "events", **dict(pair.split("=") for pair in query.split("&")))
    assert not app.exception
    own = next(part for part in markup(app).split("<table>") if ZH("due.left") in part)
    assert "甲局" in own and "乙局" not in own


# --------------------------------------------------------------------------------------- ranks, types, signs


def ranked(bands: str) -> list[Ranked]:
    names: dict[str, Band | None] = {"+": "better", "=": "same", "-": "worse", "?": None}
    orgs = [Org("community", f"{STREET}{number:03}", f"{number}路社区", STREET, 9) for number in range(len(bands))]
    figure = counted(RATE, 90, 100)
    return [Ranked(org, figure, 90.0, None, names[band]) for org, band in zip(orgs, bands, strict=True)]


def listed(bands: str, rows: str = "") -> str:
    return rank_list(ranked(bands), {}, {}, counted(RATE, 90, 100), 0, View(rows=rows), {}, ZH, ends=2)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ("++===--", "中间 3 个与全区相当"),
        ("+++==---", "另有 1 个明显优于、1 个明显落后，其余 2 个相当"),
        ("++-==--", "另有 1 个明显落后，其余 2 个相当"),
        ("??????", "中间 2 个，略"),
    ],
)
def test_what_is_left_out_between_the_ends_is_said(bands: str, said: str) -> None:
    text = listed(bands)
    assert said in text
    assert text.count('class="rank-row"') == 4
    (go,) = re.findall(r'data-go="(overview\?[^"]*rows=all[^"]*)"', text)
    whole = listed(bands, "all")
    assert whole.count('class="rank-row"') == len(bands)
    assert "rank-gap" not in whole and ZH("rank.ends") in whole
    assert go


def test_a_band_has_a_sign_of_its_own() -> None:
    assert not set(SIGNS.values()) & {"▲", "▼"}
    assert all(f"<b>{sign}</b>" in listed("+=-") for sign in SIGNS.values())
    assert not re.search("[▲▼]", listed("+=-"))


def test_no_table_of_signs_has_the_arrows_of_a_change() -> None:
    found = {
        path.name
        for path in DASHBOARD.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        and any(isinstance(value, ast.Constant) and value.value in ("▲", "▼") for value in node.values)
    }
    assert found == set()


def moved(change: float, **points: float) -> tuple[list[Kpi], Moved]:
    own = [replace(RATE, kpi_id=name, zh=name) for name in points]
    parts = [Part(kpi, {"mix": 0.0, "performance": points[kpi.kpi_id]}) for kpi in own]
    parts.sort(key=lambda part: -abs(part.points))
    return own, Moved(DAY - timedelta(days=30), 70.0, 70.0 + change, parts)


@pytest.mark.parametrize(
    ("change", "points", "opened"),
    [
        (-0.5, {"up": 1.0, "down": -0.9, "more": -0.6}, "down"),
        (0.5, {"up": 0.7, "down": -0.9, "more": 0.7}, "down"),
        (0.7, {"up": 1.0, "down": -0.3}, "up"),
    ],
)
def test_a_type_that_fell_opens_on_what_lowered_it_most(change: float, points: dict[str, float], opened: str) -> None:
    own, entry = moved(change, **points)
    first = types.chosen("", own, entry)
    assert first is not None and first.kpi_id == opened
    other = types.chosen("up", own, entry)
    assert other is not None and other.kpi_id == "up", "what the reader selected stays"
    assert types.chosen("", own, None) is own[0]


def test_a_contribution_is_one_number_in_card_and_sentence() -> None:
    _, entry = moved(-0.55, a=-0.349, b=-0.349, c=0.151, d=0.05, e=-0.053)
    assert round(sum(entry.tenths.values()), 1) == round(entry.change, 1)
    said = {"card": why(entry, ZH), "sentence": why_moved(entry, "", ZH)}
    for kpi_id in ("a", "b"):
        size = f"{abs(entry.tenths[kpi_id]):.1f}"
        assert all(f'{kpi_id} <span class="bad num">▼{size}</span>' in text for text in said.values()), kpi_id


def test_only_what_is_built_or_founded_is_structural(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication
    rows = published.ask(publication, "definitions")
    found = sorted(row["kpi_id"] for row in rows if row["is_structural"] and row["direction"] != "none")
    assert found == [
        "building_head_coverage",
        "centre_standard_rate",
        "covenant_current_rate",
        "grid_party_org_coverage",
        "grid_staffing_rate",
        "managed_household_coverage",
        "no_property_group_coverage",
        "property_party_coverage",
        "security_upgrade_rate",
        "service_15min_coverage",
    ]


def test_no_red_line_is_broken_is_not_said_above_shortfalls_that_are() -> None:
    built = Item("warning", 1, "8 个社区没有达标的中心", "破红线（80%）", "type", View())
    assert ">" + ZH("attention.nothing_why") in attention([], View(), ZH, 5)
    text = attention([], View(), ZH, 5, [built])
    assert ">" + ZH("attention.nothing_why") not in text
    assert ZH("attention.nothing_but") in text and built.title in text


def test_spots_are_counted_beyond_the_limit_of_their_list() -> None:
    spot = {"community_code": "990101001001", "subcategory": "占道", "n": 4, "back_count": 2, "in_all": 3111}
    (item,) = concerns.other_concerns([spot], [], {}, View(), ZH)
    assert "反复点位共 3111 处" in item.evidence
