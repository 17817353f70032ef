"""How far events get, the age of the open ones, and the units that hold them.

Belongs here: the panels of open events. Does not belong here: the overdue events one by one (overdue.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc, link
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures import lifecycle
from figures.narrowing import unit_code
from figures.published import Row
from figures.steps import steps_of
from language import numbers as fmt
from page.subject import Subject, of_few, rate
from reader.view import View

BANDS = 6
OLD_BAND = 3
"""From this band, 15 days and more, an open event is called old."""


def funnel_panel(subject: Subject, stages: Sequence[Row]) -> None:
    t = subject.context.t
    steps = steps_of(stages)
    late = max(steps, key=lambda step: step.overdue)
    reported, closed = steps[0].reached or 0, steps[-1].reached or 0
    if not reported:
        title = t("funnel.title_nothing")
    elif not late.overdue:
        title = t("funnel.title_clear", share=of_few(closed, reported))
    else:
        title = t(
            "funnel.title",
            share=of_few(closed, reported),
            n=fmt.whole(sum(step.overdue for step in steps)),
            stage=t("event_stage." + late.name),
        )

    with panel(
        "event_funnel",
        title,
        t("events.funnel_subtitle", span=subject.span),
        subject.context,
        note=t("events.funnel_note"),
        behind=partial(_funnel_table, subject, stages, reported),
    ):
        parts = (
            Part(t("events.passed"), "main"),
            Part(t("events.waiting"), "soft"),
            Part(t("events.waiting_late"), "bad"),
        )
        rows = []
        for step in steps:
            if step.reached is None:
                continue
            text = t("events", n=fmt.whole(step.reached))
            if step.median_hours is not None:
                text += f" · {t('events.median_short')} {fmt.duration(step.median_hours, t.lang)}"
            counts = (step.reached - step.waiting, step.waiting - step.overdue, step.overdue)
            rows.append(Stack(t("event_stage." + step.name), counts, text))
        unfilled = [t("event_stage." + step.name) for step in steps if step.reached is None]
        st.html(stacks(parts, rows, t))
        if reported and unfilled:
            st.html(f'<div class="rank-foot">{esc(t("events.unfilled", names=t.join(unfilled)))}</div>')


def _funnel_table(subject: Subject, stages: Sequence[Row], reported: int) -> Table:
    t = subject.context.t
    return Table(
        (
            t("column.stage"),
            t("events.reached"),
            t("column.share"),
            t("events.waiting"),
            t("funnel.column_overdue"),
            t("events.median"),
            t("events.slow"),
        ),
        [
            (
                t("event_stage." + row["stage"]),
                row["reached"],
                rate(row["reached"], reported),
                row["waiting"],
                row["overdue"],
                row["median_hours"],
                row["slow_hours"],
            )
            for row in stages
        ],
    )


def ageing_panel(subject: Subject, ageing: Sequence[Row]) -> None:
    t = subject.context.t
    total = sum(row["events"] for row in ageing)
    old = sum(row["events"] for row in ageing if row["band"] > OLD_BAND)
    oldest = max((row["days_at_most"] for row in ageing), default=0)
    if not total:
        title = t("events.age_none")
    elif old:
        title = t("events.age_old", n=fmt.whole(old), days=oldest)
    else:
        title = t("events.age_fine", n=fmt.whole(total), days=oldest)

    def behind() -> Table:
        return Table(
            (t("events.age"), t("event.level"), t("column.events"), t("rank.overdue"), t("events.days_at_most")),
            [
                (
                    t(f"age.{row['band']}"),
                    t("level." + row["level"]) if row["level"] else None,
                    row["events"],
                    row["overdue"],
                    row["days_at_most"],
                )
                for row in ageing
            ],
        )

    with panel(
        "event_age",
        title,
        t("events.age_subtitle", day=subject.day),
        subject.context,
        note=t("events.age_note"),
        behind=behind,
    ):
        parts = (Part(t("events.in_time"), "main"), Part(t("rank.overdue"), "bad"))
        rows = []
        for band in range(BANDS):
            own = [row for row in ageing if row["band"] == band]
            events, late = sum(row["events"] for row in own), sum(row["overdue"] for row in own)
            bad = t("funnel.overdue", n=fmt.whole(late)) if late else ""
            rows.append(Stack(t(f"age.{band}"), (events - late, late), t("events", n=fmt.whole(events)), bad=bad))
        st.html(stacks(parts, rows, t))
        levels = {level: sum(row["events"] for row in ageing if row["level"] == level) for level in lifecycle.LEVELS}
        view = subject.context.view
        said = [
            link(
                subject.page,
                replace(view, held_at="" if view.held_at == level else level),
                esc(f"{t('level.' + level)} {t('events', n=fmt.whole(n))}"),
                "on" if view.held_at == level else "",
                t("narrow.choose", name=t("level." + level)),
            )
            for level, n in levels.items()
        ]
        if total:
            foot = f"{esc(t('events.at_levels') + t('colon'))}{esc(t('list')).join(said)}"
            live(f'<div class="rank-foot">{foot}</div>', "levels", t.lang)


def waiting_panel(subject: Subject, waiting: Sequence[Row]) -> None:
    t = subject.context.t
    worst = waiting[0] if waiting else None
    if worst is None:
        title = t("events.age_none")
    elif worst["overdue"]:
        name = t.term(worst["held_by"]) or t("events.nobody")
        title = t("events.held_late", name=name, n=fmt.whole(worst["overdue"]), days=worst["days_at_most"])
    else:
        title = t("events.held_fine", n=fmt.whole(len(waiting)))
    columns = (
        Column(t("events.held_by")),
        Column(t("events.open"), is_number=True),
        Column(t("rank.overdue"), is_number=True),
        Column(t("events.longest"), is_number=True),
        Column(t("events.median_wait"), is_number=True, is_minor=True),
    )

    with panel(
        "event_waiting",
        title,
        t("events.held_subtitle", day=subject.day, n=fmt.whole(len(waiting))),
        subject.context,
        note=t("events.held_note"),
        behind=partial(_waiting_table, subject, waiting, columns),
    ):
        lines = [
            Line(
                (
                    t.term(row["held_by"]) or t("events.nobody"),
                    fmt.whole(row["events"]),
                    Cell(fmt.whole(row["overdue"]), tone="bad" if row["overdue"] else "muted"),
                    fmt.days(row["days_at_most"], t.lang),
                    fmt.duration(row["median_hours_in_stage"], t.lang),
                ),
                *_only(subject, row["held_by"]),
            )
            for row in waiting[:7]
        ]
        live(ledger(columns, lines, t, total=len(waiting)), "waiting", t.lang)


def _waiting_table(subject: Subject, waiting: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    return Table(
        (
            *(column.label for column in columns[:-1]),
            t("events.median_wait_exported"),
            *(t("events.of_level", level=t("level." + level)) for level in lifecycle.LEVELS),
        ),
        [
            (
                t.term(row["held_by"]) or t("events.nobody"),
                row["events"],
                row["overdue"],
                row["days_at_most"],
                row["median_hours_in_stage"],
                row["at_community"],
                row["at_street"],
                row["at_district"],
            )
            for row in waiting
        ],
    )


def _only(subject: Subject, held_by: str) -> tuple[str, View | None, bool]:
    """The page narrowed to the events that a unit holds; without the filter if it is on. Nobody is no unit."""
    view, code = subject.context.view, unit_code(held_by)
    is_on = view.owner == code
    return subject.page, replace(view, owner="" if is_on else code) if held_by else None, is_on
