"""What service points do: the cases they handle, and who is on duty.

Belongs here: cases and shifts. Does not belong here: the points themselves (`register`).
"""

import numpy as np
import polars as pl

from pipelines.demo import seasons
from pipelines.demo.dice import Dice, Ints
from pipelines.demo.identities import id_numbers
from pipelines.demo.lives import changes, ids, in_day, in_office_hours, records, serials, spread, within_life
from pipelines.demo.people import People
from pipelines.demo.register import POINT_TYPES, Register, clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import words

CASES = 500.0
# By type of point: how busy it is, and how often it is staffed on a working day.
_BUSY = np.array([11.0, 2.0, 0.5, 0.15, 0.4, 1.6])
_STAFFED = np.array([1.0, 0.72, 0.4, 0.35, 0.4, 0.3])
CHANNELS = ("counter", "mobile_desk", "extended_hours", "doorstep", "online")
STATES = ("completed", "returned", "withdrawn")
_ITEMS = words("service_items")
# By service item: the promised number of days (0: immediately), and how often people ask for it.
_PROMISED = np.array([0, 0, 1, 5, 10, 10, 1, 3, 1, 15, 5, 3, 1, 0])
_ASKED = (16, 14, 12, 9, 5, 4, 8, 7, 5, 4, 3, 5, 3, 5)


def cases(people: People, born_from: int, first: int, last: int) -> pl.DataFrame:
    """Cases accepted, finished or rated on the days from first to last."""
    places, points = people.places, people.places.points
    span, everywhere = np.arange(born_from, last + 1), np.arange(len(points.code))
    custom = _BUSY[points.type] * places.dice("custom", everywhere).lognormal("custom", 1.0, 0.35)
    # Some small points exist, but nobody uses them.
    is_dead = places.dice("custom", everywhere).chance("is dead", np.array([0, 0.08, 0.3, 0.35, 0.3, 0])[points.type])
    custom = np.where(is_dead, 0.0, custom)
    rate = CASES * custom / custom[points.closed == NEVER].sum() * seasons.offices(span)[:, None] * 1.25
    rate *= points.open_on(span)
    at, point, nth = spread(places.dice("cases", span[:, None], everywhere).poisson("count", rate))
    day = span[at]
    dice = places.dice("case", day, point, nth)
    community = points.community[point]
    channel = np.where(
        points.type[point] == POINT_TYPES.index("mobile_desk"),
        1,
        np.array([0, 2, 3, 4])[dice.pick("channel", (68, 9, 7, 16))],
    )
    arrival = np.where(channel == 2, in_day(day, dice, "evening", 17.6, 19.6), in_day(day, dice, "time", 8.6, 17.0))
    in_time = dice.chance("in time", places.odds("queue", 0.9, community))
    wait = np.where(in_time, dice.lognormal("wait", 5.0, 0.6).clip(0, 14.9), 15.2 + dice.exponential("long wait", 9.0))
    is_counter = channel == 0
    called = arrival + (wait * 60).astype(np.int64)
    accepted = np.where(is_counter, called + dice.whole("talk", 60, 420), arrival)
    order = np.lexsort((nth, point, accepted))
    parts = (day, point, nth, community, channel, arrival, called, accepted)
    day, point, nth, community, channel, arrival, called, accepted = (part[order] for part in parts)
    dice = places.dice("case", day, point, nth)
    is_counter = (channel == 0) & ~dice.chance("no ticket", 0.03)
    item = dice.pick("item", _ASKED)
    promised, done = _finishing(places, dice, day, community, item, accepted)
    state = dice.pick("state", (95.5, 2.5, 2.0))
    rated = np.where(dice.chance("rated", 0.55) & (state == 0), done + dice.whole("rate", 30, 40_000), NEVER)
    is_pleased = dice.chance("pleased", places.odds("office", 0.925, community))
    comes = np.isin(channel, (0, 1, 2))
    trips = np.where(dice.chance("one trip", places.odds("one trip", 0.9, community)), 1, dice.whole("trips", 2, 3))
    frame = pl.DataFrame(
        {
            "case_id": ids("BJ", day, serials(day), 6),
            "point_code": named(points.code, point),
            "item_code": named([f"SX{i + 1:03d}" for i in range(len(_ITEMS))], item),
            "item_name": named(_ITEMS, item),
            "channel": named(CHANNELS, channel),
            "applicant_id_number": id_numbers(dice, youngest=2004).set(pl.Series(dice.chance("no number", 0.04)), None),
            "queued_at": clock(np.where(is_counter, arrival, NEVER)),
            "called_at": clock(np.where(is_counter, called, NEVER)),
            "accepted_at": clock(accepted),
            "promised_at": clock(promised),
            "_done": clock(within_life(done, day)),
            "_rated": clock(within_life(rated, day)),
            "_state": named(STATES, state),
            "trips": np.where(comes, trips, np.where(channel == 3, 0, trips - 1)),
            "rating": np.where(is_pleased, dice.whole("good", 4, 5), dice.whole("bad", 1, 3)),
        }
    )
    rows = changes(frame, ("accepted_at", "_done", "_rated"), first, last, {"rating": "_rated", "_state": "_done"})
    return rows.with_columns(
        status=pl.col("_state").fill_null("open"), completed_at=pl.when(pl.col("_state") == "completed").then("_done")
    )


def _finishing(
    places: Register, dice: Dice, day: Ints, community: Ints, item: Ints, accepted: Ints
) -> tuple[Ints, Ints]:
    """When cases are due, and when they are finished."""
    promise = _PROMISED[item]
    promised = np.where(promise == 0, accepted + 2 * HOUR, (day + promise) * DAY + 18 * HOUR)
    on_time = dice.chance("on time", places.odds("office", 0.955, community))
    share = dice.between("share", 0.1, 0.95)
    done = np.where(promise == 0, accepted + (share * HOUR).astype(np.int64), day * DAY + 9 * HOUR)
    done += np.where(promise == 0, 0, (np.floor(promise * share) * DAY + share * 8 * HOUR).astype(np.int64))
    done = np.maximum(done, accepted + 300)
    late = in_office_hours(promised + 15 * HOUR + (dice.exponential("late", 2.5) * DAY).astype(np.int64))
    done = np.where(on_time, np.minimum(done, promised), late)
    return promised, done


def shifts(people: People, first: int, last: int) -> pl.DataFrame:
    """The planned shifts of the days from first to last."""
    places, points = people.places, people.places.points
    span, everywhere = np.arange(first, last + 1), np.arange(len(points.code))
    is_open = points.open_on(span)
    is_dead = places.dice("custom", everywhere).chance("is dead", np.array([0, 0.08, 0.3, 0.35, 0.3, 0])[points.type])
    plan = _STAFFED[points.type] * ~is_dead * np.minimum(seasons.offices(span), 1.0)[:, None] * is_open
    staffed = places.dice("shifts", span[:, None], everywhere).chance("staffed", plan)
    evening = places.dice("shifts", span[:, None], everywhere).chance("evening", plan * 0.08)
    at, point, nth = spread(staffed.astype(np.int64) + (staffed & evening))
    day = span[at]
    dice = places.dice("shift", day, point, nth)
    community = points.community[point]
    start = day * DAY + np.where(nth == 1, 35, np.where(dice.chance("afternoon", 0.3), 28, 17)) * HOUR // 2
    end = start + np.where(nth == 1, 5, 7) * HOUR // 2
    steady = places.odds("desks", 0.93, community)
    signed_in = start + dice.whole("in", -900, 240)
    signed_in = np.where(dice.chance("late", 1 - steady), start + dice.whole("late by", 600, 5400), signed_in)
    signed_out = end + dice.whole("out", -180, 1200)
    signed_out = np.where(dice.chance("early", 1 - steady), end - dice.whole("early by", 600, 4800), signed_out)
    absent = dice.chance("absent", 0.35 * (1 - steady))
    frame = pl.DataFrame(
        {
            "point_code": named(points.code, point),
            "worker_id": people.cadre(community, day, dice),
            "planned_start": clock(start),
            "planned_end": clock(end),
            "signed_in_at": clock(np.where(absent, NEVER, signed_in)),
            "signed_out_at": clock(np.where(absent | dice.chance("forgot", 0.015), NEVER, signed_out)),
            "is_extended": nth == 1,
            "_born": day,
        }
    ).sort("_born", "planned_start", "point_code")
    born = frame["_born"].to_numpy()
    return records(frame.with_columns(shift_id=ids("ZB", born, serials(born), 6)), "planned_start", first, last)
