"""Whether visits reach people: coverage by place, visits by type, coverage week by week.

Belongs here: the panels of visits. Does not belong here: care households (care.py), what people say (heard.py).
"""

from collections.abc import Sequence

import streamlit as st

import theme
from components.live import live
from components.markup import esc
from components.panel import panel
from components.places import places, worst_first
from components.stacks import Part, Stack, stacks
from components.trend import Line as Curve
from components.trend import trend
from downloads import Table
from figures import periods
from figures.board import weekly
from figures.published import Row
from language import numbers as fmt
from page import sentences
from page import subject as subjects
from page.marks import marks
from page.subject import Subject
from screens.visits.care import CARE

COVERAGE = "visit_coverage_180d"


def coverage_panel(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    kpi = context.kpis.get(COVERAGE)
    if kpi is None:
        return
    figures = worst_first(subject.figures_below(kpi))
    ends = subjects.best_and_worst(figures)
    if ends is None:
        title = t("visits.coverage_plain", name=kpi.name(t.lang))
    else:
        (best, high), (worst, low) = ends
        title = t(
            "visits.coverage_title",
            worst=worst.label,
            low=fmt.percent(low.value),
            best=best.label,
            high=fmt.percent(high.value),
        )

    def behind() -> Table:
        return Table(
            (
                t("column.code"),
                t("column.name"),
                t("rank.value") + "（%）",
                t("visits.visited"),
                t("visits.households"),
                t("visits.left"),
            ),
            [
                (
                    org.code,
                    org.name,
                    figure.value,
                    figure.numerator,
                    figure.denominator,
                    (figure.denominator or 0) - (figure.numerator or 0) if figure.denominator is not None else None,
                )
                for org, figure in figures
            ],
        )

    with panel(
        "visit_coverage",
        title,
        t("visits.coverage_subtitle", day=subject.day),
        context,
        about=[kpi],
        behind=behind,
    ):
        live(places(figures, kpi, subject.page, context.view, t), "visit_places", t.lang)


def by_type_panel(subject: Subject, by_type: Sequence[Row]) -> None:
    t = subject.context.t
    visits = sum(row["visits"] for row in by_type)
    short, off = sum(row["too_short"] for row in by_type), sum(row["off_site"] for row in by_type)
    title = (
        t("visits.type_title", n=fmt.whole(visits), share=subjects.of_few(short + off, visits))
        if visits
        else t("visits.say_none")
    )

    def behind() -> Table:
        return Table(
            (
                t("visits.type"),
                t("visits.count"),
                t("visits.valid"),
                t("visits.off_site"),
                t("visits.too_short"),
                t("visits.with_problems"),
                t("visits.visited"),
            ),
            [
                (
                    t("visit_type." + row["visit_type"]),
                    row["visits"],
                    row["valid"],
                    row["off_site"],
                    row["too_short"],
                    row["with_problems"],
                    row["households"],
                )
                for row in by_type
            ],
        )

    with panel(
        "visit_type",
        title,
        t("visits.type_subtitle", span=subject.span),
        subject.context,
        note=t("visits.type_note"),
        behind=behind,
    ):
        parts = (
            Part(t("visits.valid"), "main"),
            Part(t("visits.too_short"), "soft"),
            Part(t("visits.off_site"), "warn"),
        )
        rows = [
            Stack(
                t("visit_type." + row["visit_type"]),
                (row["valid"], row["too_short"], row["off_site"]),
                f"{fmt.whole(row['visits'])} · {t('visits.found_short', n=fmt.whole(row['with_problems']))}",
            )
            for row in by_type
        ]
        st.html(stacks(parts, rows, t))


def trend_panel(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    colours = theme.palette(theme.is_dark())
    weeks = weekly(context.publication, context.kpis, context.area, subject.window.last)
    chosen = subject.kpis([COVERAGE, CARE, "policy_reach_90d"])
    curves = [
        Curve(kpi.name(t.lang), colours[name], weeks[kpi.kpi_id], width)
        for kpi, name, width in zip(chosen, ("safe", "beautiful", "happy"), (3.0, 1.8, 1.8), strict=False)
        if sum(week.figure.value is not None for week in weeks[kpi.kpi_id]) >= 2
    ]

    def behind() -> Table:
        columns = [t("column.week_end"), *(f"{kpi.name(t.lang)}（%）" for kpi in chosen)]
        ends = [week.last for week in weeks[chosen[0].kpi_id]] if chosen else []
        rows = [(end, *(weeks[kpi.kpi_id][index].figure.value for kpi in chosen)) for index, end in enumerate(ends)]
        return Table(columns, rows)

    points = [week.figure.value for week in weeks.get(COVERAGE, []) if week.figure.value is not None]
    if points and weeks[COVERAGE][-1].figure.is_warming_up:
        title = sentences.trend_title(weeks[COVERAGE], context.kpis[COVERAGE], t)
    elif len(points) >= 2:
        title = t("visits.trend_title", first=fmt.percent(points[0]), last=fmt.percent(points[-1]))
    else:
        title = t("trend.nothing")
    with panel(
        "visit_trend",
        title,
        t("trend.subtitle", unit=t("unit.percent")),
        context,
        about=chosen,
        note=t("visits.trend_note"),
        behind=behind,
        span=periods.weeks_to(subject.window.last),
    ):
        if curves:
            marked = marks(context, [week.last for week in curves[0].weeks], chosen)
            spec = trend(curves, "percent", (), t.lang, colours, marked)
            key = f"visit_trend_{context.area}_{context.view.period}_{t.lang}_{theme.is_dark()}"
            st.echarts_chart(spec, height="stretch", key=key, alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b></div>')
