"""Shares of few cases: the cases themselves below twenty, and no rate of fewer than five, on the screen and in a file.

Belongs here: shares that a page makes of its own counts. Does not belong here: the figures of KPIs (test_kpis.py).
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import bars
from components.bars import Stage
from language.words import Speaker
from page import sentences, subject
from screens.cobuilding import promises
from tests.pages.conftest import markup

ZH = Speaker("zh")
VISITS = (
    "delete from marts.fct_visit where visit_id not in (select visit_id from marts.fct_visit, meta.build"
    " where is_known_community and started_on between data_from and data_through order by all limit 3)"
)


@pytest.mark.parametrize(("reported", "closed", "said"), [(3, 2, "2/3"), (12, 6, "6/12"), (20, 5, "25.0%")])
def test_a_funnel_of_few_events_is_told_in_events(reported: int, closed: int, said: str) -> None:
    stages = [Stage("上报", reported), Stage("结案", closed)]
    assert f"的 {said} 已结案" in sentences.funnel_title(stages, ZH)


def test_the_bars_of_a_funnel_of_few_events_have_no_rate() -> None:
    text = re.compile(r"· [0-9.]+%")
    assert not text.search(bars.funnel([Stage("上报", 4), Stage("结案", 3)], ZH))
    assert text.search(bars.funnel([Stage("上报", 5), Stage("结案", 3)], ZH))


@pytest.mark.parametrize(("kept", "late", "said"), [(3, 1, "3/4"), (9, 1, "9/10"), (15, 5, "75.0% · n=20")])
def test_promises_of_a_kind_that_are_few_are_counted(kept: int, late: int, said: str) -> None:
    assert promises._kept_said({"kept": kept, "kept_late": late, "slipped": 0}, ZH) == said


@pytest.mark.parametrize(("part", "whole", "rate"), [(1, 0, None), (3, 4, None), (4, 5, 80.0)])
def test_a_file_has_no_rate_of_fewer_than_five(part: int, whole: int, rate: float | None) -> None:
    assert subject.rate(part, whole) == rate


def test_the_visits_of_a_day_on_which_there_were_three(
    full_republished: Callable[..., Path], opened: Callable[..., AppTest]
) -> None:
    page = opened(full_republished("20150401-060030", VISITS), "visits", p="all")
    assert not page.exception
    text = re.sub(r"<[^>]+>", "", markup(page))
    assert re.search(r"3 户次走访中 [0-3]/3不算有效", text) and re.search(r"有效 [0-3]/3", text)
