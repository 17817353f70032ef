"""All communities of the area as tiles, the tiles of a street together behind its name: the colour shows how the chosen
KPI compares with the red line and target in force there.

Outlines of streets and communities are not available, so a tile per community, grouped by street, is the most that can
be shown correctly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.markup import doubt_why, esc, link, why_nothing
from figures.kpis import Figure, Kpi
from figures.orgs import Org
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


def legend(kpi: Kpi, t: Speaker, *, is_for_all: bool = True) -> str:
    """is_for_all: whether all places are judged by these points."""
    if kpi.red_line is None or kpi.target is None or kpi.stretch is None:
        return ""
    red, target, stretch = (fmt.limit(mark, kpi.unit, t.lang) for mark in (kpi.red_line, kpi.target, kpi.stretch))
    below, above = ("<", "≥") if kpi.direction == "up" else (">", "≤")
    texts = (
        f"{t('tile.breach')} {below}{red}",
        f"{t('missed')}",
        f"{t('reached')} {above}{target}",
        f"{t('tile.stretch')} {above}{stretch}",
    )
    keys = "".join(f'<span><i class="g{grade}"></i>{esc(text)}</span>' for grade, text in enumerate(texts))
    own = "" if is_for_all else f"<span>{esc(t('tile.own'))}</span>"
    return (
        f'<div class="legend">{keys}{own}<span><i class="gx"></i>{esc(t("tile.none"))}</span>'
        f'<span><i class="gd"></i>{esc(t("doubt.mark"))}</span>'
        f'<span><i class="dot"></i>{esc(t("tile.overdue"))}</span></div>'
    )


def tile_map(
    streets: Sequence[Org],
    communities: Sequence[Org],
    figures: Mapping[str, Figure],
    overdue: Mapping[str, int | None],
    view: View,
    kpi: Kpi,
    t: Speaker,
) -> str:
    groups = []
    for street in streets:
        inside = [org for org in communities if org.code.startswith(street.code)]
        if not inside:
            continue
        tiles = "".join(_tile(org, figures[org.code], overdue.get(org.code, 0), view, t) for org in inside)
        figure = figures.get(street.code)
        value = fmt.bare(figure.value, kpi.unit) if figure and figure.value is not None else ""
        name = link(
            "overview",
            replace(view, org=street.code, unit="community"),
            f'<b>{esc(street.name)}</b><small class="num">{esc(value)}</small>',
            "tile-street",
            t("tile.open", name=street.name),
        )
        cells = f'<div class="tile-cells">{tiles}</div>'
        groups.append(f'<div class="tile-group" style="--cells:{len(inside) + 1}">{name}{cells}</div>')
    size = "many" if len(streets) > 1 else "some"
    is_for_all = all(figure.kpi.points == kpi.points for figure in figures.values())
    keys = legend(kpi, t, is_for_all=is_for_all)
    return f'<div class="tilemap {size}">{keys}<div class="tile-groups">{"".join(groups)}</div></div>'


def _tile(org: Org, figure: Figure, late: int | None, view: View, t: Speaker) -> str:
    grade = figure.grade
    kpi = figure.kpi
    if figure.value is None:
        shown, hint, style = fmt.NOTHING, why_nothing(figure, t), "gx"
    else:
        shown = fmt.bare(figure.value, kpi.unit)
        hint = t("tile.hint", value=fmt.value(figure.value, kpi.unit, t.lang), n=fmt.whole(figure.n))
        style = f"g{grade}" if grade is not None else "gd" if figure.doubts else "g1"
        if figure.is_warming_up:
            style, hint = "gx", f"{hint} · {t('status.warming')}"
        if figure.doubts:
            style, hint = f"{style} doubted", f"{hint} · {doubt_why(figure.doubts, t)}"
    mark = f'<em class="num">{late}</em>' if late else ""
    inner = f'<span>{esc(org.label)}</span><i><b class="num">{esc(shown)}</b>{mark}</i>'
    title = f"{org.name} · {hint}" + (f" · {t('tile.overdue_n', n=late)}" if late else "")
    return link(
        "overview",
        replace(view, org=org.code, unit="community"),
        inner,
        f"tile {style}{' on' if org.code == view.org else ''}",
        title,
    )
