"""Shared by pages about one topic: filters, the finding with its breadcrumb, missing feeds, the numbers in boxes,
places below the area, a panel's table that is also its download.

Belongs here: placing these on a page. Does not belong here: the content of a page (its module), SQL, markup
(components/).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components import stat
from components.lacking import lacking, missing
from components.ledger import Cell
from components.live import live
from figures import feeds, published
from figures.board import Board
from figures.kpis import FEW_BELOW, HIDE_BELOW, Figure, Kpi
from figures.orgs import Org
from figures.periods import Window, published_as
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import frame
from reader.context import Context


@dataclass(frozen=True)
class Subject:
    """The data of a page: its context, its days, and the figures of its area, now and compared."""

    context: Context
    page: str
    window: Window
    now: Board
    before: Board

    def figure(self, kpi_id: str) -> Figure:
        return self.now.figure(kpi_id, self.context.area)

    def kpis(self, names: Sequence[str]) -> list[Kpi]:
        return [self.context.kpis[name] for name in names if name in self.context.kpis]

    @property
    def area(self) -> str:
        """The code that the requested rows begin with: a grid's if one is selected."""
        return self.context.view.grid or self.context.area

    def ask(self, question: str, **params: object) -> list[Row]:
        """Runs a query for the area."""
        return published.ask(self.context.publication, question, area=self.area, **params)

    def ask_window(self, question: str, **params: object) -> list[Row]:
        return self.ask(question, first=self.window.first, last=self.window.last, **params)

    def ask_period(self, question: str) -> list[Row]:
        """Of a table that has the periods to the newest day."""
        return self.ask(question, period=published_as(self.context.view.period))

    @property
    def span(self) -> str:
        return fmt.span(self.window.first, self.window.last, self.context.lang)

    @property
    def day(self) -> str:
        return fmt.short_day(self.window.last, self.context.lang)

    def name(self, code: str | None) -> str:
        return self.context.register.name(code) if code else fmt.NOTHING

    def label(self, code: str | None) -> str:
        """An organisation's short name."""
        org = self.context.register.orgs.get(code or "")
        return org.label if org else code or fmt.NOTHING

    def below(self) -> list[Org]:
        """The places one level down: streets of the district, communities of a street; for a community, its street's
        communities."""
        register, view = self.context.register, self.context.view
        if view.level == "district" and len(register.of("street")) > 1:
            return register.of("street")
        return register.of("community", view.street)

    def figures_below(self, kpi: Kpi) -> list[tuple[Org, Figure]]:
        return [(org, self.now.figure(kpi.kpi_id, org.code)) for org in self.below()]


def begin(context: Context, page: str, wanted: Sequence[str]) -> Subject | None:
    """Shows filters and missing feeds; None if the page has nothing to show, and has said so.

    `wanted`: the feeds (platform.feed) that the page needs.
    """
    t, window = context.t, context.window
    if window is None or context.district is None:
        frame.empty_page(t)
        return None
    frame.filters(context)
    gone = missing(feeds.named(published.ask(context.publication, "feeds"), t.lang), wanted)
    if len(gone) == len(wanted):
        frame.blank_page(t("lacking.title"), t("lacking.all", feeds=t.join(gone)))
        return None
    if gone:
        st.html(lacking(gone, t))
    around = context.view.street if context.view.level == "community" else context.area
    boards = context.boards(around)
    return Subject(context, page, window, boards.now, boards.before)


def notice(context: Context, page: str) -> None:
    """Names the feeds that are missing of those whose rows a page shows."""
    t, publication = context.t, context.publication
    needs = published.ask_if_there(publication, "readiness_pages")
    wanted = [f"{row['platform']}.{row['feed']}" for row in needs if row["page"] == page]
    if gone := missing(feeds.named(published.ask(publication, "feeds"), t.lang), wanted):
        st.html(lacking(gone, t))


def said_of_none(context: Context, key: str, *wanted: str) -> str:
    """What a panel without rows says: the text of `key`, or no data if a feed (platform.feed) that it lists is
    missing."""
    is_known = feeds.without_rows(context.publication).isdisjoint(wanted)
    return context.t(key if is_known else "nothing.no_data")


def finding(subject: Subject, said: str) -> None:
    """`said` is markup: the one sentence at the top."""
    crumbs = frame.breadcrumb(subject.context, subject.page)
    live(f'<div class="say">{crumbs}<p>{said}</p></div>', f"finding_{subject.page}", subject.context.lang)


def boxes(subject: Subject, names: Sequence[str], more: Sequence[str] = ()) -> None:
    """The subject's KPIs as boxes; `more`: further boxes as markup, added after them."""
    context = subject.context
    made = [
        stat.of_figure(
            subject.figure(kpi.kpi_id), subject.before.figure(kpi.kpi_id, context.area), context.view, context.t
        )
        for kpi in subject.kpis(names)
    ]
    live(stat.stats([*made, *more], "kpis"), f"boxes_{subject.page}", context.lang)


def urgency_cell(row: Row, t: Speaker) -> Cell:
    """An event's urgency: 特急 and 紧急 stand out."""
    tone = {"critical": "bad", "urgent": "warn"}.get(row["urgency"] or "", "")
    text = t("urgency." + row["urgency"]) if row["urgency"] else fmt.NOTHING
    return Cell(text, tone=tone or "muted", is_tag=bool(tone))


def best_and_worst(figures: Sequence[tuple[Org, Figure]]) -> tuple[tuple[Org, Figure], tuple[Org, Figure]] | None:
    """The best and the worst of the places that have a value and more than a few cases; None if there are fewer than
    two."""
    judged = [pair for pair in figures if pair[1].status == "ok" and pair[1].value is not None]
    if len(judged) < 2:
        return None
    down = judged[0][1].kpi.direction == "down"
    ordered = sorted(judged, key=lambda pair: (pair[1].value or 0.0) * (1 if down else -1))
    return ordered[0], ordered[-1]


def of_few(part: float, whole: float) -> str:
    """A share: below twenty cases the numbers themselves, 11/13, instead of a percentage."""
    if not whole:
        return fmt.NOTHING
    if whole < FEW_BELOW:
        return f"{fmt.whole(part)}/{fmt.whole(whole)}"
    return fmt.percent(share(part, whole))


def rate(part: float, whole: float) -> float | None:
    """A share in a file; none of fewer than five cases, as on the screen: the counts are beside it."""
    return share(part, whole) if whole >= HIDE_BELOW else None
