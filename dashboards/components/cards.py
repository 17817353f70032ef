"""The four type cards: each has a main KPI with value, n, comparison, target, twelve weeks and a bullet bar, and up to
two more KPIs with one line each.

If a type's KPIs need feeds that are not connected, the card names the feeds; it never shows a score without data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.markup import arrow, change, count_of, doubt_mark, esc, link, verdict, verdict_tag, why_nothing
from components.sparkline import sparkline
from figures.board import Week, targets_of
from figures.kpis import Figure, Kpi
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

NAMED = 4
"""How many missing feeds a card names."""


@dataclass(frozen=True)
class Entry:
    now: Figure
    before: Figure
    weeks: Sequence[Week]


@dataclass(frozen=True)
class Card:
    pillar: str
    entries: Sequence[Entry]
    """The main KPI first; empty if no KPI of this type has data."""
    needs: Sequence[str] = ()
    """Titles of feeds that the type needs and that have never delivered."""


def card(card: Card, view: View, t: Speaker, colours: dict[str, str]) -> str:
    colour = colours[card.pillar]
    head = (
        f'<div class="card-head"><i style="background:{colour}"></i>{esc(t("pillar." + card.pillar))}'
        f"<small>{esc(t('card.weeks'))}</small></div>"
    )
    if not card.entries:
        named = t.join(card.needs[:NAMED]) + (t("card.more", n=len(card.needs)) if len(card.needs) > NAMED else "")
        needs = t("card.needs", feeds=named) if card.needs else t("card.nothing_happened")
        return (
            f'<section class="card empty" style="--pillar:{colour}">{head.replace(esc(t("card.weeks")), "")}'
            f'<div class="card-empty"><b>{esc(t("card.no_data") if card.needs else t("card.nothing"))}</b>'
            f"<p>{esc(needs)}</p></div></section>"
        )
    main = card.entries[0]
    kpi = main.now.kpi
    value = fmt.value(main.now.value, kpi.unit, t.lang)
    numbers = [week.figure.value for week in main.weeks]
    spark = sparkline(
        numbers, targets_of(main.weeks), colour, colours["muted"], esc(t("card.spark", name=kpi.name(t.lang)))
    )
    reason = f'<div class="why">{esc(why_nothing(main.now, t))}</div>' if main.now.value is None else ""
    few = f'<span class="few">{esc(t("few"))}</span>' if main.now.status == "few" else ""
    body = (
        f'<div class="card-name">{esc(kpi.name(t.lang))}</div>'
        f'<div class="card-row"><div><div class="card-value num">{esc(value)}</div>'
        f'<div class="card-n">{esc(count_of(main.now, t))}{few}{doubt_mark(main.now.doubts, t)}</div></div>'
        f'<div class="card-deltas">{_comparisons(main, view, t)}{reason}</div>'
        f"{spark}</div>{bullet(main.now, colour, t)}"
    )
    selected = " on" if view.kpi == kpi.kpi_id else ""
    others = "".join(_line(entry, view, t) for entry in card.entries[1:])
    return (
        f'<section class="card" style="--pillar:{colour}">{head}'
        + link("overview", replace(view, kpi=kpi.kpi_id), body, "card-main" + selected, t("card.choose"))
        + f'<div class="card-lines">{others}</div></section>'
    )


def _comparisons(entry: Entry, view: View, t: Speaker) -> str:
    kpi, now = entry.now.kpi, entry.now
    rows = []
    if view.compare != "target":
        moved = change(now, entry.before)
        label = t("vs." + view.compare)
        shown = (
            arrow(kpi, moved, now.value, t.lang)
            if moved is not None
            else f'<span class="muted">{esc(t("vs.nothing"))}</span>'
        )
        rows.append(f"<div>{esc(label)} {shown}</div>")
    if kpi.target is not None and now.value is not None and not now.is_warming_up:
        gap = now.value - kpi.target
        rows.append(f"<div>{esc(t('vs.target'))} {arrow(kpi, gap, now.value, t.lang)}</div>")
    return "".join(rows)


def scale(kpi: Kpi, value: float | None) -> tuple[float, float] | None:
    """The ends of the bullet bar: to the highest value of the unit if there is one, with the red line in the middle if
    it can be. Where nothing is allowed, to the value."""
    if kpi.red_line is None or kpi.target is None:
        return None
    most = fmt.unit_of(kpi.unit).most
    if kpi.direction == "down":
        high = 2 * kpi.red_line or max(1.0, math.ceil(value or 0.0))
        return 0.0, high if most is None else min(high, most)
    high = most or max(kpi.stretch or 0.0, 1.25 * kpi.target) or 1.0
    low = max(0.0, 2 * kpi.red_line - high)
    return low if low < high else 0.0, high


def bullet(figure: Figure, colour: str, t: Speaker) -> str:
    kpi, ends = figure.kpi, scale(figure.kpi, figure.value)
    if ends is None or kpi.target is None:
        return ""
    low, high = ends

    def place(value: float) -> float:
        return min(100.0, max(0.0, (value - low) / (high - low) * 100))

    bar = f'<u style="width:{place(figure.value):.1f}%;background:{colour}"></u>' if figure.value is not None else ""
    tone, word = verdict(figure, t)
    judged = f' · <b class="{tone}">{esc(word)}</b>' if word else ""
    red = f'<s style="left:{place(kpi.red_line):.1f}%"></s>' if kpi.red_line is not None else ""
    target = esc(t("target", value=fmt.limit(kpi.target, kpi.unit, t.lang)))
    return (
        f'<div class="bullet-box"><div class="bullet">{bar}{red}<em style="left:{place(kpi.target):.1f}%"></em></div>'
        f'<div class="bullet-ends"><span>{esc(fmt.limit(low, kpi.unit, t.lang))}</span><span>{target}{judged}</span>'
        f"<span>{esc(fmt.limit(high, kpi.unit, t.lang))}</span></div></div>"
    )


def _line(entry: Entry, view: View, t: Speaker) -> str:
    kpi, now = entry.now.kpi, entry.now
    moved = change(now, entry.before)
    delta = arrow(kpi, moved, now.value, t.lang) if view.compare != "target" and moved is not None else ""
    value = fmt.value(now.value, kpi.unit, t.lang) if now.value is not None else why_nothing(now, t)
    shown = f'<b class="num">{esc(value)}</b>' if now.value is not None else f'<span class="muted">{esc(value)}</span>'
    inner = (
        f'<span class="line-name">{esc(kpi.name(t.lang))}</span>'
        f'{shown}<span class="muted line-n">{esc(count_of(now, t))}</span>'
        f"{delta}{verdict_tag(now, t)}"
    )
    return link(
        "overview",
        replace(view, kpi=kpi.kpi_id),
        inner,
        "card-line" + (" on" if view.kpi == kpi.kpi_id else ""),
        kpi.name(t.lang),
    )
