"""One KPI in many places: for each a bar from zero, the target as a tick, the value with its n and verdict. Worst
first; a row links one level down."""

from collections.abc import Sequence
from dataclasses import replace

from components.markup import count_of, esc, link, verdict
from figures.kpis import Figure, Kpi
from figures.orgs import Org
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


def worst_first(figures: Sequence[tuple[Org, Figure]]) -> list[tuple[Org, Figure]]:
    """Places with a value, the worst by the KPI's own direction first; then places without one."""
    down = bool(figures) and figures[0][1].kpi.direction == "down"

    def order(pair: tuple[Org, Figure]) -> tuple[bool, float, str]:
        value = pair[1].value
        return value is None, 0.0 if value is None else -value if down else value, pair[0].code

    return sorted(figures, key=order)


def places(figures: Sequence[tuple[Org, Figure]], kpi: Kpi, page: str, view: View, t: Speaker, most: int = 10) -> str:
    ranked = worst_first(figures)
    if not any(figure.value is not None for _, figure in ranked):
        return f'<div class="blank"><b>{esc(t("nothing.no_data"))}</b></div>'
    top = max(number or 0.0 for _, figure in ranked for number in (figure.value, figure.kpi.target))
    scale = 100.0 if kpi.unit == "percent" else top or 1.0
    rows = []
    # The place that the reader has selected is always listed.
    shown_here = [pair for number, pair in enumerate(ranked) if number < most or pair[0].code == view.org]
    for org, figure in shown_here:
        tone, word = verdict(figure, t)
        target, tick = figure.kpi.target, ""
        if target is not None and target <= scale:
            tick = f'<em style="left:{target / scale * 100:.1f}%"></em>'
        if figure.value is None:
            shown, bar, tone = fmt.NOTHING, "", "muted"
            said = t("status." + figure.status)
        else:
            shown = fmt.value(figure.value, kpi.unit, t.lang)
            bar = f'<u class="{tone}" style="width:{min(figure.value / scale, 1.0) * 100:.1f}%"></u>'
            said = count_of(figure, t)
        inner = (
            f'<span class="place-name">{esc(org.label)}</span><span class="place-track">{bar}{tick}</span>'
            f'<b class="num r">{esc(shown)}</b><small class="num">{esc(said)}</small>'
            f'<span class="place-word {tone}">{esc(word)}</span>'
        )
        classes = "place on" if org.code == view.org else "place"
        rows.append(link(page, replace(view, org=org.code), inner, classes, org.name))
    rest = ""
    if len(ranked) > len(shown_here):
        rest = f'<div class="rank-foot">{esc(t("place.more", n=len(ranked) - len(shown_here)))}</div>'
    return f'<div class="places">{"".join(rows)}{rest}</div>'
