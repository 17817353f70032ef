"""Figures are judged by the points in force at their place on their day, wherever they are shown; and by targets that
allow nothing.

Belongs here: targets that differ from those of the registry. Does not belong here: grades and verdicts themselves
(test_kpis.py), scores (the unit tests of kpi_period).
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import cards, tile_map
from components.attention import Item, ordered
from components.limits import as_defined, limits
from components.markup import tone_of
from components.places import places
from components.sparkline import sparkline
from components.trend import Series, chart
from figures import periods, published
from figures.board import boards, targets_of, weekly
from figures.kpis import Kpi, definitions
from figures.orgs import Org
from figures.periods import Ranges
from figures.targets import Targets
from language.words import Speaker
from reader.view import View
from screens.grid import cover_ends
from tests.pages.conftest import go, markup
from tests.pages.counted import counted
from tests.pages.test_concerns import COMMUNITIES, DAY, concern_tables
from tests.pages.test_kpis import BURDEN, HOURS, RATE
from tests.pages.test_pages import well

Opener = Callable[..., AppTest]
ZH, EN = Speaker("zh"), Speaker("en")
ON_TIME = "event_on_time_close_rate"
STREET, OTHER = "990101001", "990101002"
OWN = {"red_line": 70.0, "target": 90.0, "stretch": 98.0, "band_low": None, "band_high": None, "weight": 2.0}
STRICT = OWN | {"red_line": 95.0, "target": 98.0, "stretch": 99.0}


def span(org: str, points: dict[str, Any], first: date, end: date | None = None) -> dict[str, Any]:
    return {"kpi_id": "rate", "org_code": org, "valid_from": first, "valid_to": end, **points}


TURN = date(2026, 7, 1)
CHANGED = Targets(
    [
        span(STREET, OWN, date(1900, 1, 1), TURN),
        span(STREET, STRICT, TURN),
        span(OTHER, OWN, date(1900, 1, 1)),
        span("990101", OWN, date(1900, 1, 1)),
    ]
)


def test_a_kpi_is_judged_by_what_is_in_force_at_a_place_on_a_day() -> None:
    on_the_eve, then = date(2026, 6, 30), TURN
    assert CHANGED.kpi(RATE, STREET, on_the_eve).points == RATE.points
    assert CHANGED.kpi(RATE, STREET, then).target == 98
    assert CHANGED.kpi(RATE, OTHER, then).points == RATE.points
    # Given as it is judged elsewhere, too.
    assert CHANGED.kpi(CHANGED.kpi(RATE, STREET, then), OTHER, then).points == RATE.points
    assert CHANGED.kpi(HOURS, STREET, then) is HOURS
    assert CHANGED.differ_below(RATE, "990101", then)
    assert not CHANGED.differ_below(RATE, "990101", on_the_eve)
    assert not CHANGED.differ_below(RATE, STREET, then)
    figure = counted(CHANGED.kpi(RATE, STREET, then), 939, 1000)
    assert (figure.reached, figure.breached, figure.grade) == (False, True, 0)


def test_what_a_kpi_is_defined_with_is_said_where_it_differs() -> None:
    strict = CHANGED.kpi(RATE, STREET, TURN)
    assert limits(strict, ZH) == "红线 95% · 目标 98% · 挑战值 99%"
    assert as_defined(strict, RATE, ZH) == "指标登记值：红线 70% · 目标 90% · 挑战值 98%"
    assert as_defined(replace(RATE, weight=1), RATE, EN) == "As defined: weight 2"
    assert as_defined(RATE, RATE, ZH) == as_defined(RATE, None, ZH) == ""
    band = replace(RATE, direction="band", red_line=None, target=None, stretch=None, band_low=8.0, band_high=35.0)
    assert limits(band, ZH) == "区间 8%–35%"


def orgs() -> list[Org]:
    return [Org("community", f"{street}001", street[-1], street, 900) for street in (STREET, OTHER)]


def test_bars_and_tiles_show_the_target_of_each_place() -> None:
    strict = CHANGED.kpi(RATE, STREET, TURN)
    figures = [(org, counted(kpi, 95, 100)) for org, kpi in zip(orgs(), (strict, RATE), strict=True)]
    drawn = places(figures, RATE, "street", View(), ZH)
    assert re.findall(r'<em style="left:([\d.]+)%', drawn) == ["98.0", "90.0"]
    streets = [Org("street", code, code, "990101", None) for code in (STREET, OTHER)]
    by_code = {org.code: figure for org, figure in figures}
    told = ZH("tile.own")
    assert told in tile_map.tile_map(streets, orgs(), by_code, {}, View(), RATE, ZH)
    same = {code: replace(figure, kpi=RATE) for code, figure in by_code.items()}
    assert told not in tile_map.tile_map(streets, orgs(), same, {}, View(), RATE, ZH)


def test_the_target_of_a_trend_has_a_step_where_it_changes() -> None:
    colours = dict.fromkeys(("line", "muted", "grid", "card", "ink"), "#000")
    lines = [Series("x", "#111", [80.0, 82.0, 81.0])]
    spec = chart(lines, ["a", "b", "c"], "percent", [90, 90, 98], "zh", colours)
    assert "markLine" not in spec["series"][0]
    assert (spec["series"][1]["data"], spec["series"][1]["step"]) == ([90, 90, 98], "middle")
    assert spec["yAxis"]["max"] >= 98
    flat, stepped = (
        _lines(sparkline([80, 82, 81], targets, "#111", "#000", "")) for targets in ([90] * 3, [90, 90, 98])
    )
    assert [line[:2] for line in flat] == [("0", "170")]
    assert [line[:2] for line in stepped] == [("0", "122.5"), ("122.5", "170")]


def _lines(image: str) -> list[tuple[str, str]]:
    svg = base64.b64decode(image.partition("base64,")[2].partition('"')[0]).decode()
    return re.findall(r'<line x1="([\d.]+)" x2="([\d.]+)"', svg)


@pytest.mark.parametrize(
    ("kpi", "value", "ends"),
    [
        (RATE, 80, (40, 100)),
        (replace(RATE, red_line=30), 80, (0, 100)),
        (replace(RATE, unit="points_10", red_line=6.5, target=8, stretch=9.5), 9, (3, 10)),
        (replace(RATE, unit="points_100", red_line=60, target=80, stretch=95), 70, (20, 100)),
        (replace(RATE, unit="ratio", red_line=1, target=2, stretch=4), 3, (0, 4)),
        (replace(RATE, red_line=100, target=100, stretch=100), 99, (0, 100)),
        (HOURS, 30, (0, 144)),
        (replace(RATE, direction="down", red_line=60, target=5, stretch=2), 7, (0, 100)),
        (replace(BURDEN, red_line=0, target=0, stretch=0), 3.2, (0, 4)),
        (replace(BURDEN, red_line=0, target=0, stretch=0), 0, (0, 1)),
        (replace(BURDEN, red_line=0, target=0, stretch=0), None, (0, 1)),
        (replace(RATE, red_line=0, target=0, stretch=0), 0, (0, 100)),
    ],
)
def test_a_bullet_bar_ends_at_the_most_that_its_unit_can_have(
    kpi: Kpi, value: float | None, ends: tuple[float, float]
) -> None:
    assert cards.scale(kpi, value) == ends
    factor = 100 if kpi.unit == "percent" else 1
    drawn = cards.bullet(counted(kpi, (value or 0) * 100 / factor, 100, published=value), "#111", ZH)
    filled = 0 if value is None else min(100, max(0, (value - ends[0]) / (ends[1] - ends[0]) * 100))
    assert value is None or f"width:{filled:.1f}%" in drawn


def test_a_shortfall_without_a_measure_is_once_too_much(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """As older generations publish it where the red line allows nothing."""
    made = concern_tables(("gas", COMMUNITIES[0], 40, 0), *(("gas", code, 95, 0) for code in COMMUNITIES[1:]))
    made.append("update marts.kpi_shortfall set excess = null")
    rows = ask("concerns", *made, area="990101", day=DAY)
    assert [row["priority"] for row in rows] == [pytest.approx(5 * 2_000**0.5)]
    items = [Item("severe", row["priority"], "x", "", "overview", View()) for row in rows]
    assert ordered(items) == items


# ------------------------------------------------------------------------------------------- on the pages


def set_for(area: str, points: Sequence[float]) -> str:
    red, target, stretch = points
    return (
        f"update marts.kpi_target set red_line = {red}, target = {target}, stretch = {stretch}"
        f" where kpi_id = '{ON_TIME}' and starts_with(org_code, '{area}')"
    )


@pytest.fixture
def street(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a street whose rate lies above the registry's red line, and below the one that a test sets."""
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication
    asked = {"day": publication.data_through, "day_before": publication.data_through, "period": "30d", "area": ""}
    rows = published.ask(publication, "period_values", **asked)
    streets = [row for row in rows if row["kpi_id"] == ON_TIME and len(row["org_code"]) == 9]
    return str(next(row["org_code"] for row in streets if 71 < (row["value"] or 0) < 97))


def test_a_figure_is_judged_by_the_points_of_its_place(
    street: str, republished: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(republished("t1", set_for(street, (97.5, 98, 99)))))
    publication = published.current()
    assert publication and publication.data_from and publication.data_through
    kpis = definitions(publication)
    window = periods.window("30d", publication.data_from, publication.data_through)
    of_street = boards(publication, kpis, street, Ranges("30d", "prev", window, None)).now
    figure, whole = of_street.figure(ON_TIME, street), of_street.figure(ON_TIME, street[:6])
    assert (figure.kpi.red_line, whole.kpi.red_line) == (97.5, kpis[ON_TIME].red_line)
    assert figure.breached and figure.grade == 0
    weeks = weekly(publication, kpis, street, window.last)[ON_TIME]
    assert set(targets_of(weeks)) == {98}
    assert all(week.figure.breached for week in weeks if week.figure.value is not None and week.figure.value < 97)


def test_the_pages_say_what_is_in_force_and_what_is_defined(
    street: str, republished: Callable[..., Path], opened: Opener
) -> None:
    app = opened(republished("t2", set_for(street, (97.5, 98, 99))), org=street)
    text = well(app)
    assert "目标 98%" in text and "破红线" in text
    assert "指标登记值：红线 70% · 目标 90% · 挑战值 98%" in text
    text = well(go(app, f"definitions?org={street}"))
    assert "<b class='num'>97.5%</b>" in text and "指标登记值：红线 70% · 目标 90% · 挑战值 98%" in text
    text = well(go(app, "definitions?org="))
    assert "97.5%" not in text and "指标登记值" not in text
    text = well(go(app, "overview?org="))
    assert ZH("definition.differ_below") in text and ZH("tile.own") in text
    assert "98%" in well(go(app, f"type?type=safe&org={street}"))


@pytest.mark.parametrize("page", ["overview", "wall", "type", "street", "definitions"])
def test_the_pages_open_with_a_target_of_all(page: str, republished: Callable[..., Path], opened: Opener) -> None:
    """100 % as red line, target and stretch."""
    scored = f"update marts.kpi_period set score = 0.6 * value where kpi_id = '{ON_TIME}' and value < 100"
    well(opened(republished("t3", set_for("", (100, 100, 100)), scored), page))


def test_the_definitions_have_the_band_of_a_kpi_that_has_one(full_home: Path, opened: Opener) -> None:
    text = markup(opened(full_home, "definitions"))
    row = text.split("<code>offhours_service_share</code>")[1].split("</article>")[0]
    assert "区间</small> <b class='num'>8%–35%</b>" in row


def test_definitions_are_found_by_the_texts_that_they_show(full_home: Path, opened: Opener) -> None:
    app = opened(full_home, "definitions")
    for sought in ("驻点值班", "duty_shift", "point_open"):
        found = markup(app.text_input(key="w_search").input(sought).run())
        assert "<code>point_open_as_scheduled_rate</code>" in found
        assert "<code>event_close_hours</code>" not in found


def test_a_grid_is_judged_by_the_points_in_force(full_republished: Callable[..., Path], opened: Opener) -> None:
    """Of a KPI whose figure is that of the community or of the district."""
    own = "update marts.kpi_target set red_line = 30, target = 50 where kpi_id = 'visit_coverage_180d'"
    text = well(opened(full_republished("t4", own), "grid"))
    assert "半年走访覆盖率，网格数；红线 30%，目标 50%" in text
    bands = {(None, None): [60, 80, 95], (30, 50): [30, 50], (70, 90): [70, 80, 90], (100, 100): [100]}
    assert {points: cover_ends(*points) for points in bands} == bands
    judged = replace(RATE, red_line=30, target=50)
    assert [tone_of(judged, value) for value in (29, 30, 50, None)] == ["bad", "warn", "", ""]
    assert tone_of(None, 10) == tone_of(replace(RATE, target=None), 10) == ""
