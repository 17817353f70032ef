"""物业与自治: how do areas with and without property services perform? Four-link scores, three-no areas, managed
compared with unmanaged, projects.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), markup
(components/).
"""

from collections.abc import Sequence

import streamlit as st

from components.markup import esc
from figures.published import Row
from language import numbers as fmt
from page import subject as subjects
from page.subject import Subject
from reader.context import Context
from screens.property.areas import four_links_panel, has_group, three_no_panel, weak_areas_panel
from screens.property.managed import events_panel, managed_panel
from screens.property.projects import projects_panel

PAGE = "property"
WANTED = (
    "smart_community.residential_area",
    "property_selfgov.four_link_review",
    "property_selfgov.project",
    "property_selfgov.selfgov_group",
)
BOXES = (
    "managed_household_coverage",
    "property_four_link_score",
    "property_event_on_time_rate",
    "property_party_coverage",
    "no_property_group_coverage",
    "security_upgrade_rate",
)


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    areas = subject.ask("areas", last=subject.window.last)
    reviewed = subject.ask("four_links", last=subject.window.last)
    projects = subject.ask_window("projects")
    _finding(subject, areas, projects)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_property_a"):
        left, right = st.columns([1, 1.2], gap="small")
        with left:
            four_links_panel(subject, reviewed)
        with right:
            weak_areas_panel(subject, reviewed)
    with st.container(key="row_property_b"):
        left, right = st.columns([1.2, 1], gap="small")
        with left:
            three_no_panel(subject, areas)
        with right:
            managed_panel(subject, areas)
            events_panel(subject)
    projects_panel(subject, projects)


def _finding(subject: Subject, areas: Sequence[Row], projects: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    start = t("capacity.say_start", day=subject.day, area=context.area_name)
    parts = []
    if areas:
        none = sum(row["management"] == "none" for row in areas)
        parts.append(esc(t("property.say_areas", n=fmt.whole(len(areas)), none=fmt.whole(none))))
        three = [row for row in areas if row["is_three_no"]]
        without = sum(not has_group(row) for row in three)
        if three:
            tone = "bad" if without else "good"
            parts.append(
                f'{esc(t("property.say_three", n=fmt.whole(len(three))))}<b class="{tone}">'
                f"{esc(t('property.say_without', n=fmt.whole(without)))}</b>"
            )
    late = sum(row["standing"] == "overdue" for row in projects)
    if projects:
        running = sum(row["standing"] == "running" for row in projects)
        parts.append(esc(t("property.say_projects", running=fmt.whole(running), late=fmt.whole(late))))
    said = esc(t("semicolon")).join(parts) or f"<b>{esc(t('nothing.no_data'))}</b>"
    subjects.finding(subject, esc(start) + said + esc(t("stop")))
