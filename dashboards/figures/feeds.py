"""The feeds: their names in the reader's language, and which of them have arrived.

Belongs here: what several pages say of a feed. Does not belong here: the outcome of its rows (queries/accounts.sql).
"""

from collections.abc import Sequence
from datetime import date

from figures import published
from figures.published import Publication, Row

EVENT = "command_centre.event"


def arrived(publication: Publication, day: date | None) -> set[str]:
    """platform.feed of those with an accepted delivery for the business date."""
    rows = published.ask(publication, "arrivals", first=day, last=day) if day else []
    return {f"{row['platform']}.{row['feed']}" for row in rows if row["is_loaded"]}


def without_rows(publication: Publication) -> set[str]:
    """platform.feed of those of which nothing is loaded, or that are not connected: a count of their rows would read as
    0."""
    return {
        f"{row['platform']}.{row['feed']}"
        for row in published.ask(publication, "feeds")
        if row["newest_loaded"] is None or not row["is_connected"]
    }


def named(rows: Sequence[Row], lang: str) -> list[Row]:
    """Rows with the feed's and its platform's names in this language. Contracts have a title in Chinese only; in
    English their own names are read as words."""
    if lang == "zh":
        return list(rows)
    return [
        {**row, "title": row["feed"].replace("_", " "), "platform_title": row["platform"].replace("_", " ")}
        for row in rows
    ]
