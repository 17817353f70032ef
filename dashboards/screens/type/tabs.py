"""The five indices of an area as tabs: score, judgement, change.

Belongs here: the tabs. Does not belong here: where the indices come from (the page).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import theme
from components import scores
from components.live import live
from components.markup import doubt_mark, esc, link
from figures.indices import SCORE_TARGET, Index
from figures.kpis import INDICES
from language import numbers as fmt
from reader.context import Context

Scores: TypeAlias = Mapping[tuple[str, str], Index]


def tabs(context: Context, pillar: str, now: Scores, before: Scores) -> None:
    """now, before: the indices of the area, by organisation and type."""
    t = context.t
    colours = theme.palette(theme.is_dark())
    made = []
    for name in INDICES:
        index = now.get((context.area, name), Index())
        tone, word = scores.judged(index, t)
        value = fmt.score(index.score)
        change = scores.difference(index, before.get((context.area, name), Index()))
        if context.view.compare == "target":
            change = None if index.score is None else index.score - SCORE_TARGET
        said = f"{esc(t('vs.' + context.view.compare))} {scores.points(change, t)}"
        if context.view.compare == "prev" and not context.view.compares_scores:
            said = esc(t("score.span"))
        inner = (
            f'<span class="tab-name"><i style="background:{colours.get(name, colours["primary"])}"></i>'
            f"{esc(t('pillar.' + name))}</span>"
            f'<b class="num">{value}</b><span class="tab-under"><small>{said}</small>'
            + (f'<span class="tag {tone}">{esc(word)}</span>' if word and tone != "doubt" else "")
            + doubt_mark(index.doubts, t)
            + "</span>"
        )
        there = replace(context.view, type=name, kpi="")
        made.append(link("type", there, inner, "tab" + (" on" if name == pillar else "")))
    live(f'<nav class="tabs" aria-label="{esc(t("filter.type"))}">{"".join(made)}</nav>', "types", t.lang)
