"""The view in the URL: what is valid, what is ignored, and that a URL opens exactly the view it was made from."""

from dataclasses import replace

import pytest

from reader import menu
from reader.view import COMPARISONS, ONLY_ON, PERIODS, View, from_query, parse

ORGS = {"610302005", "610302005003"}
KPIS = {"event_on_time_close_rate", "event_close_hours"}


def test_nothing_in_the_address_is_the_default_view() -> None:
    assert parse({}, ORGS, KPIS) == (View(), ())


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("compare", COMPARISONS)
def test_an_address_opens_the_view_it_was_made_from(period: str, compare: str) -> None:
    view = View(period=period, org="610302005003", compare=compare, kpi="event_close_hours", unit="street", lang="en")
    assert parse(from_query(view.query()), ORGS, KPIS) == (view, ())


def test_an_address_is_plain_ascii() -> None:
    query = View(org="610302005003").query()
    assert query.isascii()
    assert query == "p=30d&vs=prev&org=610302005003"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p", "近7日"),
        ("p", "7d; drop table"),
        ("org", "610302999"),
        ("org", "' or 1=1 --"),
        ("org", "<script>alert(1)</script>"),
        ("vs", "next"),
        ("kpi", "../../etc/passwd"),
        ("by", "grid"),
        ("lang", "fr"),
        ("p", "x" * 100_000),
    ],
)
def test_what_is_not_there_is_ignored_and_named(name: str, value: str) -> None:
    assert parse({name: value}, ORGS, KPIS) == (View(), (name,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "data"),
        ("grid", "61030200500300"),
        ("grid", "610302005009001"),
        ("grid", "6103020050030a1"),
        ("grid", "610302005003００１"),
        ("event", "SJ1; drop table"),
        ("event", "x" * 41),
        ("event", "../x"),
        ("with", "610302999"),
        ("category", "safety hazard"),
        ("level", "grid"),
        ("department", "区城管局"),
        ("owner", "1234567"),
        ("kind", "<b>"),
        ("feeds", "unsafe"),
    ],
)
def test_a_type_a_grid_and_an_event_are_validated(name: str, value: str) -> None:
    assert parse({name: value}, ORGS, KPIS) == (View(), (name,))


def test_a_grid_brings_its_community_and_both_stay_on_their_own_pages() -> None:
    view, ignored = parse({"grid": "610302005003001", "event": "SJ20260515000182", "type": "safe"}, ORGS, KPIS)
    assert not ignored
    assert view == View(org="610302005003", grid="610302005003001", event="SJ20260515000182", type="safe")
    assert parse(from_query(view.query()), ORGS, KPIS) == (view, ())
    assert view.fitting("events") == view
    assert view.fitting("grid") == View(org="610302005003", grid="610302005003001", type="safe")
    assert view.fitting("overview") == View(org="610302005003", type="safe")


def test_filters_and_a_second_area_are_in_the_address_and_stay_on_their_own_pages() -> None:
    view = View(
        org="610302005003", beside="610302005", category="safety_hazard", held_at="street", department="0a1b2c3d",
        owner="ffffffff", kind="suggestion", feeds="safe",
    )  # fmt: skip
    assert view.query().isascii()
    assert parse(from_query(view.query()), ORGS, KPIS) == (view, ())
    plain = View(org="610302005003")
    assert view.fitting("overview") == plain
    assert view.fitting("community") == replace(plain, beside="610302005")
    assert view.fitting("cobuilding") == replace(plain, owner="ffffffff", kind="suggestion")
    assert view.fitting("data") == replace(plain, feeds="safe")


def test_one_wrong_value_spoils_no_other() -> None:
    view, ignored = parse({"p": "7d", "org": "nowhere", "vs": "year"}, ORGS, KPIS)
    assert view == View(period="7d", compare="year")
    assert ignored == ("org",)


def test_unknown_parameters_of_a_link_are_dropped() -> None:
    assert from_query("p=7d&x=1&utm_source=y") == {"p": "7d"}


def test_levels_follow_the_length_of_the_code() -> None:
    assert [View(org=code).level for code in ("", "610302005", "610302005003")] == ["district", "street", "community"]


def test_what_belongs_to_some_pages_only_names_pages_of_the_menu() -> None:
    assert set().union(*ONLY_ON.values()) <= set(menu.PAGES)
