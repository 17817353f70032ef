"""The pages of a district that its city runs: opened from the city's, and for whom.

Belongs here: which district a reader gets by which address. Does not belong here: the pages themselves, scopes within a
district (test_scope_pages.py), numbers (tests/walk/test_city.py).
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from figures import published
from figures.published import Unavailable
from language.words import WORDS
from reader import principal
from reader.principal import ANYBODY, Principal
from tests.pages.conftest import markup
from tests.pages.test_scope_pages import at, claims, everything
from tests.walk.cities import LATE, NEVER, A, Homes

Opened = Callable[..., AppTest]
CITY_WIDE = Principal("wang", "leader", "9901", "s1")
OF_LATE = Principal("zhao", "leader", LATE, "s2")
IN_LATE = Principal("li", "community", f"{LATE}001019", "s3")
ELSEWHERE = Principal("wu", "leader", NEVER, "s4")
REFUSED, NOTHING = WORDS["access.title"][0], WORDS["unpublished.title"][0]
ROWS = ("street", "community", "grid", "events", "visits", "data", "wall", "readiness")


@pytest.fixture
def home(city_runs: Homes) -> Path:
    return city_runs.city


@pytest.fixture
def read(opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of the city as a reader whom the gate names; `None`: without a gate."""

    def run(reader: Principal | None, page: str = "overview", **params: str) -> AppTest:
        monkeypatch.setenv("SIHE_GATE", "1" if reader else "")
        monkeypatch.setattr(principal, "claims", lambda: claims(reader))
        app = opened(home, page)
        return at(app, **params) if params else app

    return run


def generation(home: Path) -> str:
    return str(json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))["generation"])


@pytest.mark.parametrize("reader", [None, CITY_WIDE])
def test_the_city_leads_to_the_districts_that_it_runs_and_they_lead_back(
    reader: Principal | None, read: Callable[..., AppTest], home: Path
) -> None:
    text = markup(read(reader))
    for code in (A, LATE):
        assert re.search(rf'class="heat-name" href="\./\?[^"]*district={code}', text)
    assert f"district={NEVER}" not in text and f"生成 {generation(home)}" not in text.partition("<footer")[0]
    text = markup(read(reader, district=LATE))
    assert generation(home / "districts" / LATE) in text and generation(home) not in text
    assert WORDS["above.up"][0] in text
    links = re.findall(r'href="(\./[^"]*)"', text)
    assert len(links) > 20 and sum(f"district={LATE}" not in link for link in links) == 1


def test_the_way_back_to_the_city_stays_in_the_time_that_is_shown(read: Callable[..., AppTest]) -> None:
    links = re.findall(r'href="(\./[^"]*)"', markup(read(None, district=LATE, as_of="20991231")))
    assert ["as_of=20991231" in link for link in links if f"district={LATE}" not in link] == [True]


@pytest.mark.parametrize("page", ROWS)
def test_all_pages_of_a_district_are_there(page: str, read: Callable[..., AppTest], home: Path) -> None:
    text = markup(read(CITY_WIDE, page, district=A))
    assert generation(home / "districts" / A) in text and WORDS["failed.title"][0] not in text


@pytest.mark.parametrize("reader", [OF_LATE, IN_LATE])
@pytest.mark.parametrize("page", ["overview", "events", "type", "data"])
@pytest.mark.parametrize(
    "params", [{}, {"district": A}, {"district": "9901"}, {"district": f"../{A}"}, {"org": f"{A}001019"}]
)
def test_a_reader_of_a_district_gets_nothing_of_another(
    reader: Principal, page: str, params: dict[str, str], read: Callable[..., AppTest], home: Path
) -> None:
    app = read(reader, page, **params)
    sent = everything(app)
    assert generation(home / "districts" / LATE) in sent
    for other in (home, home / "districts" / A):
        assert generation(other) not in sent
    assert A not in sent.replace(params.get("district", "-"), "").replace(params.get("org", "-"), "")
    assert (REFUSED in sent) == (params.get("district", LATE) != LATE or (reader is IN_LATE and "org" in params))


def test_a_reader_of_a_district_that_the_city_does_not_run_gets_nothing(read: Callable[..., AppTest]) -> None:
    for params in ({}, {"district": A}):
        text = markup(read(ELSEWHERE, **params))
        assert NOTHING in text and A not in text.replace(f"district={A}", "")


def test_what_is_no_district_of_the_city_is_the_city_and_said(read: Callable[..., AppTest], home: Path) -> None:
    for code in (NEVER, "990199", f"../../districts/{A}", "x"):
        text = markup(read(None, district=code))
        assert generation(home) in text and WORDS["param.district"][0] in text


def test_no_other_folder_can_be_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    for code in (f"../districts/{A}", "..", "/", f"{A}/", "９９０１０１"):
        with pytest.raises(Unavailable):
            published.current(district=code)
        assert principal.district_for(ANYBODY, {"district": code}) == ("", False)


def test_a_district_alone_has_no_other_districts(
    city_runs: Homes, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if another home lies where a city has its own."""
    shutil.copytree(city_runs.alone[LATE] / "published", tmp_path / "home" / "published")
    shutil.copytree(city_runs.alone[A] / "published", tmp_path / "home" / "districts" / A / "published")
    monkeypatch.setenv("SIHE_GATE", "")
    text = markup(at(opened(tmp_path / "home"), district=A))
    assert generation(city_runs.alone[LATE]) in text and WORDS["param.district"][0] in text


def test_two_districts_share_no_answer(read: Callable[..., AppTest], home: Path) -> None:
    first, second = (markup(read(None, "events", district=code)) for code in (A, LATE))
    assert generation(home / "districts" / A) in first and generation(home / "districts" / LATE) in second
    assert f"{LATE}0" not in first and f"{A}0" not in second
