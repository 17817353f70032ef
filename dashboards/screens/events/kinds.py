"""The subjects of events, and places with repeated events.

Belongs here: categories and repeat spots. Does not belong here: how far events get (backlog.py).
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
from figures.published import Row
from language import numbers as fmt
from page import categories, sentences
from page.subject import Subject


def categories_panel(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    rows = subject.ask_window("categories")
    kpi = context.kpis.get(sentences.HEADLINE)
    title = categories.title_of(context, rows)
    with panel(
        "event_category",
        title,
        t("category.subtitle", span=subject.span),
        context,
        about=[kpi] if kpi else [],
        behind=lambda: categories.table(kpi, rows, t),
    ):
        shown = [
            categories.bar(row, categories.said(categories.on_time(kpi, row), row, t), context.view, t) for row in rows
        ]
        categories.show("categories", shown, t, title, categories.doubt_of(context, kpi))


def repeats_panel(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    spots = subject.ask("repeat_spots")
    in_all, still_open = (spots[0]["in_all"], spots[0]["open_in_all"]) if spots else (0, 0)
    title = (
        t("events.spot_title", grid=spots[0]["grid_name"] or spots[0]["grid_code"],
          what=t.term(spots[0]["subcategory"]), n=spots[0]["n"])
        if spots
        else t("events.spot_none")
    )  # fmt: skip

    with panel(
        "event_repeat",
        title,
        t("events.spot_subtitle", n=fmt.whole(in_all), open=fmt.whole(still_open)),
        subject.context,
        about=subject.kpis(["event_repeat_rate", "env_recurrence_30d_rate"]),
        note=t("events.spot_note"),
        behind=partial(_repeats_table, subject, spots),
    ):
        columns = (
            Column(t("events.spot")),
            Column(t("event.subcategory")),
            Column(t("events.times"), is_number=True),
            Column(t("events.back_count"), is_number=True, is_minor=True),
            Column(t("events.last"), is_minor=True),
            Column(t("events.now")),
        )
        lines = [
            Line(
                (
                    row["grid_name"] or row["grid_code"],
                    t.term(row["subcategory"]) or fmt.NOTHING,
                    fmt.whole(row["n"]),
                    fmt.whole(row["back_count"]),
                    fmt.short_day(row["last_reported_at"].date(), t.lang),
                    Cell(t("events.still_open"), tone="warn", is_tag=True)
                    if row["is_open"]
                    else Cell(t("events.all_closed"), tone="muted"),
                ),
                subject.page,
                replace(view, org=row["community_code"], event=row["last_event"] or ""),
            )
            for row in spots[:10]
        ]
        if spots:
            live(ledger(columns, lines, t, total=in_all), "spots", t.lang)
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("events.spot_none"))}</b><p>{esc(t("events.spot_none_why"))}</p></div>'
            )


def _repeats_table(subject: Subject, spots: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("event.grid"),
            t("column.name"),
            t("rank.community"),
            t("event.category"),
            t("event.subcategory"),
            t("events.times"),
            t("events.first"),
            t("events.last"),
            t("events.closed_count"),
            t("events.back_count"),
            t("events.until_back"),
            t("events.is_open"),
            t("events.newest_event"),
        ),
        [
            (
                row["grid_code"],
                row["grid_name"],
                subject.name(row["community_code"]),
                t("category." + row["category"]),
                t.term(row["subcategory"]),
                row["n"],
                row["first_reported_at"],
                row["last_reported_at"],
                row["closed_count"],
                row["back_count"],
                row["median_hours_to_recurrence"],
                row["is_open"],
                row["last_event"],
            )
            for row in spots
        ],
        spots[0]["in_all"] if spots else 0,
    )
