"""The projects: in time, late, over budget.

Belongs here: the panel of projects. Does not belong here: the areas that they are for (areas.py).
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
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page.subject import Subject

STANDINGS = ("in_time", "late", "overdue", "running", "stopped")


def projects_title(projects: Sequence[Row], t: Speaker) -> str:
    if not projects:
        return t("project.none")
    overdue = [row["days_late"] for row in projects if row["standing"] == "overdue"]
    due = [row for row in projects if row["is_due_in_period"] and row["standing"] != "stopped"]
    in_time = sum(row["standing"] == "in_time" for row in due)
    title = t("works.title", n=fmt.whole(len(due)), in_time=fmt.whole(in_time))
    if not overdue:
        return title + t("project.title_fine")
    said = "project.title_overdue" if max(overdue) else "project.title_overdue_today"
    return title + t(said, n=len(overdue), days=max(overdue))


def _late_by(days: int, t: Speaker) -> str:
    # Due on the day itself counts as not in time, as in the KPI.
    return t("project.late_by", days=days) if days else t("project.due_that_day")


def projects_panel(subject: Subject, projects: Sequence[Row]) -> None:
    t = subject.context.t
    running = [row for row in projects if row["standing"] in ("overdue", "running")]
    with panel(
        "projects",
        projects_title(projects, t),
        t("works.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["selfgov_project_on_time_rate", "security_upgrade_rate", "beautify_on_schedule_rate"]),
        note=t("project.note"),
        behind=partial(_projects_table, subject, projects),
    ):
        if not projects:
            st.html(f'<div class="blank"><b>{esc(t("project.none"))}</b></div>')
            return
        left, right = st.columns([1, 1.6], gap="medium")
        with left:
            _by_type(subject, projects, running)
        with right:
            _running(subject, running)


def _by_type(subject: Subject, projects: Sequence[Row], running: Sequence[Row]) -> None:
    """Bars by type of project, and the money of the running projects."""
    t = subject.context.t
    parts = (
        Part(t("standing.in_time"), "main"),
        Part(t("standing.late"), "soft"),
        Part(t("standing.overdue"), "bad"),
        Part(t("standing.running"), "rest"),
    )
    rows = []
    for kind in ("beautiful_home", "courtyard_micro", "security_upgrade", "other"):
        own = [row for row in projects if row["project_type"] == kind]
        by = {name: sum(row["standing"] == name for row in own) for name in STANDINGS}
        if own:
            text = t("promise.items", n=fmt.whole(len(own) - by["stopped"]))
            counts = (by["in_time"], by["late"], by["overdue"], by["running"])
            rows.append(Stack(t("project_type." + kind), counts, text))
    st.html(stacks(parts, rows, t))
    budget = sum(row["budget"] or 0.0 for row in running)
    spent = sum(row["spent"] or 0.0 for row in running)
    said = t("project.money", budget=fmt.yuan(budget, t.lang), spent=fmt.yuan(spent, t.lang), n=len(running))
    st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _running(subject: Subject, running: Sequence[Row]) -> None:
    """The running projects, the most overdue first."""
    t, view = subject.context.t, subject.context.view
    listed = sorted(
        running, key=lambda row: (row["standing"] != "overdue", -row["days_late"], str(row["planned_finish_on"]))
    )
    columns = (
        Column(t("project.name")),
        Column(t("project.type"), is_minor=True),
        Column(t("project.planned")),
        Column(t("project.standing")),
        Column(t("project.spent_share"), is_number=True, is_minor=True),
    )
    lines = []
    for row in listed:
        late = row["standing"] == "overdue"
        spent_share = share(row["spent"] or 0.0, row["budget"] or 0.0)
        lines.append(
            Line(
                (
                    Cell(row["project_name"] or row["project_id"], under=subject.label(row["community_code"])),
                    t("project_type." + row["project_type"]),
                    f"{row['planned_finish_on']}" if row["planned_finish_on"] else fmt.NOTHING,
                    Cell(
                        _late_by(row["days_late"], t) if late else t("standing.running"),
                        tone="bad" if late else "",
                    ),
                    fmt.percent(spent_share, 0),
                ),
                subject.page,
                replace(view, org=row["community_code"]),
            )
        )
    live(ledger(columns, lines, t, 7), "projects", t.lang)


def _projects_table(subject: Subject, projects: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            "ID",
            t("project.name"),
            t("project.type"),
            t("rank.community"),
            t("project.started"),
            t("project.planned"),
            t("project.finished"),
            t("project.standing"),
            t("promise.days_late_exported"),
            t("project.budget"),
            t("project.spent"),
            t("project.residents"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                row["project_id"],
                row["project_name"],
                t("project_type." + row["project_type"]),
                subject.name(row["community_code"]),
                row["started_on"],
                row["planned_finish_on"],
                row["finished_on"],
                t("standing." + row["standing"]),
                row["days_late"],
                row["budget"],
                row["spent"],
                row["resident_participations"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in projects
        ],
    )
