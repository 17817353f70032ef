"""What needs attention, from figures: the list at the side of the overview.

Belongs here: which figure is a concern, how severe, and in which words. Does not belong here: which comes first
(queries/concerns.sql), what the deliveries need (screens/overview/attention.py), the display of the list
(components/attention.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.attention import Item
from components.markup import change
from figures import codes, published
from figures.board import Board
from figures.indices import Moved
from figures.kpis import Figure, Kpi, waiting
from figures.orgs import Org
from figures.published import Row
from figures.ranking import Ranked
from language import numbers as fmt
from language.words import Speaker
from page.sentences import BACKLOG
from reader.context import Context
from reader.view import View

# From this danger of a KPI on (registry: rights or peace, late help, life and limb), a broken red line is severe.
SEVERE = 3
# An index is a concern if it has lost this many points in 30 days.
FELL_POINTS = 1.0


def concerns(context: Context, now: Board, before: Board, ranked: Sequence[Ranked]) -> list[Item]:
    """KPIs beyond their red line, each at its worst place; KPIs worse than before, places clearly behind."""
    found = [row for row in broken(context) if not row["is_structural"]]
    items = [_broken(context, row, late_kinds(context)) for row in found if row["place_no"] == 1]
    told = {row["kpi_id"] for row in found}
    for kpi in context.kpis.values():
        if kpi.pillar in ("data", "context") or kpi.kpi_id in told or context.view.compare == "target":
            continue
        figure, old = now.figure(kpi.kpi_id, context.area), before.figure(kpi.kpi_id, context.area)
        if _fell(figure, old):
            items.append(_fall(context, kpi, figure, old))
    worse = [entry for entry in reversed(ranked) if entry.band == "worse"]
    if worse and context.view.level != "community":
        items.append(_behind(context, worse))
    return items


def further(context: Context) -> list[Item]:
    """The other places of the KPIs beyond their red line, and all structural shortfalls: for the table."""
    late = late_kinds(context)
    return [_broken(context, row, late) for row in broken(context) if row["place_no"] > 1 or row["is_structural"]]


def structural(context: Context) -> list[Item]:
    """What was never built or founded, each KPI at its worst place: no day's work changes it."""
    found = [row for row in broken(context) if row["is_structural"] and row["place_no"] == 1]
    return [_broken(context, row, {}) for row in found]


def broken(context: Context) -> list[Row]:
    """KPIs beyond their red line over 30 days, a row a place, in the order of their priority."""
    assert context.window is not None
    without = waiting(context.publication, context.kpis)
    rows = published.ask(context.publication, "concerns", area=context.area, day=context.window.last)
    return [row for row in rows if row["kpi_id"] in context.kpis and row["kpi_id"] not in without]


def late_kinds(context: Context) -> dict[str, Row]:
    """What the overdue events of the area and of each place below it are, and who holds most of them."""
    rows = published.ask(context.publication, "overdue_kinds", area=context.area)
    return {row["org_code"]: row for row in rows}


def _broken(context: Context, row: Row, late: Mapping[str, Row]) -> Item:
    t, kpi, org = context.t, context.kpis[row["kpi_id"]], context.register.orgs.get(row["org_code"])
    code: str = row["org_code"]
    label = org.label if org else code
    place = "" if code == context.area else t("attention.at", place=label)
    kinds, figure = late.get(code) if kpi.kpi_id == BACKLOG else None, ""
    if kinds:
        title = t("attention.backlog", place=place, n=fmt.whole(kinds["events"]))
        title += t("attention.backlog_kind", n=fmt.whole(kinds["of_category"]), kind=t("category." + kinds["category"]))
    else:
        figure = t("attention.broken", name=kpi.name(t.lang), value=fmt.value(row["value"], kpi.unit, t.lang))
        counted = _missed(kpi, row, t) if row["missed"] is not None else ""
        # Of a place, what is counted comes first; of the area that the page is about, which KPI it is.
        if counted and place:
            title = place + counted
        else:
            title, figure = place + t("comma").join(part for part in (figure, counted) if part), ""
    there = replace(context.view, org="" if code == context.area and not context.view.org else code)
    there = replace(there, category=kinds["category"]) if kinds else there
    return Item(
        "severe" if row["danger"] >= SEVERE else "warning",
        row["priority"],
        title,
        " · ".join(_why(context, kpi, row, kinds)),
        "events" if kinds else "type",
        replace(there, period="30d", kpi=kpi.kpi_id, type=kpi.pillar, unit="community"),
        figure,
    )


def _missed(kpi: Kpi, row: Row, t: Speaker) -> str:
    """82 处隐患中 51 处未按期整改: in the words of the KPI's file, if it has some."""
    n, of = fmt.whole(row["missed"]), fmt.whole(row["denominator"])
    counted, missed = kpi.said("counted", t.lang), kpi.said("missed", t.lang)
    if counted and missed:
        counter = (kpi.counter or "") if t.lang == "zh" else ""
        if row["missed"] == row["denominator"]:
            return t("attention.missed_all", of=of, counted=counter + counted, missed=missed)
        return t("attention.missed", n=n, of=of, counted=counter + counted, missed=counter + missed)
    return t(("attention.households." if row["is_of_households"] else "attention.rows.") + kpi.direction, n=n, of=of)


def _why(context: Context, kpi: Kpi, row: Row, kinds: Row | None) -> list[str]:
    """How long it has been so, who holds it, in how many other places it is so. kinds: of overdue events."""
    t, code, days = context.t, row["org_code"], row["broken_days"]
    red = fmt.limit(row["red_line"], kpi.unit, t.lang)
    said = [t("attention.always", red=red) if days is None else t("attention.for", red=red, days=fmt.whole(days))]
    if kinds:
        said.insert(0, t("attention.backlog_days", days=fmt.whole(kinds["days_at_most"])))
    if kinds and kinds["held_by"]:
        said.append(t("attention.holds", name=t.term(kinds["held_by"]), n=fmt.whole(kinds["of_holder"])))
    else:
        said.append(t("attention.owner", name=t.term(kpi.owner) or fmt.NOTHING))
    street = context.register.orgs.get(codes.street_of(code))
    if street and street.code != code and context.view.level == "district":
        said.append(street.label)
    if row["places"] > 1:
        said.append(t("attention.places", n=row["places"] - 1))
    return said


def _fall(context: Context, kpi: Kpi, figure: Figure, old: Figure) -> Item:
    t, view = context.t, context.view
    moved, now = change(figure, old) or 0.0, figure.value or 0.0
    return Item(
        "watch",
        abs(moved),
        t(
            "attention.fell",
            name=kpi.name(t.lang),
            sign="▲" if moved > 0 else "▼",
            size=fmt.difference(moved, kpi.unit, t.lang, now),
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
                    before=fmt.score(entry.before),
                    now=fmt.score(entry.score),
                    name=worst.kpi.name(t.lang),
                    n=f"{abs(entry.tenths[worst.kpi.kpi_id]):.1f}",
                ),
                "type",
                replace(view, type=pillar, kpi=""),
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
                    what=t.term(row["subcategory"]),
                    n=row["n"],
                ),
                t("attention.repeat_why", n=row["back_count"], spots=row["in_all"]),
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
    """Clearly worse than before: the published intervals are apart. A register is no sample: there a fall is one of at
    least a point."""
    moved = change(now, before)
    if moved is None or now.kpi.unit != "percent" or now.kpi.direction not in ("up", "down"):
        return False
    worse = moved < 0 if now.kpi.direction == "up" else moved > 0
    if now.kpi.is_exact:
        return worse and abs(moved) >= 1
    if now.interval is None or before.interval is None:
        return False
    return worse and (now.interval[1] < before.interval[0] or before.interval[1] < now.interval[0])
