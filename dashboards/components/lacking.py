"""What a page waits for: feeds that have never delivered, by the names that the contracts give them. A missing feed is
said, never shown as zero."""

from collections.abc import Sequence

from components.markup import esc
from figures.published import Row
from language.words import Speaker


def missing(feeds: Sequence[Row], wanted: Sequence[str]) -> list[str]:
    """Titles of those of `wanted` (platform.feed) that have never delivered."""
    return [row["title"] for row in feeds if f"{row['platform']}.{row['feed']}" in wanted and not row["files"]]


def lacking(titles: Sequence[str], t: Speaker) -> str:
    """A line above the panels; empty where nothing is missing."""
    return f'<div class="notice">{esc(t("lacking.some", feeds=t.join(titles)))}</div>' if titles else ""
