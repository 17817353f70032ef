"""What needs attention: in the figures, and in the deliveries.

Belongs here: the list of concerns. Does not belong here: the sentences of figures (page/concerns.py).
"""

from datetime import date, timedelta

from components.attention import Item, attention, ordered
from components.live import live
from components.panel import panel
from downloads import Table
from figures import feeds, periods, published
from figures.board import Board
from figures.ranking import Ranked
from language import numbers as fmt
from language.words import Speaker
from page import concerns
from reader.context import Context
from screens.overview.summary import Scores

# How many structural shortfalls are said below the list; the table has all.
STRUCTURAL = 2


def show_attention(
    context: Context,
    now: Board,
    before: Board,
    ranked: list[Ranked],
    scores: Scores,
    most: int = 5,
) -> None:
    t, publication, area = context.t, context.publication, context.area
    items = concerns.concerns(context, now, before, ranked)
    built = concerns.structural(context)
    items += concerns.index_concerns(scores.moved, context.view, t)
    items += concerns.other_concerns(
        published.ask(publication, "repeat_spots", area=area),
        published.ask(publication, "promises_slipped", area=area),
        context.register.orgs,
        context.view,
        t,
    )
    items = with_data(ordered([*items, *_data_concerns(context)]), most)

    def behind() -> Table:
        return Table(
            (t("column.severity"), t("column.what"), t("column.evidence")),
            [
                (t("severity." + item.severity), item.title, item.whole_evidence)
                for item in [*items, *concerns.further(context)]
            ],
        )

    listed = items if context.view.rows else items[:most]
    with panel(
        "attention",
        _title(items, listed, t),
        t("attention.subtitle", area=context.area_name, n=len(items)),
        context,
        note=t("attention.note"),
        behind=behind,
    ):
        shown = attention(items, context.view, t, len(listed), built[:STRUCTURAL])
        live(shown, "attention", t.lang)


def _title(items: list[Item], listed: list[Item], t: Speaker) -> str:
    """How many are severe, and how many of them are listed."""
    severe, shown = (sum(item.severity == "severe" for item in some) for some in (items, listed))
    if not severe:
        return t("attention.title", n=len(items)) if items else t("attention.title_none")
    if shown < severe:
        return t("attention.title_severe_some", n=severe, shown=shown)
    return t("attention.title_severe", n=severe)


def with_data(items: list[Item], most: int) -> list[Item]:
    """The first concern about the data is among the first `most`: it says whether the others can be believed."""
    first = next((item for item in items[most:] if item.severity == "data"), None)
    if first is None or any(item.severity == "data" for item in items[:most]):
        return items
    rest = [item for item in items if item is not first]
    return [*rest[: most - 1], first, *rest[most - 1 :]]


def _data_concerns(context: Context) -> list[Item]:
    """What needs attention in the deliveries of the newest business date."""
    return [
        item for item in (_stale(context), _missing(context), _held(context), _sentinels(context)) if item is not None
    ]


def _newest(context: Context) -> date:
    assert context.through is not None
    return context.through


def _stale(context: Context) -> Item | None:
    t, day = context.t, _newest(context)
    behind = (periods.expected_through(context.now) - day).days
    if behind <= 0:
        return None
    title = t("attention.stale", n=fmt.whole(behind))
    return Item("data", 90, title, t("attention.stale_why", day=fmt.day(day, t.lang)), "data", context.view)


def _missing(context: Context) -> Item | None:
    """A feed is missing only if it has delivered before."""
    t, day = context.t, _newest(context)
    arrived = feeds.arrived(context.publication, day)
    known = [
        row
        for row in feeds.named(published.ask(context.publication, "feeds"), context.t.lang)
        if row["newest_loaded"] and row["is_connected"]
    ]
    missing = [row for row in known if f"{row['platform']}.{row['feed']}" not in arrived]
    if not missing:
        return None
    names = t.join([row["title"] for row in missing[:3]])
    since = min(row["newest_loaded"] for row in missing)
    return Item(
        "data",
        50 + len(missing),
        t("attention.missing", names=names, n=len(missing)),
        t("attention.missing_why", since=fmt.short_day(since, t.lang)),
        "data",
        context.view,
    )


def _held(context: Context) -> Item | None:
    t, day = context.t, _newest(context)
    held = [
        row
        for row in published.ask(context.publication, "unusable_files", first=day - timedelta(days=29))
        if row["state"] == "held" and not row["is_mended"]
    ]
    if not held:
        return None
    return Item(
        "data",
        40 + len(held),
        t("attention.held", n=len(held)),
        t("attention.held_why", day=fmt.short_day(held[0]["business_date"], t.lang)),
        "data",
        context.view,
    )


def _sentinels(context: Context) -> Item | None:
    t, day = context.t, _newest(context)
    # A finding of a month ends with the month, which may be after the newest day.
    first, last = day - timedelta(days=29), day + timedelta(days=31)
    found = published.ask(context.publication, "sentinels", area=context.area, first=first, last=last)
    if not found:
        return None
    patterns = list(dict.fromkeys(t("sentinel." + row["pattern"]) for row in found))
    rows = fmt.whole(sum(row["found"] for row in found))
    return Item(
        "data",
        30 + len(found),
        t("attention.sentinel", n=len(found)),
        t("attention.sentinel_why", patterns=t.join(patterns[:2]), rows=rows),
        "data",
        context.view,
    )
