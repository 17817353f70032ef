"""The feeds by name, as listed by all panels of the page.

Belongs here: titles. Does not belong here: what the feeds delivered (arrivals.py, accounting.py).
"""

from collections.abc import Sequence

from figures.published import Row


def titles_of(feeds: Sequence[Row]) -> dict[tuple[str, str], str]:
    return {(row["platform"], row["feed"]): row["title"] for row in feeds}
