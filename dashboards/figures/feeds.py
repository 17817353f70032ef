"""The feeds as a reader of either language names them.

Belongs here: their names. Does not belong here: what they delivered (queries/feeds.sql).
"""

from collections.abc import Sequence

from figures.published import Row


def named(rows: Sequence[Row], lang: str) -> list[Row]:
    """Rows with the feed's and its platform's names in this language. Contracts have a title in Chinese only; in
    English their own names are read as words."""
    if lang == "zh":
        return list(rows)
    return [
        {**row, "title": row["feed"].replace("_", " "), "platform_title": row["platform"].replace("_", " ")}
        for row in rows
    ]
