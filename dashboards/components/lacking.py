"""The feeds that a page needs and that have delivered nothing that can be used, or are not connected, by their names in
the contracts. A missing feed is named, never shown as zero."""

from collections.abc import Sequence

from components.markup import esc
from figures.published import Row
from language.words import Speaker


def missing(feeds: Sequence[Row], wanted: Sequence[str]) -> list[str]:
    """Titles of those feeds in `wanted` (platform.feed) of which no file could be used, or that are not connected."""
    return [
        row["title"]
        for row in feeds
        if f"{row['platform']}.{row['feed']}" in wanted and not (row["newest_loaded"] and row["is_connected"])
    ]


def lacking(titles: Sequence[str], t: Speaker) -> str:
    """A line above the panels; empty if nothing is missing."""
    return f'<div class="notice lacks">{esc(t("lacking.some", feeds=t.join(titles)))}</div>' if titles else ""
