"""接入进度: how far is the district? What is connected, what arrived and was accepted, which KPIs and pages that
switches on, and what is missing.

Belongs here: the panels about feeds, types and pages. Does not belong here: whether the data of connected feeds can be
trusted (screens/data/), which feeds a page needs (the warehouse derives it from the pages' queries).
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stat import Stat, box, stats
from downloads import Table
from figures import published
from figures.feeds import named
from figures.kpis import ALL_PILLARS, Kpi
from figures.published import Row
from language import numbers as fmt
from reader import menu
from reader.context import Context

STATES = {"on": "on", "trial": "state_trial", "held": "state_held", "waiting": "waiting", "off": "off"}
TONES = {"on": "good", "trial": "warn", "held": "bad", "waiting": "", "off": "muted"}


def show(context: Context) -> None:
    publication, lang = context.publication, context.t.lang
    feeds = named(published.ask(publication, "readiness_feeds"), lang)
    kpis = [row for row in published.ask(publication, "readiness_kpis") if row["kpi_id"] in context.kpis]
    pages = named(published.ask(publication, "readiness_pages"), lang)
    _finding(context, feeds, kpis)
    _glance(context, feeds, kpis, pages)
    _feeds_panel(context, feeds)
    left, right = st.columns(2, gap="small")
    with left:
        _pages_panel(context, pages)
    with right:
        _types_panel(context, feeds, kpis)


def _finding(context: Context, feeds: Sequence[Row], kpis: Sequence[Row]) -> None:
    t = context.t
    on = sum(row["state"] == "on" for row in feeds)
    kpis_on = sum(row["is_on"] for row in kpis)
    said = t("ready.said", feeds=len(feeds), on=on, kpis=len(kpis), kpis_on=kpis_on, next=_next(context, feeds, kpis))
    live(f'<div class="say"><p>{esc(said)}</p></div>', "finding_readiness", t.lang)


def _next(context: Context, feeds: Sequence[Row], kpis: Sequence[Row]) -> str:
    """The feed that alone would switch on the most KPIs."""
    t = context.t
    alone: dict[str, int] = {}
    for row in kpis:
        if not row["is_on"] and "," not in row["lacks"]:
            alone[row["lacks"]] = alone.get(row["lacks"], 0) + 1
    if not any(not row["is_on"] for row in kpis):
        return t("ready.complete")
    by_id = {f"{row['platform']}.{row['feed']}": row for row in feeds}
    best = max((one for one in sorted(alone) if one in by_id), key=lambda one: alone[one], default=None)
    if best is None:
        return t("ready.next_none")
    return t("ready.next", feed=by_id[best]["title"], platform=by_id[best]["platform_title"], kpis=alone[best])


def _glance(context: Context, feeds: Sequence[Row], kpis: Sequence[Row], pages: Sequence[Row]) -> None:
    t = context.t
    arrived = sum(row["files"] > 0 for row in feeds)
    accepted = sum(row["days_accepted"] > 0 for row in feeds)
    held = sum(row["state"] == "held" for row in feeds)
    trial = sum(row["state"] == "trial" for row in feeds)
    needed = {row["page"] for row in pages}
    complete = needed - {row["page"] for row in pages if not row["is_there"]}
    kpis_on = sum(row["is_on"] for row in kpis)
    of_feeds = t("ready.of_feeds", n=len(feeds))
    boxes = [
        Stat(t("ready.connected"), fmt.whole(sum(row["is_connected"] for row in feeds)), "", of_feeds),
        Stat(
            t("ready.arrived"), fmt.whole(arrived), "",
            t("ready.held", n=held) if held else t("ready.held_none") if arrived else of_feeds, "bad" if held else "",
        ),
        Stat(
            t("ready.accepted"), fmt.whole(accepted), "",
            t("ready.trial", n=trial) if trial else t("ready.trial_none"), "warn" if trial else "",
        ),
        Stat(
            t("ready.rows_in"), fmt.whole(sum(row["rows_counted"] for row in feeds)), "",
            t("ready.rows_rejected", n=fmt.whole(sum(row["rows_rejected"] for row in feeds))),
        ),
        Stat(t("ready.kpis"), fmt.whole(kpis_on), "", t("ready.of_kpis", n=len(kpis))),
        Stat(t("ready.pages"), fmt.whole(len(complete)), "", t("ready.of_pages", n=len(needed))),
    ]  # fmt: skip
    st.html(stats([box(one) for one in boxes]))


def _feeds_panel(context: Context, feeds: Sequence[Row]) -> None:
    t = context.t
    columns = (
        Column(t("column.feed")),
        Column(t("ready.state")),
        Column(t("ready.days"), is_number=True, is_minor=True),
        Column(t("ready.through"), is_minor=True),
        Column(t("ready.rows"), is_number=True, is_minor=True),
        Column(t("ready.rejected"), is_number=True, is_minor=True),
        Column(t("ready.share"), is_number=True),
    )
    lines = [Line(_cells(context, row)) for row in feeds]
    with panel(
        "readiness_feeds",
        t("ready.feeds_title"),
        t("ready.feeds_subtitle"),
        context,
        note=t("ready.feeds_note"),
        behind=partial(_feeds_table, context, feeds),
    ):
        st.html(ledger(columns, lines, t, len(lines)))


def _cells(context: Context, row: Row) -> tuple[str | Cell, ...]:
    t = context.t
    own = f" · {t('ready.own_contract')}" if row["own_contract"] else ""
    there = row["days_accepted"] > 0
    return (
        Cell(row["title"], under=row["platform_title"] + own),
        Cell(t(f"ready.{STATES[row['state']]}"), tone=TONES[row["state"]]),
        fmt.whole(row["days_accepted"]) if there else fmt.NOTHING,
        fmt.short_day(row["accepted_through"], t.lang) if there else fmt.NOTHING,
        fmt.whole(row["rows_counted"]) if there else fmt.NOTHING,
        fmt.whole(row["rows_rejected"]) if there else fmt.NOTHING,
        f"{row['kpis_on']}/{row['kpis']}" if row["kpis"] else fmt.NOTHING,
    )


def _feeds_table(context: Context, feeds: Sequence[Row]) -> Table:
    t = context.t
    heads = ("state", "days", "through", "rows", "rejected", "share")
    return Table(
        (t("column.platform"), t("column.feed"), *(t(f"ready.{one}") for one in heads), t("ready.kpi")),
        [
            (
                row["platform_title"],
                row["title"],
                t(f"ready.{STATES[row['state']]}"),
                row["days_accepted"],
                row["accepted_through"],
                row["rows_counted"],
                row["rows_rejected"],
                row["kpis_on"],
                row["kpis"],
            )
            for row in feeds
        ],
    )


def _pages_panel(context: Context, pages: Sequence[Row]) -> None:
    t = context.t
    columns = (Column(t("ready.page")), Column(t("ready.needs"), is_number=True), Column(t("ready.lacks")))
    lines = []
    for page in menu.PAGES.values():
        own = [row for row in pages if row["page"] == page.name]
        if own:
            lacks = [row["title"] for row in own if not row["is_there"]]
            there = f"{len(own) - len(lacks)}/{len(own)}"
            lines.append(Line((page.title(t.lang), there, _lacking(context, lacks)), page.name, context.view))
    with panel("readiness_pages", t("ready.pages_title"), t("ready.pages_subtitle"), context):
        live(ledger(columns, lines, t, len(lines)), "readiness_pages", t.lang)


def _types_panel(context: Context, feeds: Sequence[Row], kpis: Sequence[Row]) -> None:
    t = context.t
    titles = {f"{row['platform']}.{row['feed']}": row["title"] for row in feeds}
    columns = (Column(t("ready.pillar")), Column(t("ready.share"), is_number=True), Column(t("ready.lacks")))
    lines = []
    for pillar in ALL_PILLARS:
        own = [row for row in kpis if context.kpis[row["kpi_id"]].pillar == pillar]
        if own:
            gone = sorted({one for row in own for one in (row["lacks"] or "").split(", ") if one})
            on = sum(row["is_on"] for row in own)
            lacks = _lacking(context, [titles.get(one, one) for one in gone])
            lines.append(Line((t("pillar." + pillar), f"{on}/{len(own)}", lacks)))
    with panel(
        "readiness_types",
        t("ready.types_title"),
        t("ready.types_subtitle"),
        context,
        behind=partial(_kpis_table, context, titles, kpis),
    ):
        st.html(ledger(columns, lines, t, len(lines)))


def _lacking(context: Context, titles: Sequence[str]) -> Cell:
    if not titles:
        return Cell(context.t("ready.nothing"), tone="muted")
    return Cell(context.t.join(titles))


def _kpis_table(context: Context, titles: dict[str, str], kpis: Sequence[Row]) -> Table:
    t = context.t
    listed: list[tuple[Kpi, Row]] = [(context.kpis[row["kpi_id"]], row) for row in kpis]
    listed.sort(key=lambda one: ALL_PILLARS.index(one[0].pillar))
    return Table(
        (t("ready.pillar"), t("ready.kpi"), t("ready.share"), t("ready.lacks")),
        [
            (
                t("pillar." + kpi.pillar),
                kpi.name(t.lang),
                t("yes") if row["is_on"] else t("no"),
                t.join(titles.get(one, one) for one in (row["lacks"] or "").split(", ") if one),
            )
            for kpi, row in listed
        ],
    )
