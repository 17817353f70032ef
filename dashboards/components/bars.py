"""Bars from zero, in plain HTML: the event funnel and the categories."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from figures.kpis import HIDE_BELOW
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


@dataclass(frozen=True)
class Stage:
    name: str
    events: int | None
    """None: the source does not record this step at all."""
    overdue: int = 0


def funnel(stages: Sequence[Stage], t: Speaker) -> str:
    whole = stages[0].events or 0
    rows = []
    for stage in stages:
        if stage.events is None:
            rows.append(
                f'<div class="bar-row"><span>{esc(stage.name)}</span><div class="bar-track hatched"></div>'
                f'<span class="bar-text muted">{esc(t("funnel.not_filled"))}</span></div>'
            )
            continue
        width = stage.events / whole * 100 if whole else 0
        late = min(stage.overdue / whole * 100, width) if whole else 0
        red = f'<s style="width:{max(late, 0.6):.2f}%"></s>' if stage.overdue else ""
        said = f'<b class="bad">{esc(t("funnel.overdue", n=fmt.whole(stage.overdue)))}</b>' if stage.overdue else ""
        # Of fewer events there is no rate.
        share = f" · {fmt.percent(width)}" if whole >= HIDE_BELOW else ""
        rows.append(
            f'<div class="bar-row"><span>{esc(stage.name)}</span>'
            f'<div class="bar-track"><u style="width:{width - late:.2f}%"></u>{red}</div>'
            f'<span class="bar-text num">{esc(t("events", n=fmt.whole(stage.events)))}{share} {said}</span></div>'
        )
    return f'<div class="bars funnel">{"".join(rows)}</div>'


@dataclass(frozen=True)
class Category:
    name: str
    events: int
    on_time: str
    tone: str
    overdue: int
    view: View | None = None
    """Of the page with the events of this category."""
    is_on: bool = False


def _late(count: int) -> str:
    return f'<span class="pill">{count}</span>' if count else '<span class="muted">0</span>'


def _row(row: Category, most: int, t: Speaker) -> str:
    inner = (
        f"<span>{esc(row.name)}</span>"
        '<span class="bar-cell"><span class="bar-track"><u '
        f'style="width:{row.events / most * 100 if most else 0:.2f}%"></u></span>'
        f'<b class="num">{fmt.whole(row.events)}</b></span>'
        f'<span class="r num {row.tone}">{esc(row.on_time)}</span>'
        f'<span class="r num">{_late(row.overdue)}</span>'
    )
    classes = "bar-row cat on" if row.is_on else "bar-row cat"
    if row.view is None:
        return f'<div class="{classes}">{inner}</div>'
    return link("events", row.view, inner, classes, t("category.open", name=row.name))


def categories(rows: Sequence[Category], t: Speaker) -> str:
    most = max((row.events for row in rows), default=0)
    head = (
        f'<div class="bar-row cat bar-head"><span></span><span>{esc(t("category.events"))}</span>'
        f'<span class="r">{esc(t("category.on_time"))}</span><span class="r">{esc(t("rank.overdue"))}</span></div>'
    )
    return f'<div class="bars">{head}{"".join(_row(row, most, t) for row in rows)}</div>'
