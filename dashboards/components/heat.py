"""A heat table: one row per place, one column per number; the shade shows how good it is, and every cell has its
number."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from figures.indices import SCORE_RED, SCORE_TARGET, Index
from language.words import Speaker
from reader.view import View

MIDDLE = 70.0


@dataclass(frozen=True)
class Cell:
    text: str
    grade: int | None = None
    """The shade, 0 worst to 3 best; None: no shade."""
    under: str = ""
    """Markup under the number."""
    hint: str = ""
    page: str = ""
    view: View | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Row:
    name: str
    under: str
    page: str
    """Empty: its name leads nowhere."""
    view: View
    cells: Sequence[Cell]
    is_whole: bool = False
    """The area itself: separated from the places in it."""


def grade_of(index: Index) -> int | None:
    """The shade of a score: the limits are the red line, 70 and the target; none for one in doubt that reaches it."""
    score = index.score
    if score is None or (index.doubts and score >= SCORE_TARGET):
        return None
    return sum(score >= mark for mark in (SCORE_RED, MIDDLE, SCORE_TARGET))


def heat(groups: Sequence[tuple[str, Sequence[str]]], rows: Sequence[Row], first: str, t: Speaker) -> str:
    """groups: heads above the columns with their columns; `first` is the head of the places."""
    if not rows:
        return f'<div class="blank"><b>{esc(t("table.nothing"))}</b></div>'
    over = "".join(f'<th colspan="{len(names)}">{esc(group)}</th>' for group, names in groups)
    heads = "".join(f"<th>{esc(name)}</th>" for _, names in groups for name in names)
    # The first column of each group draws the gap before it.
    starts, at = set(), 0
    for _, names in groups:
        starts.add(at)
        at += len(names)
    body = []
    for row in rows:
        said = f"<b>{esc(row.name)}</b><small>{esc(row.under)}</small>"
        name = (
            link(row.page, row.view, said, "heat-name", row.name)
            if row.page
            else f'<span class="heat-name">{said}</span>'
        )
        cells = "".join(_cell(cell, number in starts) for number, cell in enumerate(row.cells))
        body.append(f'<tr class="{"whole" if row.is_whole else ""}"><th scope="row">{name}</th>{cells}</tr>')
    return (
        '<div class="heat" tabindex="0"><table><thead>'
        f'<tr class="over"><td></td>{over}</tr><tr><th>{esc(first)}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(cell: Cell, is_first: bool) -> str:
    shade = "gx" if cell.is_missing else "" if cell.grade is None else f"g{cell.grade}"
    inner = f'<span class="heat-cell {shade}"><b class="num">{esc(cell.text)}</b>{cell.under}</span>'
    if cell.view is not None:
        inner = link(cell.page, cell.view, inner, "heat-go", cell.hint)
    hint = f' title="{esc(cell.hint)}"' if cell.hint and cell.view is None else ""
    return f'<td class="{"first" if is_first else ""}"{hint}>{inner}</td>'


def legend(t: Speaker, rates: str = "") -> str:
    """rates: the name of columns with KPIs, if there are any: their shades have other limits than those of scores."""
    scores = _shades([t("heat.g0"), t("heat.g1"), t("heat.g2"), t("heat.g3")])
    if rates:
        own = _shades([t("tile.breach"), t("missed"), t("reached"), t("tile.stretch")])
        scores = f"<b>{esc(t('heat.scores'))}</b>{scores}<b>{esc(rates)}</b>{own}"
    return f'<div class="legend">{scores}<span><i class="gx"></i>{esc(t("tile.none"))}</span></div>'


def _shades(texts: Sequence[str]) -> str:
    return "".join(f'<span><i class="g{grade}"></i>{esc(text)}</span>' for grade, text in enumerate(texts))
