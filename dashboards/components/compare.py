"""Scores of one place compared with the places above it: a bar, and a tick for each of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import doubt_mark, esc, link
from components.scores import judged, points
from figures.indices import SCORE_TARGET, Index
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

LOW = 40.0


@dataclass(frozen=True)
class Compared:
    name: str
    colour: str
    index: Index
    street: float | None
    district: float | None
    change: float | None
    page: str
    view: View
    why: str = ""
    """Why there is no score; empty if there is one."""


def compare(rows: Sequence[Compared], t: Speaker) -> str:
    def place(score: float) -> str:
        return f"{min(100.0, max(0.0, (score - LOW) / (100 - LOW) * 100)):.1f}%"

    lines = []
    for row in rows:
        bar = (
            f'<u style="width:{place(row.index.score)};background:{row.colour}"></u>'
            if row.index.score is not None
            else ""
        )
        ticks = f'<s style="left:{place(SCORE_TARGET)}"></s>'
        for mark, tone in ((row.street, "street"), (row.district, "district")):
            if mark is not None:
                ticks += f'<em class="{tone}" style="left:{place(mark)}"></em>'
        tone, word = judged(row.index, t)
        value = fmt.score(row.index.score)
        against = "".join(
            f"<small>{esc(label)} <b class='num'>{fmt.score(mark)}</b></small>"
            for label, mark in ((t("rank.street"), row.street), (t("level.district"), row.district))
        )
        said = f'<span class="tag {tone}">{esc(word)}</span>' if word else f"<small>{esc(row.why)}</small>"
        said += doubt_mark(row.index.doubts, t) if tone != "doubt" else ""
        inner = (
            f'<span class="cmp-name"><i style="background:{row.colour}"></i>{esc(row.name)}</span>'
            f'<b class="num cmp-value">{value}</b><span class="cmp-track">{bar}{ticks}</span>'
            f'<span class="cmp-against">{against}</span>'
            f'<span class="cmp-change">{points(row.change, t, bare=True) if row.change is not None else ""}</span>'
            f'<span class="cmp-word">{said}</span>'
        )
        lines.append(link(row.page, row.view, inner, "cmp", row.name))
    keys = (
        f'<div class="legend"><span><i class="tick district"></i>{esc(t("cmp.district"))}</span>'
        f'<span><i class="tick street"></i>{esc(t("cmp.street"))}</span>'
        f'<span><i class="tick goal"></i>{esc(t("target", value=f"{SCORE_TARGET:.0f}"))}</span></div>'
    )
    return f'<div class="compare">{keys}{"".join(lines)}</div>'
