"""Hotline orders: who calls 12345, and how the call is answered.

Belongs here: the command centre's hotline orders. Does not belong here: the events that some orders lead to (`events`).
"""

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Bools, Dice, Ints
from pipelines.demo.identities import mobile_numbers
from pipelines.demo.lives import changes, ids, in_day, in_office_hours, serials, spread, within_life
from pipelines.demo.problems import (
    CATEGORIES,
    FOLLOW_UPS,
    GRIEVANCE_WEIGHTS,
    GRIEVANCES,
    descriptions,
    number_of,
)
from pipelines.demo.register import Register, clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER

ORDERS = 41.0
"""Orders per day that lead to no event."""


def orders(places: Register, events: pl.DataFrame, days: Ints, first: int, last: int) -> pl.DataFrame:
    """The orders that led to events, and others. A few people in each community call repeatedly."""
    ours = events.filter(pl.col("source") == "hotline_12345")
    here = places.communities
    everywhere = np.arange(len(here.code))
    weight = here.households * places.dice("hotline of", everywhere).lognormal("grumble", 1.0, 0.3)
    rate = ORDERS * (weight / weight.sum()) * seasons.streets(days)[:, None]
    at, other, nth = spread(places.dice("orders", days[:, None], everywhere).poisson("count", rate))
    day = np.concatenate([ours["_born"].to_numpy(), days[at]])
    community = np.concatenate([ours["_community"].to_numpy(), other])
    key = np.concatenate([number_of(ours["event_id"]), 10_000_000 + other * 1000 + nth])
    is_ours = np.arange(len(day)) < ours.height
    dice = places.dice("order", day, key)
    category = np.where(
        dice.uniform("heating") < 2.5 * seasons.heating(day), 4, dice.pick("category", GRIEVANCE_WEIGHTS)
    )
    # A frequent caller always complains about the same thing.
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
    is_solved, answer = _opinions(places, dice, day, community, called)
    grievance = named(GRIEVANCES, category)
    frame = pl.DataFrame(
        {
            "_born": day,
            "_key": key,
            "caller_phone": phones.set(pl.Series(dice.chance("anonymous", 0.03)), None),
            "community_code": named(here.code, community),
            "category": named(CATEGORIES, category),
            "content": descriptions(dice, "来电人反映" + named(here.name, community), grievance, 0.97),
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


def _opinions(places: Register, dice: Dice, day: Ints, community: Ints, called: Ints) -> tuple[Bools, Ints]:
    """From the call-back: whether the caller considers the problem solved, and the index of the answer in
    FOLLOW_UPS."""
    since = np.minimum(called, (day + 60) * DAY) // DAY - places.anchor
    slid = places.communities.among(stories.SLIDING_STREET)[community] * 0.3 * stories.slide(since)
    is_solved = dice.chance("solved", places.odds("solving", 0.9, community) - slid)
    is_happy = dice.chance("happy", np.where(is_solved, 0.965, 0.4) - slid * 0.6)
    answer = np.where(is_happy, np.where(dice.chance("very", 0.7), 0, 1), 2)
    return is_solved, answer
