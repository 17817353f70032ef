"""Lists narrowed by one click, feeds behind a badge, two areas side by side, marks on trends: on real data, and the
pure functions behind them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import trend
from components.trend import Mark, Series
from figures import lifecycle, narrowing, periods, published
from figures.kpis import Figure, Kpi
from figures.narrowing import Dimension, unit_code
from figures.orgs import Org, Register
from figures.periods import Window
from figures.published import Row
from language import words
from page import side_by_side
from page.narrowing import of_code, of_unit
from page.side_by_side import Side

from .conftest import asked, go, markup

CATEGORY, UNIT = Dimension("category", "category"), Dimension("owner", "held_by", is_unit=True)
ROWS: list[Row] = [
    {"category": "dispute", "held_by": "区司法局"},
    {"category": "dispute", "held_by": "区城管局"},
    {"category": "environment", "held_by": "区城管局"},
    {"category": "environment", "held_by": None},
]
RATE = Kpi(
    "rate", "率", "rate", "safe", "flow", "percent", "up", 70, 90, 98, None, None, 2, True, "n", "d", "a.b", "o",
    "1",
)  # fmt: skip

Opener = Callable[..., AppTest]


# --------------------------------------------------------------------------------------------------------- filters


def test_a_unit_s_code_is_ascii_and_its_own() -> None:
    codes = {unit_code(name) for name in ("区司法局", "区城管局", "")}
    assert len(codes) == 3
    assert all(re.fullmatch("[0-9a-f]{8}", code) for code in codes)


def test_a_list_keeps_what_has_every_chosen_code() -> None:
    dimensions = [CATEGORY, UNIT]
    assert narrowing.narrowed(ROWS, dimensions, {}) == ROWS
    assert narrowing.narrowed(ROWS, dimensions, {"category": "dispute"}) == ROWS[:2]
    both = {"category": "dispute", "owner": unit_code("区城管局")}
    assert narrowing.narrowed(ROWS, dimensions, both) == ROWS[1:2]
    assert narrowing.narrowed(ROWS, dimensions, {"owner": "00000000"}) == []


def test_each_choice_says_how_many_rows_it_would_keep() -> None:
    chosen = {"category": "environment"}
    units = narrowing.choices(ROWS, [CATEGORY, UNIT], chosen, UNIT)
    assert [(one.value, one.rows) for one in units] == [("区城管局", 1)]
    # The choices of the chosen property itself are those of the whole list.
    categories = narrowing.choices(ROWS, [CATEGORY, UNIT], chosen, CATEGORY)
    assert [(one.code, one.rows) for one in categories] == [("dispute", 2), ("environment", 2)]


def test_a_filter_that_leaves_nothing_still_has_its_name() -> None:
    speak = words.Speaker("zh")
    by_code = of_code("category", "category", "narrow.category", "category.")
    assert by_code.named("public_order", speak) == words.WORDS["category.public_order"][0]
    assert by_code.named("nothing_like_it", speak) == words.WORDS["narrow.unknown"][0]
    assert of_unit("owner", "held_by", "narrow.holder").named("00000000", speak) == words.WORDS["narrow.unknown"][0]


def test_counts_over_time_begin_at_nothing_and_rates_do_not() -> None:
    line = [Series("x", "#000000", [14.0, 10.0, 17.0])]
    colours = dict.fromkeys(("muted", "line", "grid", "card", "ink"), "#000000")
    begins = {
        unit: trend.chart(line, ["a", "b", "c"], unit, (), "zh", colours)["yAxis"]["min"]
        for unit in ("count", "percent")
    }
    assert begins["count"] == 0 < begins["percent"]


def test_a_category_is_one_click_down_and_kept_in_the_address(home: Path, opened: Opener) -> None:
    app = opened(home, p="30d")
    click = re.search(r'data-go="(events\?[^"]*category=([a-z_]+)[^"]*)"', markup(app))
    assert click, "a bar of the overview leads to its events"
    app = go(app, click[1].replace("&amp;", "&"))
    assert asked(app)["category"] == click[2]
    text = markup(app)
    assert words.WORDS["events.list_leave"][0] in text
    listed = text[text.index('class="table-box ledger"') :].split("</table>")[0]
    name = words.WORDS["category." + click[2]][0]
    assert listed.count("<tr class=") > 1
    assert listed.count(f'<td class="whole">{name}') == listed.count('<tr class="">')
    chip = re.search(r'class="chip on"[^>]*data-go="(events\?[^"]*)"', text)
    assert chip, "the filter is shown and can be left"
    assert "category" not in asked(go(app, chip[1].replace("&amp;", "&")))


def test_the_listed_events_are_those_that_are_open_or_were_closed_too_late(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication and publication.data_through and publication.data_from
    last = publication.data_through
    window = periods.window("30d", publication.data_from, last)
    register = Register.read(publication)
    assert register.district
    span: dict[str, Any] = {"first": window.first, "last": last}
    for org in (register.district, *register.of("community")[:4]):
        rows = published.ask(publication, "event_list", area=org.code, **span)
        counts = {name: sum(row["standing"] == name for row in rows) for name in ("overdue", "open", "closed_late")}
        assert counts["overdue"] == len(published.ask(publication, "overdue_events", area=org.code))
        ageing = published.ask(publication, "event_ageing", area=org.code)
        assert counts["overdue"] + counts["open"] == sum(row["events"] for row in ageing)
        assert all(row["held_by"] is None for row in rows if row["standing"] == "closed_late")
        urgency = {"critical": 0, "urgent": 1}
        order = [(row["standing"] == "closed_late", urgency.get(row["urgency"], 2)) for row in rows]
        assert order == sorted(order)
    assert counts


def test_a_filter_that_fits_nothing_is_said_so_and_can_be_left(home: Path, opened: Opener) -> None:
    text = markup(opened(home, "events", owner="00000000"))
    assert words.WORDS["events.list_none"][0] in text
    assert words.WORDS["narrow.unknown"][0] in text


def test_the_ledger_of_promises_narrows_by_kind_and_owner(full_home: Path, opened: Opener) -> None:
    app = opened(full_home, "cobuilding", p="all")
    for parameter in ("kind", "owner"):
        click = re.search(rf'class="chip"[^>]*data-go="(cobuilding\?[^"]*{parameter}=[^"]*)"', markup(app))
        assert click, parameter
        narrowed = go(app, click[1].replace("&amp;", "&"))
        assert not narrowed.exception
        assert parameter in asked(narrowed)
        assert 'class="chip on"' in markup(narrowed)


def test_the_badge_of_a_type_opens_exactly_the_feeds_that_it_counts(home: Path, opened: Opener) -> None:
    app = opened(home, "type", type="safe")
    badge = re.search(
        r'class="trust-badge"[^>]*data-go="(data\?[^"]*feeds=safe[^"]*)"[^>]*>.*?(\d+)(?:/(\d+))? 源', markup(app)
    )
    assert badge
    text = markup(go(app, badge[1].replace("&amp;", "&")))
    name = words.WORDS["pillar.type"][0].format(name=words.WORDS["pillar.safe"][0])
    assert words.WORDS["feeds.only"][0].format(name=name, n=badge[3] or badge[2]) in text


# -------------------------------------------------------------------------------------------------------- lifecycle


def test_the_stage_an_event_has_not_left_is_as_long_as_it_has_lasted() -> None:
    end = datetime(2026, 11, 21)
    left = {
        "left_at": datetime(2026, 11, 2), "entered_at": datetime(2026, 11, 1), "hours": 24.0, "level": "community",
        "hours_at_community": 20.0, "hours_at_street": 4.0, "hours_at_district": 0.0,
    }  # fmt: skip
    none = {f"hours_at_{level}": None for level in lifecycle.LEVELS}
    current = {"left_at": None, "entered_at": datetime(2026, 11, 11), "hours": None, "level": "street", **none}
    assert lifecycle.hours_in_stage(left, "community", end) == (20.0, 4.0, 0.0)
    assert lifecycle.hours_in_stage(current, "community", end) == (0.0, 240.0, 0.0)
    # Time that no level has is not lost: the longest stage has the longest bar.
    assert sum(lifecycle.hours_in_stage({**left, **none}, "district", end)) == 24.0
    assert lifecycle.whole_hours({**current, "entered_at": datetime(2026, 12, 1)}, end) is None


# ----------------------------------------------------------------------------------------------------- side by side


class Boards:
    """What the comparison needs of one area."""

    def __init__(self, figure: Figure, low: float | None, high: float | None) -> None:
        self.now = self
        self.one = figure
        self.rows = {("rate", ""): {"low90": low, "high90": high}}

    def figure(self, kpi_id: str, org: str) -> Figure:
        return self.one


def side(value: float, low: float | None, high: float | None, **more: Any) -> Side:
    kpi = more.pop("kpi", RATE)
    figure = replace(Figure(kpi, value, 100, published=value), **more)
    return Side(Org("community", "", "", None, None), Boards(figure, low, high))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "other", "verdict"),
    [
        (side(95, 92, 97), side(80, 75, 85), 1),
        (side(80, 75, 85), side(95, 92, 97), -1),
        (side(88, 82, 93), side(84, 78, 90), 0),
        (side(95, None, None), side(80, 75, 85), 0),
        (side(95, 92, 97, doubts=("instant_close",)), side(80, 75, 85), 0),
        (side(80, 75, 85, doubts=("instant_close",)), side(95, 92, 97), -1),
        # What cannot be compared is not too close to tell.
        (side(95, 92, 97, is_warming_up=True), side(80, 75, 85), None),
        (side(95, 92, 97), side(80, None, None, rows=4), None),
    ],
)
def test_only_what_is_apart_is_better_and_nothing_in_doubt(own: Side, other: Side, verdict: int | None) -> None:
    assert side_by_side._verdict(RATE, [own, other]) == verdict


def test_complete_counts_differ_if_their_values_do() -> None:
    register = replace(RATE, kind="stock")
    sides = [side(100, None, None, kpi=register), side(97, None, None, kpi=register)]
    assert side_by_side._verdict(register, sides) == 1
    assert side_by_side._verdict(replace(register, direction="down"), sides) == -1
    assert side_by_side._verdict(replace(register, direction="band"), sides) is None


def test_a_second_area_is_put_beside_the_first_with_the_published_values(home: Path, opened: Opener) -> None:
    app = opened(home, "community")
    publication = published.current()
    assert publication and publication.data_through
    register, last = Register.read(publication), publication.data_through
    found = published.ask(publication, "period_values", day=last, period="30d", area="", day_before=last)
    values = {
        row["org_code"]: row["value"]
        for row in found
        if row["kpi_id"] == "event_on_time_close_rate" and (row["n"] or 0) >= 20
    }
    first, second = [org for org in register.of("community") if org.code in values][:2]
    text = markup(go(app, f"community?p=30d&vs=prev&org={first.code}&with={second.code}"))
    assert f"{first.name}比{second.name}" in text
    line = next(row for row in re.findall("<tr class.*?</tr>", text, re.DOTALL) if "网格事件按期结案率" in row)
    assert f"{values[first.code]:.1f}%" in line
    assert f"{values[second.code]:.1f}%" in line


def test_the_quarter_before_is_a_whole_one_and_all_has_none() -> None:
    now = Window(date(2026, 10, 1), date(2026, 11, 21))
    assert periods.before("qtd", "prev", now) == Window(date(2026, 7, 1), date(2026, 9, 30))
    assert periods.before("qtd", "prev", Window(date(2026, 1, 1), date(2026, 2, 1))) == Window(
        date(2025, 10, 1), date(2025, 12, 31)
    )
    assert periods.before("qtd", "year", now) == Window(date(2025, 10, 1), date(2025, 11, 21))
    assert periods.before("all", "prev", now) is None
    assert periods.before("7d", "prev", Window(date(2026, 11, 15), date(2026, 11, 21))) == Window(
        date(2026, 11, 8), date(2026, 11, 14)
    )


# ------------------------------------------------------------------------------------------------------------ marks


def test_a_trend_has_a_line_with_a_word_for_each_mark() -> None:
    colours = dict.fromkeys(("line", "muted", "grid", "card", "ink"), "#000")
    lines = [Series("x", "#111", [80.0, 82.0, 81.0])]
    spec = trend.chart(lines, ["a", "b", "c"], "percent", [90] * 3, "zh", colours, marks=[Mark(1, "供暖季开始")])
    drawn = spec["series"][0]["markLine"]["data"]
    assert [one.get("yAxis") for one in drawn] == [90, None]
    assert (drawn[1]["xAxis"], drawn[1]["label"]["formatter"]) == (1, "供暖季开始")
    assert "markLine" not in trend.chart(lines, ["a", "b", "c"], "percent", (), "zh", colours)["series"][0]


def test_a_line_without_a_value_has_no_label_which_would_keep_the_others_on_each_other() -> None:
    colours = dict.fromkeys(("line", "muted", "grid", "card", "ink"), "#000")
    lines = [Series("x", "#111", [None, 64.9]), Series("y", "#222", [None, None]), Series("z", "#333", [None, 62.1])]
    spec = trend.chart(lines, ["a", "b"], "score", (), "zh", colours)
    assert [one["endLabel"]["show"] for one in spec["series"]] == [True, False, True]


def test_the_marks_of_a_chart_are_those_of_its_weeks_and_kpis(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from page import marks

    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication
    kpi = replace(RATE, feeds="command_centre.event")
    days = [
        ("供暖季", date(2026, 11, 15), date(2027, 3, 15), None, None),
        ("口径 2", date(2026, 11, 16), None, "rate", None),
        ("契约 2", date(2026, 11, 1), None, None, "a.b"),
        ("长假", date(2026, 10, 5), date(2026, 10, 8), None, None),
    ]
    rows = [dict(zip(("zh", "from_on", "to_on", "kpi_id", "feed"), day, strict=True)) for day in days]
    monkeypatch.setattr(marks, "_asked", lambda *_: rows)

    class Context:
        t = words.Speaker("zh")

        def __init__(self) -> None:
            self.publication = publication

    ends = [date.fromordinal(date(2026, 11, 21).toordinal() - 7 * (6 - week)) for week in range(7)]
    told = marks.marks(Context(), ends, [kpi])  # type: ignore[arg-type]
    assert [mark.text for mark in told] == ["长假", "供暖季开始、口径 2"]
    assert [ends[mark.week] for mark in told] == [date(2026, 10, 10), date(2026, 11, 21)]
    assert [mark.text for mark in marks.marks(Context(), ends)] == ["长假", "供暖季开始"]  # type: ignore[arg-type]
    assert marks.marks(Context(), []) == []  # type: ignore[arg-type]


def test_what_the_calendar_says_is_asked_for_a_range_of_days(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication
    rows = published.ask(publication, "calendar_marks", first=date(2025, 1, 20), last=date(2025, 3, 20))
    assert [(row["zh"], row["from_on"].year) for row in rows] == [("供暖季", 2024), ("春节", 2025)]


@pytest.mark.parametrize(("status", "shown"), [("ok", 25.6), ("warming_up", None)])
def test_a_window_that_was_still_filling_then_is_not_compared_with(
    status: str, shown: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = side(86.6, None, None)
    one.boards.rows["rate", ""]["year_ago_value"] = 25.6  # type: ignore[index]
    then: list[Row] = [{"kpi_id": "rate", "org_code": "", "status": status}]
    monkeypatch.setattr(published, "ask", lambda *_asked, **_params: then)
    monkeypatch.setattr(published, "kept", lambda _publication, _name, _asked, make: make())
    context = SimpleNamespace(
        publication=SimpleNamespace(data_from=date(2025, 1, 1)),
        window=Window(date(2026, 10, 30), date(2026, 11, 28)),
        view=SimpleNamespace(period="30d"),
    )
    assert side_by_side._past(context, one, RATE, "year_ago_value") == shown  # type: ignore[arg-type]
