"""The events behind the page, narrowed by category, level, department and the unit that holds them: what is open, and
what was closed too late.

Belongs here: the filters of the page and the list that they narrow. Does not belong here: the overdue events of the
whole area (overdue.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link
from components.panel import panel
from figures.published import Row
from language import numbers as fmt
from page.narrowing import Narrowing, of_code, of_unit
from page.subject import Subject, urgency_cell
from screens.events.columns import category_cell, standing, table

FILTERS = (
    of_code("category", "category", "narrow.category", "category."),
    of_code("held_at", "level_now", "narrow.level", "level."),
    of_unit("department", "department", "narrow.department"),
    of_unit("owner", "held_by", "narrow.holder"),
)
EXPORTED = (
    "event_id", "standing", "category", "subcategory", "urgency", "community", "grid_code", "level_now", "held_by",
    "department", "reported_at", "due_at", "closed_at", "days_over", "file_name", "row_number",
)  # fmt: skip
TONES = {"overdue": "bad", "open": "", "closed_late": "warn"}


def list_panel(subject: Subject) -> None:
    """The filters; with one of them on, the list too, unless what falls due soon is listed."""
    t = subject.context.t
    narrowing = Narrowing(subject.context, subject.page, FILTERS, subject.ask_window("event_list"))
    live(narrowing.chips("events.list_of"), "narrowing", t.lang)
    if narrowing.chosen and not subject.context.view.due:
        _list(subject, narrowing, narrowing.kept(narrowing.rows))


def _list(subject: Subject, narrowing: Narrowing, rows: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    counts = {standing: sum(row["standing"] == standing for row in rows) for standing in TONES}
    title = (
        t(
            "events.list_title",
            open=fmt.whole(counts["open"] + counts["overdue"]),
            overdue=fmt.whole(counts["overdue"]),
            late=fmt.whole(counts["closed_late"]),
        )
        if rows
        else t("events.list_none")
    )
    back = link(subject.page, narrowing.without(), esc(t("events.list_leave")), "badge")
    with panel(
        "event_list",
        title,
        t("events.list_subtitle", day=subject.day, span=subject.span),
        subject.context,
        note=t("events.list_note"),
        behind=partial(table, subject, rows, EXPORTED),
        controls=lambda: live(back, "leave_list", t.lang),
    ):
        columns = (
            Column(t("event.id")),
            Column(t("event.category")),
            Column(t("event.urgency")),
            Column(t("rank.community"), is_minor=True),
            Column(t("events.held_by"), is_minor=True),
            Column(t("event.due"), is_minor=True),
            Column(t("event.status")),
        )
        lines = [
            Line(
                (
                    row["event_id"],
                    category_cell(subject, row),
                    urgency_cell(row, t),
                    subject.label(row["community_code"]),
                    _held_by(row, subject),
                    fmt.minute(row["due_at"]),
                    Cell(standing(subject, row), tone=TONES[row["standing"]]),
                ),
                subject.page,
                replace(view, event=row["event_id"]),
                row["event_id"] == view.event,
            )
            for row in rows[:15]
        ]
        live(ledger(columns, lines, t, total=len(rows)), "event_list", t.lang)


def _held_by(row: Row, subject: Subject) -> str:
    if row["standing"] == "closed_late":
        return fmt.NOTHING
    return subject.context.t.term(row["held_by"]) or subject.context.t("events.nobody")
