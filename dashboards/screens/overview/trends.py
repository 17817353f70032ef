"""Twelve weeks of the scores or of a KPI.

Belongs here: the panels of trends. Does not belong here: the drawing (components/trend.py).
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

import theme
from components.markup import esc
from components.panel import panel
from components.trend import Line, Series, chart, trend
from downloads import Table
from figures import periods
from figures.board import Board, Week, targets_of
from figures.indices import SCORE_TARGET
from figures.kpis import INDICES, PILLARS, Kpi
from language import numbers as fmt
from page import sentences
from page.marks import marks
from reader.context import Context
from screens.overview.summary import Scores

LINES = 4


def show_scores_trend(context: Context, scores: Scores) -> None:
    t, window = context.t, context.window
    assert window is not None
    colours = theme.palette(theme.is_dark())
    lines = [
        Series(t("pillar.type", name=t("pillar." + name)), colours[name], scores.weeks[name])
        for name in PILLARS
        if name in scores.weeks
    ]
    days = [date.fromordinal(window.last.toordinal() - 7 * (11 - week)) for week in range(12)]

    def behind() -> Table:
        names = [name for name in (*INDICES, "overall") if name in scores.weeks]
        return Table(
            (t("column.week_end"), *(t("pillar." + name) for name in names)),
            [(day, *(scores.weeks[name][week] for name in names)) for week, day in enumerate(days)],
        )

    title = sentences.scores_title(scores.weeks, [name for name, index in scores.now.items() if index.doubts], t)
    said, note, span = t("trend.scores_subtitle"), t("trend.scores_note"), periods.weeks_to(window.last)
    with panel("trend", title, said, context, note=note, behind=behind, span=span):
        labels = [fmt.short_day(day, t.lang) for day in days]
        spec = chart(lines, labels, "score", [SCORE_TARGET] * len(days), t.lang, colours, marks=marks(context, days))
        st.echarts_chart(spec, height="stretch", key=f"scores_{context.view.query()}_{theme.is_dark()}", alt=title)


def show_trend(context: Context, kpi: Kpi, weeks: dict[str, list[Week]], now: Board) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())
    chosen = [kpi]
    if kpi.unit == "percent":
        # Together with the other types' main rates, one per type, if they have values.
        for pillar in PILLARS:
            main = next(
                (
                    other
                    for other in context.kpis.values()
                    if other.pillar == pillar
                    and other.unit == "percent"
                    and other.direction == kpi.direction
                    and now.figure(other.kpi_id, context.area).value is not None
                ),
                None,
            )
            if main and pillar != kpi.pillar:
                chosen.append(main)
    lines = [
        Line(
            one.name(t.lang), colours.get(one.pillar, colours["primary"]), weeks[one.kpi_id], 3.0 if one is kpi else 1.6
        )
        for one in chosen[:LINES]
        if sum(week.figure.value is not None for week in weeks[one.kpi_id]) >= 2
    ]

    dashed = t("trend.dashed", target=fmt.limit(kpi.target, kpi.unit, t.lang)) if kpi.target is not None else ""
    title = sentences.trend_title(weeks[kpi.kpi_id], kpi, t)
    with panel(
        "trend",
        title,
        t("trend.subtitle", unit=t("unit." + kpi.unit)) + dashed,
        context,
        about=chosen[:LINES],
        note=t("trend.note"),
        behind=partial(_trend_table, context, kpi, weeks, chosen),
        span=periods.weeks_to(weeks[kpi.kpi_id][-1].last),
    ):
        if lines and lines[0].weeks is weeks[kpi.kpi_id]:
            ends = [week.last for week in weeks[kpi.kpi_id]]
            spec = trend(
                lines,
                kpi.unit,
                targets_of(weeks[kpi.kpi_id]),
                t.lang,
                colours,
                marks(context, ends, chosen[:LINES]),
            )
            # Every chart has its own key: with one key for two specs, Streamlit would keep the old chart.
            st.echarts_chart(spec, height="stretch", key=f"trend_{context.view.query()}_{theme.is_dark()}", alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b><p>{esc(t("trend.nothing_why"))}</p></div>')


def _trend_table(context: Context, kpi: Kpi, weeks: dict[str, list[Week]], chosen: Sequence[Kpi]) -> Table:
    t = context.t
    columns = [t("column.week_end")]
    for one in chosen:
        columns += [
            f"{one.name(t.lang)}（{t('unit.' + one.unit)}）",
            t("column.numerator"),
            t("column.denominator"),
        ]
    rows = []
    for index, week in enumerate(weeks[kpi.kpi_id]):
        row: list[object] = [week.last]
        for one in chosen:
            figure = weeks[one.kpi_id][index].figure
            row += [figure.value, figure.numerator, figure.denominator]
        rows.append(tuple(row))
    return Table(columns, rows)  # type: ignore[arg-type]
