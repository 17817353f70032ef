"""总览: how is the area, and what comes first? One finding, four types, outliers, what needs attention, where events
get stuck.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), sentences (page/sentences.py),
markup (components/).
"""

from dataclasses import replace

import streamlit as st

from components.live import live
from figures import published
from figures.board import weekly
from figures.kpis import PILLARS
from figures.ranking import rank, standings
from page import due, evidence, frame
from page.categories import categories_panel
from reader.context import Context
from screens.overview import above
from screens.overview.attention import show_attention
from screens.overview.flow import show_funnel
from screens.overview.places import late_by_org, show_ranking, show_tiles, units_of
from screens.overview.summary import Scores, show_cards, show_finding, show_totals
from screens.overview.trends import show_scores_trend, show_trend

# Widths of the ranking, the map and what needs attention. English sentences are longer, and would take more lines.
ROW_A = {"zh": (1.1, 1.3, 1.02), "en": (1.0, 1.3, 1.12)}


def show(context: Context) -> None:
    if context.register.is_above:
        above.show(context)
        return
    context = with_kpi(context)
    t, view, window = context.t, context.view, context.window
    if window is None or context.district is None:
        frame.empty_page(t)
        return
    frame.filters(context, _rankable(context), PILLARS)
    publication, kpis, area = context.publication, context.kpis, context.area
    # A community is shown together with the others of its street.
    around = view.street if view.level == "community" else area
    boards = context.boards(around)
    now, before = boards.now, boards.before
    weeks = weekly(publication, kpis, area, window.last)
    overdue = published.ask(publication, "overdue", area=area, last=window.last)
    late = late_by_org(context, published.ask(publication, "overdue", area=around, last=window.last))

    scores = Scores.of(context)
    show_finding(context, now, before, overdue, scores)
    show_cards(context, now, before, weeks, scores)
    show_totals(context, now, before)
    live(due.strip(context), "due", t.lang)
    kpi = context.kpi
    units = units_of(context)
    ranked = rank(
        [(org, now.figure(kpi.kpi_id, org.code)) for org in units],
        standings(publication, kpi.kpi_id, window.last, view.period),
    )
    with st.container(key="row_a"):
        left, middle, right = st.columns(ROW_A[t.lang], gap="small")
        with left:
            show_ranking(context, now, before, kpi, units, ranked, late)
        with middle:
            show_tiles(context, now, kpi, late)
        with right:
            show_attention(context, now, before, ranked, scores)
    with st.container(key="row_b"):
        left, middle, right = st.columns([0.92, 0.97, 1.16], gap="small")
        with left:
            show_funnel(context)
        with middle:
            if scores.are_there:
                show_scores_trend(context, scores)
            else:
                show_trend(context, kpi, weeks, now)
        with right:
            categories_panel(context)
    if view.level == "community":
        evidence.show(context, kpi, now.figure(kpi.kpi_id, context.area))


def with_kpi(context: Context) -> Context:
    """The panels show one KPI: of the type, if one is selected."""
    if not context.kpis:
        return context
    view, kpi, own = context.view, context.kpi, _rankable(context)
    chosen = own[0] if view.type and own and kpi.pillar != view.type else kpi.kpi_id
    return replace(context, view=replace(view, kpi=chosen))


def _rankable(context: Context) -> list[str]:
    """KPIs that may be compared between places: they have a better direction and are not about the data itself."""
    return [
        kpi.kpi_id
        for kpi in context.kpis.values()
        if kpi.direction in ("up", "down")
        and kpi.pillar in PILLARS
        and (kpi.pillar == context.view.type or not context.view.type)
    ]
