"""Figures: which may be shown, their values, and the order of places."""

from dataclasses import replace

import pytest

from components.markup import change, verdict
from figures.indices import added_up
from figures.kpis import Kpi, change_tone
from figures.orgs import Org
from figures.published import Row
from figures.ranking import rank
from language.numbers import unit_of
from language.words import Speaker
from page.sentences import ranking_title
from reader.view import View
from tests.pages.counted import counted

RATE = Kpi(
    "rate",
    "率",
    "rate",
    "safe",
    "flow",
    "percent",
    "up",
    70,
    90,
    98,
    None,
    None,
    2,
    True,
    "n",
    "d",
    "a.b, c.d",
    "o",
    "1",
)
BURDEN = replace(
    RATE, kpi_id="burden", kind="stock", unit="per_1000", direction="down", red_line=2, target=0.5, stretch=0
)
HOURS = replace(RATE, kpi_id="hours", unit="hours", direction="down", red_line=72, target=24, stretch=8)


@pytest.mark.parametrize(
    ("numerator", "denominator", "status", "value"),
    [
        (None, None, "no_data", None),
        (0, 0, "not_applicable", None),
        (4, 4, "hidden", None),
        (5, 5, "few", 100.0),
        (19, 19, "few", 100.0),
        (18, 20, "ok", 90.0),
        (0, 20, "ok", 0.0),
        (None, 20, "ok", 0.0),
    ],
)
def test_a_rate_is_shown_from_five_cases_on(
    numerator: float, denominator: float, status: str, value: float | None
) -> None:
    figure = counted(RATE, numerator, denominator)
    assert (figure.status, figure.value) == (status, value)


def test_a_count_per_households_is_shown_with_few_events() -> None:
    figure = counted(BURDEN, 1, 803)
    assert (figure.status, figure.n) == ("ok", 1)
    assert figure.value == pytest.approx(1.2453, abs=1e-4)


@pytest.mark.parametrize(
    ("kpi", "value", "grade", "reached", "breached"),
    [
        (RATE, 69.9, 0, False, True),
        (RATE, 70, 1, False, False),
        (RATE, 90, 2, True, False),
        (RATE, 98, 3, True, False),
        (HOURS, 73, 0, False, True),
        (HOURS, 72, 1, False, False),
        (HOURS, 24, 2, True, False),
        (HOURS, 8, 3, True, False),
    ],
)
def test_grades_follow_red_line_target_and_stretch(
    kpi: Kpi, value: float, grade: int, reached: bool, breached: bool
) -> None:
    scale = unit_of(kpi.unit).factor
    figure = counted(kpi, value * 1000 / scale, 1000)
    assert (figure.grade, figure.reached, figure.breached) == (grade, reached, breached)


def test_good_and_bad_follow_the_direction() -> None:
    assert change_tone(RATE, 1) == "good"
    assert change_tone(HOURS, 1) == "bad"
    assert change_tone(replace(RATE, direction="none"), 1) == "none"
    assert change_tone(RATE, 0) == "none"


def standing(place: int, smoothed: float | None, low: float | None, band: str | None) -> Row:
    high = None if low is None else 100.0
    org = f"61030200500{place}"
    return {"org_code": org, "n": 9, "value_smoothed": smoothed, "low90": low, "high90": high, "band": band}


def test_ranking_leaves_out_what_may_not_be_shown_and_is_ordered_by_the_published_smoothing() -> None:
    orgs = [Org("community", f"61030200500{n}", f"{n}社区", "610302005", 900) for n in range(4)]
    figures = [counted(RATE, 5, 5), counted(RATE, 95, 100), counted(RATE, 3, 4), counted(RATE, 50, 100)]
    rows = [standing(n, value, 40.0, "same") for n, value in enumerate((91.0, 94.0, 90.0, 60.0))]
    ranked = rank(zip(orgs, figures, strict=True), rows)
    # 5 of 5 is no better than 95 of 100; 3 of 4 is hidden. What is shown is what was counted.
    assert [(entry.org.code[-1], entry.figure.value) for entry in ranked] == [("1", 95.0), ("0", 100.0), ("3", 50.0)]
    assert [entry.interval for entry in ranked] == [(40.0, 100.0)] * 3
    assert [entry.band for entry in ranked] == ["same"] * 3


def test_the_best_is_first_where_less_is_better() -> None:
    orgs = [Org("community", f"61030200500{n}", "", None, None) for n in range(2)]
    rows = [standing(n, None, None, None) for n in range(2)]
    ranked = rank(zip(orgs, [counted(HOURS, 900, 30), counted(HOURS, 300, 30)], strict=True), rows)
    assert [entry.org.code[-1] for entry in ranked] == ["1", "0"]
    assert ranked[0].interval is None


def test_a_superlative_says_how_many_share_it() -> None:
    orgs = [Org("community", f"61030200500{n}", f"{n}路社区", None, None) for n in range(4)]
    grids = replace(RATE, kind="stock")
    rows = [standing(n, None, None, None) for n in range(4)]
    view = View()

    def title(*hits: int) -> str:
        ranked = rank(zip(orgs, [counted(grids, hit, 6) for hit in hits], strict=True), rows)
        return ranking_title(ranked, grids, view, Speaker("zh"))

    assert title(6, 6, 5, 3) == "并列的 2 个（100%）最好，3路最后"
    assert title(6, 5, 4, 3) == "0路最好，3路最后"
    assert title(6, 6, 6, 6) == "全部相同：并列的 4 个（100%）"


@pytest.mark.parametrize("kind", ["stock", "window"])
def test_a_register_is_never_too_few(kind: str) -> None:
    figure = counted(replace(RATE, kind=kind), 3, 3)
    assert (figure.status, figure.value, figure.reached) == ("ok", 100.0, True)


def test_n_is_rows_not_minutes() -> None:
    assert (counted(RATE, 300, 480, rows=2).status, counted(RATE, 300, 480, rows=2).n) == ("hidden", 2)
    assert (counted(RATE, 300, 480, rows=6).status, counted(RATE, 300, 480).status) == ("few", "ok")


def test_a_window_that_is_filling_is_shown_and_not_judged() -> None:
    filling = counted(replace(RATE, kind="window"), 10, 100, is_warming_up=True)
    assert (filling.status, filling.value) == ("warming", 10.0)
    assert (filling.reached, filling.breached, filling.grade) == (None, False, None)
    assert verdict(filling, Speaker("zh")) == ("", "窗口未满")
    assert verdict(filling, Speaker("en")) == ("", "window still filling")
    assert change(filling, counted(replace(RATE, kind="window"), 5, 100)) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("英达路社区", "英达路"),
        ("新建路东段社区居委会", "新建路东段"),
        ("社区", "社区"),
        ("Jamaica Plain", "Jamaica Plain"),
    ],
)
def test_names_are_shortened_by_what_all_share(name: str, label: str) -> None:
    assert Org("community", "610302005001", name, None, None).label == label


def test_feeds_may_be_a_list_or_a_text() -> None:
    assert RATE.feed_names == ["a.b", "c.d"]
    assert replace(RATE, feeds=["a.b"]).feed_names == ["a.b"]
    assert replace(RATE, feeds=None).feed_names == []


def test_rounded_parts_still_add_up() -> None:
    for parts, digits in (([0.149, 0.149, -0.449, 0.349], 1), ([100 / 11] * 8 + [50 / 11] * 6, 1), ([-0.345] * 3, 2)):
        rounded = added_up(parts, digits)
        assert round(sum(rounded), digits) == round(sum(parts), digits)
        assert all(abs(one - part) < 10.0**-digits for one, part in zip(rounded, parts, strict=True))
    assert added_up([]) == []
