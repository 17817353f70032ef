"""The badge of a number that the publications of the last day changed, as far as a reader can see it: 昨日起有更正."""

from collections.abc import Sequence

from components.markup import esc, link
from figures import published
from figures.kpis import Figure, Kpi
from figures.published import Row
from language import numbers as fmt
from reader.context import Context

NAMED = 3
"""How many KPIs the hint names."""


def restated_badge(context: Context, kpis: Sequence[Kpi]) -> str:
    """For the KPIs of a panel in the area and time range that are shown; empty if none is written another way."""
    t, ranges = context.t, context.ranges
    if ranges is None or not kpis or not context.area:
        return ""
    asked = {"org": context.area, "last": ranges.now.last, "period": ranges.published}
    changed = {row["kpi_id"]: row for row in published.ask_if_there(context.publication, "restated", **asked)}
    own = [
        (kpi, row, before, now)
        for kpi in kpis
        if (row := changed.get(kpi.kpi_id)) is not None
        for before, now in [_written(kpi, row, t.lang)]
        if before != now
    ]
    if not own:
        return ""
    told = [
        t(
            "restated.hint",
            name=kpi.name(t.lang),
            before=before,
            now=now,
            days=fmt.whole(row["days"]),
            numerator=_signed(row["numerator_change"]),
            denominator=_signed(row["denominator_change"]),
        )
        for kpi, row, before, now in own[:NAMED]
    ]
    hint = t("semicolon").join(told) + (t("restated.more", n=len(own)) if len(own) > NAMED else "")
    return link("data", context.view, f'<i class="warn">◆</i>{esc(t("restated.badge"))}', "trust-badge restated", hint)


def _written(kpi: Kpi, row: Row, lang: str) -> tuple[str, str]:
    """The value before and now, as a reader sees it; the rows behind it are taken to be as many before as now."""
    before, now = (
        Figure(kpi, row[f"{when}_numerator"], row[f"{when}_denominator"], row["n"], published=row[f"{when}_value"])
        for when in ("old", "new")
    )
    return fmt.value(before.value, kpi.unit, lang), fmt.value(now.value, kpi.unit, lang)


def _signed(change: float) -> str:
    """Counts without digits, sums of hours with one."""
    return f"{change:+,.0f}" if change == round(change) else f"{change:+,.1f}"
