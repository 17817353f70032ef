"""事件: where does work pile up, and who waits? How far events get, the age of the open ones, the units that hold them,
overdue events, places with repeated events; and one event on its way through the three levels, with its lines in the
export.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), times on a level
(figures/lifecycle.py), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.live import live
from components.markup import esc, link
from figures import codes
from figures.published import Row
from language import numbers as fmt
from page import sentences
from page import subject as subjects
from page.subject import Subject
from reader.context import Context
from screens.events.backlog import ageing_panel, funnel_panel, waiting_panel
from screens.events.due import due_list_panel, due_panel
from screens.events.kinds import categories_panel, repeats_panel
from screens.events.listed import list_panel
from screens.events.one import one_panel
from screens.events.overdue import overdue_panel

PAGE = "events"
LIST_WIDTH = {"zh": 1.25, "en": 1.7}
"""Of the overdue list, as a multiple of what is beside it: English names of offices are long."""
WANTED = ("command_centre.event",)
BOXES = (
    "event_on_time_close_rate",
    "overdue_open_per_1k",
    "event_close_hours",
    "event_rework_rate",
    "event_repeat_rate",
    "escalation_ack_4h_rate",
)


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    overdue = subject.ask("overdue_events")
    waiting = subject.ask("event_waiting")
    stages = subject.ask_period("event_stages")
    ageing = subject.ask("event_ageing")
    if context.view.event:
        one_panel(subject)
    _finding(subject, stages, ageing, overdue)
    _narrowed(subject)
    list_panel(subject)
    if context.view.due:
        due_list_panel(subject)
    subjects.boxes(subject, BOXES)
    due_panel(subject)
    with st.container(key="row_events_a"):
        left, middle, right = st.columns([1.1, 0.95, 1.1], gap="small")
        with left:
            funnel_panel(subject, stages)
        with middle:
            ageing_panel(subject, ageing)
        with right:
            waiting_panel(subject, waiting)
    with st.container(key="row_events_b"):
        left, right = st.columns([LIST_WIDTH[context.lang], 1], gap="small")
        with left:
            overdue_panel(subject, overdue)
        with right:
            categories_panel(subject)
            repeats_panel(subject)


def _finding(subject: Subject, stages: Sequence[Row], ageing: Sequence[Row], overdue: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    reached = {row["stage"]: row["reached"] for row in stages}
    reported, closed = reached.get("reported", 0), reached.get("closed", 0)
    open_now = sum(row["events"] for row in ageing)
    start = t("say.start_plain", period=context.period_said, area=_area_name(subject))
    if not reported and not open_now:
        subjects.finding(subject, f"{esc(start)}<b>{esc(t('events.say_none'))}</b>{esc(t('stop'))}")
        return
    said = esc(start) + esc(t("events.say_reported")) + f" <b>{esc(t('events', n=fmt.whole(reported)))}</b>"
    if reported:
        said += esc(t("comma") + t("events.say_closed", share=subjects.of_few(closed, reported)))
    said += f"{esc(t('semicolon') + t('events.say_open'))} <b>{esc(t('events', n=fmt.whole(open_now)))}</b>"
    if overdue:
        in_all = overdue[0]["in_all"]
        said += f'{esc(t("comma") + t("say.overdue"))} <b class="bad">{esc(t("events", n=fmt.whole(in_all)))}</b>'
        by_place: dict[str, int] = {}
        for row in overdue:
            code = row["community_code"]
            name = subject.label(codes.street_of(code) if context.view.level == "district" else code)
            by_place[name] = by_place.get(name, 0) + 1
        # Of a list that ends at its limit, the places are not known.
        where = sentences.concentration(list(by_place.items()), t) if len(overdue) == in_all else ""
        said += esc(t("comma") + where) if where else ""
        said += esc(t("comma") + t("events.say_longest", days=overdue[0]["days_at_most"]))
    else:
        said += esc(t("comma") + t("say.overdue_none"))
    subjects.finding(subject, said + esc(t("stop")))


def _area_name(subject: Subject) -> str:
    view = subject.context.view
    if not view.grid:
        return subject.context.area_name
    return subject.name(view.org) + subject.context.t("grid.number", n=int(view.grid[codes.COMMUNITY :]))


def _narrowed(subject: Subject) -> None:
    """Shows that the page is limited to one grid, and how to leave it."""
    t, view = subject.context.t, subject.context.view
    if view.grid:
        back = link(subject.page, replace(view, grid=""), esc(t("events.all_grids", name=subject.name(view.org))))
        said = t("events.one_grid", grid=view.grid, name=subject.name(view.org))
        live(f'<div class="notice">{esc(said)} {back}</div>', "narrowed", subject.context.lang)
