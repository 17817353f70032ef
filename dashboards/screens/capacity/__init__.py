"""阵地与力量: are there enough places, grid workers and volunteers? 1+N coverage, opening as scheduled, workers' loads,
grids without enough workers, party organisations, volunteer teams, the points mall.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence

import streamlit as st

from components import scores
from components.markup import esc
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from page import subject as subjects
from page.subject import Subject
from reader.context import Context
from screens.capacity.places import points_panel, staffed_panel
from screens.capacity.volunteers import mall_panel, people_panel, teams_panel
from screens.capacity.workers import grids_panel, loads_panel

PAGE = "capacity"
WANTED = (
    "service_centre.service_point",
    "smart_community.grid_worker",
    "service_centre.duty_shift",
    "volunteer.volunteer_team",
    "volunteer.points_txn",
    "smart_community.party_org",
)
BOXES = (
    "service_15min_coverage",
    "centre_standard_rate",
    "point_open_as_scheduled_rate",
    "grid_staffing_rate",
    "overloaded_worker_share",
    "volunteer_team_active_rate",
)
TOTALS = ("centres_open", "stations_open", "grid_party_orgs", "grid_workers", "volunteer_teams", "service_projects")


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    last = subject.window.last
    points = subject.ask("points_by_community", last=last)
    loads = subject.ask("worker_loads", last=last)
    grids = subject.ask("grids_in_need", last=last)
    teams = subject.ask_window("volunteer_teams")
    _finding(subject, points, loads, grids, teams)
    totals = [
        (subject.figure(kpi.kpi_id), subject.before.figure(kpi.kpi_id, context.area)) for kpi in subject.kpis(TOTALS)
    ]
    st.html(scores.totals(totals, context.t))
    subjects.boxes(subject, BOXES)
    with st.container(key="row_capacity_a"):
        left, right = st.columns([1, 1.1], gap="small")
        with left:
            points_panel(subject, points)
        with right:
            staffed_panel(subject)
    with st.container(key="row_capacity_b"):
        left, right = st.columns([1, 1.1], gap="small")
        with left:
            loads_panel(subject, loads)
        with right:
            grids_panel(subject, grids)
    with st.container(key="row_capacity_c"):
        left, middle, right = st.columns([1.25, 0.85, 0.9], gap="small")
        with left:
            teams_panel(subject, teams)
        with middle:
            people_panel(subject)
        with right:
            mall_panel(subject)


def _finding(
    subject: Subject, points: Sequence[Row], loads: Sequence[Row], grids: Sequence[Row], teams: Sequence[Row]
) -> None:
    t, context = subject.context.t, subject.context
    parts = []
    if any(row["centres"] or row["stations"] or row["others"] for row in points):
        without = sum(not row["full_centres"] for row in points)
        tone = "bad" if without else "good"
        parts.append(
            f'{esc(t("capacity.say_centres", of=len(points)))} <b class="{tone}">'
            f"{esc(t('capacity.say_without', n=without))}</b>"
        )
    if grids:
        bare = sum(not row["has_worker"] for row in grids)
        parts.append(
            esc(t("capacity.say_grids", of=fmt.whole(len(grids)))) + f" <b>{esc(t('capacity.say_bare', n=bare))}</b>"
        )
    if loads:
        heavy = sum(bool(row["is_overloaded"]) for row in loads)
        among = fmt.percent(share(heavy, len(loads)))
        parts.append(esc(t("capacity.say_heavy", n=fmt.whole(heavy), share=among)))
    if teams:
        active = sum(row["held"] > 0 for row in teams)
        parts.append(esc(t("capacity.say_teams", of=fmt.whole(len(teams)), n=fmt.whole(active))))
    start = t("capacity.say_start", day=subject.day, area=context.area_name)
    said = esc(t("semicolon")).join(parts) or f"<b>{esc(t('nothing.no_data'))}</b>"
    subjects.finding(subject, esc(start) + said + esc(t("stop")))
