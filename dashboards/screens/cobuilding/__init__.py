"""共建: was it done as agreed? One ledger of promises with owner, age and delay; who keeps them; meetings, suggestions,
alliances, and the funds' income and spending.

Belongs here: which panel shows which answer. Does not belong here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence

import streamlit as st

from components.live import live
from components.markup import esc
from figures.published import Row
from language import numbers as fmt
from page import subject as subjects
from page.narrowing import Narrowing
from page.subject import Subject
from reader.context import Context
from screens.cobuilding.alliances import alliances_panel, funds_panel
from screens.cobuilding.meetings import meetings_panel, suggestions_panel
from screens.cobuilding.promises import KPIS, filters, kinds_panel, ledger_panel, next_panel, owner_of, owners_panel

PAGE = "cobuilding"
WANTED = (
    "co_building.meeting_resolution",
    "co_building.suggestion",
    "co_building.alliance_commitment",
    "co_building.fund_txn",
    "co_building.joint_meeting",
)
BOXES = (*KPIS, "covenant_current_rate")


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    counts = subject.ask_period("promise_counts")
    every = subject.ask("promises")
    narrowing = Narrowing(context, PAGE, filters(subject), every)
    promises = narrowing.kept(every)
    slipped = [row for row in promises if row["status"] == "slipped"]
    _finding(subject, counts, [row for row in every if row["status"] == "slipped"])
    live(narrowing.chips("promise.list_of"), "narrowing", context.lang)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_cobuilding_a"):
        left, right = st.columns([1.45, 1], gap="small")
        with left:
            ledger_panel(subject, promises, slipped)
        with right:
            kinds_panel(subject, counts)
            owners_panel(subject)
    with st.container(key="row_cobuilding_b"):
        left, right = st.columns([1.2, 1], gap="small")
        with left:
            next_panel(subject, [row for row in promises if row["status"] == "open"])
        with right:
            meetings_panel(subject)
            alliances_panel(subject)
    with st.container(key="row_cobuilding_c"):
        left, right = st.columns(2, gap="small")
        with left:
            funds_panel(subject)
        with right:
            suggestions_panel(subject)


def _finding(subject: Subject, counts: Sequence[Row], slipped: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    kept, late = sum(row["kept"] for row in counts), sum(row["kept_late"] for row in counts)
    due = kept + late + sum(row["slipped"] for row in counts)
    start = t("say.start_plain", period=context.period_said, area=context.area_name)
    if not due and not slipped:
        subjects.finding(subject, f"{esc(start)}<b>{esc(t('promise.say_none'))}</b>{esc(t('stop'))}")
        return
    said = esc(start) + esc(t("promise.say_due")) + f"<b>{esc(t('promise.items', n=fmt.whole(due)))}</b>"
    if due:
        said += esc(t("comma") + t("promise.say_kept", share=subjects.of_few(kept, due), late=fmt.whole(late)))
    if slipped:
        in_all = fmt.whole(sum(row["slipped_ever"] for row in counts))
        longest = t("promise.say_longest", days=slipped[0]["days_late"], who=owner_of(subject, slipped[0]))
        said += (
            f'{esc(t("semicolon") + t("promise.say_slipped"))}<b class="bad">'
            f"{esc(t('promise.items', n=in_all))}</b>{esc(t('comma') + longest)}"
        )
    subjects.finding(subject, said + esc(t("stop")))
