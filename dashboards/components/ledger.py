"""A table to read and to click: one row per object, its first cell a link to the details. On a phone the minor columns
are hidden; the table behind the panel has all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from components.markup import SHORT, breakable, esc, link
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


@dataclass(frozen=True)
class Column:
    label: str
    is_number: bool = False
    is_minor: bool = False


@dataclass(frozen=True)
class Cell:
    text: str
    under: str = ""
    tone: str = ""
    """good, bad, warn or muted."""
    is_tag: bool = False


Content: TypeAlias = str | Cell


@dataclass(frozen=True)
class Line:
    cells: Sequence[Content]
    page: str = ""
    view: View | None = None
    is_on: bool = False


def ledger(
    columns: Sequence[Column], lines: Sequence[Line], t: Speaker, most: int = 12, total: int | None = None
) -> str:
    """The first lines, and of how many. total: how many there are, if only the lines to show were made."""
    if not lines:
        return f'<div class="blank"><b>{esc(t("table.nothing"))}</b></div>'
    shown, of = (lines[:most], len(lines)) if total is None else (lines, total)
    head = "".join(f'<th class="{_classes(column)}">{esc(column.label)}</th>' for column in columns)
    body = "".join(_row(columns, line) for line in shown)
    more = ""
    if of > len(shown):
        more = f'<div class="rank-foot">{esc(t("ledger.more", shown=len(shown), rows=fmt.whole(of)))}</div>'
    return (
        '<div class="table-box ledger" tabindex="0"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>{more}"
    )


def _row(columns: Sequence[Column], line: Line) -> str:
    cells = []
    for number, (column, content) in enumerate(zip(columns, line.cells, strict=True)):
        cell = content if isinstance(content, Cell) else Cell(content)
        inner = _inner(cell)
        if number == 0 and line.view is not None:
            inner = link(line.page, line.view, inner, "ledger-go")
        cells.append(f'<td class="{_classes(column, is_whole=len(cell.text) <= SHORT)}">{inner}</td>')
    return f'<tr class="{"on" if line.is_on else ""}">{"".join(cells)}</tr>'


def _inner(cell: Cell) -> str:
    tone = f"tag {cell.tone}" if cell.is_tag else cell.tone
    text = f'<span class="{tone}">{breakable(cell.text)}</span>' if tone else breakable(cell.text)
    return f"{text}<small>{breakable(cell.under)}</small>" if cell.under else text


def _classes(column: Column, *, is_whole: bool = False) -> str:
    wanted = (("r num", column.is_number), ("minor", column.is_minor), ("whole", is_whole))
    return " ".join(name for name, is_wanted in wanted if is_wanted)
