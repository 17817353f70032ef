"""数据质量 of a city or province: which districts have delivered, feed by feed, and what is not in the sums.

Belongs here: the panels of a level above the districts. Does not belong here: the outcome of every row, which only a
district knows (the other modules of this folder).
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stat import Stat, box, stats
from downloads import Table
from figures import periods, published
from figures.feeds import named
from figures.periods import Window
from figures.published import Row
from language import numbers as fmt
from page import districts, frame
from reader.context import Context
from screens.data.restatements import restatements_panel

DAYS = 30
NAMED = 4
"""How many districts a cell names; the table behind the panel has all of them."""


def show(context: Context) -> None:
    t, day = context.t, context.through
    if day is None or context.district is None:
        frame.empty_page(t)
        return
    parcels = districts.parcels_of(context)
    feeds = named(published.ask(context.publication, "above_feeds", day=day), t.lang)
    left_out = published.ask(context.publication, "above_left_out")
    _finding(context, parcels)
    _glance(context, parcels, feeds, left_out, day)
    span = periods.days_to(day, DAYS)
    districts.parcels_panel(context, parcels, span)
    _feeds(context, feeds, span)
    left, right = st.columns([1, 1.15], gap="small")
    with left:
        _left_out(context, left_out)
    with right:
        restatements_panel(context, span)


def _finding(context: Context, parcels: Sequence[Row]) -> None:
    said = districts.delivered(context, parcels)
    live(f'<div class="say"><p>{esc(said)}</p></div>', "finding", context.lang)


def _glance(context: Context, parcels: Sequence[Row], feeds: Sequence[Row], left_out: Sequence[Row], day: date) -> None:
    t = context.t
    states = [row["state"] for row in parcels]
    delivered = states.count("delivered")
    boxes = [
        Stat(
            t("above.glance.delivered"),
            f"{delivered}/{len(states)}",
            "",
            t("above.glance.up_to", day=fmt.day(day, t.lang)),
            "good" if delivered == len(states) else "warn",
        )
    ]
    for state, tone in (("late", "warn"), ("missing", "bad"), ("refused", "bad")):
        n = states.count(state)
        name, why = t("above.glance." + state), t(f"above.glance.{state}_why")
        boxes.append(Stat(name, fmt.whole(n), "", why, tone if n else "good"))
    brought, expected = (sum(row[column] for row in feeds) for column in ("delivered", "expected"))
    why = t("above.glance.feeds_why")
    boxes.append(Stat(t("above.glance.feeds"), f"{fmt.whole(brought)}/{fmt.whole(expected)}", "", why, ""))
    n, why = len(left_out), t("above.glance.left_out_why")
    boxes.append(Stat(t("above.glance.left_out"), fmt.whole(n), "", why, "warn" if n else "good"))
    st.html(stats([box(one) for one in boxes]))


def _feeds(context: Context, feeds: Sequence[Row], span: Window) -> None:
    t = context.t
    complete = sum(row["delivered"] == row["expected"] for row in feeds)
    said_day = fmt.short_day(span.last, t.lang)
    title = t("above.feeds_title", n=f"{complete}/{len(feeds)}", day=said_day)

    def behind() -> Table:
        heads = ("feed", "state.delivered", "behind", "never", "held", "rejected")
        return Table(
            tuple(t("above." + head) for head in heads),
            [
                (
                    row["title"], f"{row['delivered']}/{row['expected']}", t.join(_behind(context, row)),
                    t.join(_never(context, row)), row["files_held"],
                    districts.rejected_percent(row),
                )
                for row in feeds
            ],
        )  # fmt: skip

    columns = (
        Column(t("above.feed")),
        Column(t("above.state.delivered"), is_number=True),
        Column(t("above.behind")),
        Column(t("above.never")),
        Column(t("above.held"), is_number=True, is_minor=True),
        Column(t("above.rejected"), is_number=True, is_minor=True),
    )
    with panel("feeds", title, t("above.feeds_subtitle", day=said_day), context, behind=behind, span=span):
        live(ledger(columns, [_feed(context, row) for row in feeds], t, most=len(feeds)), "feeds", t.lang)


def _feed(context: Context, row: Row) -> Line:
    rejected = districts.rejected_percent(row)
    is_complete = row["delivered"] == row["expected"]
    return Line(
        (
            row["title"],
            Cell(f"{row['delivered']}/{row['expected']}", tone="good" if is_complete else "warn"),
            _few(context, _behind(context, row)),
            _few(context, _never(context, row)),
            fmt.whole(row["files_held"]),
            fmt.NOTHING if rejected is None else f"{rejected:.2f}%",
        )
    )


def _behind(context: Context, row: Row) -> list[str]:
    """The districts that have brought a feed up to an earlier day, the furthest behind first."""
    t = context.t
    return [
        t("above.one_behind", name=context.register.name(one["code"]), day=fmt.short_day(one["newest"], t.lang))
        for one in row["behind"]
    ]


def _never(context: Context, row: Row) -> list[str]:
    """The districts that have never brought a feed, or of which there is no parcel."""
    return [context.register.name(code) for code in row["never"]]


def _few(context: Context, names: Sequence[str]) -> str:
    t = context.t
    if not names:
        return fmt.NOTHING
    listed = t.join(names[:NAMED])
    return listed if len(names) <= NAMED else t("above.and_more", names=listed, n=len(names))


def _left_out(context: Context, rows: Sequence[Row]) -> None:
    t = context.t
    title = t("above.left_out_title", n=len(rows)) if rows else t("above.left_out_none")

    def listed() -> Table:
        heads = (t("above.district"), t("filter.kpi"), t("above.why"))
        return Table(
            heads,
            [
                (
                    context.register.name(row["district_code"]),
                    context.kpis[row["kpi_id"]].name(t.lang) if row["kpi_id"] in context.kpis else row["kpi_id"],
                    t("above.why." + row["reason"]),
                )
                for row in rows
            ],
        )

    with panel("left_out", title, t("above.left_out_subtitle"), context, behind=listed if rows else None):
        if not rows:
            st.html(f'<div class="blank"><b>{esc(title)}</b><p>{esc(t("above.left_out_none_why"))}</p></div>')
            return
        columns = tuple(Column(head) for head in listed().columns)
        lines = [Line(tuple(str(cell) for cell in row)) for row in listed().rows]
        live(ledger(columns, lines, t), "left_out", t.lang)
