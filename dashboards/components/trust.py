"""The trust badge: whether all feeds of a number have arrived, and a link to its evidence."""

from collections.abc import Sequence
from dataclasses import replace

from components.markup import esc, link
from figures import published
from figures.kpis import Kpi
from reader.context import Context


def missing(context: Context, kpis: Sequence[Kpi]) -> tuple[int, int]:
    """Of the feeds used by the KPIs: how many are missing on the newest day, and how many there are."""
    wanted = {name for kpi in kpis for name in kpi.feed_names}
    day = context.through
    rows = published.ask(context.publication, "arrivals", first=day, last=day) if day else []
    here = {f"{row['platform']}.{row['feed']}" for row in rows if row["is_loaded"] or row["is_superseded"]}
    named = {f"{row['platform']}.{row['feed']}" for row in published.ask(context.publication, "feeds")}
    return len((wanted & named) - here), len(wanted & named)


def badge(context: Context, kpis: Sequence[Kpi]) -> str:
    """For one KPI: its rows, feeds and definition; for several: the arrivals of their feeds."""
    if not kpis:
        return ""
    t = context.t
    gone, feeds = missing(context, kpis)
    tone, glyph = ("warn", "◆") if gone else ("good", "●")
    said = t("trust.badge_gone", n=gone, of=feeds) if gone else t("trust.badge", n=feeds)
    page, view = (
        ("definitions", replace(context.view, kpi=kpis[0].kpi_id)) if len(kpis) == 1 else ("data", context.view)
    )
    hint = t("trust.badge_hint" if len(kpis) == 1 else "trust.badge_hint_feeds")
    return link(page, view, f'<i class="{tone}">{glyph}</i>{esc(said)}', "trust-badge", hint)
