"""大屏: the overview on the wall of a command centre: dark, larger type, no controls; new data appear automatically.

Belongs here: which panels of the overview are on the wall. Does not belong here: the panels (screens/overview/),
colours and type (theme.py, theme.css).
"""

from dataclasses import replace

import streamlit as st

from components.markup import esc
from figures import published
from figures.board import weekly
from figures.ranking import rank, standings
from language import numbers as fmt
from page import frame
from reader.context import Context
from screens.overview import with_kpi
from screens.overview.attention import show_attention
from screens.overview.flow import show_funnel
from screens.overview.places import late_by_org, show_ranking, show_tiles, units_of
from screens.overview.summary import Scores, show_cards, show_finding, show_totals

ENDS = 5
# English takes more lines.
ITEMS = {"zh": 4, "en": 3}


def show(context: Context) -> None:
    context = with_kpi(replace(context, view=replace(context.view, unit="community")))
    t, view, window = context.t, context.view, context.window
    if window is None or context.district is None:
        frame.empty_page(t)
        return
    publication, kpis, area = context.publication, context.kpis, context.area
    around = view.street if view.level == "community" else area
    boards = context.boards(around)
    now, before = boards.now, boards.before
    weeks = weekly(publication, kpis, area, window.last)
    overdue = published.ask(publication, "overdue", area=area, last=window.last)
    late = late_by_org(context, published.ask(publication, "overdue", area=around, last=window.last))
    scores = Scores.of(context)
    kpi = context.kpi
    units = units_of(context)
    ranked = rank(
        [(org, now.figure(kpi.kpi_id, org.code)) for org in units],
        standings(publication, kpi.kpi_id, window.last, view.period),
    )
    show_finding(context, now, before, overdue, scores)
    show_cards(context, now, before, weeks, scores)
    show_totals(context, now, before)
    with st.container(key="wall_a"):
        left, middle, right = st.columns([0.9, 2.08, 0.88], gap="small")
        with left:
            show_ranking(context, now, before, kpi, units, ranked, late, ENDS)
        with middle:
            show_tiles(context, now, kpi, late)
        with right:
            show_attention(context, now, before, ranked, scores, ITEMS[t.lang])
    # The weeks are on the cards: a chart of them would leave no room for type that can be read from afar.
    show_funnel(context)
    through = fmt.day(context.through, t.lang)
    st.html(f'<div class="wall-foot">{esc(t("wall.foot", day=through, built=fmt.minute(publication.built_at)))}</div>')
