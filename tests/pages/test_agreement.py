"""All feeds at once, as odd as the contracts allow: the lists on the pages agree with the published KPIs, and every
page opens."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from figures import periods, published
from figures.board import boards
from figures.kpis import definitions
from figures.orgs import Register
from figures.periods import Ranges, Window
from figures.published import Row
from language import words
from reader import menu
from reader.view import LANGUAGES

from .conftest import go, markup

FAILED = [text for title in ("failed.title", "older.title") for text in words.WORDS[title]]

Ask = Callable[..., list[Row]]
Count = tuple[float, float | None]
"""Numerator and denominator; None if the list has no denominator."""


def share(rows: list[Row], *kept: str) -> Count:
    return sum(any(row[name] for name in kept) for row in rows), len(rows)


def promises(ask: Ask, kind: str) -> Count:
    rows = [row for row in ask("promise_counts", period="30d") if row["kind"] == kind]
    return sum(row["kept"] for row in rows), sum(row["kept"] + row["kept_late"] + row["slipped"] for row in rows)


def managed(areas: list[Row]) -> Count:
    kept = [row for row in areas if row["management"] in ("property_company", "self_managed") or row["has_stewards"]]
    return sum(row["households"] for row in kept), sum(row["households"] for row in areas)


def listed(ask: Ask, window: Window, last: date) -> dict[str, Count]:
    """KPI → what the pages' own lists count for it."""
    areas, grids = ask("areas", last=last), ask("grids_in_need", last=last)
    reviews = ask("four_links", last=last)
    shifts = ask("points_staffed", first=window.first, last=window.last)
    return {
        "overdue_open_per_1k": (len(ask("overdue_events")), None),
        "care_visit_on_schedule_rate": share(ask("care_households", last=last), "is_on_schedule"),
        "centre_standard_rate": share(ask("points_by_community", last=last), "full_centres"),
        "point_open_as_scheduled_rate": (
            sum(row["staffed_hours"] for row in shifts) * 60,
            sum(row["planned_hours"] for row in shifts) * 60,
        ),
        "grid_staffing_rate": share(grids, "has_worker"),
        "grid_party_org_coverage": share(grids, "has_party_org"),
        "overloaded_worker_share": share(ask("worker_loads", last=last), "is_overloaded"),
        "no_property_group_coverage": share([row for row in areas if row["is_three_no"]], "has_stewards", "has_team"),
        "property_party_coverage": share(
            [row for row in areas if row["management"] == "property_company"], "has_party_org"
        ),
        "security_upgrade_rate": share([row for row in areas if row["area_type"] == "old"], "is_upgraded"),
        "managed_household_coverage": managed(areas),
        "property_four_link_score": (sum(row["score"] for row in reviews), len(reviews)),
        "suggestion_reply_on_time_rate": promises(ask, "suggestion"),
        "alliance_delivery_rate": promises(ask, "alliance_commitment"),
        "fund_disclosure_on_time_rate": promises(ask, "fund_disclosure"),
    }


def test_what_the_pages_list_is_what_the_kpis_count(full_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(full_home))
    publication = published.current()
    assert publication and publication.data_from and publication.data_through
    window = periods.window("30d", publication.data_from, publication.data_through)
    kpis, register = definitions(publication), Register.read(publication)
    compared = 0
    for org in register.orgs.values():

        def ask(question: str, code: str = org.code, **params: Any) -> list[Row]:
            return published.ask(publication, question, area=code, **params)

        board = boards(publication, kpis, org.code, Ranges("30d", "prev", window, None)).now
        for kpi_id, (numerator, denominator) in listed(ask, window, window.last).items():
            figure = board.figure(kpi_id, org.code)
            found = pytest.approx(float(numerator), abs=1e-3)
            assert (figure.numerator or 0.0) == found, (kpi_id, org.code)
            if denominator is not None:
                assert (figure.denominator or 0.0) == pytest.approx(float(denominator), abs=1e-3), (kpi_id, org.code)
            compared += bool(numerator)
    assert compared > 50


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_opens_at_every_level_on_whatever_the_feeds_bring(
    lang: str, full_home: Path, opened: Callable[..., AppTest]
) -> None:
    app = opened(full_home, lang=lang)
    publication = published.current()
    assert publication
    register = Register.read(publication)
    for page in menu.PAGES:
        for org in ("", register.of("street")[0].code, register.of("community")[0].code):
            app = go(app, f"{page}?p=all&vs=prev&org={org}&lang={lang}")
            text = markup(app)
            assert not app.exception, (page, org)
            assert not any(failed in text for failed in FAILED), (page, org)


def test_every_event_has_a_way(full_home: Path, opened: Callable[..., AppTest]) -> None:
    app = opened(full_home, "events")
    publication = published.current()
    assert publication and publication.data_through
    rows = published.ask(publication, "overdue_events", area="")
    assert rows
    for row in rows[:12]:
        app = go(app, f"events?p=30d&vs=prev&event={row['event_id']}")
        text = markup(app)
        assert 'class="way"' in text, row["event_id"]
        assert not any(failed in text for failed in FAILED)
