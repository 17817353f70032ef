"""The events that are about to fall due: how many by department and by community, and one by one.

Belongs here: the panels and their tables. Does not belong here: the overview's line about them (page/due.py), overdue
events (overdue.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link
from components.panel import panel
from downloads import Table
from figures.published import Row
from language import numbers as fmt
from page import due
from page.due import Due
from page.narrowing import Narrowing
from page.subject import Subject, urgency_cell
from screens.events.columns import category_cell, community_cell, table
from screens.events.listed import FILTERS

LISTED = 8
EXPORTED = (
    "event_id", "urgency", "category", "subcategory", "community", "grid_code", "department", "held_by", "level_now",
    "reported_at", "due_at", "hours_left", "file_name", "row_number",
)  # fmt: skip


def due_panel(subject: Subject) -> None:
    """How many fall due within 24 and 72 hours, by department and by community."""
    context, t = subject.context, subject.context.t
    found = Due.of(context, subject.area)
    whole = found.whole
    title = t("due.none")
    if whole is not None:
        title = t("due.panel_title", soon=fmt.whole(whole["within_24"]), all=fmt.whole(whole["within_72"]))
        said = due.said_of(whole, context)
        title += t("comma") + said if said else ""
    groups = (("department", found.departments), ("community", found.communities))

    def behind() -> Table:
        return Table(
            (t("due.by"), t("column.name"), *(t("due.within", hours=hours) for hours in ("24", "72")),
             t("urgency.critical"), t("urgency.urgent")),
            [
                (t("due." + kind), due.name_of(context, kind, row), row["within_24"], row["within_72"],
                 row["critical"], row["urgent"])
                for kind, rows in groups
                for row in rows
            ],
        )  # fmt: skip

    subtitle = t("due.subtitle", day=subject.day)
    with panel("event_due", title, subtitle, context, note=t("due.note"), behind=behind):
        if whole is None:
            st.html(f'<div class="blank"><b>{esc(t("due.none"))}</b></div>')
            return
        for column, (kind, rows) in zip(st.columns(2, gap="small"), groups, strict=True):
            with column:
                live(_counts(subject, kind, rows), "due_" + kind, t.lang)


def _counts(subject: Subject, kind: str, rows: Sequence[Row]) -> str:
    context, t = subject.context, subject.context.t
    columns = (
        Column(t("due." + kind)),
        Column(t("due.within", hours="24"), is_number=True),
        Column(t("due.within", hours="72"), is_number=True),
        Column(t("urgency.critical"), is_number=True, is_minor=True),
        Column(t("urgency.urgent"), is_number=True, is_minor=True),
    )
    lines = [
        Line(
            (
                due.name_of(context, kind, row),
                Cell(fmt.whole(row["within_24"]), tone="warn" if row["within_24"] else "muted"),
                fmt.whole(row["within_72"]),
                Cell(fmt.whole(row["critical"]), tone="bad" if row["critical"] else "muted"),
                Cell(fmt.whole(row["urgent"]), tone="warn" if row["urgent"] else "muted"),
            ),
            subject.page,
            due.events_of(context, kind, row),
        )
        for row in rows[:LISTED]
    ]
    return ledger(columns, lines, t, total=len(rows))


def due_list_panel(subject: Subject) -> None:
    """The events that fall due within the hours of the view, narrowed by the filters of the page."""
    context, t, view = subject.context, subject.context.t, subject.context.view
    asked = subject.ask("due_soon_events", last=subject.window.last, hours=view.due)
    rows = Narrowing(context, subject.page, FILTERS, asked).kept(asked)
    back = link(subject.page, replace(view, due=""), esc(t("due.close")), "badge")
    title = t("due.list_title", hours=view.due, n=fmt.whole(len(rows))) if rows else t("due.none")
    with panel(
        "event_due_list",
        title,
        t("due.list_subtitle", day=subject.day, area=context.area_name),
        context,
        behind=partial(table, subject, rows, EXPORTED),
        controls=lambda: live(back, "close_due", t.lang),
    ):
        columns = (
            Column(t("event.id")),
            Column(t("event.urgency")),
            Column(t("event.category")),
            Column(t("rank.community"), is_minor=True),
            Column(t("event.department")),
            Column(t("events.held_by"), is_minor=True),
            Column(t("event.due"), is_minor=True),
            Column(t("due.left"), is_number=True),
        )
        lines = [
            Line(
                (
                    row["event_id"],
                    urgency_cell(row, t),
                    category_cell(subject, row),
                    community_cell(subject, row),
                    t.term(row["department"]) or t("events.nobody"),
                    t.term(row["held_by"]) or t("events.nobody"),
                    fmt.minute(row["due_at"]),
                    Cell(fmt.duration(row["hours_left"], t.lang), tone="bad" if row["hours_left"] <= 24 else "warn"),
                ),
                subject.page,
                replace(view, event=row["event_id"]),
                row["event_id"] == view.event,
            )
            for row in rows[:20]
        ]
        if rows:
            live(ledger(columns, lines, t, total=len(rows)), "due_list", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("due.none"))}</b></div>')
