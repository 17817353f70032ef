"""What was published before and is said otherwise since: the district's restatements of thirty days.

Belongs here: the panel of the list. Does not belong here: the comparison of generations (the warehouse), the badge on
other pages (components/restated.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import published
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from reader.context import Context

SHOWN = 10


def restatements_panel(context: Context, span: Window) -> None:
    """span: the days on which the restatements were published."""
    t = context.t
    district = context.district.code if context.district else ""
    rows = published.ask(context.publication, "restatements", org=district, first=span.first)
    rows = [row for row in rows if row["kpi_id"] in context.kpis]
    title = (
        t("restated.title", n=fmt.whole(rows[0]["restatements"]), at=fmt.minute(rows[0]["newest_at"]))
        if rows
        else t("restated.title_none")
    )
    with panel(
        "restatements",
        title,
        t("above.restated_subtitle" if context.register.is_above else "restated.subtitle"),
        context,
        note=t("restated.note"),
        behind=partial(_table, context, rows) if rows else None,
        span=span,
    ):
        if not rows:
            st.html(f'<div class="blank"><b>{esc(title)}</b><p>{esc(t("restated.none_why"))}</p></div>')
            return
        columns = (
            Column(t("column.name")),
            Column(t("restated.day")),
            Column(t("restated.old"), is_number=True),
            Column(t("restated.new"), is_number=True),
            Column(t("restated.files"), is_minor=True),
        )
        lines = [
            Line(
                (
                    Cell(context.kpis[row["kpi_id"]].name(t.lang), under=fmt.minute(row["published_at"])),
                    fmt.short_day(row["kpi_date"], t.lang),
                    _said(row["old_numerator"], row["old_denominator"]),
                    Cell(_said(row["new_numerator"], row["new_denominator"]), tone="warn"),
                    row["deliveries"] or t("restated.no_file"),
                ),
                "definitions",
                replace(context.view, kpi=row["kpi_id"]),
            )
            for row in rows[:SHOWN]
        ]
        live(ledger(columns, lines, t, total=rows[0]["restatements"]), "restatements", t.lang)


def _said(numerator: float | None, denominator: float | None) -> str:
    """Numerator and denominator, with every digit that may differ; a dash where there was no number."""
    parts = [part for part in (numerator, denominator) if part is not None]
    return " / ".join(f"{part:,.10g}" for part in parts) or fmt.NOTHING


def _table(context: Context, rows: Sequence[Row]) -> Table:
    t = context.t
    return Table(
        (
            t("restated.at"),
            t("column.name"),
            t("restated.day"),
            f"{t('column.numerator')}（{t('restated.old')}）",
            f"{t('column.denominator')}（{t('restated.old')}）",
            f"{t('column.numerator')}（{t('restated.new')}）",
            f"{t('column.denominator')}（{t('restated.new')}）",
            t("restated.files"),
        ),
        [
            (
                row["published_at"],
                context.kpis[row["kpi_id"]].name(t.lang),
                row["kpi_date"],
                row["old_numerator"],
                row["old_denominator"],
                row["new_numerator"],
                row["new_denominator"],
                row["deliveries"] or t("restated.no_file"),
            )
            for row in rows
        ],
        rows[0]["restatements"],
    )
