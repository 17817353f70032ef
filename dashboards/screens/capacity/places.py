"""The service points: 1+N coverage by community, and opening as scheduled.

Belongs here: the panels of places. Does not belong here: the people in them (workers.py, volunteers.py).
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
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from page.subject import Subject

UNDERSTAFFED = 0.8


def _groups(subject: Subject, rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows of communities, grouped one level down: by street for the district, otherwise by community."""
    found: dict[str, list[Row]] = {}
    places = [org.code for org in subject.below()]
    for row in rows:
        code = row["org_code"]
        place = code if code in places else codes.street_of(code)
        found.setdefault(place, []).append(row)
    return list(found.items())


def points_panel(subject: Subject, points: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    without = [row for row in points if not row["full_centres"]]
    small = [row for row in without if row["centres"]]
    has_any = any(row["centres"] or row["stations"] or row["others"] for row in points)
    if not has_any:
        title = t("capacity.points_none")
    elif without:
        title = t("capacity.points_title", n=len(without), of=len(points))
    else:
        title = t("capacity.points_fine", of=len(points))

    with panel(
        "capacity_points",
        title,
        t("capacity.points_subtitle", day=subject.day),
        context,
        about=subject.kpis(["centre_standard_rate", "service_15min_coverage"]),
        note=t("capacity.points_note"),
        behind=partial(_points_table, subject, points),
    ):
        if not has_any:
            st.html(f'<div class="blank"><b>{esc(t("capacity.points_none"))}</b></div>')
            return
        parts = (
            Part(t("capacity.with_full"), "main"),
            Part(t("capacity.with_small"), "warn"),
            Part(t("capacity.with_none"), "rest"),
        )
        rows = []
        for code, own in _groups(subject, points):
            full = sum(bool(row["full_centres"]) for row in own)
            under = sum(bool(row["centres"]) and not row["full_centres"] for row in own)
            n_points = sum(row["stations"] + row["others"] + row["mobile_desks"] for row in own)
            text = t("capacity.points_text", full=full, of=len(own), n=fmt.whole(n_points))
            rows.append(
                Stack(
                    subject.label(code),
                    (full, under, len(own) - full - under),
                    text,
                    page=subject.page,
                    view=replace(context.view, org=code),
                    hint=subject.name(code),
                )
            )
        live(stacks(parts, rows[:14], t, whole=True), "points", t.lang)
        if small:
            names = t.join(
                t("capacity.small", name=subject.label(row["org_code"]), area=fmt.whole(row["centre_area"]))
                for row in small[:4]
            )
            st.html(f'<div class="rank-foot">{esc(t("capacity.small_list") + names)}</div>')


def _points_table(subject: Subject, points: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("column.code"),
            t("column.name"),
            t("capacity.centres"),
            t("capacity.full_centres"),
            t("capacity.area"),
            t("capacity.functions"),
            t("capacity.stations"),
            t("capacity.others"),
            t("capacity.desks"),
        ),
        [
            (
                row["org_code"],
                subject.name(row["org_code"]),
                row["centres"],
                row["full_centres"],
                row["centre_area"],
                row["centre_functions"],
                row["stations"],
                row["others"],
                row["mobile_desks"],
            )
            for row in points
        ],
    )


def staffed_panel(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    rows = subject.ask_window("points_staffed")
    weak = [row for row in rows if row["staffed_hours"] < UNDERSTAFFED * row["planned_hours"]]
    planned, staffed = sum(row["planned_hours"] for row in rows), sum(row["staffed_hours"] for row in rows)
    if not rows:
        title = t("capacity.staffed_none")
    elif weak:
        title = t("capacity.staffed_title", n=len(weak), share=fmt.percent(share(staffed, planned)))
    else:
        title = t("capacity.staffed_fine", n=len(rows), share=fmt.percent(share(staffed, planned)))
    columns = (
        Column(t("capacity.point")),
        Column(t("capacity.point_type"), is_minor=True),
        Column(t("rank.community"), is_minor=True),
        Column(t("capacity.planned"), is_number=True),
        Column(t("capacity.staffed"), is_number=True),
        Column(t("capacity.staffed_share"), is_number=True),
        Column(t("capacity.not_signed_in"), is_number=True, is_minor=True),
    )

    with panel(
        "capacity_staffed",
        title,
        t("capacity.staffed_subtitle", span=subject.span, n=fmt.whole(len(rows))),
        subject.context,
        about=subject.kpis(["point_open_as_scheduled_rate"]),
        note=t("capacity.staffed_note"),
        behind=partial(_staffed_table, subject, rows, columns),
    ):
        lines = []
        for row in rows:
            tone = "bad" if row["staffed_hours"] < UNDERSTAFFED * row["planned_hours"] else ""
            lines.append(
                Line(
                    (
                        row["point_name"] or row["point_code"],
                        t("point_type." + row["point_type"]) if row["point_type"] else fmt.NOTHING,
                        subject.label(row["community_code"]),
                        f"{row['planned_hours']:,.1f}",
                        f"{row['staffed_hours']:,.1f}",
                        Cell(fmt.percent(share(row["staffed_hours"], row["planned_hours"])), tone=tone),
                        Cell(fmt.whole(row["not_signed_in"]), tone="warn" if row["not_signed_in"] else "muted"),
                    ),
                    subject.page,
                    replace(view, org=row["community_code"]),
                )
            )
        live(ledger(columns, lines, t, 9), "staffed", t.lang)


def _staffed_table(subject: Subject, rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    share_of = t("capacity.staffed_share")
    labels = [label + "（%）" if label == share_of else label for label in (column.label for column in columns)]
    return Table(
        ("ID", *labels, t("capacity.shifts"), t("capacity.extended")),
        [
            (
                row["point_code"],
                row["point_name"],
                t("point_type." + row["point_type"]) if row["point_type"] else None,
                subject.name(row["community_code"]),
                row["planned_hours"],
                row["staffed_hours"],
                share(row["staffed_hours"], row["planned_hours"]),
                row["not_signed_in"],
                row["shifts"],
                row["extended"],
            )
            for row in rows
        ],
    )
