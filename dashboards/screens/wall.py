"""大屏: the overview on the wall of a command centre: dark, larger type, no controls; new data appear by themselves.

Here: which of the overview's panels a wall has room for. Not here: the panels (overview.py), colours and type
(theme.py, theme.css).
"""

from dataclasses import replace

import streamlit as st

from components.markup import esc
from figures import kpis as measures
from figures import published
from figures.kpis import Board
from language import numbers as fmt
from page import frame
from reader.context import Context
from screens import overview

ENDS = 5
ITEMS = 6


def show(context: Context) -> None:
    context = overview.with_kpi_of_type(replace(context, view=replace(context.view, unit="community")))
    t, view, window = context.t, context.view, context.window
    # What marks the page for theme.css; the bar and every control are hidden there.
    st.html('<div class="on-wall"></div>')
    if window is None or context.district is None:
        frame.blank_page(t("empty.title"), t("empty.text"), tuple(t(f"empty.step{n}") for n in (1, 2, 3)))
        return
    publication, kpis, area = context.publication, context.kpis, context.area
    around = view.street if view.level == "community" else area
    now = Board(publication, kpis, around, window)
    before = Board(publication, kpis, around, context.compared)
    weeks = measures.weeks(publication, kpis, area, window.last)
    overdue = published.ask(publication, "overdue", area=area, last=window.last)
    late = overview.late_by_org(published.ask(publication, "overdue", area=around, last=window.last))
    scores = overview.Scores.of(context)
    kpi = kpis[view.kpi] if view.kpi in kpis else next(iter(kpis.values()))
    units = overview.units_of(context)
    ranked = measures.ranking(
        [(org, now.figure(kpi.kpi_id, org.code)) for org in units],
        now.figure(kpi.kpi_id, context.district.code),
        published.ask(publication, "year_sums", last=window.last),
    )
    overview.show_finding(context, now, before, overdue, scores)
    overview.show_cards(context, now, before, weeks, scores)
    overview.show_totals(context, now, before)
    with st.container(key="wall_a"):
        left, middle, right = st.columns([1.1, 1.25, 1], gap="small")
        with left:
            overview.show_ranking(context, now, before, kpi, units, ranked, late, ENDS)
        with middle:
            overview.show_tiles(context, now, kpi, late)
        with right:
            overview.show_attention(context, now, before, overdue, ranked, scores, ITEMS)
    with st.container(key="wall_b"):
        left, right = st.columns([1, 1.2], gap="small")
        with left:
            overview.show_funnel(context)
        with right:
            if scores.are_there:
                overview.show_scores_trend(context, scores, 162, 16)
            else:
                overview.show_trend(context, kpi, weeks, now)
    through = fmt.day(context.through, t.lang)
    st.html(f'<div class="wall-foot">{esc(t("wall.foot", day=through, built=fmt.minute(publication.built_at)))}</div>')
