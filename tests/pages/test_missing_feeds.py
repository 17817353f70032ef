"""What is counted in the rows of a feed that never came: unknown, never 0.

Belongs here: counts of rows. Does not belong here: KPIs (test_kpis.py), pages of which all feeds are missing
(test_subjects.py).
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from language.numbers import short_day
from language.words import WORDS
from tests.pages.conftest import markup
from tests.walk.published import ask

Opener = Callable[..., AppTest]
Republished = Callable[..., Path]

NEVER = "delete from meta.delivery where platform || '.' || feed in ('{}')"
EVENT = "command_centre.event"


def said(app: AppTest) -> str:
    assert not app.exception
    return re.sub(r"<[^>]+>", "|", markup(app))


def text_of(key: str) -> str:
    """The end of a text, whatever its fields are."""
    return WORDS[key][0].rpartition("}")[2]


@pytest.fixture
def without(full_republished: Republished, opened: Opener) -> Callable[..., str]:
    """A page of a generation that some feeds never came for."""

    def show(page: str, *feeds: str, **params: str) -> str:
        home = full_republished(f"20150401-06000{len(page)}", NEVER.format("', '".join(feeds)))
        return said(opened(home, page, **params))

    return show


def test_a_grid_has_no_people_that_nobody_has_told_of(without: Callable[..., str]) -> None:
    page = without("grid", "smart_community.grid_worker")
    assert WORDS["lacking.some"][0].split("：")[0] in page
    (finding,) = re.findall(r"共 [0-9]+ 个网格(.*?)。", page)
    for key in ("grid.say_bare", "grid.say_staffed", "grid.say_over", "grid.say_fair"):
        assert text_of(key) not in finding
    assert "|" + WORDS["grid.nobody"][0] + "|" not in page


def test_a_grid_without_events_visits_and_care_is_not_one_without_work(without: Callable[..., str]) -> None:
    gone = (EVENT, "home_visit.visit", "smart_community.care_household")
    page = without("grid", *gone)
    assert text_of("grid.title") not in page and text_of("grid.say_late") not in page
    assert "走访不到" in WORDS["grid.cover_title"][0] and "走访不到" not in page
    # Only what is known is withheld.
    assert "|" + WORDS["grid.withheld"][0] + "|" not in page


def test_places_without_the_feed_of_events_are_not_without_overdue_ones(without: Callable[..., str]) -> None:
    overview = without("overview", EVENT)
    assert WORDS["say.overdue_none"][0] not in overview and WORDS["due.none"][0] not in overview
    street = without("street", EVENT)
    assert WORDS["lacking.some"][0].split("：")[0] in street
    assert WORDS["street.per_1000"][0].partition("{")[0] not in street


def test_a_community_names_the_feeds_that_its_panels_lack(
    without: Callable[..., str], full_home: Path, opened: Opener
) -> None:
    org = sorted(re.findall(r"org=([0-9]{12})", markup(opened(full_home, "community"))))[0]
    assert WORDS["lacking.some"][0].split("：")[0] not in said(opened(full_home, "community", org=org))
    page = without("community", "property_selfgov.project", EVENT, org=org)
    named = re.search(WORDS["lacking.some"][0].format(feeds="(.*?)"), page)
    assert named and len(named[1].split("、")) == 2


def test_a_panel_of_a_community_does_not_say_none_of_what_nobody_has_told(
    full_home: Path, full_republished: Republished, opened: Opener
) -> None:
    org = sorted(re.findall(r"org=([0-9]{12})", markup(opened(full_home, "community"))))[0]
    gone = {
        "category.title_nothing": (EVENT, "fct_event"),
        "review.title_none": ("property_selfgov.four_link_review", "fct_four_link_review"),
        "project.title_none": ("property_selfgov.project", "fct_project"),
    }
    empty = [f"delete from marts.{table}" for _, table in gone.values()]
    never = NEVER.format("', '".join(feed for feed, _ in gone.values()))
    known = said(opened(full_republished("20150401-060021", *empty), "community", org=org))
    unknown = said(opened(full_republished("20150401-060022", *empty, never), "community", org=org))
    for key in gone:
        assert WORDS[key][0] in known and WORDS[key][0] not in unknown, key
    assert unknown.count(f"|{WORDS['nothing.no_data'][0]}|") >= len(gone)


def test_a_feed_whose_files_are_all_held_is_named_like_one_that_never_came(
    full_home: Path, full_republished: Republished, opened: Opener
) -> None:
    held = f"update meta.delivery set state = 'held' where platform || '.' || feed = '{EVENT}'"
    page = said(opened(full_republished("20150401-060023", held), "street"))
    assert re.search(WORDS["lacking.some"][0].format(feeds="(.*?)"), page)


def test_a_feed_that_is_one_day_behind_has_been_delivered(
    full_home: Path, full_republished: Republished, opened: Opener
) -> None:
    """Also where the time range is the day that it lacks."""
    ((through,),) = ask(full_home, "select data_through from meta.build")
    gone = f"delete from meta.delivery where feed = 'event' and business_date = '{through}'"
    page = said(
        opened(full_republished("20150401-060020", gone), "definitions", kpi="event_on_time_close_rate", p="1d")
    )
    behind = re.search(WORDS["trust.behind"][0].format(day="(.*?)") + ".*?" + "期内入库 0 行", page)
    assert behind and behind[1] == short_day(through - timedelta(days=1), "zh")


def test_a_community_without_three_no_areas_says_so_beside_its_areas(full_home: Path, opened: Opener) -> None:
    """One number would be that of the areas or of the three-no ones."""
    query = (
        "select community_code, count(*), count(*) filter (where is_three_no) from marts.dim_residential_area"
        " where valid_to is null and is_known_community group by all order by 3, 1 limit 1"
    )
    ((org, areas, three_no),) = ask(full_home, query)
    assert f"{WORDS['fact.areas'][0]}||{areas} · {three_no}|" in said(opened(full_home, "community", org=org))
