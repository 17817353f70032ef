"""Search: what a typed text finds, in which order, and the page that it opens."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from figures import finder, pinyin, published
from figures.finder import Hit
from figures.kpis import definitions
from figures.orgs import Register
from language import words
from page.search import opens
from reader import menu
from reader.view import View

from .conftest import markup

PAGES = {name: (page.title_zh, page.title_en) for name, page in menu.PAGES.items()}
SEEN = View(period="7d", org="610302005003", compare="year", category="dispute", lang="en")


@pytest.mark.parametrize(
    ("name", "typed", "fit"),
    [
        ("新民路社区", "新民路社区", pinyin.WHOLE),
        ("新民路社区", "新民", pinyin.BEGINS),
        ("新民路社区", "民路", pinyin.CONTAINS),
        ("新民路社区", "xinminlu", pinyin.SOUNDS),
        ("新民路社区", "XinMin", pinyin.SOUNDS),
        ("新民路社区", "xin min", pinyin.SOUNDS),
        ("新民路社区", "xml", pinyin.SOUNDS),
        ("新民路社区", "xinml", pinyin.SOUNDS),
        ("新民路社区", "新ml", pinyin.SOUNDS),
        ("新民路社区", "mlsq", pinyin.SOUNDS_INSIDE),
        ("新民路社区", "m", None),
        ("新民路社区", "xmd", None),
        # 长 and 重 have two readings; sh is an initial.
        ("长岭社区", "cl", pinyin.SOUNDS),
        ("长岭社区", "zhangling", pinyin.SOUNDS),
        ("石鼓路", "shgl", pinyin.SOUNDS),
        ("Response rate", "response", pinyin.BEGINS),
        ("新建路第3网格", "xjld3", pinyin.SOUNDS),
        ("安居社区", "Ａn'ju", pinyin.SOUNDS),
        ("", "x", None),
    ],
)
def test_a_name_is_found_by_characters_pinyin_and_initials(name: str, typed: str, fit: int | None) -> None:
    assert pinyin.fit(name, pinyin.typed(typed)) == fit


@pytest.mark.parametrize(
    "typed", ["新民路3", "新民路003", "新民路3网格", "新民路 003 网格", "新民路第3网格", "xml3", "xml003"]
)
def test_a_grid_is_found_by_what_people_call_it(typed: str) -> None:
    names = finder._called({"community": "新民路", "grid_code": "610302002006003"})
    assert any(pinyin.fit(name, pinyin.typed(typed)) is not None for name in names)
    others = finder._called({"community": "新民路", "grid_code": "610302002006004"})
    assert all(pinyin.fit(name, pinyin.typed(typed)) is None for name in others)


def test_nothing_typed_finds_nothing() -> None:
    assert pinyin.fit("新民路社区", pinyin.typed(" 　")) is None


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_text_is_too_strange_to_look_for(name: str, text: str) -> None:
    fit = pinyin.fit(name, pinyin.typed(text))
    assert fit is None or pinyin.typed(text)


def test_every_character_of_the_register_can_be_spelled(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication
    for org in Register.read(publication).orgs.values():
        chinese = [sign for sign in org.name if "一" <= sign <= "鿿"]
        assert all(pinyin.fit(sign, pinyin._readings()[sign][0]) is not None for sign in chinese), org.name


def test_every_place_grid_event_and_kpi_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current()
    assert publication and publication.data_through
    register, kpis = Register.read(publication), definitions(publication)

    def first(text: str, kind: str) -> str:
        return next(
            (hit.code for hit in finder.find(publication, register, kpis, PAGES, text, "zh") if hit.kind == kind), ""
        )

    for level in ("street", "community"):
        for org in register.of(level)[:5]:
            assert first(org.code, level) == org.code
            found = finder.find(publication, register, kpis, PAGES, org.name, "zh")
            assert org.name in {hit.name for hit in found if hit.kind == level}
    for kpi in kpis.values():
        assert first(kpi.zh, "kpi") == first(kpi.en, "kpi") == kpi.kpi_id
    for name, (zh, en) in PAGES.items():
        assert first(zh, "page") == first(en, "page") == name
    assert (first("zoufang", "page"), first("bz", "page")) == ("visits", "")
    events = published.ask(publication, "overdue_events", area="")
    assert events
    for row in events[:5]:
        assert first(row["event_id"], "event") == first(row["event_id"].lower(), "event") == row["event_id"]
    assert finder.find(publication, register, kpis, PAGES, "' or 1=1 --", "zh") == []


@pytest.mark.parametrize(
    ("hit", "page", "kept"),
    [
        (Hit("street", "610302005", "", "610302"), "street", {"org": "610302005"}),
        (Hit("community", "610302005004", "", "610302005"), "community", {"org": "610302005004"}),
        (
            Hit("grid", "610302005004001", "", "610302005004"),
            "grid",
            {"org": "610302005004", "grid": "610302005004001"},
        ),
        (Hit("event", "SJ1", "", "610302005004"), "events", {"org": "610302005004", "event": "SJ1"}),
        (Hit("page", "visits", "走访"), "visits", {"org": "610302005003"}),
        (Hit("kpi", "a", "", "safe"), "type", {"org": "610302005003", "type": "safe", "kpi": "a"}),
        (Hit("kpi", "b", "", "context"), "definitions", {"org": "610302005003", "kpi": "b"}),
    ],
)
def test_a_hit_opens_its_page_with_the_time_range_kept(hit: Hit, page: str, kept: dict[str, str]) -> None:
    where, view = opens(hit, SEEN)
    assert where == page
    assert view.parameters() == {"p": "7d", "vs": "year", "lang": "en", **kept}
    # In a city, the district's pages are left by no hit.
    assert opens(hit, replace(SEEN, district="610302"))[1] == replace(view, district="610302")


def test_the_box_lists_hits_as_links(home: Path, opened: Callable[..., AppTest]) -> None:
    app = opened(home)
    assert words.WORDS["search.help"][0] in markup(app)
    publication = published.current()
    assert publication
    org = Register.read(publication).of("community")[0]
    app.session_state["search_text"] = org.name
    text = markup(app.run())
    assert f"community?p=30d&amp;vs=prev&amp;org={org.code}" in text
    app.session_state["search_text"] = "<b>nobody"
    assert words.WORDS["search.none"][0] in markup(app.run())
