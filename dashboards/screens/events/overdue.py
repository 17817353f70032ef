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
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject, urgency_cell
from screens.events.columns import category_cell, community_cell, table

EXPORTED = (
    "event_id", "category", "subcategory", "urgency", "community", "grid_code", "level", "held_by", "department",
    "stage", "reported_at", "due_at", "original_due_at", "days_over", "rework_count", "file_name", "row_number",
)  # fmt: skip


def overdue_panel(subject: Subject, overdue: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    title = (
        t("events.overdue_title", n=fmt.whole(overdue[0]["in_all"]), days=overdue[0]["days_at_most"])
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
        behind=partial(table, subject, overdue, EXPORTED),
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
                    category_cell(subject, row),
                    community_cell(subject, row),
                    Cell(t.term(row["held_by"]) or t("events.nobody"), under=_stage(row, t)),
                    t("level." + row["level"]) if row["level"] else fmt.NOTHING,
                    fmt.minute(row["due_at"]),
                    Cell(fmt.days(row["days_over"], t.lang), tone="bad"),
                ),
                subject.page,
                replace(view, event=row["event_id"]),
                row["event_id"] == view.event,
            )
            for row in overdue[:14]
        ]
        if overdue:
            live(ledger(columns, lines, t, total=overdue[0]["in_all"]), "overdue", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("say.overdue_none"))}</b></div>')


def _stage(row: Row, t: Speaker) -> str:
    return t("events.after", stage=t("event_stage." + row["stage"])) if row["stage"] else ""
