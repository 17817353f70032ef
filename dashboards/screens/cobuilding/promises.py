"""The ledger of promises: what is late, by kind and by owner, and what is due next.

Belongs here: panels over marts.promise. Does not belong here: meetings and suggestions as such (meetings.py), money
(alliances.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures import codes
from figures.kpis import FEW_BELOW
from figures.narrowing import Dimension, unit_code
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page.narrowing import Filter, of_code
from page.subject import Subject

# For these kinds the subject of a promise is a code; for the others it is the platform's text.
KPIS = (
    "joint_meeting_action_on_time_rate",
    "deliberation_action_on_time_rate",
    "suggestion_reply_on_time_rate",
    "alliance_delivery_rate",
    "fund_disclosure_on_time_rate",
)
"""The KPI that the promises of each kind count for."""
MOST_CHARACTERS = 42
"""Of a promise in a list; the table behind it has all."""
WHAT = {
    "meeting_resolution": "meeting_type.",
    "alliance_commitment": "commitment.",
    "fund_disclosure": "fund.",
    "snap_reply": "category.",
}


def owner_of(subject: Subject, row: Row) -> str:
    return subject.context.t.term(row["promised_by"]) or subject.name(row["org_code"])


def filters(subject: Subject) -> tuple[Filter, ...]:
    """By kind, and by who promised: a unit, otherwise the organisation itself."""
    owner = Filter(
        Dimension("owner", "owner", is_unit=True), "narrow.owner", lambda value, t: t.term(subject.name(value))
    )
    return of_code("kind", "kind", "narrow.kind", "promise_kind."), owner


def what(row: Row, t: Speaker) -> str:
    """What was promised, in the platform's words; without them its subject."""
    return row["content"] or about(row, t)


def about(row: Row, t: Speaker) -> str:
    """The subject of a promise, in words."""
    prefix = WHAT.get(row["kind"])
    return t(prefix + row["what"]) if prefix and row["what"] else t.term(row["what"]) or fmt.NOTHING


def _as_table(subject: Subject, rows: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("promise.kind"),
            t("promise.key"),
            t("promise.about"),
            t("promise.what"),
            t("promise.owner"),
            t("rank.street"),
            t("promise.place"),
            t("promise.made"),
            t("promise.age_exported"),
            t("promise.due"),
            t("promise.status"),
            t("promise.days_late_exported"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                t("promise_kind." + row["kind"]),
                row["promise_key"],
                about(row, t),
                what(row, t),
                owner_of(subject, row),
                _street(subject, row),
                subject.name(row["org_code"]),
                row["promised_on"],
                row["age_days"],
                row["due_on"],
                t("promise_status." + row["status"]),
                row["days_late"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in rows
        ],
    )


def _place(subject: Subject, row: Row) -> str:
    """The place below the owner; empty if the place is the owner."""
    return subject.name(row["org_code"]) if row["promised_by"] else ""


def _street(subject: Subject, row: Row) -> str:
    """The street of the place; nothing for what the district promised."""
    return subject.name(codes.street_of(row["org_code"])) if len(row["org_code"]) >= codes.STREET else fmt.NOTHING


def _promised(row: Row, t: Speaker) -> Cell:
    """What was promised; under it the kind, its subject and its number."""
    parts = [t("promise_kind." + row["kind"]), about(row, t) if row["content"] else "", row["promise_key"]]
    return Cell(fmt.shortened(what(row, t), MOST_CHARACTERS), under=" ".join(part for part in parts if part))


def ledger_panel(subject: Subject, promises: Sequence[Row], slipped: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    title = (
        t("promise.title", n=fmt.whole(len(slipped)), days=slipped[0]["days_late"], what=what(slipped[0], t))
        if slipped
        else t("promise.title_none")
    )
    with panel(
        "promises",
        title,
        t("promise.subtitle", day=subject.day),
        subject.context,
        note=t("promise.note"),
        behind=lambda: _as_table(subject, promises),
    ):
        columns = (
            Column(t("promise.what")),
            Column(t("promise.owner")),
            Column(t("rank.street")),
            Column(t("promise.due"), is_minor=True),
            Column(t("promise.days_late"), is_number=True),
            Column(t("promise.origin"), is_minor=True),
        )
        lines = [
            Line(
                (
                    _promised(row, t),
                    Cell(owner_of(subject, row), under=_place(subject, row)),
                    _street(subject, row),
                    fmt.short_day(row["due_on"], t.lang),
                    Cell(fmt.days(row["days_late"], t.lang), tone="bad"),
                    Cell(row["file_name"] or fmt.NOTHING, under=t("way.row", n=row["row_number"])),
                ),
                subject.page,
                replace(view, org=row["org_code"]),
            )
            for row in slipped[:14]
        ]
        if lines:
            live(ledger(columns, lines, t, total=len(slipped)), "promises", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(title)}</b></div>')


def _due(row: Row) -> int:
    """Number of promises of a kind that were due in the period."""
    return int(row["kept"] + row["kept_late"] + row["slipped"])


def _kept(row: Row) -> float:
    """Percent of them that were kept; there is one at least."""
    return share(row["kept"], _due(row)) or 0.0


def _kept_said(row: Row, t: Speaker) -> str:
    due = _due(row)
    if due < FEW_BELOW:
        return subjects.of_few(row["kept"], due)
    return t("promise.kind_text", share=fmt.percent(_kept(row)), n=fmt.whole(due))


def kinds_panel(subject: Subject, counts: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view

    judged = [row for row in counts if _due(row) >= FEW_BELOW]
    worst = min(judged, key=_kept, default=None)
    if worst is None:
        title = t("promise.kinds_none")
    else:
        kept = fmt.percent(_kept(worst))
        title = t("promise.kinds_title", kind=t("promise_kind." + worst["kind"]), share=kept)

    with panel(
        "promise_kinds",
        title,
        t("promise.kinds_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(KPIS),
        note=t("promise.kinds_note"),
        behind=partial(_kinds_table, subject, counts),
    ):
        parts = (
            Part(t("promise_status.kept"), "main"),
            Part(t("promise_status.kept_late"), "soft"),
            Part(t("promise_status.slipped"), "bad"),
        )
        rows = [
            Stack(
                t("promise_kind." + row["kind"]),
                (row["kept"], row["kept_late"], row["slipped"]),
                _kept_said(row, t),
                "",
                subject.page,
                replace(view, kind="" if view.kind == row["kind"] else row["kind"]),
                t("narrow.choose", name=t("promise_kind." + row["kind"])),
            )
            for row in sorted((row for row in counts if _due(row)), key=_kept)
        ]
        live(stacks(parts, rows, t, whole=True), "kinds", t.lang)


def _kinds_table(subject: Subject, counts: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("promise.kind"),
            t("promise_status.kept"),
            t("promise_status.kept_late"),
            t("promise_status.slipped"),
            t("promise.kept_share") + "（%）",
            t("promise.median_late"),
            t("promise_status.open"),
            t("promise.slipped_ever"),
            t("promise.days_late_exported"),
        ),
        [
            (
                t("promise_kind." + row["kind"]),
                row["kept"],
                row["kept_late"],
                row["slipped"],
                subjects.rate(row["kept"], _due(row)),
                row["median_days_late"],
                row["open_now"],
                row["slipped_ever"],
                row["days_at_most"],
            )
            for row in counts
        ],
    )


def _keeper(subject: Subject, row: Row) -> str:
    """The unit that promised, otherwise the organisation itself."""
    return subject.context.t.term(row["promised_by"]) or subject.name(row["org_code"])


def _owner_code(row: Row) -> str:
    return unit_code(row["promised_by"] or row["org_code"] or "")


def owners_panel(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    rows = subject.ask_window("promise_owners")

    late = [row for row in rows if row["slipped"]]
    title = (
        t("promise.owners_title", name=_keeper(subject, late[0]), n=late[0]["slipped"], days=late[0]["days_at_most"])
        if late
        else t("promise.title_none")
    )
    columns = (
        Column(t("promise.owner")),
        Column(t("promise.due_n"), is_number=True),
        Column(t("promise.kept_share"), is_number=True),
        Column(t("promise_status.slipped"), is_number=True),
        Column(t("events.longest"), is_number=True, is_minor=True),
    )

    with panel(
        "promise_owners",
        title,
        t("promise.owners_subtitle", span=subject.span),
        subject.context,
        note=t("promise.owners_note"),
        behind=partial(_owners_table, subject, rows, columns),
    ):
        lines = []
        for row in rows:
            shown = subjects.of_few(row["kept"], row["due"])
            lines.append(
                Line(
                    (
                        _keeper(subject, row),
                        fmt.whole(row["due"]),
                        shown,
                        Cell(fmt.whole(row["slipped"]), tone="bad" if row["slipped"] else "muted"),
                        fmt.days(row["days_at_most"], t.lang),
                    ),
                    subject.page,
                    replace(view, owner="" if view.owner == _owner_code(row) else _owner_code(row)),
                    view.owner == _owner_code(row),
                )
            )
        live(ledger(columns, lines, t, 12), "owners", t.lang)


def _owners_table(subject: Subject, rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    return Table(
        (
            *(column.label + ("（%）" if column.label == t("promise.kept_share") else "") for column in columns),
            t("promise_status.open"),
        ),
        [
            (
                _keeper(subject, row),
                row["due"],
                subjects.rate(row["kept"], row["due"]),
                row["slipped"],
                row["days_at_most"],
                row["open_now"],
            )
            for row in rows
        ],
    )


def next_panel(subject: Subject, open_now: Sequence[Row]) -> None:
    """Without snap replies, which are due within a day."""
    t, view = subject.context.t, subject.context.view
    coming = [row for row in open_now if row["kind"] != "snap_reply"]
    soon = [row for row in coming if row["days_left"] is not None and row["days_left"] <= 7]
    title = (
        t("promise.next_title", n=fmt.whole(len(soon)), all=fmt.whole(len(coming)))
        if coming
        else t("promise.next_none")
    )
    with panel(
        "promise_next",
        title,
        t("promise.next_subtitle", day=subject.day),
        subject.context,
        behind=lambda: _as_table(subject, coming),
    ):
        columns = (
            Column(t("promise.what")),
            Column(t("promise.owner")),
            Column(t("rank.street"), is_minor=True),
            Column(t("promise.age"), is_number=True, is_minor=True),
            Column(t("promise.due")),
            Column(t("promise.left"), is_number=True),
        )
        lines = [
            Line(
                (
                    _promised(row, t),
                    Cell(owner_of(subject, row), under=_place(subject, row)),
                    _street(subject, row),
                    fmt.days(row["age_days"], t.lang),
                    fmt.short_day(row["due_on"], t.lang),
                    Cell(
                        fmt.days(row["days_left"], t.lang) if row["days_left"] else t("promise.today"),
                        tone="warn" if row["days_left"] is not None and row["days_left"] <= 3 else "",
                    ),
                ),
                subject.page,
                replace(view, org=row["org_code"]),
            )
            for row in coming[:9]
        ]
        if lines:
            live(ledger(columns, lines, t, total=len(coming)), "coming", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("promise.next_none"))}</b></div>')
