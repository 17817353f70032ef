"""The grid workers: their load, and grids without workers.

Belongs here: the panels of workers and their grids. Does not belong here: one worker's grid (screens/grid.py).
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

LOAD_STEPS = (0.5, 1.0, 1.5, 2.0)
"""Upper limits of the load groups, in medians; beyond 1.5 a worker is overloaded."""


def load_group(times: float | None) -> int:
    """The group of LOAD_STEPS that a load belongs to; the last one is beyond all steps. times: None without a
    median."""
    return 0 if times is None else sum(times > step for step in LOAD_STEPS)


def loads_panel(subject: Subject, loads: Sequence[Row]) -> None:
    t = subject.context.t
    heavy = [row for row in loads if row["is_overloaded"]]
    if not loads:
        title = t("capacity.loads_none")
    elif heavy:
        most = heavy[0]["times_median"]
        times = fmt.NOTHING if most is None else f"{most:.1f}"
        among = fmt.percent(share(len(heavy), len(loads)))
        title = t("capacity.loads_title", n=fmt.whole(len(heavy)), share=among, times=times)
    else:
        title = t("capacity.loads_fine", n=fmt.whole(len(loads)))

    with panel(
        "capacity_loads",
        title,
        t("capacity.loads_subtitle", day=fmt.short_day(loads[0]["as_of"], t.lang) if loads else subject.day),
        subject.context,
        about=subject.kpis(["overloaded_worker_share"]),
        note=t("capacity.loads_note"),
        behind=partial(_loads_table, subject, loads),
    ):
        if not loads:
            st.html(f'<div class="blank"><b>{esc(t("capacity.loads_none"))}</b></div>')
            return
        _by_load(subject, loads)
        _overloaded(subject, heavy)


def _by_load(subject: Subject, loads: Sequence[Row]) -> None:
    t = subject.context.t
    groups = [0] * (len(LOAD_STEPS) + 1)
    for row in loads:
        groups[load_group(row["times_median"])] += 1
    rows = [
        Stack(
            t(f"load.{number}"),
            (0, count) if number > 2 else (count, 0),
            t("capacity.people", n=fmt.whole(count)),
            "bad" if number > 2 and count else "",
        )
        for number, count in enumerate(groups)
    ]
    parts = (Part(t("capacity.load_normal"), "main"), Part(t("capacity.overloaded"), "bad"))
    st.html(stacks(parts, rows, t))


def _overloaded(subject: Subject, heavy: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    columns = (
        Column(t("capacity.worker")),
        Column(t("rank.community")),
        Column(t("capacity.role"), is_minor=True),
        Column(t("visits.households"), is_number=True, is_minor=True),
        Column(t("capacity.tasks"), is_number=True),
        Column(t("capacity.load"), is_number=True),
    )
    lines = [
        Line(
            (
                row["worker_name"] or row["worker_id"],
                Cell(
                    subject.label(row["community_code"]),
                    under=t("grid.number", n=int(row["grid_code"][codes.COMMUNITY :])) if row["grid_code"] else "",
                ),
                t("worker_role." + row["worker_role"]),
                fmt.whole(row["households"]),
                fmt.whole(row["visits"] + row["inspections"]),
                Cell(t("capacity.times", n=f"{row['times_median']:.2f}"), tone="bad"),
            ),
            "grid",
            replace(view, org=row["community_code"], grid=row["grid_code"] or ""),
        )
        for row in heavy
        if row["times_median"] is not None
    ]
    if lines:
        live(ledger(columns, lines, t, 5), "loads", t.lang)


def _loads_table(subject: Subject, loads: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("capacity.worker_id"),
            t("capacity.worker"),
            t("capacity.role"),
            t("rank.community"),
            t("event.grid"),
            t("visits.households"),
            t("visits.count"),
            t("capacity.inspections"),
            t("capacity.load"),
            t("capacity.median"),
            t("capacity.overloaded"),
        ),
        [
            (
                row["worker_id"],
                row["worker_name"],
                t("worker_role." + row["worker_role"]),
                subject.name(row["community_code"]),
                row["grid_code"],
                row["households"],
                row["visits"],
                row["inspections"],
                row["task_load"],
                row["median_load"],
                row["is_overloaded"],
            )
            for row in loads
        ],
    )


def grids_panel(subject: Subject, grids: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    short = [row for row in grids if not (row["has_worker"] and row["has_party_org"])]
    if not grids:
        title = t("capacity.grids_none")
    elif short:
        title = t(
            "capacity.grids_title",
            workers=sum(not row["has_worker"] for row in grids),
            orgs=sum(not row["has_party_org"] for row in grids),
        )
    else:
        title = t("capacity.grids_fine", n=fmt.whole(len(grids)))
    columns = (
        Column(t("event.grid")),
        Column(t("rank.community")),
        Column(t("visits.households"), is_number=True),
        Column(t("worker_role.full_time_grid_worker")),
        Column(t("capacity.party_org")),
    )

    with panel(
        "capacity_grids",
        title,
        t("capacity.grids_subtitle", day=subject.day, n=fmt.whole(len(grids))),
        subject.context,
        about=subject.kpis(["grid_staffing_rate", "grid_party_org_coverage"]),
        behind=partial(_grids_table, subject, grids, columns),
    ):
        lines = [
            Line(
                (
                    row["grid_name"] or row["grid_code"],
                    subject.label(row["community_code"]),
                    fmt.whole(row["households"]),
                    _present(row["has_worker"], subject),
                    _present(row["has_party_org"], subject),
                ),
                "grid",
                replace(view, org=row["community_code"], grid=row["grid_code"]),
            )
            for row in short[:13]
        ]
        if lines:
            live(ledger(columns, lines, t, total=len(short)), "bare_grids", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(title)}</b></div>')


def _grids_table(subject: Subject, grids: Sequence[Row], columns: Sequence[Column]) -> Table:
    t = subject.context.t
    return Table(
        (t("column.code"), *(column.label for column in columns)),
        [
            (
                row["grid_code"],
                row["grid_name"],
                subject.name(row["community_code"]),
                row["households"],
                row["has_worker"],
                row["has_party_org"],
            )
            for row in grids
        ],
    )


def _present(has: bool, subject: Subject) -> Cell:
    t = subject.context.t
    return Cell(t("capacity.has"), tone="muted") if has else Cell(t("capacity.lacks"), tone="warn", is_tag=True)
