"""Joint meetings with their resolutions, and the suggestions of residents.

Belongs here: the panels of meetings and suggestions. Does not belong here: whether a resolution was kept (promises.py).
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.ledger import Column, Line, ledger
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page import superlatives
from page.subject import Subject


def meetings_panel(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("meetings")
    held, decided = sum(row["meetings"] for row in rows), sum(row["resolutions"] for row in rows)
    title = t("meeting.title", n=fmt.whole(held), decided=fmt.whole(decided)) if held else t("meeting.none")
    columns = (
        Column(t("meeting.type")),
        Column(t("meeting.count"), is_number=True),
        Column(t("meeting.attended"), is_number=True),
        Column(t("meeting.residents"), is_number=True, is_minor=True),
        Column(t("meeting.topics"), is_number=True, is_minor=True),
        Column(t("meeting.resolutions"), is_number=True),
    )

    with panel(
        "meetings",
        title,
        t("meeting.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["joint_meeting_regularity"]),
        note=t("meeting.note"),
        behind=partial(_meetings_table, subject, rows, columns),
    ):
        lines = [
            Line(
                (
                    t("meeting_type." + row["meeting_type"]),
                    fmt.whole(row["meetings"]),
                    f"{fmt.whole(row['attended'])}/{fmt.whole(row['invited'])}",
                    fmt.whole(row["residents"]),
                    fmt.whole(row["topics"]),
                    fmt.whole(row["resolutions"]),
                )
            )
            for row in rows
        ]
        st.html(ledger(columns, lines, t))
        regular = (
            subject.figure("joint_meeting_regularity") if "joint_meeting_regularity" in subject.context.kpis else None
        )
        if regular is not None and regular.value is not None:
            said = t("meeting.regular", share=fmt.percent(regular.value), n=fmt.whole(regular.denominator))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _meetings_table(subject: Subject, rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    return Table(
        (
            *(column.label for column in columns),
            t("meeting.invited"),
            t("meeting.units"),
        ),
        [
            (
                t("meeting_type." + row["meeting_type"]),
                row["meetings"],
                row["attended"],
                row["residents"],
                row["topics"],
                row["resolutions"],
                row["invited"],
                row["orgs"],
            )
            for row in rows
        ],
    )


def suggestions_panel(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("suggestions")
    raised, waiting = sum(row["raised"] for row in rows), sum(row["waiting"] for row in rows)
    adopted, decided = sum(row["adopted"] for row in rows), sum(row["decided"] for row in rows)
    if not raised:
        title = t("suggestion.none")
    else:
        share = subjects.of_few(adopted, decided)
        topic = superlatives.most([(t.term(row["topic"]), row["raised"]) for row in rows], t)
        title = t("suggestion.title" if topic else "suggestion.title_few", n=fmt.whole(raised), topic=topic)
        title += t("suggestion.title_decided", decided=fmt.whole(decided), share=share)

    with panel(
        "suggestions",
        title,
        t("suggestion.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["suggestion_reply_on_time_rate", "suggestion_adoption_rate"]),
        behind=partial(_suggestions_table, rows, t),
    ):
        parts = (
            Part(t("suggestion.adopted"), "main"),
            Part(t("suggestion.replied_only"), "soft"),
            Part(t("suggestion.open"), "rest"),
            Part(t("suggestion.waiting"), "bad"),
        )
        shown = [
            Stack(
                t.term(row["topic"]) or fmt.NOTHING,
                (
                    row["adopted"],
                    max(0, row["replied"] - row["adopted"]),
                    max(0, row["raised"] - row["replied"] - row["waiting"]),
                    row["waiting"],
                ),
                t("promise.items", n=fmt.whole(row["raised"])),
            )
            for row in rows[:9]
        ]
        st.html(stacks(parts, shown, t))
        if waiting:
            st.html(f'<div class="rank-foot">{esc(t("suggestion.foot", n=fmt.whole(waiting)))}</div>')


def _suggestions_table(rows: Sequence[Row], t: Speaker) -> Table:
    return Table(
        (
            t("visits.topic"),
            t("suggestion.raised"),
            t("suggestion.replied"),
            t("suggestion.on_time"),
            t("suggestion.adopted"),
            t("suggestion.waiting"),
        ),
        [
            (
                t.term(row["topic"]),
                row["raised"],
                row["replied"],
                row["replied_on_time"],
                row["adopted"],
                row["waiting"],
            )
            for row in rows
        ],
    )
