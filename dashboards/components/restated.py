"""The badge of a number that the publications of the last day changed: 昨日起有更正."""

from collections.abc import Sequence

from components.markup import esc, link
from figures import published
from figures.kpis import Kpi
from language import numbers as fmt
from reader.context import Context

NAMED = 3
"""How many KPIs the hint names."""


def restated_badge(context: Context, kpis: Sequence[Kpi]) -> str:
    """For the KPIs of a panel in the area and time range that are shown; empty if nothing changed."""
    t, window = context.t, context.window
    if window is None or not kpis or not context.area:
        return ""
    rows = published.ask(context.publication, "restated", org=context.area, first=window.first, last=window.last)
    changed = {row["kpi_id"]: row for row in rows}
    own = [(kpi, changed[kpi.kpi_id]) for kpi in kpis if kpi.kpi_id in changed]
    if not own:
        return ""
    told = [
        t(
            "restated.hint",
            name=kpi.name(t.lang),
            days=fmt.whole(row["days"]),
            numerator=_signed(row["numerator"]),
            denominator=_signed(row["denominator"]),
        )
        for kpi, row in own[:NAMED]
    ]
    hint = t("semicolon").join(told) + (t("restated.more", n=len(own)) if len(own) > NAMED else "")
    return link("data", context.view, f'<i class="warn">◆</i>{esc(t("restated.badge"))}', "trust-badge restated", hint)


def _signed(change: float) -> str:
    """Counts without digits, sums of hours with one."""
    return f"{change:+,.0f}" if change == round(change) else f"{change:+,.1f}"
