"""The workers' rounds: household visits and hazard inspections.

Belongs here: who is visited when, what is found, what is inspected and fixed. Does not belong here: the events that
visits refer to (`incidents`).
"""

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Bools, Floats, Ints
from pipelines.demo.incidents import Incidents
from pipelines.demo.lives import changes, ids, in_day, records, serials, spread, unknown_events, within_life
from pipelines.demo.people import People
from pipelines.demo.register import GRIDS, clock, days, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import words

VISITS, INSPECTIONS = 960.0, 150.0
VISIT_TYPES = ("routine", "care", "policy_publicity", "sentiment", "party_member_link")
TARGETS = ("corridor", "shop", "ebike_charging", "gas", "fire_equipment", "other")
HAZARDS = ("none", "minor", "major", "critical")
_TOPICS = words("visit_topics")
_WISHES = words("wishes")
# Prime, and greater than any grid's number of households: its multiples visit all of them before one repeats.
_STRIDE = 7_919
_ROUNDS_FROM = -2_500
_EVENING = 21 * HOUR + 3 * 60


def visits(people: People, incidents: Incidents, first: int, last: int) -> pl.DataFrame:
    """The visits of the days from first to last: rounds, care visits, visits that led to an event, bulk entries."""
    span = np.arange(first, last + 1)
    day, grid, household, kind, event, start = (
        np.concatenate(parts)
        for parts in zip(
            _rounds(people, span), _care(people, span), _with_event(people, incidents, span), _bulk(people, span),
            strict=True,
        )
    )  # fmt: skip
    dice = people.places.dice("visit", day, household, start)
    start = np.where(start < 0, in_day(day, dice, "time", 8.3, 20.8), start)
    order = np.lexsort((household, start))
    day, grid, household, kind, event, start = (part[order] for part in (day, grid, household, kind, event, start))
    dice = people.places.dice("visit", start, household)
    community = people.places.grids.community[grid]
    minutes = np.where(
        dice.chance("is short", 0.035), dice.between("short", 0.3, 2.9), dice.lognormal("long", 13, 0.5) + 3
    )
    is_found = event >= 0
    event_ids = incidents.events["event_id"].gather(pl.Series(event.clip(0))).set(pl.Series(~is_found), None)
    event_ids = unknown_events(event_ids.fill_null(""), dice.chance("unknown", stories.UNKNOWN_EVENT) & is_found)
    problems = np.where(is_found | dice.chance("problem", 0.011), 1 + dice.chance("two", 0.1), 0)
    building = np.searchsorted(people.places.buildings.first_household, household, side="right") - 1
    area = people.places.buildings.area[building]
    is_bulk = _is_bulk(people, grid, start)
    part = np.where(is_bulk, 0, dice.whole("part", 0, 2))
    ended = start + np.where(is_bulk, 240, minutes * 60).astype(np.int64)
    frame = pl.DataFrame(
        {
            "visit_id": ids("ZF", day, serials(day), 6),
            "worker_id": people.on_rounds(grid, day, people.places.dice("round", day, grid, part)),
            "grid_code": named(people.places.grids.code, grid),
            "building_code": named(
                people.places.buildings.code, np.where(dice.chance("no building", 0.02), -1, building)
            ),
            "household_id": people.household_ids(household),
            "visit_type": named(VISIT_TYPES, kind),
            "started_at": clock(start),
            "ended_at": clock(np.where(dice.chance("no end", 0.012) & ~is_bulk, NEVER, ended)),
            "on_site": ~dice.chance("elsewhere", 1 - people.places.odds("honesty", 0.965, community)),
            "policy_topic": named(_TOPICS, np.where(kind == 2, dice.whole("topic", 0, len(_TOPICS) - 1), -1)),
            "sentiment_text": named(
                _WISHES, np.where((kind == 3) | (problems > 0), dice.whole("wish", 0, len(_WISHES) - 1), -1)
            ),
            "problems_found": problems,
            "event_id": event_ids.replace("", None),
            "longitude": np.round(people.places.areas.longitude[area] + dice.normal("east") * 0.0004, 6),
            "latitude": np.round(people.places.areas.latitude[area] + dice.normal("north") * 0.0004, 6),
            "photos": dice.whole("photos", 0, 4),
        }
    )
    return records(frame, "started_at", first, last)


_Visits = tuple[Ints, Ints, Ints, Ints, Ints, Ints]
"""Day, grid, household, type, the event's row and the moment; -1 for no event and for a moment that is drawn later."""


def _rounds(people: People, span: Ints) -> _Visits:
    """Each grid's households in turn, a fixed number per day: the position of the round depends only on the
    calendar."""
    places = people.places
    everywhere = np.arange(GRIDS)
    community = places.grids.community
    diligence = np.exp(0.17 * places.skill("diligence")[community])
    weight = places.grids.households * diligence * places.dice("rounds", everywhere).lognormal("vigour", 1.0, 0.28)
    before = np.arange(places.anchor + _ROUNDS_FROM, span[-1] + 1)
    pace = seasons.rounds(before)
    at_month_end = pace * stories.month_end_pace(seasons.is_last_of_month(before))
    done = np.stack([np.cumsum(pace), np.cumsum(at_month_end)])
    is_month_end = places.communities.among(stories.MONTH_END_STREET)[community].astype(np.int64)
    place = span - before[0]
    per_pace = (VISITS - 105) * weight / weight.sum()
    upto = np.floor(per_pace * done[:, place][is_month_end].T).astype(np.int64)
    since = np.floor(per_pace * done[:, place - 1][is_month_end].T).astype(np.int64)
    at, grid, nth = spread(upto - since)
    turn = since[at, grid] + nth
    household = places.grids.first_household[grid] + turn * _STRIDE % places.grids.households[grid]
    dice = places.dice("kind", grid, turn)
    kind = np.array([0, 2, 3, 4])[dice.pick("type", (20, 66, 7, 7))]
    nothing = np.full(len(grid), -1)
    return span[at], grid, household, kind, nothing, nothing


def _care(people: People, span: Ints) -> _Visits:
    """Care households by their own calendar, a little more often than required; some visits are left out."""
    care = people.care
    community = people.places.grids.community[care.grid]
    each = care.every * 0.84
    phase = people.places.dice("care", care.household).uniform("phase") * each
    first = np.floor((span[0] - phase) / each).astype(np.int64)
    turn = first[:, None] + np.arange(int(len(span) / each.min()) + 3)
    dice = people.places.dice("care visit", care.household[:, None], turn)
    day = np.floor(phase[:, None] + turn * each[:, None] + dice.between("jitter", -0.06, 0.06) * each[:, None])
    left_out: Floats = 1 - people.places.odds("care", 0.952, community, 0.7)
    is_done = ~dice.chance("left out", left_out[:, None])
    is_done &= (day >= span[0]) & (day <= span[-1])
    is_done &= (day >= care.registered[:, None]) & (day < care.removed[:, None])
    who, which = np.nonzero(is_done)
    nothing = np.full(len(who), -1)
    kind = np.full(len(who), VISIT_TYPES.index("care"))
    return day[who, which].astype(np.int64), care.grid[who], care.household[who], kind, nothing, nothing


def _with_event(people: People, incidents: Incidents, span: Ints) -> _Visits:
    """A visit for each event whose source is a visit, in its grid, shortly before it was reported."""
    frame = incidents.events.filter((pl.col("source") == "home_visit") & pl.col("_born").is_between(span[0], span[-1]))
    day, grid, row = (frame[name].to_numpy() for name in ("_born", "_grid", "_row"))
    dice = people.places.dice("found", day, grid, frame["event_id"].str.tail(6).cast(pl.Int64).to_numpy())
    reported = frame["reported_at"].dt.epoch("s").to_numpy()
    start = np.maximum(reported - dice.whole("before", 240, 1500), day * DAY + 60)
    first, count = people.places.grids.first_household[grid], people.places.grids.households[grid]
    household = first + (dice.uniform("household") * count).astype(np.int64)
    kind = np.array([0, 2, 3])[dice.pick("type", (30, 20, 50))]
    return day, grid, household, kind, row, start


def _bulk(people: People, span: Ints) -> _Visits:
    """On some days a worker enters twenty visits within a minute of the evening."""
    day = people.places.anchor + np.array(stories.BULK_VISIT_DAYS)
    day = np.repeat(day[(day >= span[0]) & (day <= span[-1])], 20)
    nth = np.arange(len(day)) % 20
    grid = np.full(len(day), _bulk_grid(people))
    household = people.places.grids.first_household[grid] + (day * 20 + nth) % people.places.grids.households[grid]
    nothing = np.full(len(day), -1)
    return day, grid, household, np.zeros(len(day), dtype=np.int64), nothing, day * DAY + _EVENING + nth * 3


def _bulk_grid(people: People) -> int:
    grids = people.places.grids
    return int(np.searchsorted(grids.community, people.places.communities.at(stories.BULK_VISITS)))


def _is_bulk(people: People, grid: Ints, start: Ints) -> Bools:
    is_day = np.isin(start // DAY - people.places.anchor, stories.BULK_VISIT_DAYS)
    is_minute = (start % DAY >= _EVENING) & (start % DAY < _EVENING + 60)
    return np.asarray(is_day & is_minute & (grid == _bulk_grid(people)))


# ---------------------------------------------------------------- inspections


def inspections(people: People, born_from: int, first: int, last: int) -> pl.DataFrame:
    """Inspections made or fixed on the days from first to last."""
    places = people.places
    span, everywhere = np.arange(born_from, last + 1), np.arange(GRIDS)
    weight = places.grids.households * places.dice("inspections", everywhere).lognormal("vigour", 1.0, 0.4)
    # In some months nobody inspects a grid.
    month = span[:, None] // 30
    lapse = places.dice("lapse", month, everywhere).chance(
        "lapse", 1 - places.odds("looking", 0.93, places.grids.community)
    )
    rate = INSPECTIONS * weight / weight.sum() * seasons.rounds(span)[:, None] * np.where(lapse, 0.02, 1.08)
    backlog = places.grids.community == places.communities.at(stories.GAS_BACKLOG)
    rate *= np.where(backlog & (span >= places.anchor + stories.GAS_FROM)[:, None], 1.8, 1.0)
    at, grid, nth = spread(places.dice("inspection", span[:, None], everywhere).poisson("count", rate))
    day = span[at]
    inspected = in_day(day, places.dice("inspected at", day, grid, nth), "time", 8.2, 18.5)
    order = np.lexsort((nth, grid, inspected))
    day, grid, nth, inspected = (part[order] for part in (day, grid, nth, inspected))
    dice = places.dice("inspected", day, grid, nth)
    community = places.grids.community[grid]
    is_story = backlog[grid] & (day >= places.anchor + stories.GAS_FROM) & dice.chance("gas", 0.75)
    target = np.where(is_story, TARGETS.index("gas"), dice.pick("target", (28, 22, 18, 12, 14, 6)))
    level = np.where(
        is_story & dice.chance("bad", 0.7), dice.pick("how bad", (0, 5, 4, 1)), dice.pick("level", (70, 23, 6, 1))
    )
    due = day + np.array([0, 10, 15, 5])[level]
    is_prompt = dice.chance("prompt", places.odds("mending", 0.93, community))
    late = due + 1 + dice.exponential("late", 9.0).astype(np.int64)
    mended = np.where(is_prompt, day + np.floor((due - day) * dice.between("share", 0.1, 1.0)).astype(np.int64), late)
    is_left = (level == 0) | dice.chance("for ever", 0.01) | (is_story & dice.chance("gas for ever", 0.82))
    mended = np.where(is_left, NEVER // DAY, mended)
    told = np.where(is_left, NEVER, np.maximum(mended * DAY + 17 * HOUR + dice.whole("told", 0, 9000), inspected + 60))
    frame = pl.DataFrame(
        {
            "inspection_id": ids("PC", day, serials(day), 6),
            "worker_id": people.on_rounds(grid, day, places.dice("inspector", day, grid)),
            "grid_code": named(places.grids.code, grid),
            "target_type": named(TARGETS, target),
            "inspected_at": clock(inspected),
            "hazard_level": named(HAZARDS, level),
            "rectify_due_on": days(np.where(level == 0, NEVER, due)),
            "rectified_on": days(np.where(is_left, NEVER, mended)),
            "_told": clock(within_life(told, day)),
        }
    )
    return changes(frame, ("inspected_at", "_told"), first, last, {"rectified_on": "_told"})
