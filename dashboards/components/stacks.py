"""Stacked bars from zero: one row per group, at most four parts, each with its own word in the legend."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

TONES = ("main", "soft", "good", "warn", "bad", "rest")


@dataclass(frozen=True)
class Part:
    name: str
    tone: str
    """One of TONES."""


@dataclass(frozen=True)
class Stack:
    name: str
    counts: Sequence[float]
    text: str
    """The text at the end of the bar."""
    tone: str = ""
    """Of the text."""
    page: str = ""
    view: View | None = None
    hint: str = ""
    bad: str = ""
    """What follows the text and is bad."""


def stacks(parts: Sequence[Part], rows: Sequence[Stack], t: Speaker, *, whole: bool = False, head: str = "") -> str:
    """whole: every bar is its own hundred percent; otherwise all bars share one scale from zero."""
    if not rows or not any(sum(row.counts) for row in rows):
        return f'<div class="blank"><b>{esc(t("table.nothing"))}</b></div>'
    legend = "".join(f'<span><i class="t-{part.tone}"></i>{esc(part.name)}</span>' for part in parts)
    most = max(sum(row.counts) for row in rows)
    body = []
    for row in rows:
        scale = (sum(row.counts) or 1.0) if whole else most
        bar = "".join(
            f'<u class="t-{part.tone}" style="width:{count / scale * 100:.2f}%"'
            f' title="{esc(f"{part.name} {fmt.whole(count)}")}"></u>'
            for part, count in zip(parts, row.counts, strict=True)
            if count
        )
        bad = f' · <span class="bad">{esc(row.bad)}</span>' if row.bad else ""
        inner = (
            f'<span class="stack-name">{esc(row.name)}</span><span class="stack-track">{bar}</span>'
            f'<span class="stack-text num {row.tone}">{esc(row.text)}{bad}</span>'
        )
        body.append(
            link(row.page, row.view, inner, "stack-row", row.hint)
            if row.view is not None
            else f'<div class="stack-row" title="{esc(row.hint)}">{inner}</div>'
        )
    keys = f'<div class="legend">{legend}</div>' if len(parts) > 1 else ""
    return f'<div class="stacks">{keys}{head}{"".join(body)}</div>'
