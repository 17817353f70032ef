"""Titles and sentences are true in every case: of several alike, of few, of what is missing, filling or in doubt.

Belongs here: the choice of words by figures. Does not belong here: praise of what is in doubt (test_doubt.py), counts
(test_superlatives.py).
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from components.bars import Stage
from figures.board import Week
from figures.kpis import Figure, Kpi
from figures.orgs import Org
from language import numbers as fmt
from language.words import Speaker
from page import sentences
from screens.grid import staffing
from screens.property.projects import projects_title
from tests.pages.counted import counted
from tests.pages.test_kpis import BURDEN, RATE

ZH, EN = Speaker("zh"), Speaker("en")
COVERAGE = replace(RATE, kind="window")


def org(name: str) -> Org:
    return Org("street", name, name, "990101", 1000)


def weekly(kpi: Kpi, *values: float | None, filling: int = 0) -> list[Week]:
    """filling: how many of the first weeks have a window longer than the days loaded."""

    def figure(number: int, value: float | None) -> Figure:
        return Figure(kpi) if value is None else replace(counted(kpi, value, 100), is_warming_up=number < filling)

    last = date(2026, 11, 30)
    return [
        Week(last - timedelta(days=7 * (len(values) - 1 - number)), figure(number, value))
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        (weekly(RATE, 70, 80, 81, 82, 83), "连续 4 周上升"),
        (weekly(RATE, 83, 82, 81, 80), "连续 3 周下降"),
        # A week in between has no value.
        (weekly(RATE, 70, 80, None, 82, 83), "达标"),
        # The newest has none.
        (weekly(RATE, 70, 80, 81, 82, None), "达标"),
        (weekly(replace(RATE, target=None), 70, 80, 81, 82, None), "最近一周没有可显示的数"),
        # It rose while its window was filling.
        (weekly(COVERAGE, 50, 60, 70, 80, 81, filling=4), "达标"),
        # What nobody sees is no change.
        (weekly(RATE, 98.51, 98.52, 98.53, 98.54), "达标"),
    ],
)
def test_weeks_in_a_row_are_weeks_with_a_value_each_and_a_change_that_is_seen(weeks: list[Week], said: str) -> None:
    title = sentences.trend_title(weeks, weeks[0].figure.kpi, ZH)
    assert said in title
    assert said.startswith("连续") or "连续" not in title


@pytest.mark.parametrize(
    ("last", "doubted", "said"),
    [
        ({"safe": 85, "convenient": 81, "beautiful": 90, "happy": 80}, (), "四型都在目标之上"),
        ({"safe": 85, "convenient": 81}, (), "平安型、便利型在目标之上"),
        ({"safe": 85, "convenient": 81, "beautiful": 90, "happy": 80}, ("safe",), "便利型、美丽型、幸福型在目标之上"),
        ({"safe": 85}, ("safe",), "平安型达标但存疑"),
        ({"safe": 75, "convenient": 71}, (), "平安型、便利型低于目标"),
        ({"safe": 75, "convenient": 71, "beautiful": 70, "happy": 7}, (), "四型都在目标 80 分以下"),
    ],
)
def test_all_four_types_are_four(last: dict[str, float], doubted: tuple[str, ...], said: str) -> None:
    weeks: dict[str, list[float | None]] = {name: [value] for name, value in last.items()}
    weeks |= {name: [None] for name in ("safe", "convenient", "beautiful", "happy") if name not in last}
    assert sentences.scores_title(weeks, doubted, ZH) == said


@pytest.mark.parametrize(
    ("scores", "doubted", "said"),
    [
        ({"safe": 80.5, "convenient": 80, "beautiful": 80, "happy": 80}, (), "四型都与全区相差不到 1 分"),
        ({"safe": 80.5, "convenient": None}, (), "平安型与全区相差不到 1 分"),
        ({"safe": 70, "convenient": 80, "beautiful": 80, "happy": 80}, ("safe",), "平安型低于全区"),
        ({"safe": 90, "convenient": 80, "beautiful": 80, "happy": 80}, ("safe",), "平安型高于全区，但存疑"),
        ({"safe": 90, "convenient": 85, "happy": 70}, ("safe",), "便利型高于全区，幸福型低于全区"),
        ({"safe": None}, (), "还没有可以比较的得分"),
    ],
)
def test_a_type_in_doubt_is_said_to_be_behind_where_it_is(
    scores: dict[str, float | None], doubted: tuple[str, ...], said: str
) -> None:
    assert sentences.community_title({name: (own, 80) for name, own in scores.items()}, doubted, ZH) == said


def test_the_worst_place_is_named_with_those_that_are_as_bad() -> None:
    def title(*counts: int, kpi: Kpi = BURDEN, **more: Any) -> str:
        figures = [
            (org(name), counted(kpi, count, 1000, **more)) for name, count in zip("甲乙丙丁", counts, strict=False)
        ]
        return sentences.places_title(figures, kpi, ZH)

    assert title(3, 0, 3) == f"甲、丙（并列）{BURDEN.zh} 3.00，最差；3 处中 1 处达标"
    assert title(0, 0, 0) == f"各处{BURDEN.zh}都是 0.00；3 处中 3 处达标"
    assert title(3) == f"甲{BURDEN.zh} 3.00；1 处中 0 处达标"
    assert title(3, 0, is_warming_up=True) == f"甲{BURDEN.zh} 3.00，最差"


def test_places_alike_share_what_is_said_of_the_lowest() -> None:
    scored = [(org("甲"), 70.01), (org("乙"), 70.04), (org("丙"), 80.0)]
    bands = {name: {"worse": 3} for name in "甲丙"}
    said = sentences.street_sentence(scored, None, bands, {"甲": 5, "乙": 5}, "全区", ZH)
    assert "甲、乙（并列）：综合得分最低 <b>70.0</b>" in said
    assert "甲、丙（并列）近30日有 3 项" in said
    assert "甲、乙（并列）超期未结最多，5 件" in said


def test_a_place_beyond_a_red_line_is_named_though_it_lacks_another_rate() -> None:
    places = [(org("甲"), [counted(RATE, 50, 100), Figure(RATE)]), (org("乙"), [counted(RATE, 95, 100)] * 2)]
    assert sentences.street_title(places, ZH) == "三率齐全的 1 个中，1 个全部达标；甲等 1 个有指标破红线"


def test_nothing_is_last_where_two_are() -> None:
    rows = [
        {"category": name, "reported": 30 + number, "due": 40, "on_time": 40, "overdue": 0}
        for number, name in enumerate(("environment", "dispute"))
    ]
    assert "最低" not in sentences.category_title(rows, ZH)
    assert "最低" in sentences.category_title([rows[0], rows[1] | {"on_time": 39}], ZH)
    stages = [Stage("受理", 9, 2), Stage("派遣", 8, 2), Stage("结案", 5)]
    assert "多停在" not in sentences.funnel_title(stages, ZH)
    assert "多停在“派遣”之后" in sentences.funnel_title([stages[0], Stage("派遣", 8, 3), stages[2]], ZH)


def test_all_is_said_of_all_alone() -> None:
    assert (fmt.about(0.997, "zh"), fmt.about(1, "zh")) == ("九成多", "全部")
    assert (fmt.about(0.997, "en"), fmt.about(1, "en"), fmt.about(0.504, "en")) == ("99%", "100%", "50%")


def test_the_longest_overdue_project_is_that_of_all_and_not_of_those_due_in_the_period() -> None:
    due = {"standing": "overdue", "is_due_in_period": True, "days_late": 0}
    old = {"standing": "overdue", "is_due_in_period": False, "days_late": 56}
    assert projects_title([due, old], ZH) == "本期应完工 1 个，按期 0 个；2 个逾期未完，最久 56 天"
    assert projects_title([due], ZH).endswith("1 个逾期未完，都不到 1 天")


def test_grids_without_a_full_time_worker_are_said_beside_their_kpi() -> None:
    full, part, bare = ({"full_time": one, "part_time": other} for one, other in ((1, 0), (0, 1), (0, 0)))
    assert staffing([full, full], ZH) == "都有网格员"
    assert staffing([full, part], ZH) == "都有网格员，1 个没有专职的"
    assert "1 个没有网格员" in staffing([full, part, bare], ZH)
