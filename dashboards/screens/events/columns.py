"""What lists of events have in common: cells that they show, and columns that they export.

Belongs here: how one field of an event is said. Does not belong here: which fields a list has, and in which order
(due.py, listed.py, overdue.py).
"""

from collections.abc import Callable, Mapping, Sequence

from components.ledger import Cell
from downloads import Cell as Value
from downloads import Table
from figures import codes
from figures.published import Row
from language import numbers as fmt
from page.subject import Subject

Say = Callable[[Subject, Row], Value]


def category_cell(subject: Subject, row: Row) -> Cell:
    return Cell(subject.context.t("category." + row["category"]), under=subject.context.t.term(row["subcategory"]))


def community_cell(subject: Subject, row: Row) -> Cell:
    """The community above its street."""
    code = row["community_code"]
    return Cell(subject.label(code), under=subject.name(codes.street_of(code)))


def _plain(name: str) -> Say:
    return lambda _, row: row[name]


def _word(name: str, area: str) -> Say:
    """The word of a code; nothing where there is none."""
    return lambda subject, row: subject.context.t(area + row[name]) if row[name] else None


def _term(name: str) -> Say:
    """An office or a kind of event; nothing where there is none."""
    return lambda subject, row: subject.context.t.term(row[name]) or None


def standing(subject: Subject, row: Row) -> str:
    """Overdue or closed too late, by how many days, or in time."""
    t = subject.context.t
    return t("event_standing." + row["standing"], days=fmt.days(row["days_over"] or 0, t.lang))


# Column of a list → its header, and its value.
_EXPORTED: Mapping[str, tuple[str, Say]] = {
    "event_id": ("event.id", _plain("event_id")),
    "standing": ("event.status", standing),
    "category": ("event.category", _word("category", "category.")),
    "subcategory": ("event.subcategory", _term("subcategory")),
    "urgency": ("event.urgency", _word("urgency", "urgency.")),
    "community": ("rank.community", lambda subject, row: subject.name(row["community_code"])),
    "grid_code": ("event.grid", _plain("grid_code")),
    "level": ("event.level", _word("level", "level.")),
    "level_now": ("event.level", _word("level_now", "level.")),
    "held_by": ("events.held_by", _term("held_by")),
    "department": ("event.department", _term("department")),
    "stage": ("column.stage", _word("stage", "event_stage.")),
    "reported_at": ("event.reported", _plain("reported_at")),
    "due_at": ("event.due", _plain("due_at")),
    "original_due_at": ("event.original_due", _plain("original_due_at")),
    "closed_at": ("event.closed", _plain("closed_at")),
    "days_over": ("events.days_over_exported", _plain("days_over")),
    "hours_left": ("due.left_exported", _plain("hours_left")),
    "rework_count": ("event.rework", _plain("rework_count")),
    "file_name": ("event.file", _plain("file_name")),
    "row_number": ("event.row", lambda _, row: fmt.line(row["row_number"])),
}


def table(subject: Subject, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """The rows of a list as a download: these columns, in this order."""
    chosen = [_EXPORTED[name] for name in columns]
    return Table(
        tuple(subject.context.t(header) for header, _ in chosen),
        [tuple(say(subject, row) for _, say in chosen) for row in rows],
        rows[0].get("in_all", 0) if rows else 0,
    )
