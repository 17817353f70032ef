"""The dashboard: `streamlit run app.py` in this folder. Frame and navigation; what a page says is in the module of its
name.

A rerun reads the pointer once; everything it shows comes from that one generation. No page ends in an exception
box: what cannot be shown is said in a designed state, and the cause goes to the log.
"""

import logging
from collections.abc import Callable

import capacity
import cobuilding
import community
import data
import data_quality
import definitions
import events
import frame
import grid
import measures
import nav
import overview
import periods
import pillar
import property_selfgov
import state
import streamlit as st
import street
import theme
import visits
import wall
import words
from components.markup import esc
from context import Context
from data import Publication
from measures import Register

log = logging.getLogger("sihe.dashboard")
SHOWS: dict[str, Callable[[Context], None]] = {
    "overview": overview.show,
    "type": pillar.show,
    "street": street.show,
    "community": community.show,
    "grid": grid.show,
    "events": events.show,
    "visits": visits.show,
    "capacity": capacity.show,
    "cobuilding": cobuilding.show,
    "property": property_selfgov.show,
    "definitions": definitions.show,
    "data": data_quality.show,
    "wall": wall.show,
}
FOLLOW_EVERY_SECONDS = 30


def main() -> None:
    pending = nav.pending()
    asked = pending[1] if pending else nav.asked_for(st.query_params.to_dict())
    damaged = False
    publication: Publication | None = None
    register, kpis = Register(), {}
    try:
        publication = data.current()
        while publication:
            try:
                register, kpis = measures.register(publication), measures.definitions(publication)
                break
            except data.Unavailable:
                if not data.is_damaged(publication):
                    raise
                publication = data.current()
    except data.Unavailable:
        log.exception("the current publication cannot be read")
        damaged, publication, register = True, None, Register()
    places = {org.code for org in register.orgs.values() if org.level != "district"}
    view, ignored = state.parse(asked, places, list(kpis) or [state.DEFAULT_KPI])
    t = words.Speaker(view.lang)
    st.set_page_config(
        page_title=frame.title(register.district, t),
        page_icon=str(theme.HERE / "static" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    pages = {
        name: st.Page(_page(name), title=t("page." + name), url_path=nav.path(name), default=not nav.path(name))
        for name in SHOWS
    }
    chosen = st.navigation(
        {t("group." + group) if group else "": [pages[name] for name in names] for group, names in nav.MENU.items()},
        position="top",
    )
    name = next(name for name in SHOWS if nav.path(name) == chosen.url_path)
    # A click that goes to another page takes along what belongs there, not what belongs here.
    view = state.fitting(view, pending[0] if pending and pending[0] else name)
    theme.on_wall(name == "wall")
    st.html(theme.style(t("nothing_found")))
    if pending and pending[0] and pending[0] != name:
        nav.remember(view)
        st.switch_page(pages[pending[0]], query_params=state.parameters(view))
    nav.settle(view)
    if publication is None:
        frame.bare_header(t, view, name)
        kind = "damaged" if damaged else "unpublished"
        frame.blank_page(t(f"{kind}.title"), t(f"{kind}.text"), tuple(t(f"{kind}.step{n}") for n in (1, 2, 3)))
    else:
        context = Context(publication, register, kpis, view, t, periods.beijing_now())
        frame.header(context, name)
        if ignored:
            st.html(
                '<div class="notice">'
                f"{esc(t('notice.ignored', names=t.join(t('param.' + one) for one in ignored)))}</div>"
            )
        _guarded(SHOWS[name], context)
        frame.footer(context)
    _follow(data.pointer())


def _page(name: str) -> Callable[[], None]:
    """st.navigation wants a function a page; the frame runs the page itself, between header and footer."""

    def run() -> None:
        return None

    run.__name__ = name
    return run


def _guarded(show: Callable[[Context], None], context: Context) -> None:
    try:
        show(context)
    except Exception:
        log.exception("page cannot be shown (generation %s)", context.publication.generation)
        if data.is_damaged(context.publication):
            st.rerun()  # with the generation that stands in
        frame.blank_page(context.t("failed.title"), context.t("failed.text", generation=context.publication.generation))


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _follow(shown: str | None) -> None:
    """A screen that nobody touches follows a new generation too."""
    if data.pointer() != shown:
        st.rerun(scope="app")


main()
