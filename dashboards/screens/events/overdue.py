"""The events that are overdue, one by one.

Belongs here: the list and its table. Does not belong here: their number by age and unit (backlog.py).
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
from figures import codes
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject, urgency_cell


def overdue_panel(subject: Subject, overdue: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    title = (
        t("events.overdue_title", n=fmt.whole(len(overdue)), days=overdue[0]["days_at_most"])
        if overdue
        else t("say.overdue_none")
    )

    with panel(
        "event_overdue",
        title,
        t("events.overdue_subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["overdue_open_per_1k"]),
        note=t("events.overdue_note"),
        behind=partial(_overdue_table, subject, overdue),
    ):
        columns = (
            Column(t("event.id")),
            Column(t("event.urgency")),
            Column(t("event.category")),
            Column(t("rank.community"), is_minor=True),
            Column(t("events.held_by")),
            Column(t("event.level"), is_minor=True),
            Column(t("event.due"), is_minor=True),
            Column(t("events.days_over"), is_number=True),
        )
        lines = [
            Line(
                (
                    row["event_id"],
                    urgency_cell(row, t),
                    Cell(t("category." + row["category"]), under=row["subcategory"] or ""),
                    Cell(
                        subject.label(row["community_code"]), under=subject.name(codes.street_of(row["community_code"]))
                    ),
                    Cell(row["held_by"] or t("events.nobody"), under=_stage(row, t)),
                    t("level." + row["level"]) if row["level"] else fmt.NOTHING,
                    fmt.minute(row["due_at"]),
                    Cell(fmt.days(row["days_over"], t.lang), tone="bad"),
                ),
                subject.page,
                replace(view, event=row["event_id"]),
                row["event_id"] == view.event,
            )
            for row in overdue
        ]
        if overdue:
            live(ledger(columns, lines, t, 14), "overdue", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("say.overdue_none"))}</b></div>')


def _overdue_table(subject: Subject, overdue: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("event.id"),
            t("event.category"),
            t("event.subcategory"),
            t("event.urgency"),
            t("rank.community"),
            t("event.grid"),
            t("event.level"),
            t("events.held_by"),
            t("event.department"),
            t("column.stage"),
            t("event.reported"),
            t("event.due"),
            t("event.original_due"),
            t("events.days_over"),
            t("event.rework"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                row["event_id"],
                t("category." + row["category"]),
                row["subcategory"],
                t("urgency." + row["urgency"]) if row["urgency"] else None,
                subject.name(row["community_code"]),
                row["grid_code"],
                t("level." + row["level"]) if row["level"] else None,
                row["held_by"],
                row["department"],
                t("event_stage." + row["stage"]) if row["stage"] else None,
                row["reported_at"],
                row["due_at"],
                row["original_due_at"],
                row["days_over"],
                row["rework_count"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in overdue
        ],
    )


def _stage(row: Row, t: Speaker) -> str:
    return t("events.after", stage=t("event_stage." + row["stage"])) if row["stage"] else ""
