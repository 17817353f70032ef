"""The dashboard, which serve.py serves. Frame and navigation; the content of a page is in its module in
screens/.

A rerun reads the pointer once; everything it shows comes from that one generation. No page ends in an exception box: if
something cannot be shown, the page explains it, and the cause is logged.
"""

import logging
from dataclasses import replace
from importlib import import_module
from typing import Literal, TypeAlias

import streamlit as st
from streamlit.navigation.page import StreamlitPage

import theme
from components.markup import esc
from figures import periods, published
from figures.kpis import Kpi, definitions
from figures.orgs import Register
from figures.published import Publication
from language import words
from page import frame
from reader import menu, navigation, principal
from reader.context import Context
from reader.view import as_of, confined, parse

log = logging.getLogger("sihe.dashboard")
FOLLOW_EVERY_SECONDS = 30
# A publication, its register and definitions, and whether there is one that cannot be read. Not a docstring: Streamlit
# writes every text that stands alone in its script on the page.
Opened: TypeAlias = tuple[Publication | None, Register, dict[str, Kpi], bool]
NOTHING: Opened = (None, Register(), {}, False)


def main() -> None:
    pending = navigation.pending()
    asked = pending[1] if pending else navigation.asked_for(st.query_params.to_dict())
    who = principal.current()
    scope = who.scope if who else ""
    district, is_foreign = principal.district_for(who, asked) if who else ("", False)
    publication, register, kpis, damaged = _opened(as_of(asked), scope, district) if who else NOTHING
    places = {org.code for org in register.orgs.values() if org.level in ("street", "community")}
    view, ignored = parse(asked, places, kpis)
    if view.as_of and (publication is None or published.as_of(view.as_of, scope, district) != publication):
        view, ignored = replace(view, as_of=""), (*ignored, "as_of")
    if who and not who.district:
        # Nobody is led out of the only district that is theirs: their links need not say it.
        ignored = ignored if asked.get("district", "") == district else (*ignored, "district")
        view = replace(view, district=district)
    view, is_out = confined(view, asked, scope)
    if is_out:
        # The page says it.
        ignored = tuple(name for name in ignored if name not in ("org", "grid"))
    t = words.Speaker(view.lang, published.terms(publication) if publication and view.lang == "en" else {})
    # The icon is that of the first page (serve.py): for one of its own, Streamlit loads numpy and PIL.
    st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
    pages = {
        page.name: _page(page, t.lang, is_shown=page.fits(scope)) for page in menu.of_level(is_above=register.is_above)
    }
    grouped = {
        t("group." + group) if group else "": [pages[page.name] for page in listed if page.name in pages]
        for group, listed in menu.groups().items()
    }
    chosen = st.navigation({group: listed for group, listed in grouped.items() if listed}, position="top")
    name = next(page.name for page in menu.PAGES.values() if page.path == chosen.url_path)
    st.set_page_config(page_title=f"{menu.PAGES[name].title(t.lang)} · {frame.title(register, t)}")
    # A click to another page keeps only the parts of the view that belong to that page.
    view = view.fitting(pending[0] if pending and pending[0] else name)
    theme.on_wall(name == "wall")
    st.html(theme.style(goes_on=t("table.goes_on"), gone=t("gone")))
    if name == "wall":
        # theme.css recognises the page by this class, and hides the bar and all controls; without data too.
        st.html('<div class="on-wall"></div>')
    if pending and pending[0] in pages and pending[0] != name:
        navigation.remember(view)
        st.switch_page(pages[pending[0]], query_params=view.parameters())
    navigation.settle(view)
    if who is None:
        frame.bare_header(t, view, name)
        frame.blank_page(t("access.nobody"), t("access.nobody_why"))
    elif publication is None:
        frame.bare_header(t, view, name, who.user)
        kind = "damaged" if damaged else "unpublished"
        frame.blank_page(t(f"{kind}.title"), t(f"{kind}.text"), tuple(t(f"{kind}.step{n}") for n in (1, 2, 3)))
    else:
        now = publication.built_at if view.as_of and publication.built_at else periods.beijing_now()
        context = Context(publication, register, kpis, view, t, now)
        _header(name, context, who.user)
        _notices(context, ignored, as_of(asked), published.oldest(district))
        _content(name, context, is_out=is_out or is_foreign)
        frame.footer(context)
    _follow(district, published.pointer(district))


def _header(name: str, context: Context, user: str) -> None:
    try:
        frame.header(context, name, user)
    except published.Lacking:
        log.exception("header needs what generation %s does not have", context.publication.generation)
        frame.bare_header(context.t, context.view, name, user)


def _notices(context: Context, ignored: tuple[str, ...], moment: str, oldest: str) -> None:
    """What of the link is not followed. moment: the time that it asks for, in a form that there is."""
    t = context.t
    said = [t("notice.too_early", moment=moment, oldest=oldest)] if moment and "as_of" in ignored and oldest else []
    others = [one for one in ignored if one != "as_of" or not said]
    said += [t("notice.ignored", names=t.join(t("param." + one) for one in others))] if others else []
    for text in said:
        st.html(f'<div class="notice">{esc(text)}</div>')


def _content(name: str, context: Context, *, is_out: bool) -> None:
    """The page, or why it is not for this reader. is_out: its area is not the reader's."""
    page = menu.PAGES[name]
    if is_out:
        frame.refused(context, name, "access.area")
    elif not page.fits(context.within):
        frame.refused(context, name, "access.page")
    else:
        _guarded(name, context)


def _opened(asked: str, scope: str, district: str) -> Opened:
    """What to show to a reader of a scope. asked: as of when; the current publication if it is empty, or nothing of
    that time is kept. district: of one that the city runs."""
    where = scope, district
    try:
        while publication := (published.as_of(asked, *where) if asked else None) or published.current(*where):
            try:
                return publication, Register.read(publication), definitions(publication), False
            except published.Unavailable:
                # Damage is detected while reading: `current` then returns another generation.
                if not published.is_damaged(publication):
                    raise
    except published.Unavailable:
        log.exception("the current publication cannot be read")
        return None, Register(), {}, True
    return NOTHING


def _page(page: menu.Page, lang: str, *, is_shown: bool) -> StreamlitPage:
    """st.navigation requires one function per page; the frame runs the page itself, between header and footer."""

    def run() -> None:
        return None

    run.__name__ = page.name
    shown: Literal["visible", "hidden"] = "visible" if is_shown else "hidden"
    return st.Page(run, title=page.title(lang), url_path=page.path, default=page.is_first, visibility=shown)


def _guarded(name: str, context: Context) -> None:
    try:
        import_module(f"screens.{name}").show(context)
    except published.Lacking:
        log.exception("page needs what generation %s does not have", context.publication.generation)
        frame.lacking(context, name)
    except Exception:
        log.exception("page cannot be shown (generation %s)", context.publication.generation)
        if published.is_damaged(context.publication):
            st.rerun()  # with the previous generation
        frame.blank_page(context.t("failed.title"), context.t("failed.text", generation=context.publication.generation))


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _follow(district: str, shown: str | None) -> None:
    """A screen without interaction switches to a new generation too."""
    if published.pointer(district) != shown:
        st.rerun(scope="app")


def _shown_or_said() -> None:
    try:
        main()
    except Exception:
        log.exception("the frame cannot be shown")
        for lang in ("zh", "en"):
            t = words.Speaker(lang)
            frame.blank_page(t("failed.title"), t("failed.frame"))


_shown_or_said()
