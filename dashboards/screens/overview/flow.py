"""How far events get, and their subjects.

Belongs here: the funnel and the categories. Does not belong here: single events (screens/events/).
"""

from collections.abc import Sequence

import streamlit as st

from components import bars
from components.markup import esc
from components.panel import panel
from downloads import Table
from figures import published
from figures.published import Row
from language.words import Speaker
from page import sentences
from reader.context import Context

# The stages of marts.event_stage that every event has; a check is recorded only if work was sent back.
STEPS = ("reported", "accepted", "dispatched", "resolved", "closed")


def stages_of(rows: Sequence[Row], t: Speaker) -> list[bars.Stage]:
    """The steps that every event has. An event that waits in another step counts for the step before it. If no event
    reached a step but some reached a later one, the source does not record that step."""
    found = {row["stage"]: row for row in rows}
    last = max((number for number, name in enumerate(STEPS) if name in found), default=0)
    late = dict.fromkeys(STEPS, 0)
    before = STEPS[0]
    for row in rows:
        before = row["stage"] if row["stage"] in late else before
        late[before] += row["overdue"]
    return [
        bars.Stage(
            t("event_stage." + name),
            found[name]["reached"] if name in found else None if number < last else 0,
            late[name],
        )
        for number, name in enumerate(STEPS)
    ]


def show_funnel(context: Context) -> None:
    t, window = context.t, context.window
    assert window is not None
    rows = published.ask(context.publication, "event_stages", area=context.area, first=window.first, last=window.last)
    stages = stages_of(rows, t)
    reported = stages[0].events or 0

    def behind() -> Table:
        return Table(
            (t("column.stage"), t("column.events"), t("column.share"), t("funnel.column_overdue")),
            [
                (
                    stage.name,
                    stage.events,
                    stage.events / reported * 100 if stage.events is not None and reported else None,
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
