"""Markdown for people who read Dagster's pages and alerts: text from outside is text there, never markup.

Belongs here: escaping, tables. Does not belong here: what is said.
"""

from collections.abc import Mapping, Sequence

_SIGNS = (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("[", "&#91;"), ("`", "&#96;"), ("*", "&#42;"))


def plain(text: str) -> str:
    """The text in one line, escaped."""
    for sign, entity in _SIGNS:
        text = text.replace(sign, entity)
    return " ".join(text.split())


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same keys as a table, empty for none; null is empty."""
    if not rows:
        return ""
    head = list(rows[0])
    cells = [["" if row[name] is None else plain(str(row[name])) for name in head] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *cells])
