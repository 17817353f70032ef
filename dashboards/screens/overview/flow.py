"""How far events get, and their subjects.

Belongs here: the funnel and the categories. Does not belong here: single events (screens/events/).
"""

import streamlit as st

from components import bars
from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import periods, published
from figures.steps import steps_of
from page import sentences
from page.subject import rate
from reader.context import Context


def show_funnel(context: Context) -> None:
    t = context.t
    period = periods.published_as(context.view.period)
    rows = published.ask(context.publication, "event_stages", area=context.area, period=period)
    stages = [bars.Stage(t("event_stage." + step.name), step.reached, step.overdue) for step in steps_of(rows)]
    reported = stages[0].events or 0

    def behind() -> Table:
        return Table(
            (t("column.stage"), t("column.events"), t("column.share"), t("funnel.column_overdue")),
            [
                (
                    stage.name,
                    stage.events,
                    None if stage.events is None else rate(stage.events, reported),
                    stage.overdue,
                )
                for stage in stages
            ],
        )

    with panel(
        "funnel",
        sentences.funnel_title(stages, t),
        t("funnel.subtitle", span=context.span),
        context,
        note=t("funnel.note"),
        behind=behind,
    ):
        if reported:
            st.html(bars.funnel(stages, t))
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("funnel.title_nothing"))}</b><p>{esc(t("funnel.nothing_why"))}</p></div>'
            )
