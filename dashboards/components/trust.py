"""The trust badge: whether all feeds of a number have arrived, and a link to its evidence."""

from collections.abc import Sequence
from dataclasses import replace

from components.markup import esc, link
from figures import feeds as delivered
from figures import published
from figures.kpis import Kpi
from reader.context import Context


def missing(context: Context, kpis: Sequence[Kpi]) -> tuple[int, int]:
    """Of the feeds used by the KPIs: how many are missing on the newest day, and how many there are."""
    wanted = {name for kpi in kpis for name in kpi.feed_names}
    here = delivered.arrived(context.publication, context.through)
    named = {f"{row['platform']}.{row['feed']}" for row in published.ask(context.publication, "feeds")}
    return len((wanted & named) - here), len(wanted & named)


def badge(context: Context, kpis: Sequence[Kpi], feeds: str = "") -> str:
    """How many feeds the KPIs stand on. For one KPI it opens its feeds, definition and rows; for several exactly these
    feeds. feeds: what the KPIs are called in the URL."""
    if not kpis:
        return ""
    t = context.t
    gone, count = missing(context, kpis)
    tone, glyph = ("warn", "◆") if gone else ("good", "●")
    said = t("trust.badge_gone", n=gone, of=count) if gone else t("trust.badge", n=count)
    page, view = (
        ("data", replace(context.view, feeds=feeds))
        if feeds
        else ("definitions", replace(context.view, kpi=kpis[0].kpi_id))
    )
    hint = t("trust.badge_hint_feeds" if feeds else "trust.badge_hint")
    return link(page, view, f'<i class="{tone}">{glyph}</i>{esc(said)}', "trust-badge", hint)
