"""Joint decisions: meetings and resolutions, suggestions, covenants, the alliances' commitments, the fund.

Belongs here: the flows of the joint-building platform. Does not belong here: the alliances' members (`people`), the
projects that the fund pays for (`selfgov`).
"""

import numpy as np
import polars as pl

from pipelines.demo import seasons
from pipelines.demo.dice import Bools, Dice, Floats, Ints
from pipelines.demo.identities import mobile_numbers, person_names
from pipelines.demo.lives import changes, ids, in_day, serials, spread, within_life
from pipelines.demo.people import People
from pipelines.demo.register import clock, days, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.selfgov import Projects
from pipelines.demo.words import words

MEETING_TYPES = ("street_committee", "community_joint", "five_party", "residents_council")
# Meetings per working day in the district, by type.
_MEETINGS = np.array([0.5, 2.3, 1.4, 1.9])
SUGGESTIONS, COMMITMENTS, ENTRIES = 12.0, 3.0, 6.0
_MATTERS = words("resolutions")
_TOPICS = words("suggestion_topics")
_UNITS = words("units")
_PROMISES = words("promises")
PURPOSES = ("donation", "subsidy", "project", "care", "activity", "other")


def draw(people: People, projects: Projects, first: int, last: int, born_from: int) -> dict[str, pl.DataFrame]:
    """The exports of six feeds for the days from first to last."""
    span = np.arange(born_from, last + 1)
    meetings = _meetings(people, span)
    kept = ("_made", "_ended")
    return {
        "co_building.joint_meeting": changes(meetings, ("_told",), first, last),
        "co_building.meeting_resolution": _states(changes(_resolutions(people, meetings), kept, first, last, _DONE)),
        "co_building.suggestion": changes(
            _suggestions(people, span), ("raised_at", "replied_at"), first, last, _REPLIED
        ),
        "co_building.covenant": _covenants(people, first, last),
        "co_building.alliance_commitment": _states(changes(_commitments(people, span), kept, first, last, _DONE)),
        "co_building.fund_txn": changes(_entries(people, projects, span), ("booked_at", "_shown"), first, last, _SHOWN),
    }


_DONE = {"done_on": "_ended"}
_REPLIED = {"adopted": "replied_at"}
_SHOWN = {"disclosed_on": "_shown"}


def _states(rows: pl.DataFrame) -> pl.DataFrame:
    """The state of a commitment, from how it ends and whether it has ended."""
    end = pl.when(pl.col("_is_off")).then(pl.lit("cancelled")).otherwise(pl.lit("done"))
    return rows.with_columns(status=pl.when(pl.col("_ended").is_null()).then(pl.lit("open")).otherwise(end))


def _ends(dice: Dice, odds: Floats, day: Ints, due: Ints) -> dict[str, pl.Series | Bools]:
    """How commitments that are due on a day end: in time, late, never, or cancelled."""
    is_off = dice.chance("off", 0.03)
    in_time = day + 1 + np.floor((due - day) * dice.between("share", 0.25, 1.0)).astype(np.int64)
    late = due + 1 + dice.exponential("late", 11.0).astype(np.int64)
    done = np.where(dice.chance("in time", odds), np.minimum(in_time, due), late)
    done = np.where(dice.chance("never", 0.02), NEVER // DAY, done)
    told = np.where(done >= NEVER // DAY, NEVER, done * DAY + dice.whole("told", 9 * HOUR, 18 * HOUR))
    return {
        "due_on": days(due),
        "done_on": days(np.where(is_off | (told >= NEVER), NEVER, done)),
        "_is_off": is_off,
        "_ended": clock(within_life(told, day)),
    }


def _meetings(people: People, span: Ints) -> pl.DataFrame:
    places = people.places
    here = places.communities
    n, n_streets = len(here.code), len(places.streets)
    keen = np.exp(0.4 * places.skill("meetings"))
    # A few communities hardly ever meet.
    keen[np.argsort(keen)[:5]] *= 0.05
    weight = np.concatenate([np.full(n_streets, 1 / n_streets), *[keen / keen.sum()] * 3])
    rate = np.repeat(_MEETINGS, [n_streets, n, n, n]) * weight * seasons.offices(span)[:, None]
    at, column, nth = spread(places.dice("meetings", span[:, None], np.arange(len(weight))).poisson("count", rate))
    day = span[at]
    dice = places.dice("meeting", day, column, nth)
    kind = np.where(column < n_streets, 0, 1 + (column - n_streets) // n)
    community = np.where(kind == 0, -1, (column - n_streets) % n)
    street = np.where(kind == 0, column, here.street[community])
    held = in_day(day, dice, "time", 8.5, 18)
    invited = dice.whole("invited", 5, np.array([24, 14, 8, 6])[kind])
    return pl.DataFrame(
        {
            "meeting_id": ids("HY", day, serials(day), 2),
            "meeting_type": named(MEETING_TYPES, kind),
            "street_code": named([code for code, _ in places.streets], street),
            "community_code": named(here.code, community),
            "held_at": clock(held),
            "units_invited": invited,
            "units_attended": np.round(invited * dice.between("attended", 0.6, 1.0)).astype(np.int64),
            "residents_attended": np.choose(kind, [0, 0, 4, dice.whole("many", 8, 60)]),
            "topics": dice.whole("topics", 1, 6),
            "_told": clock(held + dice.whole("told", HOUR, 4 * HOUR)),
            "_born": day,
            "_serial": serials(day),
            "_kind": kind,
            "_community": community,
        }
    )


def _resolutions(people: People, meetings: pl.DataFrame) -> pl.DataFrame:
    born, serial, kind, community = (meetings[name].to_numpy() for name in ("_born", "_serial", "_kind", "_community"))
    count = people.places.dice("decided", born, serial).whole("count", 1, 4)
    row = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    day, kind, community = born[row], kind[row], community[row]
    dice = people.places.dice("resolution", day, serial[row], nth)
    due = day + dice.whole("due", 10, 45)
    skilled = people.places.odds("follow-through", 0.885, community.clip(0))
    odds = np.where(kind == 0, 0.9, skilled)
    what = named(_MATTERS, dice.whole("what", 0, len(_MATTERS) - 1))
    marked = pl.Series(np.where(dice.chance("marked", 0.15), "（演示数据）", ""))
    return pl.DataFrame(
        {
            "resolution_id": ids("YD", day, serials(day), 2),
            "meeting_id": meetings["meeting_id"].gather(pl.Series(row)),
            "content": "推进" + what + marked,
            "owner_unit": named(_UNITS, dice.whole("who", 0, len(_UNITS) - 1)),
            "_made": meetings["_told"].gather(pl.Series(row)),
            **_ends(dice, odds, day, due),
        }
    )


def _suggestions(people: People, span: Ints) -> pl.DataFrame:
    places = people.places
    here = places.communities
    weight = here.households * np.exp(0.2 * places.skill("listening"))
    rate = SUGGESTIONS * weight / weight.sum() * seasons.streets(span)[:, None]
    at, community, nth = spread(
        places.dice("suggestions", span[:, None], np.arange(len(here.code))).poisson("count", rate)
    )
    day = span[at]
    dice = places.dice("suggestion", day, community, nth)
    raised = in_day(day, dice, "time", 8, 21)
    due = day + dice.whole("due", 7, 15)
    is_prompt = dice.chance("prompt", places.odds("listening", 0.9, community))
    answered = np.where(
        is_prompt,
        day + np.floor((due - day) * dice.between("share", 0.1, 1.0)).astype(np.int64),
        due + 1 + dice.exponential("late", 6.0).astype(np.int64),
    )
    replied = np.maximum(answered * DAY + dice.whole("told", 9 * HOUR, 18 * HOUR), raised + 600)
    topic = named(_TOPICS, dice.whole("topic", 0, len(_TOPICS) - 1))
    phone = ("，可联系" + mobile_numbers(dice)).set(pl.Series(~dice.chance("phone", 0.02)), "")
    marked = pl.Series(np.where(dice.chance("marked", 0.1), "【演示数据】", ""))
    return pl.DataFrame(
        {
            "suggestion_id": ids("JY", day, serials(day), 2),
            "community_code": named(here.code, community),
            "channel": named(("visit", "meeting", "box", "online"), dice.pick("channel", (40, 20, 10, 30))),
            "topic": topic,
            "content": marked + "建议改进" + named(here.name, community) + topic + phone + "。",
            "raised_at": clock(raised),
            "reply_due_on": days(due),
            "replied_at": clock(np.where(dice.chance("never", 0.02), NEVER, within_life(replied, day))),
            "adopted": dice.chance("adopted", 0.62),
        }
    )


def _covenants(people: People, first: int, last: int) -> pl.DataFrame:
    """Every covenant in force is delivered once a month, when the platform takes stock, and on the day of its vote.

    A community or residential area votes again every one to three years; some never do.
    """
    places = people.places
    here, areas = places.communities, places.areas
    n = len(here.code)
    community = np.concatenate([np.arange(n), areas.community])
    area = np.concatenate([np.full(n, -1), np.arange(len(areas.code))])
    owner = np.arange(len(community))
    dice = places.dice("covenant of", owner)
    every = np.maximum(dice.lognormal("every", 640, 0.25) * np.exp(-0.1 * places.skill("covenants")[community]), 300)
    phase = dice.uniform("phase") * every
    has_none = dice.chance("has none", np.where(area < 0, 0.05, 0.16))
    span = np.arange(first, last + 1)
    turn = np.floor((span[:, None] - phase) / every).astype(np.int64)
    voted = np.ceil(phase + turn * every).astype(np.int64)
    is_told = (span[:, None] == voted) | ((span[:, None] + owner) % 28 == 0)
    is_told &= ~has_none & (turn >= 0)
    at, who = np.nonzero(is_told)
    day, turn, voted = span[at], turn[at, who], voted[at, who]
    dice = places.dice("covenant", who, turn)
    eligible = np.where(area < 0, here.households[community], areas.households[area])[who]
    joined = np.floor(eligible * (0.66 + 0.08 * dice.normal("joined")).clip(0.3, 0.95)).astype(np.int64)
    hour = np.where(day == voted, 18 * HOUR, 8 * HOUR + who * 7)
    return pl.DataFrame(
        {
            "_day": day.astype(np.int32),
            # The number contains owner and turn, so that a covenant keeps it.
            "covenant_id": "GY" + pl.Series(who * 100 + turn % 100).cast(pl.String).str.zfill(8),
            "community_code": named(here.code, community[who]),
            "area_code": named(areas.code, area[who]),
            "covenant_type": named(("community", "residential_area"), (area[who] >= 0).astype(np.int64)),
            "version": 1 + turn % 5,
            "voted_on": days(voted),
            "eligible_households": eligible,
            "participating_households": joined,
            "approving_households": np.floor(joined * dice.between("yes", 0.72, 0.98)).astype(np.int64),
            "effective_on": days(np.where(dice.chance("not yet", 0.04), NEVER, voted)),
            "updated_at": clock(day * DAY + hour),
        }
    )


def _commitments(people: People, span: Ints) -> pl.DataFrame:
    places = people.places
    count = places.dice("commitments", span).poisson("count", COMMITMENTS * seasons.offices(span))
    at, _, nth = spread(count[:, None])
    day = span[at]
    dice = places.dice("commitment", day, nth)
    members = people.organisations.alliance
    here = (members["_from"].to_numpy() < day[:, None]) & (members["_to"].to_numpy() > day[:, None])
    chance = places.dice("commitment", day[:, None], nth[:, None], np.arange(members.height)).uniform("who") * here
    member = np.argmax(chance, axis=1)
    street = members["_street"].to_numpy()[member]
    first, size = np.searchsorted(places.communities.street, street), np.bincount(places.communities.street)[street]
    community = np.where(dice.chance("street", 0.35), -1, first + (dice.uniform("community") * size).astype(np.int64))
    due = day + dice.whole("due", 20, 60)
    return pl.DataFrame(
        {
            "commitment_id": ids("QD", day, serials(day), 2),
            "member_code": members["member_code"].gather(pl.Series(member)),
            "street_code": members["street_code"].gather(pl.Series(member)),
            "community_code": named(places.communities.code, community),
            "kind": named(("need", "resource", "project"), dice.pick("kind", (30, 40, 30))),
            "content": named(_PROMISES, dice.whole("what", 0, len(_PROMISES) - 1)),
            "_made": clock(day * DAY + dice.whole("made", 9 * HOUR, 18 * HOUR)),
            **_ends(dice, places.odds("alliance", 0.86, community.clip(0)), day, due),
        }
    )


def _entries(people: People, projects: Projects, span: Ints) -> pl.DataFrame:
    places = people.places
    per_day = ENTRIES * seasons.offices(span)[:, None] / len(places.streets)
    rate = np.repeat(per_day, len(places.streets), axis=1)
    at, street, nth = spread(
        places.dice("entries", span[:, None], np.arange(len(places.streets))).poisson("count", rate)
    )
    day = span[at]
    dice = places.dice("entry", day, street, nth)
    purpose = dice.pick("purpose", (24, 8, 26, 18, 18, 6))
    first, size = np.searchsorted(places.communities.street, street), np.bincount(places.communities.street)[street]
    community = np.where(dice.chance("street", 0.4), -1, first + (dice.uniform("community") * size).astype(np.int64))
    disclosed = day + np.where(
        dice.chance("in time", places.odds("openness", 0.945, community.clip(0))),
        dice.whole("soon", 1, 15),
        16 + dice.exponential("late", 8.0).astype(np.int64),
    )
    shown = np.where(dice.chance("never", 0.01), NEVER, disclosed * DAY + dice.whole("shown", 9 * HOUR, 17 * HOUR))
    booked = day * DAY + dice.whole("booked", 9 * HOUR, 17 * HOUR)
    everything = np.arange(len(projects.id))
    goes_on = (projects.started <= day[:, None]) & (projects.planned >= day[:, None]) & (projects.planned < NEVER)
    chance = places.dice("paid", day[:, None], street[:, None], nth[:, None], everything).uniform("which") * goes_on
    project = np.where((purpose == 2) & goes_on.any(axis=1), np.argmax(chance, axis=1), -1)
    return pl.DataFrame(
        {
            "txn_id": ids("JJ", day, serials(day), 4),
            "street_code": named([code for code, _ in places.streets], street),
            "community_code": named(places.communities.code, community),
            "direction": named(("income", "expense"), (purpose >= 2).astype(np.int64)),
            "purpose": named(PURPOSES, purpose),
            "amount_yuan": np.round(
                dice.lognormal("amount", np.array([2e3, 3e4, 1.2e4, 900, 1500, 600])[purpose], 0.8), 2
            ),
            "project_id": named(projects.id, project),
            "counterparty": person_names(dice).set(pl.Series(dice.chance("nobody", 0.25)), None),
            "booked_at": clock(booked),
            "disclosed_on": days(np.where(shown < NEVER, disclosed, NEVER)),
            "_shown": clock(within_life(shown, day)),
        }
    )
