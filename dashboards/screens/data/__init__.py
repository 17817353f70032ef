"""数据质量: can the data be trusted? What arrived, the outcome of every row, what was rejected and why, and checks of
the numbers themselves.

Belongs here: which panel shows which answer of the ledger. Does not belong here: SQL (queries/), figures (figures/). A
platform that never delivered is shown as not connected, without an alarm.
"""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from components.stat import Stat, box, stats
from figures import periods, published
from figures.feeds import named
from figures.periods import Window
from figures.published import Row
from figures.shares import share
from language import numbers as fmt
from reader.context import Context
from screens.data import above
from screens.data.accounting import accounting_panel, rejected_panel, unusable_panel
from screens.data.arrivals import arrivals_panel
from screens.data.feeds import limits, only
from screens.data.patterns import accounts_panel, checks_panel, sentinels_panel, watched_panel
from screens.data.restatements import restatements_panel

DAYS = 30


def show(context: Context) -> None:
    if context.register.is_above:
        above.show(context)
        return
    publication, through = context.publication, context.through
    feeds = only(context, named(published.ask(publication, "feeds"), context.t.lang))
    last = through or context.now.date() - timedelta(days=1)
    span = Window(last - timedelta(days=DAYS - 1), last)
    arrivals = only(context, published.ask(publication, "arrivals", first=span.first, last=span.last))
    accounts = only(context, published.ask(publication, "accounting", first=span.first, last=span.last))
    unusable = only(context, published.ask(publication, "unusable_files", first=span.first))
    limits(context, feeds)
    _glance(context, feeds, arrivals, accounts, unusable)
    arrivals_panel(context, span, feeds, arrivals)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        accounting_panel(context, span, feeds, accounts)
    with right:
        rejected_panel(context, span, feeds, accounts)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        unusable_panel(context, span, feeds, unusable)
    with right:
        watched_panel(context, span)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        sentinels_panel(context, last)
    with right:
        checks_panel(context, span, feeds)
        accounts_panel(context, span)
    restatements_panel(context, span)


def _glance(
    context: Context, feeds: Sequence[Row], arrivals: Sequence[Row], accounts: Sequence[Row], unusable: Sequence[Row]
) -> None:
    t, publication = context.t, context.publication
    built = Stat(
        t("glance.built"),
        f"{publication.built_at:%m-%d %H:%M}" if publication.built_at else fmt.NOTHING,
        "",
        t("glance.generation", generation=publication.generation),
        "",
    )
    mended = sum(row["state"] == "held" and row["is_mended"] for row in unusable)
    held = sum(row["state"] == "held" for row in unusable) - mended
    said = t("glance.held_some") if held else t("glance.held_mended", n=mended) if mended else t("glance.held_none")
    files = Stat(t("glance.held"), fmt.whole(held), "", said, "bad" if held else "good")
    arrived = _arrived(context, feeds, arrivals)
    boxes = [_as_of(context), built, arrived, _rows(context, accounts), _balance(context, accounts), files]
    st.html(stats([box(one) for one in boxes]))


def _as_of(context: Context) -> Stat:
    t, through = context.t, context.through
    fresh = periods.freshness(through, context.now)
    behind = (periods.expected_through(context.now) - through).days if through else 0
    return Stat(
        t("glance.as_of"),
        fmt.short_day(through, t.lang, context.now.year),
        t("badge." + fresh) if through else t("badge.no_data"),
        t("glance.behind", days=fmt.whole(behind)) if behind > 0 else fmt.day(through, t.lang),
        fresh,
    )


def _arrived(context: Context, feeds: Sequence[Row], arrivals: Sequence[Row]) -> Stat:
    """Feeds with an accepted delivery for the newest day."""
    t = context.t
    connected = sum(1 for row in feeds if row["newest_loaded"] and row["is_connected"])
    today = [row for row in arrivals if row["business_date"] == context.through]
    arrived = sum(1 for row in today if row["is_loaded"])
    return Stat(
        t("glance.arrived"),
        f"{arrived}/{len(feeds)}",
        t("glance.connected", n=connected),
        t("glance.unconnected", n=len(feeds) - connected),
        "good" if connected and arrived >= connected else "warn",
    )


def _rows(context: Context, accounts: Sequence[Row]) -> Stat:
    t = context.t
    counted = sum(row["rows_counted"] or 0 for row in accounts)
    refused = sum(row["rows_rejected"] or 0 for row in accounts)
    return Stat(
        t("glance.rows"),
        fmt.whole(counted) if counted else fmt.NOTHING,
        t("glance.refused", n=fmt.whole(refused)),
        t("glance.accepted", share=fmt.percent(share(counted - refused, counted), 2))
        if counted
        else t("glance.no_rows"),
        "good" if counted else "",
    )


def _balance(context: Context, accounts: Sequence[Row]) -> Stat:
    """Whether every row of every file has exactly one outcome."""
    t = context.t
    files = sum(row["files"] for row in accounts)
    wrong = sum(row["files_that_do_not_add_up"] for row in accounts)
    return Stat(
        t("glance.accounts"),
        t("glance.balanced") if files and not wrong else t("glance.unbalanced", n=wrong) if wrong else fmt.NOTHING,
        "",
        t("glance.files", n=fmt.whole(files)),
        "bad" if wrong else "good" if files else "",
    )
