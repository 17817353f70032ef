"""Boxes with one number each, six in a row: a name, the number, a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.markup import arrow, change, count_of, esc, link, verdict_tag, why_nothing
from figures.kpis import Figure
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

GLYPHS = {"good": "●", "warn": "◆", "bad": "■"}


@dataclass(frozen=True)
class Stat:
    name: str
    value: str
    beside: str = ""
    under: str = ""
    tone: str = ""
    """good, warn or bad: a symbol before the name; empty: none."""


def stats(boxes: Sequence[str], classes: str = "") -> str:
    """`boxes` are markup, from `box` and `of_figure`."""
    return f'<div class="stats {classes}">{"".join(boxes)}</div>'


def box(stat: Stat) -> str:
    mark = f'<i class="{stat.tone}">{GLYPHS[stat.tone]}</i>' if stat.tone else ""
    beside = f"<small>{esc(stat.beside)}</small>" if stat.beside else ""
    return (
        f'<section class="stat"><div class="stat-name">{mark}{esc(stat.name)}</div>'
        f'<div class="stat-value num">{esc(stat.value)}{beside}</div>'
        f'<div class="stat-under">{esc(stat.under)}</div></section>'
    )


def of_figure(now: Figure, before: Figure, view: View, t: Speaker) -> str:
    """A KPI in its area: value, change, verdict, n and target. A click opens its evidence."""
    kpi = now.kpi
    moved = change(now, before)
    delta = ""
    if moved is not None and view.compare != "target":
        shown = arrow(kpi, moved, now.value, t.lang)
        delta = f'<small title="{esc(t("vs." + view.compare))}">{shown}</small>'
    if now.value is None:
        value, under = f'<span class="muted">{fmt.NOTHING}</span>', esc(why_nothing(now, t))
    else:
        few = f'<span class="few">{esc(t("few"))}</span>' if now.status == "few" else ""
        value = esc(fmt.value(now.value, kpi.unit, t.lang))
        parts = [] if kpi.unit == "count" else [count_of(now, t)]
        if kpi.target is not None:
            parts.append(t("target", value=fmt.limit(kpi.target, kpi.unit, t.lang)))
        under = f"{esc(' · '.join(parts))}{few} {verdict_tag(now, t)}"
    inner = (
        f'<span class="stat-name">{esc(kpi.name(t.lang))}</span>'
        f'<span class="stat-value num">{value}{delta}</span><span class="stat-under">{under}</span>'
    )
    return link("definitions", replace(view, kpi=kpi.kpi_id), inner, "stat", t("stat.open", name=kpi.name(t.lang)))
