"""Figures in doubt and restated numbers on the pages: marked where they are ranked or tiled, and never praised.

Belongs here: what the pages show of `kpi_doubt` and `kpi_restatement`. Does not belong here: when a figure is in doubt
or restated (`walk`).
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.markup import verdict, verdict_tag
from figures.indices import Index
from figures.kpis import Figure
from figures.orgs import Org
from figures.published import Row
from figures.ranking import rank
from language.words import Speaker
from page import sentences
from reader.view import View
from tests.pages.conftest import markup
from tests.pages.counted import counted
from tests.pages.test_kpis import HOURS, RATE

Opener = Callable[..., AppTest]
HEADLINE = "event_on_time_close_rate"
ZH = Speaker("zh")


def org(code: str) -> Org:
    return Org("community", code, code, code[:9], None)


def standing(place: tuple[Org, Figure], band: str | None = None) -> Row:
    """As published, without smoothing or interval."""
    return {"org_code": place[0].code, "value_smoothed": None, "low90": None, "high90": None, "band": band}


def test_a_figure_in_doubt_keeps_its_value_and_is_not_praised() -> None:
    sure = counted(RATE, 99, 100)
    doubted = replace(sure, doubts=("instant_close",))
    assert (doubted.value, doubted.n) == (sure.value, sure.n)
    assert (sure.reached, sure.grade) == (True, 3)
    assert (doubted.reached, doubted.grade) == (None, None)
    assert (verdict(sure, ZH), verdict(doubted, ZH)) == (("good", "达标"), ("doubt", "存疑"))
    # What is bad stays bad.
    bad = replace(doubted, numerator=10, published=10)
    assert (bad.reached, bad.breached, bad.grade) == (False, True, 0)
    assert "破红线" in verdict_tag(bad, ZH) and "存疑" in verdict_tag(bad, ZH)


def test_a_place_in_doubt_keeps_its_rank_and_is_never_better() -> None:
    first = counted(RATE, 990, 1000, doubts=("moved_limits",))
    second, last = counted(RATE, 980, 1000), counted(RATE, 500, 1000, doubts=("moved_limits",))
    pairs = [(org("990101001001"), first), (org("990101001002"), second), (org("990101001003"), last)]
    ranked = rank(pairs, [standing(pairs[0], "better"), standing(pairs[1], "better"), standing(pairs[2], "worse")])
    assert [entry.figure for entry in ranked] == [first, second, last]
    assert [entry.band for entry in ranked] == [None, "better", "worse"]


def test_no_sentence_praises_what_is_in_doubt() -> None:
    hours = [(org(f"99010100100{n}"), counted(HOURS, 100 * n, 100)) for n in (1, 2, 3)]
    hours[0] = (hours[0][0], replace(hours[0][1], doubts=("instant_close",)))
    title = sentences.ranking_title(rank(hours, [standing(one) for one in hours]), HOURS, View(), ZH)
    assert title == "990101001002最好，990101001003最后"
    tiles = [counted(RATE, 99, 100), counted(RATE, 99, 100, doubts=("instant_close",)), counted(RATE, 50, 100)]
    assert sentences.tiles_title(tiles, ZH) == "2 个可判断的社区中 1 个达标，1 个破红线，另有 1 个存疑"
    now = {name: Index(85, 1) for name in ("overall", "safe", "convenient", "beautiful", "happy")}
    now["safe"] = Index(85, 1, ("instant_close",))
    said = sentences.scores(now, Index(), {}, "全区", View(), ZH)
    assert "便利型、美丽型、幸福型" in said and "平安型达标但存疑" in said


@pytest.fixture
def first(home: Path, opened: Opener) -> str:
    """The community that the overview ranks first."""
    found = re.search(r'class="rank-row[^"]*" href="[^"]*org=(\d{12})', markup(opened(home)))
    assert found
    return found[1]


def row_of(text: str, code: str) -> str:
    (found,) = re.findall(rf'<a class="rank-row[^"]*" href="[^"]*org={code}.*?</a>', text)
    return str(found)


@pytest.mark.parametrize(("lang", "mark", "go"), [("zh", "存疑", "看数据哨兵"), ("en", "in doubt", "Sentinels")])
def test_a_place_in_doubt_is_marked_in_ranks_tiles_and_sentences(
    lang: str, mark: str, go: str, first: str, republished: Callable[..., Path], opened: Opener
) -> None:
    home = republished(
        "d",
        "delete from marts.kpi_doubt",
        "insert into marts.kpi_doubt select distinct kpi_id, org_level, org_code, as_of, 'moved_limits'"
        f" from marts.kpi_period where kpi_id = '{HEADLINE}' and org_code = '{first}'",
    )
    text = markup(opened(home, lang=lang))
    row = row_of(text, first)
    assert f">{mark}</span>" in row
    assert "dots good" not in row and "＋</b>" not in row
    (tile,) = re.findall(rf'<a class="tile [^"]*" href="[^"]*org={first}[^>]*>', text)
    assert " doubted" in tile and mark in tile.lower()
    (note,) = re.findall(r'<div class="doubt-note">.*?</div>', text)
    assert go in note and 'data-go="data' in note
    own = markup(opened(home, lang=lang, org=first))
    (said,) = re.findall(r'<div class="say">.*?</p>', own)
    assert mark in said and go in said
    # The rates of its categories are made of the same rows.
    events = markup(opened(home, "events", lang=lang, org=first))
    assert re.search(r'class="bars".*?class="doubt-note"', events)


def test_without_doubt_no_mark(republished: Callable[..., Path], opened: Opener) -> None:
    text = markup(opened(republished("none", "delete from marts.kpi_doubt")))
    assert "doubt-note" not in text and "tag doubt" not in text


RESTATED = (
    "insert into marts.kpi_restatement select kpi_id, org_level, org_code, kpi_date, 'g', build.built_at - interval"
    " '{ago}' hour, numerator + {change}, denominator, numerator, denominator, 'late_r2.csv'"
    " from marts.kpi_daily cross join meta.build as build"
    f" where kpi_id = '{HEADLINE}' and org_level = 'district'"
    " order by kpi_date desc limit 1"
)


@pytest.mark.parametrize(
    ("ago", "change", "is_badged", "is_listed"),
    [(0, 50, True, True), (23, 50, True, True), (48, 50, False, True), (0, 0.001, False, True)],
)
def test_a_number_that_was_restated_since_yesterday_has_a_line_and_a_badge_if_it_is_written_another_way(
    ago: int, change: float, is_badged: bool, is_listed: bool, republished: Callable[..., Path], opened: Opener
) -> None:
    home = republished("r", "delete from marts.kpi_restatement", RESTATED.format(ago=ago, change=change))
    assert ("昨日起有更正" in markup(opened(home))) == is_badged
    assert ("late_r2.csv" in markup(opened(home, "data"))) == is_listed


def test_what_moved_within_the_days_on_screen_has_no_badge(republished: Callable[..., Path], opened: Opener) -> None:
    there_and_back = [RESTATED.format(ago=0, change=change) for change in (50, -50)]
    home = republished("m", "delete from marts.kpi_restatement", *there_and_back)
    assert "昨日起有更正" not in markup(opened(home))
