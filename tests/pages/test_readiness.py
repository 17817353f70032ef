"""接入进度: it says what the published tables say, and an unconnected feed is missing on no page."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.walk.published import ask

from .conftest import markup

Opener = Callable[..., AppTest]


def test_the_page_has_the_numbers_of_the_tables(home: Path, opened: Opener) -> None:
    text = markup(opened(home, "readiness"))
    feeds = ask(home, "select count(*), count(*) filter (where state = 'on') from meta.readiness_feed")
    kpis = ask(home, "select count(*), count(*) filter (where is_on) from meta.readiness_kpi")
    (of_feeds, on), (of_kpis, kpis_on) = feeds[0], kpis[0]
    assert 0 < on < of_feeds and 0 < kpis_on < of_kpis
    assert f"{of_feeds} 个数据集中 {on} 个已在用，{of_kpis} 个指标中 {kpis_on} 个已启用" in text
    # Once each in the legend.
    assert text.count("● 在用") == on + 1
    assert text.count("○ 等第一个文件") == of_feeds - on + 1


def test_a_kpi_is_on_if_all_feeds_behind_it_have_delivered(home: Path) -> None:
    delivered = "select distinct concat(platform, '.', feed) from meta.delivery where state = 'loaded'"
    there = {feed for (feed,) in ask(home, delivered)} | {"ledger.delivery"}
    behind = ask(home, "select kpi_id, feeds, is_on from marts.kpi_definition join meta.readiness_kpi using (kpi_id)")
    assert {kpi_id: set(feeds.split(", ")) <= there for kpi_id, feeds, _ in behind} == {
        kpi_id: is_on for kpi_id, _, is_on in behind
    }


def test_a_generation_older_than_the_column_takes_every_feed_as_connected(
    republished: Callable[..., Path], opened: Opener
) -> None:
    where = republished("20150402-060000", "alter table meta.feed drop column is_connected")
    assert "/33 到达" in markup(opened(where, "data"))


def test_a_page_needs_the_feeds_that_it_shows_itself(home: Path) -> None:
    needs = set(ask(home, "select page, concat(platform, '.', feed) from meta.readiness_page"))
    assert {("visits", "home_visit.visit"), ("events", "command_centre.event_flow")} <= needs
    # The search in every page's frame is no need of that page.
    assert [page for page, feed in needs if page == "readiness"] == []


def test_feeds_that_are_not_connected_are_named_and_not_counted(
    republished: Callable[..., Path], opened: Opener
) -> None:
    where = republished(
        "20150401-060000",
        "update meta.feed set is_connected = platform = 'command_centre'",
        "update meta.readiness_feed set is_connected = false,"
        " state = case when state = 'on' then 'trial' else 'off' end where platform <> 'command_centre'",
    )
    text = markup(opened(where, "readiness"))
    assert "来源 1/4 到达" in text
    assert "◇ 试运行" in text and "· 未接入" in text
    english = markup(opened(where, "readiness", lang="en"))
    assert "◇ on trial" in english and "· not connected" in english
    data = markup(opened(where, "data"))
    assert "未接入" in data
