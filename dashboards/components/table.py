"""A table as HTML: in our font, readable by a screen reader, and without the English tool-tips of Streamlit's grid."""

import re
from datetime import date, datetime
from decimal import Decimal

from components.markup import SHORT, breakable, esc
from downloads import Cell, Table
from language import numbers as fmt
from language.words import Speaker

# Codes and the numbers of lines are texts too: only these are surely numbers.
WRITTEN = re.compile(r"[0-9][0-9,.]*%([–-][0-9][0-9,.]*%)?|[0-9][0-9,.]* ?/ ?[0-9][0-9,.]*")
"""12.3%, 12.3%–14.5%, 33/33."""


def table(content: Table, t: Speaker, most: int = 200) -> str:
    if not content.rows:
        return f'<div class="blank"><b>{esc(t("table.nothing"))}</b></div>'
    numeric = [any(_is_number(row[column]) for row in content.rows) for column in range(len(content.columns))]
    head = "".join(
        f'<th class="{"r" if is_number else ""}">{esc(label)}</th>'
        for label, is_number in zip(content.columns, numeric, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(_cell(_text(cell, t), is_number) for cell, is_number in zip(row, numeric, strict=True))
        + "</tr>"
        for row in content.rows[:most]
    )
    return (
        '<div class="table-box" tabindex="0"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>{_more(content, most, t)}"
    )


def _more(content: Table, most: int, t: Speaker) -> str:
    """How many rows there are, and how many a file has; empty if all are shown."""
    listed = len(content.rows)
    if listed <= most and not content.is_cut:
        return ""
    key, rows = ("table.more_cut", content.total) if content.is_cut else ("table.more", listed)
    said = t(key, shown=fmt.whole(min(most, listed)), rows=fmt.whole(rows), listed=fmt.whole(listed))
    return f'<div class="rank-foot">{esc(said)}</div>'


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(WRITTEN.fullmatch(cell))
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _cell(text: str, is_number: bool) -> str:
    kind = "r num" if is_number else "whole" if len(text) <= SHORT else ""
    return f'<td class="{kind}">{breakable(text)}</td>'


def _text(cell: Cell, t: Speaker) -> str:
    if cell is None or cell == "":
        return fmt.NOTHING
    if isinstance(cell, bool):
        return t("yes") if cell else t("no")
    if isinstance(cell, datetime):
        return fmt.minute(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float | Decimal):
        rounded = round(cell, 2) or 0  # not -0
        return f"{rounded:,.0f}" if cell == int(cell) else f"{rounded:,.2f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
