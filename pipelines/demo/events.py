"""Events on three levels: what is noticed in the grids, how each event is handled, and its movements.

Belongs here: the command centre's events and flows. Does not belong here: hotline orders and snap reports, some of
which refer to these events (`hotline`, `snap_reports`), words for problems (`problems`).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Bools, Dice, Floats, Ints
from pipelines.demo.lives import changes, ids, in_day, in_office_hours, serials, spread, within_life
from pipelines.demo.problems import (
    ALL_CATEGORIES,
    ALL_NAMES,
    CATEGORIES,
    FOLLOW_UPS,
    GAS,
    HEATING,
    SUBCATEGORIES,
    descriptions,
)
from pipelines.demo.register import GRIDS, Register, clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import words

EVENTS = 400.0
"""Events per day."""
SOURCES = ("grid_patrol", "home_visit", "snap_report", "hotline_12345", "video", "assigned", "other")
_SOURCE_WEIGHTS = (37, 11, 22, 10, 9, 6, 5)
# By category: the time limit in hours, the probability that an event is closed in time, the department.
_LIMITS = np.array([48, 120, 120, 72, 96, 72, 360, 120])
_ON_TIME = np.array([0.91, 0.88, 0.86, 0.9, 0.91, 0.92, 0.87, 0.9])
_DEPARTMENTS = words("departments")
# Each day, a grid takes the next three problems of its list, so a problem comes up again after this many days; those
# that return earlier are drawn separately.
_ROUND = len(SUBCATEGORIES) // 3
_REASONS = words("exclusions")


def _rates(places: Register, days: Ints) -> Floats:
    """Expected number of events: one row per day, one column per grid."""
    grids, since = places.grids, days - places.anchor
    dice = places.dice("event rate", np.arange(GRIDS))
    community = places.communities
    liveliness = places.dice("event rate of", np.arange(len(community.code))).lognormal("lively", 1.0, 0.28)
    rate = grids.households * dice.lognormal("lively", 1.0, 0.3) * liveliness[grids.community]
    rates = (EVENTS * rate / rate.sum()) * seasons.streets(days)[:, None]
    rates[:, places.turned_grid] *= 2.6 - 2.1 * stories.relief(since)
    small = grids.community == community.at(stories.THREE_EVENTS)
    rates[:, small] = 0.0
    return np.asarray(rates)


def draw(places: Register, days: Ints) -> pl.DataFrame:
    """One row per event, complete with the moments of its life, ordered by day and serial number."""
    counts = places.dice("events", days[:, None], np.arange(GRIDS)).poisson("count", _rates(places, days))
    home = np.searchsorted(places.grids.community, places.communities.at(stories.THREE_EVENTS))
    counts[(places.anchor - days) % stories.THREE_EVENTS_EVERY == 4, home] = 1
    at, grid, nth = spread(counts)
    day = days[at]
    dice = places.dice("event", day, grid, nth)
    source = dice.pick("source", _SOURCE_WEIGHTS)
    by_night = np.isin(source, (2, 4, 6)) & dice.chance("at night", 0.2)
    reported = np.where(by_night, in_day(day, dice, "night", 0, 23.9), in_day(day, dice, "time", 7.5, 20.5))
    order = np.lexsort((grid, nth, reported))
    day, grid, nth, source, reported = (part[order] for part in (day, grid, nth, source, reported))
    dice = places.dice("event", day, grid, nth)
    community = places.grids.community[grid]
    what = _subcategories(places, dice, day, grid, nth, community)
    life = _life(places, dice, day, reported, community, what, grid)
    number = serials(day)
    hidden = dice.chance("no grid", 0.015)
    jitter = dice.normal("north") * 0.0014, dice.normal("east") * 0.0016
    category = ALL_CATEGORIES[what]
    return pl.DataFrame(
        {
            "event_id": ids("SJ", day, number, 6),
            "source": named(SOURCES, source),
            "category": named(CATEGORIES, category),
            "subcategory": named(ALL_NAMES, what),
            "community_code": named(places.communities.code, community),
            "grid_code": named(places.grids.code, np.where(hidden, -1, grid)),
            "description": descriptions(dice, named(places.grids.name, grid), named(ALL_NAMES, what), 0.9),
            "department": named(_DEPARTMENTS, category).zip_with(
                pl.Series(~dice.chance("local", 0.35)), named(places.communities.name, community)
            ),
            "exclusion_reason": named(_REASONS, dice.whole("reason", 0, len(_REASONS) - 1)),
            "longitude": np.round(places.grids.longitude[grid] + jitter[1], 6),
            "latitude": np.round(places.grids.latitude[grid] + jitter[0], 6),
            "_born": day,
            "_grid": grid,
            "_community": community,
            "_row": np.arange(len(day)),
            **life,
        }
    )


def _subcategories(places: Register, dice: Dice, day: Ints, grid: Ints, nth: Ints, community: Ints) -> Ints:
    """The problem of each event (index of ALL_NAMES): the next one of the grid, a repeated one, or a seasonal one."""
    turn = 3 * (day % _ROUND) + nth
    back = dice.chance("is back", 1 - places.odds("lasting", 0.92, community))
    back |= (community == places.communities.at(stories.INSTANT_CLOSER)) & dice.chance("is back here", 0.42)
    lag = dice.whole("lag", 5, 24)
    turn = np.where(back, 3 * ((day - lag) % _ROUND), np.where(nth < 3, turn, dice.whole("turn", 0, 3 * _ROUND)))
    grid_dice = places.dice("problems", grid)
    n = len(SUBCATEGORIES)
    what = (grid_dice.whole("step", 1, n - 1) * turn + grid_dice.whole("start", 0, n - 1)) % n
    season = dice.uniform("season")
    heat, rain = seasons.heating(day), seasons.rain(day)
    heating = n + dice.pick("heating", (5, 2, 2, 1))
    raining = n + len(HEATING) + dice.pick("rain", (5, 3, 2))
    what = np.where(season < heat, heating, np.where(season < heat + rain, raining, what))
    is_gas = community == places.communities.at(stories.GAS_BACKLOG)
    is_gas &= (day >= places.anchor + stories.GAS_FROM) & dice.chance("gas", 0.1)
    return np.where(is_gas, GAS, what)


def _life(
    places: Register, dice: Dice, day: Ints, reported: Ints, community: Ints, what: Ints, grid: Ints
) -> dict[str, pl.Series | Ints]:
    """The moments of the events' lives (null if they do not occur), and the columns that follow from them."""
    here = places.communities
    category = ALL_CATEGORIES[what]
    is_gas = (what == GAS) & (community == here.at(stories.GAS_BACKLOG)) & (day >= places.anchor + stories.GAS_FROM)
    urgency = np.where(is_gas, 1, dice.pick("urgency", (90, 8.5, 1.5)))
    limit = (_LIMITS[category] / np.where(category == 6, 1, np.array([1, 2, 4])[urgency]) * HOUR).astype(np.int64)
    due = reported + limit
    accepted, dispatched = _dispatching(places, dice, community, urgency, reported)
    closed = _closing(places, dice, community, category, dispatched, due, limit)
    for_ever = dice.chance("for ever", 0.0012) | (is_gas & dice.chance("gas for ever", 0.8))

    escalations = _escalations(places, dice, community, dispatched, closed)
    met = np.maximum.reduce([np.where(moment < NEVER, moment, 0) for moment in escalations])
    closed = np.maximum(closed, met + HOUR // 2)
    extended, new_due = _extensions(places, dice, day, community, dispatched, due, closed)

    paper = (community == here.at(stories.INSTANT_CLOSER)) & dice.chance("on paper", 0.93)
    accepted = np.where(paper, reported + 40, accepted)
    dispatched = np.where(paper, reported + 80, dispatched)
    closed = np.where(paper, reported + dice.whole("minutes", 150, 560), closed)
    for moment in (*escalations, extended):
        moment[paper] = NEVER
    new_due = np.where(extended < NEVER, new_due, due)
    resolved = dispatched + ((closed - dispatched) * dice.between("resolve", 0.72, 0.96)).astype(np.int64)

    rework = dice.chance("rework", np.where(paper, 0.27, 1 - places.odds("workmanship", 0.945, community)))
    returned = np.where(rework, dispatched + ((closed - dispatched) * 0.66).astype(np.int64), NEVER)
    excluded = np.where(dice.chance("exclude", 0.022), reported + dice.whole("exclude at", 2, 90) * HOUR, NEVER)
    void = np.where(dice.chance("void", 0.012) & ~paper, dispatched + dice.whole("void at", 1, 30) * HOUR, NEVER)
    ended = for_ever | (void < NEVER)
    closed, resolved = np.where(ended, NEVER, closed), np.where(ended, NEVER, resolved)
    followed = in_office_hours(np.where(closed < NEVER, closed + dice.whole("follow", 4, 60) * HOUR, NEVER))
    followed = np.where(dice.chance("followed", 0.97), followed, NEVER)
    moments = {
        "reported_at": reported, "accepted_at": accepted, "dispatched_at": dispatched, "resolved_at": resolved,
        "closed_at": closed, "_extended": extended, "_returned": returned, "_excluded": excluded, "_void": void,
        "_followed": followed, **dict(zip(_ESCALATIONS, escalations, strict=True)),
    }  # fmt: skip
    # Moments after the end of a life, or after the event became void, do not occur.
    stop = np.minimum((day + 110) * DAY, void + 1)
    kept = {name: np.where(moment > stop, NEVER, within_life(moment, day)) for name, moment in moments.items()}
    kept["_followed"] = np.where(kept["closed_at"] < NEVER, kept["_followed"], NEVER)
    kept["_returned"] = np.where(kept["closed_at"] < NEVER, kept["_returned"], NEVER)
    return {
        "urgency": named(("normal", "urgent", "critical"), urgency),
        "original_due_at": clock(due),
        "_new_due": clock(new_due),
        "_rework": np.where(rework, 1 + dice.chance("twice", 0.12), 0),
        "follow_up": named(FOLLOW_UPS, _follow_ups(places, dice, day, community, grid, paper, closed)),
        **{name: clock(moment) for name, moment in kept.items()},
    }


def _dispatching(places: Register, dice: Dice, community: Ints, urgency: Ints, reported: Ints) -> tuple[Ints, Ints]:
    """When events are accepted and dispatched, in seconds."""
    accepted = reported + dice.lognormal("accept", np.array([1100, 500, 300])[urgency], 0.8).astype(np.int64)
    dispatched = accepted + dice.lognormal("dispatch", 1900, 0.8).astype(np.int64)
    in_time = dice.chance("dispatch in time", places.odds("dispatch", 0.965, community))
    quick = reported + (2 * HOUR * dice.between("dispatch after", 0.12, 0.97)).astype(np.int64)
    slow = reported + 2 * HOUR + dice.exponential("dispatch late", 2.5 * HOUR).astype(np.int64) + 60
    dispatched = np.where(urgency > 0, np.where(in_time, quick, slow), dispatched)
    accepted = np.minimum(accepted, dispatched - 30)
    return accepted, dispatched


def _closing(
    places: Register, dice: Dice, community: Ints, category: Ints, dispatched: Ints, due: Ints, limit: Ints
) -> Ints:
    """When events are closed if nothing else happens to them; limit: the seconds from report to due time."""
    on_time = dice.chance("on time", places.odds("closing", 0.9, community) * (_ON_TIME / 0.9)[category])
    share = dice.between("share", 0.02, 0.98) ** 1.5
    closed = dispatched + (np.maximum(due - dispatched, HOUR) * share).astype(np.int64)
    slack = np.where(category == 6, 1.1, 0.62)
    # Slow staff work by day; time limits also run at night.
    late = in_office_hours(due + (limit * dice.exponential("late", 1.0) * slack).astype(np.int64) + 600)
    by_day = in_office_hours(closed)
    return np.where(on_time, np.where(by_day <= due, by_day, closed), late)


_ESCALATIONS = ("_escalated", "_acknowledged", "_escalated_again", "_acknowledged_again")


def _escalations(
    places: Register, dice: Dice, community: Ints, dispatched: Ints, closed: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """When an event is escalated to its street and acknowledged there; the same for the district. NEVER for most."""
    up = dice.chance("escalate", 0.1)
    escalated = dispatched + ((closed - dispatched) * dice.between("escalate at", 0.1, 0.4)).astype(np.int64)
    escalated = np.where(up, np.maximum(escalated, dispatched + 60), NEVER)
    is_waiting = places.communities.among(stories.LATE_ACKNOWLEDGING_STREET)[community]
    prompt = dice.chance("acknowledge", np.where(is_waiting, 0.5, places.odds("acknowledging", 0.955, community)))
    late = 4 + dice.exponential("acknowledge late", 5.0)
    waits = np.where(prompt, dice.between("acknowledge after", 0.05, 3.95), late)
    acknowledged = np.where(up, escalated + (waits * HOUR).astype(np.int64) + 30, NEVER)
    again = up & dice.chance("escalate again", 0.2)
    escalated_again = np.where(again, acknowledged + HOUR, NEVER)
    wait = (dice.between("again", 0.1, 5) * HOUR).astype(np.int64)
    return escalated, acknowledged, escalated_again, np.where(again, escalated_again + wait, NEVER)


def _extensions(
    places: Register, dice: Dice, day: Ints, community: Ints, dispatched: Ints, due: Ints, closed: Ints
) -> tuple[Ints, Ints]:
    """When a time limit is extended (NEVER for most), and the new limit. It is extended with approval before it is
    missed, but in one community (a story) after it was missed."""
    is_late = closed > due
    before = due - dice.whole("extend at", 1, 20) * HOUR
    extended = np.where(dice.chance("extend", 0.04) & is_late, before, NEVER)
    new_due = due + dice.whole("days more", 1, 4) * DAY
    is_moved = is_late & (community == places.communities.at(stories.MOVED_LIMITS)) & (extended == NEVER)
    is_moved &= dice.chance("moved", 0.75) & (day > places.anchor + stories.MOVED_FROM)
    extended = np.where(is_moved, due + (closed - due) // 2, extended)
    new_due = np.where(is_moved, (closed // HOUR + 3) * HOUR, new_due)
    return np.where(extended <= dispatched, NEVER, extended), new_due


def _follow_ups(
    places: Register, dice: Dice, day: Ints, community: Ints, grid: Ints, paper: Bools, closed: Ints
) -> Ints:
    since = np.minimum(closed, (day + 60) * DAY) // DAY - places.anchor
    good = places.odds("workmanship", 0.905, community)
    good = np.where(
        places.communities.among(stories.SLIDING_STREET)[community], good - 0.34 * stories.slide(since), good
    )
    good = np.where(grid == places.turned_grid, 0.58 + 0.38 * stories.relief(since), good)
    good = np.where(paper, 0.52, good)
    answer = np.where(dice.chance("good", good), np.where(dice.chance("very", 0.68), 0, 1), 2)
    return np.where(dice.chance("asked", 0.72), answer, 3)


EVENT_MOMENTS = (
    "reported_at", "accepted_at", "dispatched_at", "resolved_at", "closed_at", "_escalated", "_escalated_again",
    "_extended", "_returned", "_excluded", "_void", "_followed",
)  # fmt: skip


def event_rows(events: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    reveals = {"follow_up": "_followed", "exclusion_reason": "_excluded", "department": "dispatched_at"}
    rows = changes(events, EVENT_MOMENTS, first, last, reveals)
    return rows.with_columns(
        due_at=pl.when(pl.col("_extended").is_not_null()).then("_new_due").otherwise("original_due_at"),
        is_excluded=pl.col("_excluded").is_not_null(),
        rework_count=pl.when(pl.col("_returned").is_not_null()).then("_rework").otherwise(0),
        level=pl.when(pl.col("_escalated_again").is_not_null()).then(pl.lit("district"))
        .when(pl.col("_escalated").is_not_null()).then(pl.lit("street")).otherwise(pl.lit("community")),
        status=pl.when(pl.col("_void").is_not_null()).then(pl.lit("void"))
        .when(pl.col("closed_at").is_not_null()).then(pl.lit("closed"))
        .when(pl.col("resolved_at").is_not_null()).then(pl.lit("to_verify"))
        .when(pl.col("accepted_at").is_not_null()).then(pl.lit("in_progress")).otherwise(pl.lit("pending")),
    )  # fmt: skip


# ---------------------------------------------------------------- flows


def flows(places: Register, events: pl.DataFrame) -> pl.DataFrame:
    """One row per movement of an event; the steps of an event are numbered by time."""
    centre = pl.lit("区社会治理指挥中心")
    own = pl.col("_community_name")
    street = pl.col("_street_name")
    department = pl.col("department")
    comes_from_outside = pl.col("source").is_in(["hotline_12345", "video", "assigned", "other"])
    verified = pl.col("closed_at") - pl.duration(seconds=90)
    kinds: Sequence[tuple[str, str | pl.Expr, str | None, str | None, pl.Expr]] = (
        ("report", "reported_at", None, "community", own),
        ("accept", pl.when(comes_from_outside).then("accepted_at"), None, "community", centre),
        ("dispatch", "dispatched_at", "community", "community", centre),
        ("escalate", "_escalated", "community", "street", own),
        ("acknowledge", "_acknowledged", "community", "street", street),
        ("escalate", "_escalated_again", "street", "district", street),
        ("acknowledge", "_acknowledged_again", "street", "district", centre),
        ("extend", "_extended", None, None, department),
        ("return", "_returned", None, None, centre),
        ("handle", "resolved_at", None, None, department),
        ("verify", pl.when(pl.col("_rework") > 0).then(verified), None, None, own),
        ("close", "closed_at", None, None, centre),
        ("void", "_void", None, None, centre),
    )
    names = events.with_columns(
        _community_name=named(places.communities.name, events["_community"].to_numpy()),
        _street_name=pl.Series([name for _, name in places.streets]).gather(
            pl.Series(places.communities.street).gather(events["_community"])
        ),
    )
    parts = [
        names.select(
            "event_id",
            "_row",
            pl.lit(place).alias("_order"),
            pl.lit(action).alias("action"),
            pl.lit(from_, dtype=pl.String).alias("from_level"),
            pl.lit(to, dtype=pl.String).alias("to_level"),
            actor.alias("actor_unit"),
            (pl.col(moment) if isinstance(moment, str) else moment).alias("acted_at"),
        ).filter(pl.col("acted_at").is_not_null())
        for place, (action, moment, from_, to, actor) in enumerate(kinds)
    ]
    flows = pl.concat(parts).sort("_row", "acted_at", "_order")
    step = pl.int_range(1, pl.len() + 1).over("_row")
    remark = pl.col("action").replace_strict(
        {
            "return": "核查未通过，请重新处置",
            "extend": "经批准延期",
            "void": "重复或无效事件",
            "escalate": "超出本级处置权限",
        },
        default=None,
        return_dtype=pl.String,
    )
    return flows.with_columns(step=step, remark=remark).with_columns(
        flow_id="LZ" + pl.col("event_id").str.tail(14) + pl.col("step").cast(pl.String).str.zfill(2)
    )
