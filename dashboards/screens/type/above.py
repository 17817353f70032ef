"""四型 of a city or province: its KPIs with the best and the last district, twelve weeks of one of them, and how every
district stands in it.

Belongs here: the panels of a level above the districts. Does not belong here: what changed an index, place by place,
which stands on streets and communities (the other modules of this folder).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import count_of, esc, verdict, verdict_word, why_nothing
from components.panel import panel
from downloads import Table
from figures import above, periods
from figures.above import Standing
from figures.indices import Index
from figures.kpis import INDICES, Kpi
from language import numbers as fmt
from page import districts, frame, superlatives
from reader.context import Context
from screens.type.tabs import Scores, tabs
from screens.type.trend import trend_panel


def show(context: Context) -> None:
    t, view, day = context.t, context.view, context.through
    if day is None or context.district is None:
        frame.empty_page(t)
        return
    pillar = view.type or "safe"
    frame.filters(context, types=INDICES)
    publication = context.publication
    now, before = above.scores(publication, day), above.scores(publication, context.scores_before)
    tabs(context, pillar, now, before)
    _finding(context, pillar, now)
    listed = sorted(
        (kpi for kpi in context.kpis.values() if kpi.pillar == pillar), key=lambda kpi: (-(kpi.weight or 0), kpi.kpi_id)
    )
    standing = above.standing(publication, context.kpis, day, view.period)
    opened = next((kpi for kpi in listed if kpi.kpi_id == view.kpi), listed[0] if listed else None)
    with st.container(key="row_a"):
        left, right = st.columns([1.5, 1], gap="small")
        with left:
            _kpis(Kpis(context, pillar, listed, standing), opened)
        with right:
            if opened:
                trend_panel(context, opened, above.weekly(publication, context.kpis, context.area, day)[opened.kpi_id])
                districts.standings(context, districts.parcels_of(context), opened, periods.published_as(view.period))


def _finding(context: Context, pillar: str, now: Scores) -> None:
    """The index of the type, which district leads and which is last, and who has not delivered."""
    t, register = context.t, context.register
    name, index = t("pillar.type", name=t("pillar." + pillar)), now.get((context.area, pillar), Index())
    said = (
        t("above.type", name=name, score=fmt.score(index.score))
        if index.score is not None
        else t("above.type_none", name=name)
    )
    known = [
        (org.name, score)
        for org in register.of("district")
        if (score := now.get((org.code, pillar), Index()).score) is not None
    ]
    if ends := superlatives.ends(known, t):
        (first, best), (last, least) = ends
        said += t("above.type_ends", first=first, best=best, last=last, least=least)
    said += districts.delivered(context, districts.parcels_of(context))
    live(f'<div class="say"><p>{esc(said)}</p></div>', "finding", t.lang)


@dataclass(frozen=True)
class Kpis:
    """The KPIs of one type; those with most weight first."""

    context: Context
    pillar: str
    listed: Sequence[Kpi]
    standing: Standing

    @cached_property
    def codes(self) -> list[str]:
        return [org.code for org in self.context.register.of("district")]

    def in_sum(self, kpi: Kpi) -> str:
        """12/13; empty for a KPI that is not added up."""
        inside, expected = self.standing.districts.get(kpi.kpi_id, (0, 0))
        is_added = (kpi.kpi_id, self.context.area) in self.standing.rows
        return f"{inside}/{expected}" if is_added else ""

    def place(self, kpi: Kpi, code: str) -> str:
        figure = self.standing.board.figure(kpi.kpi_id, code)
        return fmt.value(figure.value, kpi.unit, self.context.lang)

    def ends(self, kpi: Kpi) -> tuple[str, str]:
        """The codes of the best and the last district; empty if fewer than two can be compared, or all are alike."""
        ranked = self.standing.ranked(kpi, self.codes)
        differ = len({self.place(kpi, code) for code in ranked}) > 1
        return (ranked[0], ranked[-1]) if differ else ("", "")


def _kpis(kpis: Kpis, opened: Kpi | None) -> None:
    context, t = kpis.context, kpis.context.t
    figures = [kpis.standing.board.figure(kpi.kpi_id, context.area) for kpi in kpis.listed]
    judged = [figure for figure in figures if figure.grade is not None]
    title = t(
        "type.title",
        of=len(judged),
        reached=sum((figure.grade or 0) >= 2 for figure in judged),
        breached=sum(figure.breached for figure in judged),
    )
    subtitle = t("above.kpis_subtitle", span=context.span)
    columns = (
        Column(t("filter.kpi")),
        Column(t("rank.value"), is_number=True),
        Column(t("definition.target"), is_number=True),
        Column(t("column.score"), is_number=True, is_minor=True),
        Column(t("above.best"), is_minor=True),
        Column(t("above.last"), is_minor=True),
        Column(t("above.in_sum"), is_number=True),
    )
    with panel(
        "kpis", title, subtitle, context, about=kpis.listed, note=t("above.kpis_note"), behind=partial(_table, kpis)
    ):
        lines = [_line(kpis, kpi, kpi is opened) for kpi in kpis.listed]
        live(ledger(columns, lines, t, most=len(lines)), "kpis", t.lang)


def _line(kpis: Kpis, kpi: Kpi, is_on: bool) -> Line:
    context, t = kpis.context, kpis.context.t
    figure = kpis.standing.board.figure(kpi.kpi_id, context.area)
    row = kpis.standing.rows.get((kpi.kpi_id, context.area))
    tone, word = verdict(figure, t)
    if figure.value is not None:
        value = Cell(fmt.value(figure.value, kpi.unit, t.lang), under=count_of(figure, t))
    else:
        value = Cell(fmt.NOTHING, under=why_nothing(figure, t) if row else t("above.not_added"))
    score = row["score"] if row else None
    best, last = kpis.ends(kpi)
    ends = [
        Cell(context.register.name(code), under=kpis.place(kpi, code)) if code else Cell(fmt.NOTHING)
        for code in (best, last)
    ]
    return Line(
        (
            Cell(kpi.name(t.lang), under=f"{t('column.weight')} {kpi.weight:g}" if kpi.weight is not None else ""),
            value,
            Cell(fmt.limit(figure.kpi.target, kpi.unit, t.lang), under=word, tone=tone),
            fmt.NOTHING if score is None else f"{score:.0f}",
            *ends,
            kpis.in_sum(kpi) or fmt.NOTHING,
        ),
        "type",
        replace(context.view, type=kpis.pillar, kpi=kpi.kpi_id),
        is_on,
    )


def _table(kpis: Kpis) -> Table:
    """Every KPI of the type in the whole and in every district: a row each."""
    context, t = kpis.context, kpis.context.t
    heads = (
        t("above.district"), t("filter.kpi"), t("column.unit"), t("rank.value"), t("column.numerator"),
        t("column.denominator"), "n", t("definition.target"), t("column.score"), t("column.verdict"),
    )  # fmt: skip
    rows = []
    for kpi in kpis.listed:
        for code in [context.area, *kpis.codes]:
            row = kpis.standing.rows.get((kpi.kpi_id, code))
            if row is None and code == context.area:
                continue
            figure = kpis.standing.board.figure(kpi.kpi_id, code)
            rows.append(
                (
                    context.register.name(code), kpi.name(t.lang), t("unit." + kpi.unit), figure.value,
                    figure.numerator, figure.denominator, figure.n, figure.kpi.target, row["score"] if row else None,
                    verdict_word(figure, t),
                )
            )  # fmt: skip
    return Table(heads, rows)
