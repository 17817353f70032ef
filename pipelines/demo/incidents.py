"""Events on three levels and their movements, hotline orders, snap reports: what is wrong and who deals with it.

Belongs here: the command centre's events, flows and hotline orders, the mini-program's reports, and how they are tied.
Does not belong here: what workers find on their rounds (`footwork`), which refers to these events.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Bools, Dice, Floats, Ints
from pipelines.demo.lives import (
    changes,
    ids,
    in_day,
    in_office_hours,
    records,
    serials,
    spread,
    unknown_events,
    within_life,
)
from pipelines.demo.people import id_numbers, mobile_numbers, person_names
from pipelines.demo.register import GRIDS, Register, clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import groups, words

EVENTS, ORDERS, REPORTS = 400.0, 41.0, 24.0
"""A day: events; hotline orders and snap reports that become no event of their own."""
SOURCES = ("grid_patrol", "home_visit", "snap_report", "hotline_12345", "video", "assigned", "other")
_SOURCE_WEIGHTS = (37, 11, 22, 10, 9, 6, 5)
CATEGORIES = (
    "environment", "public_facility", "property", "safety_hazard", "livelihood", "public_order", "dispute", "other",
)  # fmt: skip

# Hours that a category may take; how likely it is closed within them; who sees to it.
_LIMITS = np.array([48, 120, 120, 72, 96, 72, 360, 120])
_ON_TIME = np.array([0.91, 0.88, 0.86, 0.9, 0.91, 0.92, 0.87, 0.9])
_DEPARTMENTS = words("departments")
_SUBCATEGORIES = groups("problems")
SUBCATEGORIES = [name for names in _SUBCATEGORIES for name in names]
_CATEGORY_OF = np.repeat(np.arange(len(CATEGORIES)), [len(names) for names in _SUBCATEGORIES])
_HEATING = words("heating_problems")
_RAIN = words("rain_problems")
_ALL_NAMES = [*SUBCATEGORIES, *_HEATING, *_RAIN]
# Heating problems are of livelihood, facilities, property; those of the rains of environment, property, safety.
_ALL_CATEGORIES = np.concatenate([_CATEGORY_OF, np.array([4, 1, 2, 4, 0, 2, 3])])
# Turns of three problems: the same problem comes round to a grid after 42 days, unless it is one that comes back.
_ROUND = len(SUBCATEGORIES) // 3
GAS = SUBCATEGORIES.index("燃气管道隐患")
_TAILS = words("tails")
_REASONS = words("exclusions")
REPORTERS = ("resident", "worker", "party_member", "volunteer")
_ORDER_WEIGHTS = (20, 15, 20, 8, 17, 7, 8, 5)
_GRIEVANCES = words("grievances")
_BECAME_EVENT, _MERGED, _ALONE = range(3)
FOLLOW_UPS = ("satisfied", "fairly_satisfied", "dissatisfied", "none")


@dataclass(frozen=True)
class Incidents:
    """What came of the events of some days: lives of events, and the exports of four feeds."""

    events: pl.DataFrame
    exports: dict[str, pl.DataFrame]


def draw(places: Register, first: int, last: int, born_from: int) -> Incidents:
    """Everything born from `born_from` on, exported for the days from first to last."""
    days = np.arange(born_from, last + 1)
    events = _events(places, days)
    return Incidents(
        events=events,
        exports={
            "command_centre.event": _event_rows(events, first, last),
            "command_centre.event_flow": records(_flows(places, events), "acted_at", first, last),
            "command_centre.hotline_order": _orders(places, events, days, first, last),
            "snap_report.report": _reports(places, events, days, first, last),
        },
    )


# ---------------------------------------------------------------- events


def _rates(places: Register, days: Ints) -> Floats:
    """Events expected, a row a day, a column a grid."""
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


def _events(places: Register, days: Ints) -> pl.DataFrame:
    """A row an event, whole, with the moments of its life; in the order of their numbers."""
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
    life = _life(places, dice, day, source, reported, community, what, grid)
    number = serials(day)
    hidden = dice.chance("no grid", 0.015)
    jitter = dice.normal("north") * 0.0014, dice.normal("east") * 0.0016
    category = _ALL_CATEGORIES[what]
    return pl.DataFrame(
        {
            "event_id": ids("SJ", day, number, 6),
            "source": named(SOURCES, source),
            "category": named(CATEGORIES, category),
            "subcategory": named(_ALL_NAMES, what),
            "community_code": named(places.communities.code, community),
            "grid_code": named(places.grids.code, np.where(hidden, -1, grid)),
            "description": _descriptions(dice, named(places.grids.name, grid), named(_ALL_NAMES, what), 0.9),
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
    """What an event is about: a grid's turn of problems, one that came back, or one of the season."""
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
    raining = n + len(_HEATING) + dice.pick("rain", (5, 3, 2))
    what = np.where(season < heat, heating, np.where(season < heat + rain, raining, what))
    is_gas = community == places.communities.at(stories.GAS_BACKLOG)
    is_gas &= (day >= places.anchor + stories.GAS_FROM) & dice.chance("gas", 0.1)
    return np.where(is_gas, GAS, what)


def _life(
    places: Register, dice: Dice, day: Ints, source: Ints, reported: Ints, community: Ints, what: Ints, grid: Ints
) -> dict[str, pl.Series | Ints]:
    """The moments of the events' lives and what they bring about."""
    here = places.communities
    category = _ALL_CATEGORIES[what]
    is_gas = (what == GAS) & (community == here.at(stories.GAS_BACKLOG)) & (day >= places.anchor + stories.GAS_FROM)
    urgency = np.where(is_gas, 1, dice.pick("urgency", (90, 8.5, 1.5)))
    limit = (_LIMITS[category] / np.where(category == 6, 1, np.array([1, 2, 4])[urgency]) * HOUR).astype(np.int64)
    due = reported + limit

    accepted = reported + dice.lognormal("accept", np.array([1100, 500, 300])[urgency], 0.8).astype(np.int64)
    dispatched = accepted + dice.lognormal("dispatch", 1900, 0.8).astype(np.int64)
    in_time = dice.chance("dispatch in time", places.odds("dispatch", 0.965, community))
    quick = reported + (2 * HOUR * dice.between("dispatch after", 0.12, 0.97)).astype(np.int64)
    slow = reported + 2 * HOUR + dice.exponential("dispatch late", 2.5 * HOUR).astype(np.int64) + 60
    dispatched = np.where(urgency > 0, np.where(in_time, quick, slow), dispatched)
    accepted = np.minimum(accepted, dispatched - 30)

    on_time = dice.chance("on time", places.odds("closing", 0.9, community) * (_ON_TIME / 0.9)[category])
    share = dice.between("share", 0.02, 0.98) ** 1.5
    closed = dispatched + (np.maximum(due - dispatched, HOUR) * share).astype(np.int64)
    slack = np.where(category == 6, 1.1, 0.62)
    # Whoever is slow works by day; limits run on in the night.
    late = in_office_hours(due + (limit * dice.exponential("late", 1.0) * slack).astype(np.int64) + 600)
    by_day = in_office_hours(closed)
    closed = np.where(on_time, np.where(by_day <= due, by_day, closed), late)
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
    # Whatever would come after the end of a life does not; nothing comes between void and the end either.
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


_ESCALATIONS = ("_escalated", "_acknowledged", "_escalated_again", "_acknowledged_again")


def _escalations(
    places: Register, dice: Dice, community: Ints, dispatched: Ints, closed: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """When an event goes up to its street and is acknowledged there, and the same for the district; NEVER for most."""
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
    """When a limit is moved, NEVER for most, and to when: before it is missed with approval, in one place after it."""
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


def _descriptions(dice: Dice, place: pl.Series, problem: pl.Series, told: float) -> pl.Series:
    """Invented prose; here and there with a name, a telephone or ID number, which must not get past the door."""
    text = place + problem + "，" + named(_TAILS, dice.whole("tail", 0, len(_TAILS) - 1)) + "。"
    text = pl.Series(np.where(dice.chance("marked", 0.12), "【演示数据】", "")) + text
    contact = "联系人" + person_names(dice) + "，电话" + mobile_numbers(dice) + "。"
    paper = "当事人身份证号" + id_numbers(dice) + "。"
    text = text + contact.set(pl.Series(~dice.chance("contact", 0.012)), "")
    text = text + paper.set(pl.Series(~dice.chance("paper", 0.003)), "")
    return text.set(pl.Series(~dice.chance("told", told)), None)


EVENT_MOMENTS = (
    "reported_at", "accepted_at", "dispatched_at", "resolved_at", "closed_at", "_escalated", "_escalated_again",
    "_extended", "_returned", "_excluded", "_void", "_followed",
)  # fmt: skip


def _event_rows(events: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
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


def _flows(places: Register, events: pl.DataFrame) -> pl.DataFrame:
    """A row a movement of an event; steps are numbered in the order of time."""
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


# ---------------------------------------------------------------- hotline


def _number_of(event_id: pl.Series) -> Ints:
    return event_id.str.tail(6).cast(pl.Int64).to_numpy()


def _orders(places: Register, events: pl.DataFrame, days: Ints, first: int, last: int) -> pl.DataFrame:
    """Orders behind events of that source, and others; a few callers in each community call again and again."""
    ours = events.filter(pl.col("source") == "hotline_12345")
    here = places.communities
    everywhere = np.arange(len(here.code))
    weight = here.households * places.dice("hotline of", everywhere).lognormal("grumble", 1.0, 0.3)
    rate = ORDERS * (weight / weight.sum()) * seasons.streets(days)[:, None]
    at, other, nth = spread(places.dice("orders", days[:, None], everywhere).poisson("count", rate))
    day = np.concatenate([ours["_born"].to_numpy(), days[at]])
    community = np.concatenate([ours["_community"].to_numpy(), other])
    key = np.concatenate([_number_of(ours["event_id"]), 10_000_000 + other * 1000 + nth])
    is_ours = np.arange(len(day)) < ours.height
    dice = places.dice("order", day, key)
    category = np.where(dice.uniform("heating") < 2.5 * seasons.heating(day), 4, dice.pick("category", _ORDER_WEIGHTS))
    # A frequent caller has one grievance.
    is_frequent = ~is_ours & dice.chance("frequent", 0.11)
    regular = places.dice("caller", community, dice.whole("caller", 0, 3))
    category = np.where(is_frequent, regular.whole("grievance", 0, len(CATEGORIES) - 1), category)
    category[: ours.height] = ours["category"].replace_strict(CATEGORIES, list(range(len(CATEGORIES)))).to_numpy()
    phones = mobile_numbers(dice).zip_with(pl.Series(~is_frequent), mobile_numbers(regular))

    reported = np.append(ours["reported_at"].dt.epoch("s").to_numpy(), np.zeros(len(other), dtype=np.int64))
    called_in = np.maximum(reported - dice.whole("before", 300, 2400), day * DAY + 60)
    received = np.where(is_ours, called_in, in_day(day, dice, "time", 6.5, 22.5))
    assigned = np.minimum(received + dice.whole("assign", 240, 1500), day * DAY + DAY - 1)
    due = assigned + 4 * HOUR
    is_prompt = dice.chance("prompt", places.odds("answering", 0.982, community))
    wait = np.where(is_prompt, dice.between("contact", 0.1, 3.9), 4.2 + dice.exponential("late contact", 8.0))
    contacted = assigned + (wait * HOUR).astype(np.int64)
    closed = in_office_hours(contacted + dice.lognormal("close", 52 * HOUR, 0.7).astype(np.int64))
    called = in_office_hours(closed + dice.whole("call back", 6, 70) * HOUR)
    called = np.where(dice.chance("called back", 0.9), called, NEVER)
    since = np.minimum(called, (day + 60) * DAY) // DAY - places.anchor
    slid = here.among(stories.SLIDING_STREET)[community] * 0.3 * stories.slide(since)
    is_solved = dice.chance("solved", places.odds("solving", 0.9, community) - slid)
    is_happy = dice.chance("happy", np.where(is_solved, 0.965, 0.4) - slid * 0.6)
    answer = np.where(is_happy, np.where(dice.chance("very", 0.7), 0, 1), 2)
    grievance = named(_GRIEVANCES, category)
    frame = pl.DataFrame(
        {
            "_born": day,
            "_key": key,
            "caller_phone": phones.set(pl.Series(dice.chance("anonymous", 0.03)), None),
            "community_code": named(here.code, community),
            "category": named(CATEGORIES, category),
            "content": _descriptions(dice, "来电人反映" + named(here.name, community), grievance, 0.97),
            "received_at": clock(received),
            "assigned_at": clock(assigned),
            "contact_due_at": clock(due),
            "first_contact_at": clock(within_life(contacted, day)),
            "closed_at": clock(within_life(closed, day)),
            "called_back_at": clock(within_life(called, day)),
            "is_resolved": pl.Series(is_solved).set(pl.Series(dice.chance("silent", 0.05)), None),
            "satisfaction": named(FOLLOW_UPS, np.where(dice.chance("no opinion", 0.05), -1, answer)),
            "event_id": ours["event_id"].extend_constant(None, len(other)),
        }
    ).sort("_born", "received_at", "_key")
    born = frame["_born"].to_numpy()
    frame = frame.with_columns(order_id=ids("RX", born, serials(born), 6))
    reveals = {"is_resolved": "called_back_at", "satisfaction": "called_back_at"}
    moments = ("received_at", "assigned_at", "first_contact_at", "closed_at", "called_back_at")
    return changes(frame, moments, first, last, reveals)


# ---------------------------------------------------------------- snap reports


def _reports(places: Register, events: pl.DataFrame, days: Ints, first: int, last: int) -> pl.DataFrame:
    """Reports that became events, later ones merged into those, and some that were only answered or turned down."""
    ours = events.filter(pl.col("source") == "snap_report")
    is_doubled = places.dice("merge", ours["_born"].to_numpy(), _number_of(ours["event_id"])).chance("merged", 0.11)
    doubled = ours.filter(pl.Series(is_doubled))
    share = places.grids.households / places.grids.households.sum()
    rate = REPORTS * share * seasons.streets(days)[:, None]
    at, other, nth = spread(places.dice("reports", days[:, None], np.arange(GRIDS)).poisson("count", rate))
    tied = pl.concat([ours, doubled])
    kind = np.repeat([_BECAME_EVENT, _MERGED, _ALONE], [ours.height, doubled.height, len(other)])
    day = np.concatenate([tied["_born"].to_numpy(), days[at]])
    grid = np.concatenate([tied["_grid"].to_numpy(), other])
    community = places.grids.community[grid]
    key = np.concatenate([_number_of(tied["event_id"]), 10_000_000 + other * 1000 + nth])
    dice = places.dice("report", day, key, kind)
    blank = np.zeros(len(other), dtype=np.int64)
    registered = np.append(tied["reported_at"].dt.epoch("s").to_numpy(), blank)
    before = np.maximum(registered - dice.whole("before", 60, 900), day * DAY + 30)
    after = np.minimum(registered + dice.whole("after", 600, 30_000), day * DAY + DAY - 30)
    reported = np.choose(kind, [before, after, in_day(day, dice, "time", 6.5, 22.5)])
    taken = np.append(tied["accepted_at"].dt.epoch("s").fill_null(NEVER).to_numpy(), blank + NEVER)
    taken = np.where(kind == _ALONE, reported + dice.whole("take", 600, 14_000), np.maximum(taken, reported + 60))
    is_prompt = dice.chance("prompt", places.odds("replying", 0.935, community))
    wait = np.where(is_prompt, dice.between("reply", 0.2, 23.5), 24.1 + dice.exponential("late reply", 14.0))
    replied = reported + (wait * HOUR).astype(np.int64)
    closed = np.append(tied["closed_at"].dt.epoch("s").fill_null(NEVER).to_numpy(), blank + NEVER)
    is_rejected = (kind == _ALONE) & dice.chance("rejected", 0.45)
    resolved = np.where(kind == _ALONE, replied + HOUR, np.maximum(closed, replied) + 600)
    resolved = np.where(is_rejected | (closed == NEVER) & (kind != _ALONE) | (kind == _MERGED), NEVER, resolved)
    rated = np.where(dice.chance("rated", 0.42), resolved + dice.whole("rate after", 1, 40) * HOUR, NEVER)
    is_pleased = dice.chance("pleased", places.odds("workmanship", 0.88, community))
    grievance = named(_GRIEVANCES, dice.pick("what", _ORDER_WEIGHTS))
    is_unknown = dice.chance("unknown", stories.UNKNOWN_EVENT) & (kind < _ALONE)
    event = unknown_events(tied["event_id"].extend_constant("", len(other)), is_unknown).replace("", None)
    ours_of = tied["category"].extend_constant(None, len(other))
    reporter = (400 * dice.uniform("reporter") ** 2).astype(np.int64) + community * 400
    frame = pl.DataFrame(
        {
            "_born": day,
            "_key": key,
            "_kind": kind,
            "_is_rejected": is_rejected,
            "reporter_openid": "oDEMO" + pl.Series(reporter * 7919 % 1_000_003).cast(pl.String).str.zfill(20),
            "reporter_phone": mobile_numbers(dice).set(pl.Series(dice.chance("no phone", 0.45)), None),
            "reporter_type": named(REPORTERS, dice.pick("type", (70, 12, 10, 8))),
            "grid_code": named(places.grids.code, grid),
            "category": ours_of.fill_null(named(CATEGORIES, dice.pick("category", _ORDER_WEIGHTS))),
            "description": _descriptions(
                dice, "随手拍：" + named(places.grids.name, grid), grievance, 0.93
            ),
            "photos": dice.pick("photos", (6, 45, 28, 15, 6)),
            "longitude": np.round(places.grids.longitude[grid] + dice.normal("east") * 0.0016, 6),
            "latitude": np.round(places.grids.latitude[grid] + dice.normal("north") * 0.0014, 6),
            "reported_at": clock(reported),
            "event_id": event,
            "rating": np.where(is_pleased, dice.whole("good", 4, 5), dice.whole("bad", 1, 3)),
            "_taken": clock(within_life(taken, day)),
            "replied_at": clock(within_life(replied, day)),
            "_resolved": clock(within_life(resolved, day)),
            "_rated": clock(within_life(rated, day)),
        }
    ).sort("_born", "reported_at", "_key", "_kind")  # fmt: skip
    born = frame["_born"].to_numpy()
    frame = frame.with_columns(report_id=ids("SP", born, serials(born), 6))
    moments = ("reported_at", "_taken", "replied_at", "_resolved", "_rated")
    rows = changes(frame, moments, first, last, {"event_id": "_taken", "rating": "_rated"})
    return rows.with_columns(
        status=pl.when((pl.col("_kind") == _MERGED) & pl.col("_taken").is_not_null()).then(pl.lit("merged"))
        .when(pl.col("_is_rejected") & pl.col("replied_at").is_not_null()).then(pl.lit("rejected"))
        .when(pl.col("_resolved").is_not_null()).then(pl.lit("resolved"))
        .when(pl.col("_taken").is_not_null() & ~pl.col("_is_rejected")).then(pl.lit("accepted"))
        .otherwise(pl.lit("submitted")),
    )  # fmt: skip
