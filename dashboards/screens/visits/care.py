"""The care households: which are visited as often as required.

Belongs here: the panel of schedules. Does not belong here: visits of all kinds (reach.py).
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
from figures.kpis import FEW_BELOW
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from page.subject import Subject

CARE = "care_visit_on_schedule_rate"


def share_late(kind: Row) -> float:
    """How many care households of a category were not visited on schedule, in percent."""
    return share(kind["households"] - kind["visited"], kind["households"]) or 0.0


def care_panel(subject: Subject, care: Sequence[Row], kinds: Sequence[Row]) -> None:
    """care: one row per household; kinds: one row per category, empty if the counts are too small to be published."""
    t = subject.context.t
    late = [row for row in care if not row["is_on_schedule"]]
    if not care:
        title = t("visits.care_none")
    elif late:
        judged = [kind for kind in kinds if kind["households"] >= FEW_BELOW]
        worst = max(judged, key=share_late, default=None)
        title = t("visits.care_late", n=fmt.whole(len(late)), of=fmt.whole(len(care)))
        if worst and len(judged) > 1:
            late_there = fmt.percent(share_late(worst))
            title += t("visits.care_worst", kind=t("care." + worst["care_category"]), share=late_there)
    else:
        title = t("visits.care_fine", n=fmt.whole(len(care)))

    with panel(
        "visit_care",
        title,
        t("visits.care_subtitle", day=subject.day),
        subject.context,
        about=subject.kpis([CARE]),
        note=t("visits.care_note"),
        behind=partial(_care_table, subject, care),
    ):
        if not care:
            st.html(f'<div class="blank"><b>{esc(t("visits.care_none"))}</b></div>')
            return
        _by_kind(subject, kinds)
        _late(subject, late)


def _by_kind(subject: Subject, kinds: Sequence[Row]) -> None:
    t = subject.context.t
    parts = (Part(t("visits.on_schedule"), "main"), Part(t("visits.not_on_schedule"), "bad"))
    rows = [
        Stack(
            t("care." + kind["care_category"]),
            (kind["visited"], kind["households"] - kind["visited"]),
            t("visits.care_count", done=fmt.whole(kind["visited"]), all=fmt.whole(kind["households"])),
        )
        for kind in kinds
    ]
    if rows:
        st.html(stacks(parts, rows, t))
        said = t("visits.care_counted", day=fmt.short_day(kinds[0]["as_of"], t.lang))
    else:
        said = t("visits.care_hidden")
    st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _late(subject: Subject, late: Sequence[Row]) -> None:
    """The households not visited on schedule: the longest overdue first, those never visited last."""
    t, view = subject.context.t, subject.context.view
    columns = (
        Column(t("rank.community")),
        Column(t("visits.every"), is_number=True),
        Column(t("visits.last_visit")),
        Column(t("visits.over"), is_number=True),
    )
    lines = [
        Line(
            (
                subject.label(row["community_code"]),
                fmt.days(row["visit_every_days"], t.lang),
                fmt.short_day(row["visited_on"], t.lang) if row["visited_on"] else t("visits.never"),
                Cell(
                    fmt.days(row["days_since"] - row["visit_every_days"], t.lang)
                    if row["visited_on"]
                    else t("visits.no_visit"),
                    tone="bad",
                ),
            ),
            subject.page,
            replace(view, org=row["community_code"]),
        )
        for row in sorted(
            late, key=lambda row: (row["visited_on"] is None, row["visit_every_days"] - row["days_since"])
        )
    ]
    if lines:
        live(ledger(columns, lines, t, 8), "care", t.lang)


def _care_table(subject: Subject, care: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("rank.community"),
            t("visits.every"),
            t("visits.registered"),
            t("visits.last_visit"),
            t("visits.days_since"),
            t("visits.on_schedule"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                subject.name(row["community_code"]),
                row["visit_every_days"],
                row["registered_on"],
                row["visited_on"],
                row["days_since"] if row["visited_on"] else None,
                row["is_on_schedule"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in care
        ],
    )
