"""What people say in visits: needs and whether they were met, policies explained, subjects.

Belongs here: the panels of needs and subjects. Does not belong here: how many people are reached (reach.py).
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.ledger import Column, Line, ledger
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from page import superlatives
from page.subject import Subject, of_few, rate


def needs_panel(subject: Subject, needs: Row) -> None:
    t = subject.context.t
    found = needs["found"]
    steps = (
        ("found", found),
        ("handed_over", needs["handed_over"]),
        ("actioned_7d", needs["actioned_7d"]),
        ("resolved_15d", needs["resolved_15d"]),
        ("closed", needs["closed"]),
    )
    if not found:
        title = t("visits.needs_none")
    else:
        title = t(
            "visits.needs_title",
            n=fmt.whole(found),
            share=of_few(needs["handed_over"], found),
            open=fmt.whole(needs["still_open"]),
        )

    def behind() -> Table:
        return Table(
            (t("column.stage"), t("column.events"), t("visits.of_found")),
            [(t("need." + name), count, rate(count, found)) for name, count in steps]
            + [
                (t("need.unknown"), needs["unknown"], rate(needs["unknown"], found)),
                (t("need.still_open"), needs["still_open"], rate(needs["still_open"], found)),
                (t("need.overdue"), needs["overdue"], rate(needs["overdue"], found)),
            ],
        )

    with panel(
        "visit_needs",
        title,
        t("visits.needs_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["visit_need_resolved_15d_rate", "sentiment_to_action_7d_rate"]),
        note=t("visits.needs_note"),
        behind=behind,
    ):
        rows = [
            Stack(
                t("need." + name),
                (count,),
                fmt.whole(count) if (of := rate(count, found)) is None else f"{fmt.whole(count)} · {fmt.percent(of)}",
            )
            for name, count in steps
        ]
        st.html(stacks((Part(t("need.found"), "main"),), rows, t))
        if found:
            said = t("visits.needs_foot", overdue=fmt.whole(needs["overdue"]), unknown=fmt.whole(needs["unknown"]))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')


def policies_panel(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("policy_topics")
    title = (
        t("visits.policy_title", topic=first, n=fmt.whole(rows[0]["households"]))
        if (first := superlatives.most([(t.term(row["policy_topic"]), row["households"]) for row in rows], t))
        else t("few_short")
        if rows
        else t("visits.policy_none")
    )

    def behind() -> Table:
        return Table(
            (t("visits.topic"), t("visits.count"), t("visits.valid"), t("visits.visited")),
            [(t.term(row["policy_topic"]), row["visits"], row["valid"], row["households"]) for row in rows],
        )

    with panel(
        "visit_policy",
        title,
        t("visits.policy_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["policy_reach_90d"]),
        behind=behind,
    ):
        shown = [
            Stack(
                t.term(row["policy_topic"]),
                (row["households"],),
                t("visits.household_count", n=fmt.whole(row["households"])),
            )
            for row in rows[:8]
        ]
        st.html(stacks((Part(t("visits.visited"), "main"),), shown, t))


def _before(subject: Subject) -> Window:
    """The days compared with; if there are none, days in which nothing is counted."""
    return subject.context.compared or Window(subject.window.last, subject.window.first)


def heard_panel(subject: Subject) -> None:
    t = subject.context.t
    before = _before(subject)
    rows = subject.ask_window("heard", first_before=before.first, last_before=before.last)
    total = sum(row["events"] for row in rows)
    first = superlatives.most([(t("category." + row["category"]), row["events"]) for row in rows], t)
    if first:
        title = t("visits.heard_title", name=first, share=superlatives.share(rows[0]["events"], total, t))
    elif total:
        title = t("most.few", n=fmt.whole(total))
    else:
        title = t("visits.heard_none")

    def behind() -> Table:
        return Table(
            (
                t("column.category"),
                t("source.home_visit"),
                t("source.snap_report"),
                t("source.hotline_12345"),
                t("visits.all_ways"),
                t("column.before"),
            ),
            [
                (
                    t("category." + row["category"]),
                    row["by_visit"],
                    row["by_snap"],
                    row["by_call"],
                    row["events"],
                    row["events_before"] if subject.context.compared else None,
                )
                for row in rows
            ],
        )

    with panel(
        "visit_heard",
        title,
        t("visits.heard_subtitle", span=subject.span),
        subject.context,
        note=t("visits.heard_note"),
        behind=behind,
    ):
        parts = (
            Part(t("source.home_visit"), "main"),
            Part(t("source.snap_report"), "soft"),
            Part(t("source.hotline_12345"), "warn"),
        )
        shown = []
        for row in rows:
            text = t("events", n=fmt.whole(row["events"]))
            if subject.context.compared:
                text += " · " + _moved(row)
            shown.append(
                Stack(t("category." + row["category"]), (row["by_visit"], row["by_snap"], row["by_call"]), text)
            )
        st.html(stacks(parts, shown, t))


def _moved(row: Row) -> str:
    change_of = row["events"] - row["events_before"]
    return f"{'▲' if change_of > 0 else '▼' if change_of < 0 else '＝'}{fmt.whole(abs(change_of)) if change_of else ''}"


def subjects_panel(subject: Subject) -> None:
    t, context = subject.context.t, subject.context
    before = _before(subject)
    rows = subject.ask_window("heard_subjects", first_before=before.first, last_before=before.last)
    rising = max(rows, key=lambda row: row["events"] - row["events_before"], default=None)
    if rising is None:
        title = t("visits.heard_none")
    elif context.compared and rising["events"] > rising["events_before"]:
        title = t(
            "visits.rising_title",
            name=t.term(rising["subcategory"]),
            before=fmt.whole(rising["events_before"]),
            now=fmt.whole(rising["events"]),
        )
    elif first := superlatives.most([(t.term(row["subcategory"]), row["events"]) for row in rows], t):
        title = t("visits.most_title", name=first, n=fmt.whole(rows[0]["events"]))
    else:
        title = t("most.few", n=fmt.whole(sum(row["events"] for row in rows)))
    columns = (
        Column(t("event.subcategory")),
        Column(t("event.category")),
        Column(t("column.events"), is_number=True),
        Column(t("column.before"), is_number=True),
        Column(t("visits.change"), is_number=True),
        Column(t("visits.still_open"), is_number=True, is_minor=True),
    )

    with panel(
        "visit_subjects",
        title,
        t("visits.subjects_subtitle", span=subject.span),
        context,
        note=t("visits.subjects_note"),
        behind=partial(_subjects_table, subject, columns, rows),
    ):
        lines = [
            Line(
                (
                    t.term(row["subcategory"]),
                    t("category." + row["category"]),
                    fmt.whole(row["events"]),
                    fmt.whole(row["events_before"]) if context.compared else fmt.NOTHING,
                    _moved(row) if context.compared else fmt.NOTHING,
                    fmt.whole(row["still_open"]),
                )
            )
            for row in rows[:9]
        ]
        st.html(ledger(columns, lines, t, total=len(rows)))


def _subjects_table(subject: Subject, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    t = subject.context.t
    context = subject.context
    return Table(
        [column.label for column in columns],
        [
            (
                t.term(row["subcategory"]),
                t("category." + row["category"]),
                row["events"],
                row["events_before"] if context.compared else None,
                row["events"] - row["events_before"] if context.compared else None,
                row["still_open"],
            )
            for row in rows
        ],
    )
