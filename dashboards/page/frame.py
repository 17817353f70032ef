"""The frame around every page: name and badges, filters, breadcrumb, footer, and the states without data.

Belongs here: the frame. Does not belong here: navigation itself (app.py), contents (the pages).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

import streamlit as st

from components import search as searching
from components.live import live
from components.markup import esc, link
from figures import codes, feeds, periods, published
from figures.orgs import Register
from language import numbers as fmt
from language.words import Speaker
from page import search, streamlit_texts
from reader import navigation
from reader.context import Context
from reader.menu import PAGES
from reader.view import COMPARISONS, PERIODS, View

FILTER_WIDTHS = {"zh": (136, 160, 104, 215), "en": (122, 150, 106, 196)}
"""Pixels of street, community, type and KPI: all filters are one line on a laptop of 1,366."""


def title(register: Register, t: Speaker) -> str:
    if register.named:
        return register.named.titles[t.lang]
    district = register.district
    if district is None:
        return t("app.nameless")
    known = district.name != district.code
    return t("app.title", name=district.name) if known else t("app.title_code", name=district.code)


def letter(register: Register) -> str:
    """The sign in the logo."""
    if register.named:
        return register.named.letter
    district = register.district
    return district.name[0] if district and district.name != district.code else "合"


def brand(register: Register, t: Speaker, scope: str = "") -> str:
    streets, communities = len(register.registered("street")), len(register.registered("community"))
    under = t("app.subtitle", streets=streets, communities=communities) if communities else t("app.subtitle_empty")
    if register.is_above:
        under = t("above.subtitle", n=len(register.of("district")))
    if scope:
        under = t("access.under", name=register.name(scope))
    return (
        f'<div class="brand"><div class="mark" aria-hidden="true">{esc(letter(register))}</div>'
        f'<div><h1>{esc(title(register, t))}</h1><div class="under">{esc(under)}</div></div></div>'
    )


def languages(page: str, view: View, t: Speaker) -> str:
    """The switch to the other language: one link, in that language."""
    other = "en" if t.lang == "zh" else "zh"
    inner = f'<span lang="{"en" if other == "en" else "zh-CN"}">{"EN" if other == "en" else "中文"}</span>'
    return link(page, replace(view, lang=other), inner, "badge lang", t("app.other_language"))


def account(user: str, t: Speaker) -> str:
    """The way to the gate's page of the person's own account; empty without a gate."""
    if not user:
        return ""
    hint, said = esc(t("badge.account_hint", name=user)), esc(t("badge.account"))
    return f'<a class="badge" href="/account" target="_self" title="{hint}">{said}</a>'


def way_up(view: View, t: Speaker) -> str:
    """From the pages of a district back to its city, which has other pages: so the browser loads them again."""
    if not view.district:
        return ""
    there = replace(view, district="", org="", grid="", event="", beside="")
    return f'<a class="badge" href="{esc(navigation.href("overview", there))}" target="_self">{esc(t("above.up"))}</a>'


def header(context: Context, page: str, user: str = "") -> None:
    """user: who is signed in at the gate."""
    t, view, publication = context.t, context.view, context.publication
    parts = []
    if publication.is_demo:
        parts.append(f'<span class="badge demo" title="{esc(t("badge.demo_hint"))}">{esc(t("badge.demo"))}</span>')
    if publication.stands_in:
        parts.append(
            f'<span class="badge bad" title="{esc(t("badge.stands_in_hint"))}">'
            f"<i>■</i>{esc(t('badge.stands_in'))}</span>"
        )
    through = publication.data_through
    fresh = periods.freshness(through, context.now)
    glyph = {"good": "●", "warn": "◆", "bad": "■"}[fresh]
    if through:
        behind = (periods.expected_through(context.now) - through).days
        hint = t("badge.fresh_hint." + fresh, days=fmt.whole(behind))
        text = t("badge.as_of", day=fmt.short_day(through, t.lang, context.now.year))
        said = text if fresh == "good" else f"{text} · {t('badge.' + fresh)}"
        parts.append(link("data", view, f"<i>{glyph}</i>{esc(said)}", f"badge {fresh}", hint))
        # A generation of an earlier version cannot say what has arrived; all else in the header holds.
        with suppress(published.Lacking):
            arrived, why = _arrived(context, through)
            parts.append(link("data", view, esc(arrived), "badge", why))
    else:
        parts.append(link("data", view, f"<i>{glyph}</i>{esc(t('badge.no_data'))}", "badge bad"))
    parts.append(way_up(view, t))
    parts.append(languages(page, view, t))
    parts.append(account(user, t))
    if context.within:
        name = context.register.name(context.within)
        hint = esc(t("access.hint", name=name))
        parts.insert(0, f'<span class="badge" title="{hint}">{esc(t("access.badge", name=name))}</span>')
    # Nobody types at the wall.
    if is_searchable := page != "wall" and not context.register.is_above:
        parts.insert(0, searching.button(t))
    name = brand(context.register, t, context.within)
    with st.container(key="topbar"):
        live(
            f'<div class="topbar">{name}<div class="badges">{"".join(parts)}</div></div>',
            "topbar_live",
            t.lang,
            streamlit_texts.ours(t),
        )
    if is_searchable:
        search.show(context)
    if view.as_of:
        back = link(page, replace(view, as_of=""), esc(t("history.back")))
        said = esc(t("history.shown", time=fmt.minute(publication.built_at)))
        live(f'<div class="notice">{said} {back}</div>', "history_live", t.lang)


def bare_header(t: Speaker, view: View, page: str, user: str = "") -> None:
    badges = way_up(view, t) + languages(page, view, t) + account(user, t)
    with st.container(key="topbar"):
        live(
            f'<div class="topbar">{brand(Register(), t)}<div class="badges">{badges}</div></div>',
            "topbar_live",
            t.lang,
            streamlit_texts.ours(t),
        )


def _arrived(context: Context, through: date) -> tuple[str, str]:
    """Feeds that have arrived, above the districts: districts that have delivered; and what that means."""
    t, day = context.t, fmt.day(through, context.lang)
    if context.register.is_above:
        rows = published.ask(context.publication, "above_parcels", day=through)
        delivered = sum(row["state"] == "delivered" for row in rows)
        return t("above.badge", delivered=delivered, expected=len(rows)), t("above.badge_hint", day=day)
    arrived, of = arrivals_on(context)
    return t("badge.feeds", arrived=arrived, feeds=of), t("badge.feeds_hint", day=day)


def arrivals_on(context: Context) -> tuple[int, int]:
    """Feeds with an accepted delivery for the newest business date, and feeds that the district says deliver."""
    connected = {
        f"{row['platform']}.{row['feed']}" for row in published.ask(context.publication, "feeds") if row["is_connected"]
    }
    return len(feeds.arrived(context.publication, context.through) & connected), len(connected)


def filters(context: Context, kpis: Sequence[str] = (), types: Sequence[str] = ()) -> None:
    """`kpis`, `types`: the choices that the page supports; without them there is no such filter."""
    t, view, session = context.t, context.view, st.session_state
    session["w_period"], session["w_vs"] = view.period, view.compare
    # A phone shows this button in place of the filters, which it opens.
    chosen = " · ".join((t("period." + view.period), context.area_name, t("vs." + view.compare)))
    live(
        f'<button type="button" class="fold" aria-expanded="false">{esc(t("filter.fold", chosen=chosen))}</button>',
        "fold",
        t.lang,
    )
    with st.container(key="filters", horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            t("filter.period"),
            PERIODS,
            key="w_period",
            format_func=lambda code: t("period." + code),
            label_visibility="collapsed",
            required=True,
            on_change=lambda: navigation.change(period=session["w_period"]),
        )
        if not context.register.is_above:
            _place_filters(context)
        if types:
            session["w_type"] = view.type
            st.selectbox(
                t("filter.type"),
                ["", *types],
                key="w_type",
                format_func=lambda code: t("pillar." + code) if code else t("filter.all_types"),
                label_visibility="collapsed",
                on_change=lambda: navigation.change(type=session["w_type"] or ""),
                width=FILTER_WIDTHS[t.lang][2],
            )
        st.segmented_control(
            t("filter.compare"),
            COMPARISONS,
            key="w_vs",
            format_func=lambda code: t("vs." + code),
            label_visibility="collapsed",
            required=True,
            on_change=lambda: navigation.change(compare=session["w_vs"]),
        )
        if kpis:
            session["w_kpi"] = view.kpi
            st.selectbox(
                t("filter.kpi"),
                kpis if view.kpi in kpis else [view.kpi, *kpis],
                key="w_kpi",
                format_func=lambda code: context.kpis[code].name(t.lang),
                label_visibility="collapsed",
                on_change=lambda: navigation.change(kpi=session["w_kpi"]),
                width=FILTER_WIDTHS[t.lang][3],
            )


def _place_filters(context: Context) -> None:
    """The street, and the community within it."""
    t, view, register, session = context.t, context.view, context.register, st.session_state
    session["w_street"] = view.street
    session["w_community"] = view.org if view.level == "community" else ""
    scope, all_streets, all_communities = context.within, [""], [""]
    streets = [org.code for org in register.of("street") if not scope or org.code == codes.street_of(scope)]
    communities = [org.code for org in register.of("community", view.street) if context.is_own(org.code)]
    if scope:
        all_streets, all_communities = [], [] if len(scope) == codes.COMMUNITY else [""]
    st.selectbox(
        t("filter.street"),
        [*all_streets, *streets],
        key="w_street",
        format_func=lambda code: register.name(code) if code else t("filter.all_streets"),
        label_visibility="collapsed",
        on_change=lambda: navigation.change(org=session["w_street"] or ""),
        width=FILTER_WIDTHS[t.lang][0],
    )
    st.selectbox(
        t("filter.community"),
        [*all_communities, *communities],
        key="w_community",
        format_func=lambda code: register.name(code) if code else t("filter.all_communities"),
        label_visibility="collapsed",
        on_change=lambda: navigation.change(org=session["w_community"] or session["w_street"] or ""),
        width=FILTER_WIDTHS[t.lang][1],
    )


def breadcrumb(context: Context, page: str = "overview") -> str:
    """Upwards: every level above the current one is a link that keeps the page and all other filters."""
    view = context.view
    if not view.org:
        return ""
    around = ["", view.street] + ([view.org] if view.level == "community" else [])
    names = context.path()
    steps = []
    for code, name in zip(around, names, strict=True):
        here = code == view.org and not view.grid
        there = replace(view, org=code, grid="", event="")
        steps.append(f"<b>{esc(name)}</b>" if here else link(page, there, esc(name)))
    if view.grid:
        steps.append(f"<b>{esc(context.t('event.grid'))} {esc(view.grid[codes.COMMUNITY :])}</b>")
    return f'<nav class="crumbs" aria-label="{esc(context.t("crumbs"))}">{"<i>›</i>".join(steps)}</nav>'


def footer(context: Context) -> None:
    t, publication = context.t, context.publication
    built = fmt.minute(publication.built_at)
    # At the foot of every sheet; browsers before Chrome 131 print it once, at the end.
    said = "".join(f"\\{ord(sign):x} " if sign in "\\'<>\n" else sign for sign in context.heading())
    st.html(f"<style>@page {{ @bottom-center {{ content: '{said}'; }} }}</style>")
    st.html(f'<div class="paper">{esc(context.heading())}</div>')
    st.html(
        '<footer class="foot">'
        f"{esc(t('footer', built=built, generation=publication.generation, version=publication.code_version))}</footer>"
    )


def blank_page(heading: str, text: str, steps: tuple[str, ...] = ()) -> None:
    """A message instead of an empty page: what the situation is, and what to do."""
    listed = "".join(f"<li>{esc(step)}</li>" for step in steps)
    st.html(
        '<div class="blank-page"><div class="mark" aria-hidden="true">'
        f"合</div><h2>{esc(heading)}</h2><p>{esc(text)}</p>"
        f"{f'<ol>{listed}</ol>' if listed else ''}</div>"
    )


def refused(context: Context, page: str, why: str) -> None:
    """What the reader may not open, in a sentence, and the way back to what is theirs."""
    t, name = context.t, context.register.name(context.widest)
    blank_page(t("access.title"), t(why, name=name))
    there = page if PAGES[page].fits(context.within) else "overview"
    back = link(there, context.view, esc(t("access.back", name=name)), "badge")
    live(f'<p class="way-back">{back}</p>', "refused", t.lang)


def lacking(context: Context, page: str) -> None:
    """The generation is of another version, and has not what the page shows: when it was published, and what helps."""
    t, publication = context.t, context.publication
    built, through = fmt.minute(publication.built_at), fmt.day(publication.data_through, t.lang)
    then = "older.step_back" if context.view.as_of else "older.step_run"
    blank_page(t("older.title"), t("older.text", built=built, day=through), (t("older.step_other"), t(then)))
    if context.view.as_of:
        back = link(page, replace(context.view, as_of=""), esc(t("history.back")), "badge")
        live(f'<p class="way-back">{back}</p>', "older", t.lang)


def empty_page(t: Speaker) -> None:
    """The warehouse is built but has no data yet."""
    blank_page(t("empty.title"), t("empty.text"), tuple(t(f"empty.step{n}") for n in (1, 2, 3)))
