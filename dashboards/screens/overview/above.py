"""总览 of a city or province: how its districts do, who is ahead, and who has not delivered.

Belongs here: the panels of a level above the districts, from what a roll-up publishes. Does not belong here: the
overview of a district (the other modules of this folder), how numbers are added up (the warehouse).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from components import heat
from components.live import live
from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import above as figures
from figures import periods, published
from figures.indices import Index
from figures.kpis import PILLARS, Kpi
from figures.orgs import Org
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from page import districts, frame, superlatives
from reader import navigation
from reader.context import Context
from reader.view import View

COLUMNS = ("overall", *PILLARS)
Indices = Mapping[tuple[str, str], Index]


def show(context: Context) -> None:
    t, day, whole = context.t, context.through, context.district
    if day is None or whole is None:
        frame.empty_page(t)
        return
    parcels = districts.parcels_of(context)
    scores = figures.scores(context.publication, day)
    _finding(context, whole, scores, parcels, day)
    kpi, span = _chosen(context), periods.days_to(day, periods.DAYS["30d"])
    with st.container(key="row_a"):
        left, right = st.columns([1, 1.15], gap="small")
        with left:
            _ranking(context, whole, scores, parcels, span)
        with right:
            districts.standings(context, parcels, kpi, "30d", span)
    districts.parcels_panel(context, parcels, span)


def _finding(context: Context, whole: Org, scores: Indices, parcels: Sequence[Row], day: date) -> None:
    """The index, how many districts are in it, and which are not."""
    t = context.t
    score = scores.get((whole.code, "overall"), Index()).score
    said_day = fmt.day(day, t.lang)
    key = "above.finding" if score is not None else "above.finding_none"
    first = t(key, name=whole.name, score=fmt.score(score or 0.0), day=said_day)
    live(f'<div class="say"><p>{esc(first)}{esc(districts.delivered(context, parcels))}</p></div>', "finding", t.lang)


def _chosen(context: Context) -> Kpi:
    """The KPI by which the districts are compared, and the box that changes it."""
    t, session, view = context.t, st.session_state, context.view
    session["w_kpi"] = context.kpi.kpi_id
    with st.container(key="kpi_choice", horizontal=True, vertical_alignment="center", gap="small"):
        st.selectbox(
            t("filter.kpi"),
            list(context.kpis),
            key="w_kpi",
            format_func=lambda code: context.kpis[code].name(t.lang),
            label_visibility="collapsed",
            on_change=lambda: navigation.change(kpi=session["w_kpi"]),
            width=320,
        )
    return context.kpis.get(view.kpi, context.kpi)


def _ranking(context: Context, whole: Org, scores: Indices, parcels: Sequence[Row], span: Window) -> None:
    t, day = context.t, span.last
    of_district = {row["district_code"]: row for row in parcels}

    def overall(org: Org) -> float | None:
        return scores.get((org.code, "overall"), Index()).score

    ranked = sorted(
        context.register.of("district"), key=lambda org: (overall(org) is None, -(overall(org) or 0), org.code)
    )
    ends = superlatives.ends([(org.name, score) for org in ranked if (score := overall(org)) is not None], t)
    title = t("above.rank_title", best=ends[0][0], last=ends[1][0]) if ends else t("above.rank_title_none")
    said_day = fmt.short_day(day, t.lang)

    def under(org: Org) -> str:
        row = of_district.get(org.code)
        if org == whole or row is None or row["data_through"] == day:
            return ""
        last = row["data_through"]
        return t("above.up_to", day=fmt.short_day(last, t.lang)) if last else t("above.state." + row["state"])

    def behind() -> Table:
        heads = (
            t("above.district"),
            *(t("pillar." + one) for one in COLUMNS),
        )
        rows = [
            (org.name, *(scores.get((org.code, one), Index()).score for one in COLUMNS)) for org in [whole, *ranked]
        ]
        return Table(heads, rows)

    with panel("rank", title, t("above.rank_subtitle", day=said_day), context, behind=behind, span=span):
        rows = [
            heat.Row(org.name, under(org), *_pages_of(context, org), _cells(scores, org), is_whole=org == whole)
            for org in [whole, *ranked]
        ]
        heads = [t("pillar." + name) for name in COLUMNS]
        live(heat.heat([(t("above.indices"), heads)], rows, t("above.district"), t), "rank", t.lang)
        st.html(heat.legend(t))


def _pages_of(context: Context, org: Org) -> tuple[str, View]:
    """Where the pages of a district are, if the city runs it; no page otherwise."""
    is_here = org.level == "district" and published.pointer(org.code) is not None
    return ("overview", replace(context.view, district=org.code, kpi="")) if is_here else ("", context.view)


def _cells(scores: Indices, org: Org) -> list[heat.Cell]:
    found = [scores.get((org.code, name), Index()) for name in COLUMNS]
    return [
        heat.Cell(fmt.NOTHING, is_missing=True)
        if index.score is None
        else heat.Cell(fmt.score(index.score), heat.grade_of(index))
        for index in found
    ]
