"""走访与民情: do the visits reach people, and what do people say? Coverage, care households on schedule, needs found,
and whether the needs were met.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence

import streamlit as st

from components.markup import arrow, change, esc
from figures.published import Row
from language import numbers as fmt
from page import subject as subjects
from page.subject import Subject
from reader.context import Context
from screens.visits.care import CARE, care_panel
from screens.visits.heard import heard_panel, needs_panel, policies_panel, subjects_panel
from screens.visits.reach import COVERAGE, by_type_panel, coverage_panel, trend_panel

PAGE = "visits"
WANTED = ("home_visit.visit", "smart_community.care_household", "command_centre.event")
BOXES = (
    COVERAGE,
    CARE,
    "visit_need_resolved_15d_rate",
    "sentiment_to_action_7d_rate",
    "policy_reach_90d",
    "snap_feedback_24h_rate",
)


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    by_type = subject.ask_window("visits_by_type")
    needs = subject.ask_window("visit_needs")[0]
    care = subject.ask("care_households", last=subject.window.last)
    kinds = subject.ask("care_kinds")
    _finding(subject, by_type, care)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_visits_a"):
        left, middle, right = st.columns([1.15, 1, 1], gap="small")
        with left:
            coverage_panel(subject)
        with middle:
            needs_panel(subject, needs)
        with right:
            by_type_panel(subject, by_type)
    with st.container(key="row_visits_b"):
        left, right = st.columns([1.25, 1], gap="small")
        with left:
            care_panel(subject, care, kinds)
        with right:
            trend_panel(subject)
            policies_panel(subject)
    with st.container(key="row_visits_c"):
        left, right = st.columns([1, 1.25], gap="small")
        with left:
            heard_panel(subject)
        with right:
            subjects_panel(subject)


def _finding(subject: Subject, by_type: Sequence[Row], care: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    visits, valid = sum(row["visits"] for row in by_type), sum(row["valid"] for row in by_type)
    start = t("say.start_plain", period=context.period_said, area=context.area_name)
    if not visits:
        said = f"{esc(start)}<b>{esc(t('visits.say_none'))}</b>"
    else:
        among = subjects.of_few(valid, visits)
        said = (
            f"{esc(start)}{esc(t('visits.say_visits'))} <b>{esc(t('visits.times', n=fmt.whole(visits)))}</b>"
            f"{esc(t('comma') + t('visits.say_valid', share=among))}"
        )
    if COVERAGE in context.kpis:
        now = subject.figure(COVERAGE)
        if now.value is not None:
            said += f"{esc(t('semicolon') + t('visits.say_coverage'))} <b>{esc(fmt.percent(now.value))}</b>"
            moved = change(now, subject.before.figure(COVERAGE, context.area))
            if moved is not None and context.view.compare != "target":
                label = t("vs." + context.view.compare)
                moved_text = arrow(now.kpi, moved, now.value, t.lang, whole_words=True)
                said += f"{esc(t('comma') + label)} {moved_text}"
    late = sum(not row["is_on_schedule"] for row in care)
    if care:
        tone = "bad" if late else "good"
        said += (
            f"{esc(t('semicolon') + t('visits.say_care', n=fmt.whole(len(care))))}"
            f'<b class="{tone}">{esc(t("visits.say_late", n=fmt.whole(late)))}</b>'
        )
    subjects.finding(subject, said + esc(t("stop")))
