"""The finding in a sentence, the cards of the four types, the totals.

Belongs here: the top of the overview and of the wall. Does not belong here: places (places.py), weeks (trends.py).
"""

from dataclasses import dataclass
from datetime import date

import streamlit as st

import theme
from components import cards
from components.live import live
from components.markup import esc, link
from components.restated import restated_badge
from components.scores import Score, score_card, totals
from components.trust import badge
from figures import codes, feeds, indices, published
from figures.board import Board, Week
from figures.indices import Index, Moved
from figures.kpis import PILLARS
from figures.published import Row
from page import frame, sentences
from reader.context import Context

# The headline totals in their usual order; all others follow.
TOTALS = ("centres_open", "stations_open", "grid_party_orgs", "grid_workers", "volunteer_teams", "service_projects")


@dataclass(frozen=True)
class Scores:
    """The indices of the area: now, on the compared day, by week, and why they changed in 30 days."""

    now: dict[str, Index]
    before: dict[str, Index]
    weeks: dict[str, list[float | None]]
    moved: dict[str, Moved]

    @classmethod
    def of(cls, context: Context) -> "Scores":
        window, area = context.window, context.area
        assert window is not None

        def own(day: date | None) -> dict[str, Index]:
            found = indices.on_day(context.publication, area, day)
            return {pillar: index for (org, pillar), index in found.items() if org == area}

        return cls(
            own(window.last),
            own(context.scores_before),
            indices.weeks(context.publication, area, window.last),
            indices.moved(context.publication, context.kpis, area, window.last, "30d"),
        )

    @property
    def are_there(self) -> bool:
        return any(self.now[name].score is not None for name in PILLARS if name in self.now)


def show_finding(context: Context, now: Board, before: Board, overdue: list[Row], scores: Scores) -> None:
    t, view = context.t, context.view
    if sentences.HEADLINE not in context.kpis:
        return
    by_place: dict[str, int] = {}
    for row in overdue:
        place = (
            codes.street_of(row["community_code"])
            if view.level == "district" and len(context.register.of("street")) > 1
            else row["community_code"]
        )
        org = context.register.orgs.get(place)
        name = org.label if org else place
        by_place[name] = by_place.get(name, 0) + row["events"]
    where = sentences.concentration(list(by_place.items()), t)
    first = sentences.scores(
        scores.now, scores.before.get("overall", Index()), scores.weeks, context.area_name, view, t
    )
    # The scores are those of 30 days.
    start = "say.start" if not first else "say.start_same" if view.period == "30d" else "say.start_again"
    said = sentences.sentence(
        now.figure(sentences.HEADLINE, context.area),
        before.figure(sentences.HEADLINE, context.area),
        None if feeds.EVENT in feeds.without_rows(context.publication) else sum(row["events"] for row in overdue),
        where,
        context.period_said,
        context.area_name,
        view,
        t,
        start=start,
    )
    headline = [context.kpis[sentences.HEADLINE]]
    trusted = badge(context, headline) + restated_badge(context, headline)
    more = ""
    if view.level == "community":
        pages = {"community": "say.profile", "grid": "say.grids", "events": "say.events", "capacity": "say.points"}
        more = "".join(link(page, view, esc(t(key)), "say-go") for page, key in pages.items())
    live(f'<div class="say">{frame.breadcrumb(context)}<p>{first}{said}{trusted}{more}</p></div>', "finding", t.lang)


def show_totals(context: Context, now: Board, before: Board) -> None:
    """The headline totals of the displayed area."""
    chosen = [kpi.kpi_id for kpi in context.kpis.values() if kpi.pillar == "context" and kpi.is_headline]
    chosen.sort(key=lambda one: TOTALS.index(one) if one in TOTALS else len(TOTALS))
    figures = [(now.figure(one, context.area), before.figure(one, context.area)) for one in chosen]
    if any(figure.value is not None for figure, _ in figures):
        st.html(totals(figures, context.t))


def show_cards(context: Context, now: Board, before: Board, weeks: dict[str, list[Week]], scores: Scores) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())
    named = feeds.named(published.ask(context.publication, "feeds"), t.lang)
    markup = []
    for pillar in PILLARS:
        own = [kpi for kpi in context.kpis.values() if kpi.pillar == pillar]
        entries = [
            cards.Entry(
                now.figure(kpi.kpi_id, context.area), before.figure(kpi.kpi_id, context.area), weeks[kpi.kpi_id]
            )
            for kpi in own
        ]
        # Totals with a value come first; within that, the order of the definitions: headline, then weight.
        told = sorted(
            (entry for entry in entries if entry.now.status != "no_data"), key=lambda entry: entry.now.value is None
        )
        if not any(entry.now.value is not None for entry in told):
            told = told[:1] if told else []
        index = scores.now.get(pillar, Index())
        if index.score is not None:
            score = Score(
                pillar,
                index,
                scores.before.get(pillar, Index()),
                scores.weeks.get(pillar, []),
                scores.moved.get(pillar),
            )
            markup.append(
                score_card(score, context.view, t, colours, badge(context, own, pillar), restated_badge(context, own))
            )
            continue
        wanted = {name for kpi in own for name in kpi.feed_names}
        waits = [
            row["title"] for row in named if f"{row['platform']}.{row['feed']}" in wanted and not row["newest_loaded"]
        ]
        card = cards.Card(pillar, told[:3]) if told else cards.Card(pillar, (), waits)
        markup.append(cards.card(card, context.view, t, colours))
    live(f'<div class="cards">{"".join(markup)}</div>', "cards", t.lang)
