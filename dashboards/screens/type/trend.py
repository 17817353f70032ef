"""Twelve weeks of one KPI of a type.

Belongs here: the panel. Does not belong here: the chart (components/trend.py).
"""

from collections.abc import Sequence

import streamlit as st

import theme
from components.markup import esc
from components.panel import panel
from components.trend import Line, trend
from downloads import Table
from figures import periods
from figures.board import Week, targets_of
from figures.kpis import Kpi
from language import numbers as fmt
from page import sentences
from page.marks import marks
from reader.context import Context


def trend_panel(context: Context, kpi: Kpi, weeks: Sequence[Week]) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())

    def behind() -> Table:
        return Table(
            (
                t("column.week_end"),
                f"{kpi.name(t.lang)}（{t('unit.' + kpi.unit)}）",
                t("column.numerator"),
                t("column.denominator"),
            ),
            [(week.last, week.figure.value, week.figure.numerator, week.figure.denominator) for week in weeks],
        )

    title = sentences.trend_title(weeks, kpi, t)
    dashed = t("trend.dashed", target=fmt.limit(kpi.target, kpi.unit, t.lang)) if kpi.target is not None else ""
    subtitle = t("trend.subtitle", unit=t("unit." + kpi.unit)) + dashed
    span = periods.weeks_to(weeks[-1].last)
    with panel("trend", title, subtitle, context, about=[kpi], note=t("trend.note"), behind=behind, span=span):
        line = Line(kpi.name(t.lang), colours.get(kpi.pillar, colours["primary"]), weeks)
        if sum(week.figure.value is not None for week in weeks) >= 2:
            marked = marks(context, [week.last for week in weeks], [kpi])
            spec = trend([line], kpi.unit, targets_of(weeks), t.lang, colours, marked)
            st.echarts_chart(spec, height="stretch", key=f"trend_{context.view.query()}_{theme.is_dark()}", alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b><p>{esc(t("trend.nothing_why"))}</p></div>')
