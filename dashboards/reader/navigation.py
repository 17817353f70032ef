"""Handling of clicks. Every click on a page arrives here as text like `overview?p=30d&org=990102005`, and is validated
at the next run.

Belongs here: remembering the view across pages, and following links without reloading the page. Does not belong here:
the definition of a view (view.py).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from reader.menu import PAGES
from reader.view import PARAMETERS, View, from_query

_TARGET = "nav_target"
_VIEW = "nav_view"


def target(page: str, view: View) -> str:
    return addresses(page, view)[1]


def href(page: str, view: View) -> str:
    """The same target as a URL: for opening in another tab and for copying."""
    return addresses(page, view)[0]


def addresses(page: str, view: View) -> tuple[str, str]:
    """`href` and `target` together: a page has hundreds of links."""
    query = view.fitting(page).query()
    return f"./{PAGES[page].path}?{query}", f"{page}?{query}"


def is_offered(page: str, view: View) -> bool:
    """Whether the reader can go there."""
    return view.is_within and PAGES[page].fits(view.within)


def follow(where: str) -> None:
    page, _, query = where.partition("?")
    if page in PAGES:
        st.session_state[_TARGET] = (page, from_query(query))


def change(**fields: Any) -> None:
    """Stay on the page and change part of the view."""
    view: View = st.session_state.get(_VIEW, View())
    st.session_state[_TARGET] = ("", replace(view, **fields).parameters())


def is_pending() -> bool:
    """Whether a click waits for the next run of the whole page."""
    return _TARGET in st.session_state


def pending() -> tuple[str, dict[str, str]] | None:
    """The target of the last click; returned once."""
    found: tuple[str, dict[str, str]] | None = st.session_state.pop(_TARGET, None)
    return found


def asked_for(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters that count: those of the URL, or, if the menu opened a page without any, those of the
    last view."""
    given = {name: address[name] for name in PARAMETERS if name in address}
    if given or _VIEW not in st.session_state:
        return given
    view: View = st.session_state[_VIEW]
    return view.parameters()


def remember(view: View) -> None:
    st.session_state[_VIEW] = view


def settle(view: View) -> None:
    """Stores the view and writes it into the URL."""
    remember(view)
    wanted = view.parameters()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
