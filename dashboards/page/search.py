"""Search: the box in the header, and the page that each hit opens, with the time range and comparison kept.

Belongs here: where a hit leads. Does not belong here: what is found (figures/finder.py), the box itself
(components/search.py).
"""

from dataclasses import replace

import streamlit as st

from components import search as searching
from components.markup import esc, link
from figures import finder
from figures.finder import Hit
from reader import menu, navigation
from reader.context import Context
from reader.view import TYPES, View

_TEXT = "search_text"
MOST_CHARACTERS = 60


@st.fragment
def show(context: Context) -> None:
    """A fragment: a letter typed renders the hits, not the page."""
    if navigation.is_pending():
        st.rerun(scope="app")
    t, text = context.t, str(st.session_state.get(_TEXT, ""))
    pages = {
        page.name: (page.title_zh, page.title_en)
        for page in menu.of_level(is_above=context.register.is_above)
        if page.fits(context.within)
    }
    found = finder.find(context.publication, context.register, context.kpis, pages, text, t.lang)
    groups = [
        (t("search." + kind), [_link(context, hit) for hit in found if hit.kind == kind])
        for kind in finder.KINDS
        if any(hit.kind == kind for hit in found)
    ]
    with st.container(key="search"):
        searching.search_box(searching.hits(groups, t, bool(text.strip())), text, t, _asked, _followed)


def _asked() -> None:
    text = st.session_state["search_box"].get("text")
    if isinstance(text, str):
        st.session_state[_TEXT] = text[:MOST_CHARACTERS]


def _followed() -> None:
    where = st.session_state["search_box"].get("go")
    if isinstance(where, str):
        navigation.follow(where)
        st.session_state[_TEXT] = ""


def opens(hit: Hit, view: View) -> tuple[str, View]:
    """The page of a hit and its view: of the present one only the district of a city, time range, comparison, `as_of`
    and language."""
    plain = View(
        period=view.period,
        district=view.district,
        compare=view.compare,
        as_of=view.as_of,
        lang=view.lang,
        within=view.within,
    )
    match hit.kind:
        case "grid":
            return "grid", replace(plain, org=hit.under, grid=hit.code)
        case "event":
            return "events", replace(plain, org=hit.under, event=hit.code)
        case "page":
            return hit.code, replace(plain, org=view.org)
        case "kpi" if hit.under in TYPES:
            return "type", replace(plain, org=view.org, type=hit.under, kpi=hit.code)
        case "kpi":
            return "definitions", replace(plain, org=view.org, kpi=hit.code)
        case _:
            return hit.kind, replace(plain, org=hit.code)


def _link(context: Context, hit: Hit) -> str:
    page, view = opens(hit, context.view)
    return link(
        page,
        view,
        f"<b>{esc(context.t.term(hit.name) or hit.code)}</b><small>{esc(_under(context, hit))}</small>",
        "search-hit",
    )


def _under(context: Context, hit: Hit) -> str:
    t, register = context.t, context.register
    match hit.kind:
        case "page":
            return ""
        case "kpi":
            return t("pillar." + hit.under)
        case "event":
            return " · ".join((hit.code, t("category." + hit.category), register.name(hit.under)))
        case _:
            return " · ".join(part for part in (register.name(hit.under) if hit.under else "", hit.code) if part)
