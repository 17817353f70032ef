"""The pages of one topic on real data: each opens at every level and names what it lacks; one event's way down to the
line of the export; and the pure functions behind them."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from components import heat, ledger, places, stacks
from components.lacking import lacking, missing
from components.ledger import Cell, Column, Line
from components.table import table
from downloads import Table
from figures import lifecycle, published, reject_reasons
from figures.board import boards
from figures.feeds import named
from figures.kpis import Kpi, definitions
from figures.lifecycle import Axis
from figures.orgs import Org, Register
from figures.periods import Ranges, Window
from figures.steps import steps_of
from language import words
from language.words import Speaker
from page import evidence, subject
from pipelines import reasons
from reader.view import LANGUAGES, View
from screens import capacity, cobuilding, events, visits
from screens import property as property_selfgov
from screens.capacity.workers import load_group
from screens.cobuilding.promises import about, what
from screens.data.patterns import look_at
from tests.pages.counted import counted

from .conftest import asked, go, markup

SUBJECTS = {
    "events": events,
    "visits": visits,
    "capacity": capacity,
    "cobuilding": cobuilding,
    "property": property_selfgov,
}
# The sample has no feed of these pages.
WAITING = ("capacity", "cobuilding", "property")
FAILED = [text for title in ("failed.title", "older.title") for text in words.WORDS[title]]
ZH, EN = Speaker("zh"), Speaker("en")
CATALOGUE = [dict(zip(reasons.COLUMNS, row, strict=True)) for row in reasons.catalogue()]
RATE = Kpi(
    "rate", "率", "rate", "safe", "flow", "percent", "up", 70, 90, 98, None, None, 2, True, "n", "d", "a.b", "o",
    "1",
)  # fmt: skip

Opener = Callable[..., AppTest]


def well(app: AppTest) -> str:
    text = markup(app)
    assert not app.exception
    assert not any(failed in text for failed in FAILED)
    return text


@pytest.fixture
def publication(home: Path, monkeypatch: pytest.MonkeyPatch) -> published.Publication:
    monkeypatch.setenv("SIHE_HOME", str(home))
    found = published.current()
    assert found
    return found


# ------------------------------------------------------------------------------------------------------ the pages


@pytest.mark.parametrize("page", SUBJECTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_opens_at_every_level(page: str, lang: str, home: Path, opened: Opener) -> None:
    app = opened(home, page, lang=lang)
    well(app)
    publication = published.current()
    assert publication
    register = Register.read(publication)
    for org in (register.of("street")[0].code, register.of("community")[0].code):
        text = well(go(app, f"{page}?p=30d&vs=prev&org={org}&lang={lang}"))
        assert page in WAITING or 'class="crumbs"' in text


@pytest.mark.parametrize("page", SUBJECTS)
@pytest.mark.parametrize("period", ["1d", "all"])
def test_a_page_opens_for_the_shortest_and_the_longest_period(
    page: str, period: str, home: Path, opened: Opener
) -> None:
    well(opened(home, page, p=period, vs="year"))


@pytest.mark.parametrize("page", WAITING)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_without_its_feeds_says_which_it_waits_for(page: str, lang: str, home: Path, opened: Opener) -> None:
    text = well(opened(home, page, lang=lang))
    assert words.WORDS["lacking.title"][lang == "en"] in text
    publication = published.current()
    assert publication
    rows = named(published.ask(publication, "feeds"), lang)
    titles = {f"{row['platform']}.{row['feed']}": row["title"] for row in rows}
    assert lang == "zh" or not re.search("[一-鿿]", "".join(titles.values()))
    assert all(titles[feed] in text for feed in SUBJECTS[page].WANTED)
    assert 'class="stat"' not in text, "nothing is shown as zero"


def test_a_page_with_some_of_its_feeds_says_what_is_missing(home: Path, opened: Opener) -> None:
    text = well(opened(home, "visits"))
    assert words.WORDS["lacking.some"][0].split("：")[0] in text
    assert words.WORDS["visits.say_none"][0] in text


@pytest.mark.parametrize("page", SUBJECTS)
def test_an_empty_warehouse_is_a_designed_state(page: str, empty: Path, opened: Opener) -> None:
    assert words.WORDS["empty.title"][0] in well(opened(empty, page))


@pytest.mark.parametrize("page", SUBJECTS)
def test_a_page_waits_for_feeds_that_the_contracts_name(page: str, publication: published.Publication) -> None:
    known = {f"{row['platform']}.{row['feed']}" for row in published.ask(publication, "feeds")}
    assert set(SUBJECTS[page].WANTED) <= known


@pytest.mark.parametrize("page", SUBJECTS)
def test_a_page_shows_kpis_that_the_warehouse_defines(page: str, publication: published.Publication) -> None:
    known = set(definitions(publication))
    assert set(SUBJECTS[page].BOXES) <= known
    assert set(capacity.TOTALS) <= known


@pytest.mark.parametrize("page", ["events", "visits", "data"])
def test_every_table_of_a_page_opens_with_its_scope(page: str, home: Path, opened: Opener) -> None:
    app = opened(home, page)
    for key in [button.key for button in app.button if button.key and button.key.startswith("data_")]:
        app.button(key=key).click().run()
        assert 'class="scope"' in well(app), key
        app.run()


# ------------------------------------------------------------------------------------------------------ events


def test_from_the_overdue_list_to_one_event_and_its_line_of_the_export(home: Path, opened: Opener) -> None:
    app = opened(home, "events", p="30d", vs="prev")
    found = re.search(r'data-go="(events\?[^"]*event=([^"&]+)[^"]*)"', markup(app))
    assert found
    app = go(app, found[1].replace("&amp;", "&"))
    text = well(app)
    assert asked(app)["event"] == found[2]
    publication = published.current()
    assert publication
    event = published.ask(publication, "event_one", event=found[2])[0]
    assert words.WORDS["way.origin"][0].format(file=event["file_name"], row=event["row_number"]) in text
    assert 'class="way"' in text
    assert words.WORDS["way.no_flow"][0] in text, "movements are not delivered, and that is said"
    assert "event=" not in re.findall(r'data-go="([^"]*)"[^>]*>' + words.WORDS["way.close"][0], text)[0]


def test_an_event_that_is_not_there_is_said_so(home: Path, opened: Opener) -> None:
    text = well(opened(home, "events", event="SJ99999999999999"))
    assert words.WORDS["way.unknown"][0].format(event="SJ99999999999999") in text


def test_the_overdue_list_has_as_many_events_as_the_kpi(publication: published.Publication) -> None:
    register, kpis = Register.read(publication), definitions(publication)
    assert register.district and publication.data_through
    last = publication.data_through
    for org in (register.district, *register.of("community")[:4]):
        rows = published.ask(publication, "overdue_events", area=org.code)
        board = boards(publication, kpis, org.code, Ranges("1d", "prev", Window(last, last), None)).now
        assert len(rows) == (board.figure("overdue_open_per_1k", org.code).numerator or 0), org.code
        ageing = published.ask(publication, "event_ageing", area=org.code)
        waiting = published.ask(publication, "event_waiting", area=org.code)
        assert sum(row["overdue"] for row in ageing) == len(rows)
        assert sum(row["events"] for row in ageing) == sum(row["events"] for row in waiting)
        urgency = ["critical", "urgent", "normal", None]
        order = [(urgency.index(row["urgency"]), -row["days_over"]) for row in rows]
        assert order == sorted(order)
        assert {row["days_at_most"] for row in rows} <= {max((row["days_over"] for row in rows), default=0)}


def test_the_stages_of_reported_events_are_the_reported_events(publication: published.Publication) -> None:
    register = Register.read(publication)
    assert register.district and publication.data_from and publication.data_through
    span = {"first": publication.data_from, "last": publication.data_through, "area": register.district.code}
    stages = {row["stage"]: row for row in published.ask(publication, "event_stages", area=span["area"], period="all")}
    reported = sum(row["reported"] for row in published.ask(publication, "categories", **span))
    assert stages["reported"]["reached"] == reported >= stages["closed"]["reached"]


def test_a_step_that_no_event_reached_is_unknown_and_what_waits_elsewhere_counts_before_it() -> None:

    def row(stage: str, reached: int, overdue: int) -> dict[str, object]:
        return {"stage": stage, "reached": reached, "waiting": overdue, "overdue": overdue, "median_hours": None}

    rows = [
        row("reported", 9, 2),
        row("accepted", 7, 0),
        row("resolved", 5, 1),
        row("verified", 2, 1),
        row("closed", 3, 0),
    ]
    steps = steps_of(rows)
    assert [step.reached for step in steps] == [9, 7, None, 5, 3]
    assert [step.overdue for step in steps] == [step.waiting for step in steps] == [2, 0, 0, 2, 0]
    assert [step.reached for step in steps_of([row("reported", 4, 0)])] == [4, 0, 0, 0, 0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_event_closed_before_it_was_reported_has_no_duration_on_its_page(
    lang: str, republished: Callable[..., Path], opened: Opener
) -> None:
    event, backwards = (
        "(select min(event_id) from marts.fct_event where is_countable)",
        "timestamp '1969-03-05 00:00:00'",
    )
    where = republished(
        "20990401T000000",
        f"update marts.fct_event set closed_at = {backwards}, closed_on = date '1969-03-05', subcategory = '漏水'"
        f" where event_id = {event}",
        f"update marts.event_stage set left_at = {backwards}, hours = null, hours_at_community = null,"
        f" hours_at_street = null, hours_at_district = null where event_id = {event} and stage = 'reported'",
        # Movements, which the sample lacks: one before the report, one after it.
        f"insert into marts.fct_event_flow (flow_id, event_id, step, action, to_level, acted_at, row_number)"
        f" select 'a', event_id, 1, 'report', 'community', {backwards}, 1 from marts.fct_event where event_id = {event}"
        f" union all select 'b', event_id, 2, 'close', 'community', reported_at + interval 1 hour, 2"
        f" from marts.fct_event where event_id = {event}",
    )
    published = where / "published" / "sihe-20990401T000000.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute(f"select {event}").fetchone()
    assert row
    text = well(opened(where, "events", event=row[0], p="all", lang=lang))
    said = words.WORDS["way.title_closed_before"][lang == "en"].format(name="漏水")
    assert html.escape(said) in text
    assert words.WORDS["way.untimed"][lang == "en"] in text
    assert not re.search(r"-\d[\d,.]* ?(天|小时|d|h)\b", text)
    movements = text[text.index(words.Speaker(lang)("way.movements", n=2)) :]
    assert len(re.findall(r">—<", movements[: movements.index("</table>")])) >= 2


def test_text_of_an_event_is_never_markup(republished: Callable[..., Path], opened: Opener) -> None:
    bad = "<img src=x onerror=alert(1)>"
    where = republished(
        "20990301T000000",
        f"update marts.fct_event set subcategory = '{bad}', department = '{bad}', file_name = '{bad}'",
        f"update marts.event_stage set held_by = '{bad}'",
    )
    published = where / "published" / "sihe-20990301T000000.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute("select event_id from marts.fct_event where is_countable limit 1").fetchone()
    assert row
    text = well(opened(where, "events", event=row[0], p="all"))
    assert "&lt;img" in text
    assert "<img src=x" not in text


# ------------------------------------------------------------------------------------------------------ the way

T0 = datetime(2026, 11, 1, 8)


def moved(hours: float, action: str, to: str | None = None) -> dict[str, object]:
    return {"acted_at": T0 + timedelta(hours=hours), "action": action, "to_level": to}


def test_an_event_without_movements_lies_on_its_own_level() -> None:
    found = lifecycle.spells([], "street", T0, T0 + timedelta(hours=5))
    assert [(spell.level, spell.hours, spell.waited_until) for spell in found] == [("street", 5, None)]


def test_what_is_handed_up_waits_until_somebody_takes_it_in() -> None:
    flow = [
        moved(0, "report", "community"),
        moved(10, "escalate", "street"),
        moved(13, "acknowledge", "street"),
        moved(20, "escalate", "district"),
        moved(30, "close"),
    ]
    found = lifecycle.spells(flow, "community", T0, T0 + timedelta(hours=30))
    assert [(spell.level, spell.hours) for spell in found] == [("community", 10), ("street", 10), ("district", 10)]
    assert found[1].waited_until == T0 + timedelta(hours=13)
    assert found[2].waited_until == found[2].end, "nobody took it in"
    assert lifecycle.hours_by_level(found) == {"community": 10, "street": 10, "district": 10}


@given(
    st.lists(
        st.tuples(st.floats(-50, 500), st.sampled_from(["escalate", "acknowledge", "delegate", "handle"]),
                  st.sampled_from([None, *lifecycle.LEVELS])),
        max_size=12,
    ),
    st.floats(0, 400),
)  # fmt: skip
def test_spells_follow_each_other_from_report_to_end(steps: list[tuple[float, str, str | None]], hours: float) -> None:
    flow = [moved(at, action, to) for at, action, to in sorted(steps, key=lambda step: step[0])]
    end = T0 + timedelta(hours=hours)
    found = lifecycle.spells(flow, "community", T0, end)
    assert (found[0].start, found[-1].end) == (T0, end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(spell.hours >= 0 for spell in found)
    assert sum(lifecycle.hours_by_level(found).values()) == pytest.approx(hours, abs=1e-6)


def test_an_axis_holds_every_moment() -> None:
    axis = Axis(T0, T0 + timedelta(days=10))
    assert axis.at(T0 - timedelta(days=1)) == 0
    assert axis.at(T0 + timedelta(days=5)) == pytest.approx(50)
    assert axis.at(T0 + timedelta(days=99)) == 100
    assert Axis(T0, T0).at(T0) == 0
    assert len(axis.ticks(4)) <= 4
    assert all(tick.hour == 0 and T0 < tick < axis.last for tick in axis.ticks())


# ------------------------------------------------------------------------------------------------------ evidence


def test_a_stock_stands_on_its_last_day_and_a_flow_on_all() -> None:
    window = Window(date(2026, 11, 1), date(2026, 11, 22))
    assert evidence.span_of(RATE, window) == window
    assert evidence.span_of(replace(RATE, kind="stock"), window) == Window(window.last, window.last)


@pytest.mark.parametrize(
    ("numerator", "denominator", "right"),
    [(3.0, 5.0, True), (4.0, 5.0, False), (3.0, 6.0, False), (3.0, None, True)],
)
def test_rows_add_up_or_that_is_said(numerator: float, denominator: float | None, right: bool) -> None:
    sums = [{"numerator": 1.0, "denominator": 3.0}, {"numerator": 2.0, "denominator": 2.0}]
    assert evidence.adds_up(sums, counted(RATE, numerator, denominator)) is right


def test_the_definitions_page_lists_the_rows_behind_the_chosen_kpi(home: Path, opened: Opener) -> None:
    text = well(opened(home, "definitions", kpi="event_close_hours"))
    assert words.WORDS["trust.adds_up"][0] in text
    assert words.WORDS["trust.does_not_add_up"][0] not in text
    assert "command_centre_event_" in text
    assert re.search(r'data-go="events\?[^"]*event=', text), "a row that is an event opens its way"


def test_a_kpi_without_rows_says_so(home: Path, opened: Opener) -> None:
    text = well(opened(home, "definitions", kpi="visit_coverage_180d"))
    assert words.WORDS["evidence.none"][0].format(name="入户走访覆盖率(半年)") in text


# ------------------------------------------------------------------------------------------------------ small parts


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("to_level: enum", "去往层级：不在代码表内"),
        ("acted_at: type timestamp", "acted_at：不是时间"),
        ("event_id: pattern ^SJ[0-9]{14}$", "event_id：格式不符"),
        ("event_id: something new", "event_id：不符合数据契约"),
        ("no colon at all", "no colon at all"),
    ],
)
def test_reasons_of_rows_in_words(said: str, zh: str) -> None:
    assert reject_reasons.of_row(said, CATALOGUE, {"to_level": "去往层级"}, ZH) == zh
    assert reject_reasons.of_row(said, CATALOGUE, {"to_level": "去往层级"}, EN) == said


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        (
            "line 533: 1 fields, the header has 15",
            "第 533 行有 1 列，表头有 15 列。请给含分隔符的内容加引号，表头之上、数据之下不要有其他内容",
        ),
        ("no feed has files of this name", "没有来源用这样的文件名。请核对文件名和存放的文件夹"),
        ("line 7: is cut off: the last record is incomplete", "第 7 行不完整，文件被截断。请重新导出完整文件"),
        ("line 1: cannot be decoded as gb18030", "不能按 gb18030 解码。请另存为 gb18030 编码"),
        ("who knows", "文件不能读取，原文在“看数据”里"),
        (None, ""),
    ],
)
def test_reasons_of_files_in_words(said: str | None, zh: str) -> None:
    assert reject_reasons.of_file(said, CATALOGUE, ZH) == zh
    assert reject_reasons.of_file(said, CATALOGUE, EN) == (said or "")
    # A generation older than the catalogue.
    assert reject_reasons.of_row("to_level: enum", [], {}, ZH) == "to_level: enum"


def test_what_to_look_at_in_one_language() -> None:
    assert look_at("看结案 · Look at the closing", "zh") == "看结案"
    assert look_at("看结案 · Look at the closing", "en") == "Look at the closing"
    assert look_at("看结案", "en") == "看结案"
    assert look_at(None, "zh") == ""


@pytest.mark.parametrize(
    ("times", "group"), [(0, 0), (0.5, 0), (0.51, 1), (1, 1), (1.5, 2), (1.51, 3), (2, 3), (4.3, 4), (None, 0)]
)
def test_loads_are_grouped_by_the_median(times: float | None, group: int) -> None:
    assert load_group(times) == group


def test_a_promise_is_named_in_words() -> None:
    assert about({"kind": "meeting_resolution", "what": "five_party"}, EN) == "five-party meeting"
    assert about({"kind": "suggestion", "what": "电梯加装"}, ZH) == "电梯加装"
    assert what({"kind": "project", "what": None, "content": None}, ZH) == "—"
    assert what({"kind": "meeting_resolution", "what": "five_party", "content": "修路灯"}, EN) == "修路灯"


def test_places_are_worst_first_and_those_without_a_value_last() -> None:
    orgs = [Org("street", f"61030200{n}", f"{n}街道", "610302", 900) for n in range(3)]
    figures = [counted(RATE, 90, 100), counted(RATE, 2, 3), counted(RATE, 50, 100)]
    pairs = list(zip(orgs, figures, strict=True))
    assert [org.code[-1] for org, _ in places.worst_first(pairs)] == ["2", "0", "1"]
    down = [(org, replace(figure, kpi=replace(RATE, direction="down"))) for org, figure in pairs]
    assert [org.code[-1] for org, _ in places.worst_first(down)] == ["0", "2", "1"]
    text = places.places(pairs, RATE, "visits", View(), ZH)
    assert text.count('class="place"') == 3
    assert words.WORDS["status.hidden"][0] in text


def test_a_ledger_escapes_and_says_what_it_leaves_out() -> None:
    lines = [Line((Cell("<b>", under="&"), "2"), "events", View(event=f"E{n}")) for n in range(5)]
    text = ledger.ledger((Column("a"), Column("b", is_number=True)), lines, ZH, 3)
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert text.count("ledger-go") == 3
    assert words.WORDS["ledger.more"][0].format(shown=3, rows="5") in text
    assert words.WORDS["table.nothing"][0] in ledger.ledger((Column("a"),), [], ZH)


def test_written_shares_stand_under_each_other_as_numbers_do() -> None:
    rows = [("610302", "0.08%", "33/33", "76.4%–76.9%", "12,306 / 65,228", "2025-12-14", 1), ("610303", *[None] * 6)]
    made = table(Table(("a", "b", "c", "d", "e", "f", "g"), rows), ZH)
    assert re.findall(r'<th class="(r?)">', made) == ["", "r", "r", "r", "r", "", "r"]


def test_only_what_is_bad_in_the_text_of_a_bar_is_red() -> None:
    row = stacks.Stack("a", (499, 1), "500 件", bad="超期 1")
    assert '<span class="stack-text num ">500 件 · <span class="bad">超期 1</span></span>' in stacks.stacks(
        (stacks.Part("x", "main"), stacks.Part("y", "bad")), [row], ZH
    )


def test_shades_of_kpis_are_explained_beside_those_of_scores() -> None:
    said = re.sub("<[^>]+>", " ", heat.legend(ZH, "三率")).split()
    assert said[: said.index("三率")] == ["得分", "60", "以下", "60–70", "70–80", "80", "以上（目标）"]
    assert said[said.index("三率") + 1 :][:4] == ["破红线", "未达标", "达标", "挑战值"]
    assert "达标" not in re.sub("<[^>]+>", " ", heat.legend(ZH)).split()


def test_stacks_share_one_scale_unless_each_is_a_whole() -> None:
    parts = (stacks.Part("x", "main"), stacks.Part("y", "bad"))
    rows = [stacks.Stack("a", (50, 50), "100"), stacks.Stack("b", (25, 0), "25")]
    assert re.findall(r"width:([\d.]+)%", stacks.stacks(parts, rows, ZH)) == ["50.00", "50.00", "25.00"]
    assert re.findall(r"width:([\d.]+)%", stacks.stacks(parts, rows, ZH, whole=True))[-1] == "100.00"
    assert words.WORDS["table.nothing"][0] in stacks.stacks(parts, [stacks.Stack("a", (0, 0), "0")], ZH)


def test_what_is_missing_is_named_once_it_is_wanted() -> None:
    feeds: list[dict[str, Any]] = [
        {"platform": "a", "feed": "x", "title": "甲", "newest_loaded": None, "is_connected": True},
        {"platform": "a", "feed": "y", "title": "乙", "newest_loaded": date(2026, 11, 30), "is_connected": True},
        {"platform": "a", "feed": "z", "title": "丙", "newest_loaded": date(2026, 11, 30), "is_connected": False},
    ]
    assert missing(feeds, ["a.x", "a.y"]) == ["甲"]
    assert missing(feeds, ["a.y"]) == []
    assert missing(feeds, ["a.y", "a.z"]) == ["丙"]
    assert "甲" in lacking(["甲"], ZH)
    assert lacking([], ZH) == ""


@pytest.mark.parametrize(("part", "whole", "said"), [(0, 0, "—"), (11, 13, "11/13"), (15, 20, "75.0%"), (0, 20, "0%")])
def test_few_cases_are_told_as_cases(part: float, whole: float, said: str) -> None:
    assert subject.of_few(part, whole) == said
