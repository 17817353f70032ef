"""What needs attention, from figures: the list at the side of the overview.

Belongs here: which figure is a concern, how severe, and in which words. Does not belong here: what the deliveries need
(screens/overview/attention.py), the display of the list (components/attention.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.attention import Item
from components.markup import change
from figures import codes, stats
from figures.board import Board
from figures.indices import Moved
from figures.kpis import Figure, Kpi
from figures.orgs import Org
from figures.published import Row
from figures.ranking import Ranked
from language import numbers as fmt
from language.words import Speaker
from page.sentences import BACKLOG
from reader.context import Context
from reader.view import View

# An index is a concern if it has lost this many points in 30 days.
FELL_POINTS = 1.0


def concerns(
    context: Context, now: Board, before: Board, overdue: Sequence[Row], ranked: Sequence[Ranked]
) -> list[Item]:
    """Communities with overdue events, KPIs beyond their red line or worse than before, places clearly behind."""
    items = [item for row in overdue[:2] if (item := _backlog(context, now, row, context.register.orgs)) is not None]
    for kpi in context.kpis.values():
        if kpi.pillar in ("data", "context"):
            continue
        figure, old = now.figure(kpi.kpi_id, context.area), before.figure(kpi.kpi_id, context.area)
        if figure.breached and figure.status == "ok":
            items.append(_breach(context, kpi, figure))
        elif _fell(figure, old) and context.view.compare != "target":
            items.append(_fall(context, kpi, figure, old))
    worse = [entry for entry in reversed(ranked) if entry.band == "worse"]
    if worse and context.view.level != "community":
        items.append(_behind(context, worse))
    return items


def _backlog(context: Context, now: Board, row: Row, orgs: Mapping[str, Org]) -> Item | None:
    """Overdue events of one community; None if it is not in the register."""
    t, org = context.t, orgs.get(row["community_code"])
    if org is None:
        return None
    figure = now.figure(BACKLOG, org.code) if BACKLOG in context.kpis else None
    severe = row["events"] >= 3 and figure is not None and figure.breached
    street = orgs.get(codes.street_of(org.code), org).name
    evidence = t("attention.backlog_why", street=street, days=row["days_at_most"])
    if figure is not None and figure.value is not None:
        evidence += t("attention.backlog_rate", value=f"{figure.value:.2f}")
    return Item(
        "severe" if severe else "warning" if row["events"] >= 3 else "watch",
        row["events"],
        t("attention.backlog", name=org.label, n=row["events"]),
        evidence,
        "overview",
        replace(context.view, org=org.code, kpi=BACKLOG, unit="community"),
    )


def _breach(context: Context, kpi: Kpi, figure: Figure) -> Item:
    t = context.t
    return Item(
        "severe",
        100 * (kpi.weight or 1),
        t("attention.breach", name=kpi.name(t.lang), value=fmt.value(figure.value, kpi.unit, t.lang)),
        t(
            "attention.breach_why",
            red=fmt.limit(kpi.red_line, kpi.unit, t.lang),
            n=t("n.short", n=fmt.whole(figure.n)),
        ),
        "type",
        replace(context.view, kpi=kpi.kpi_id, type=kpi.pillar),
    )


def _fall(context: Context, kpi: Kpi, figure: Figure, old: Figure) -> Item:
    t, view = context.t, context.view
    moved = change(figure, old) or 0.0
    return Item(
        "warning",
        abs(moved),
        t(
            "attention.fell",
            name=kpi.name(t.lang),
            sign="▲" if moved > 0 else "▼",
            size=fmt.difference(moved, kpi.unit, t.lang),
        ),
        t(
            "attention.fell_why",
            before=fmt.value(old.value, kpi.unit, t.lang),
            now=fmt.value(figure.value, kpi.unit, t.lang),
            n=fmt.whole(figure.n),
            label=t("vs." + view.compare),
        ),
        "type",
        replace(view, kpi=kpi.kpi_id, type=kpi.pillar),
    )


def _behind(context: Context, worse: Sequence[Ranked]) -> Item:
    """Places clearly worse than the district, the worst first."""
    t, worst = context.t, worse[0]
    kpi = worst.figure.kpi
    return Item(
        "watch",
        len(worse),
        t("attention.behind", names=t.join([entry.org.label for entry in worse[:3]]), n=len(worse)),
        t(
            "attention.behind_why",
            name=kpi.name(t.lang),
            value=fmt.value(worst.figure.value, kpi.unit, t.lang),
            n=fmt.whole(worst.figure.n),
        ),
        "overview",
        replace(context.view, org=worst.org.code, unit="community"),
    )


def index_concerns(moved: Mapping[str, Moved], view: View, t: Speaker) -> list[Item]:
    """Types whose index fell, each with the KPI that lowered it most."""
    items = []
    for pillar, entry in moved.items():
        if pillar == "overall" or entry.change > -FELL_POINTS or not entry.parts:
            continue
        worst = min(entry.parts, key=lambda part: part.points)
        items.append(
            Item(
                "warning",
                100 * abs(entry.change),
                t("attention.index", name=t("pillar." + pillar), n=f"{abs(entry.change):.1f}"),
                t(
                    "attention.index_why",
                    before=f"{entry.before:.1f}",
                    now=f"{entry.score:.1f}",
                    name=worst.kpi.name(t.lang),
                    n=f"{abs(worst.points):.1f}",
                ),
                "type",
                replace(view, type=pillar),
            )
        )
    return items


def other_concerns(
    repeats: Sequence[Row], slipped: Sequence[Row], orgs: Mapping[str, Org], view: View, t: Speaker
) -> list[Item]:
    """Places with repeated events, and promises past their due day."""
    items = []
    back = [row for row in repeats if row["back_count"]]
    if back:
        row = back[0]
        org = orgs.get(row["community_code"])
        items.append(
            Item(
                "watch",
                row["n"],
                t(
                    "attention.repeat",
                    name=org.label if org else row["community_code"],
                    what=row["subcategory"],
                    n=row["n"],
                ),
                t("attention.repeat_why", n=row["back_count"], spots=len(repeats)),
                "events",
                replace(view, org=row["community_code"]),
            )
        )
    total = sum(row["slipped"] for row in slipped)
    if total:
        most = max(slipped, key=lambda row: row["slipped"])
        items.append(
            Item(
                "watch",
                total / 10,
                t("attention.promise", n=fmt.whole(total)),
                t(
                    "attention.promise_why",
                    kind=t("promise_kind." + most["kind"]),
                    n=fmt.whole(most["slipped"]),
                    days=fmt.whole(most["days_at_most"]),
                ),
                "cobuilding",
                view,
            )
        )
    return items


def _fell(now: Figure, before: Figure) -> bool:
    """Significantly worse than before. A register is no sample: there a fall is one of at least a point."""
    moved = change(now, before)
    if moved is None or now.kpi.unit != "percent" or now.kpi.direction not in ("up", "down"):
        return False
    worse = moved < 0 if now.kpi.direction == "up" else moved > 0
    if now.kpi.is_exact:
        return worse and abs(moved) >= 1
    rows, rows_before = now.n or 0, before.n or 0
    return worse and stats.differs(
        (now.value or 0) / 100 * rows, rows, (before.value or 0) / 100 * rows_before, rows_before
    )
