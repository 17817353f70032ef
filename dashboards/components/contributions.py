"""What changed a number: rows with a bar to the left or the right of zero, which add up to the change."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


@dataclass(frozen=True)
class Contribution:
    name: str
    size: float
    text: str
    """The size in words, with ▲ or ▼, as markup."""
    is_good: bool | None
    cells: Sequence[str] = ()
    """Markup of the columns between the name and the bar."""
    page: str = ""
    view: View | None = None
    is_on: bool = False
    hint: str = ""


def contributions(heads: Sequence[str], rows: Sequence[Contribution], kind: str, t: Speaker, total: str = "") -> str:
    """heads: of the name, the cells and the bar. kind: a CSS class that defines the grid's columns."""
    if not rows:
        return f'<div class="blank"><b>{esc(t("table.nothing"))}</b></div>'
    most = max((abs(row.size) for row in rows), default=0.0) or 1.0
    head = "".join(f"<span>{esc(label)}</span>" for label in heads)
    lines = [f'<div class="con-row con-head">{head}<span></span></div>']
    for row in rows:
        tone = "plain" if row.is_good is None or not row.size else "good" if row.is_good else "bad"
        width = abs(row.size) / most * 50
        left = 50 - width if row.size < 0 else 50
        bar = f'<span class="con-bar"><u class="{tone}" style="left:{left:.2f}%;width:{width:.2f}%"></u><i></i></span>'
        inner = (
            f'<span class="con-name">{esc(row.name)}</span>{"".join(f"<span>{cell}</span>" for cell in row.cells)}'
            f'{bar}<span class="con-size num">{row.text}</span>'
        )
        classes = "con-row on" if row.is_on else "con-row"
        lines.append(
            link(row.page, row.view, inner, classes, row.hint or row.name)
            if row.page and row.view
            else f'<div class="{classes}">{inner}</div>'
        )
    foot = f'<div class="con-row con-foot">{total}</div>' if total else ""
    return f'<div class="con con-{esc(kind)}">{"".join(lines)}{foot}</div>'


def score_cell(score: float | None) -> str:
    """A score with a short bar under it."""
    if score is None:
        return f'<b class="muted">{fmt.NOTHING}</b>'
    tone = "bad" if score < 60 else "warn" if score < 80 else "good"
    return (
        f'<span class="con-score"><b class="num">{score:.0f}</b>'
        f'<em><u class="{tone}" style="width:{score:.0f}%"></u></em></span>'
    )
