"""The feeds that the panels of the page list, by name: all, or those behind the KPIs that a badge stands for.

Belongs here: titles, and what is listed. Does not belong here: what the feeds delivered (arrivals.py, accounting.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from components.live import live
from components.markup import esc, link
from figures.published import Row
from page import behind
from reader.context import Context


def titles_of(feeds: Sequence[Row]) -> dict[tuple[str, str], str]:
    return {(row["platform"], row["feed"]): row["title"] for row in feeds}


def only(context: Context, rows: Sequence[Row]) -> list[Row]:
    """The rows of the feeds that the page is limited to; all rows if it is not limited."""
    wanted = behind.feeds(behind.chosen(context))
    return [row for row in rows if not context.view.feeds or f"{row['platform']}.{row['feed']}" in wanted]


def limits(context: Context, feeds: Sequence[Row]) -> None:
    """Shows that the page is limited to some feeds, and how to leave that."""
    t, view = context.t, context.view
    if view.feeds:
        said = t("feeds.only", name=behind.name(context), n=len(feeds))
        back = link("data", replace(view, feeds=""), esc(t("feeds.all")))
        live(f'<div class="notice">{esc(said)} {back}</div>', "limited_feeds", t.lang)
