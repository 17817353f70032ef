"""Volunteers: activities, hours of service, and points earned and redeemed.

Belongs here: activities, service logs and the ledger of points. Does not belong here: teams and volunteers (`people`).
"""

import itertools

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Ints
from pipelines.demo.lives import changes, ids, records, serials, spread
from pipelines.demo.people import TEAMS, People, volunteer_ids
from pipelines.demo.register import clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER
from pipelines.demo.words import words

ACTIVITIES, REDEEMED = 8.0, 64.0
PLANNED_AHEAD = 12
"""The maximum number of days between the planning of an activity and the activity."""
CATEGORIES = ("beautification", "safety", "care", "culture", "convenience", "other")
_TITLES = words("activities")
_GOODS = words("goods")


def draw(people: People, first: int, last: int) -> dict[str, pl.DataFrame]:
    """The exports of three feeds for the days from first to last."""
    activities = _activities(people, first - 2 * PLANNED_AHEAD, last)
    logs = _logs(people, activities.filter(pl.col("_held").is_not_null()))
    rows = changes(activities, ("_planned", "_held", "_cancelled"), first, last)
    return {
        "volunteer.activity": rows.with_columns(
            status=pl.when(pl.col("_held").is_not_null()).then(pl.lit("held"))
            .when(pl.col("_cancelled").is_not_null()).then(pl.lit("cancelled")).otherwise(pl.lit("planned")),
            residents_joined=pl.when(pl.col("_held").is_not_null()).then("_joined").otherwise(0),
        ),
        "volunteer.service_log": records(logs, "checked_in_at", first, last),
        "volunteer.points_txn": _points(people, logs, first, last),
    }  # fmt: skip


def _activities(people: People, born_from: int, last: int) -> pl.DataFrame:
    places, teams = people.places, people.teams
    span, everyone = np.arange(born_from, last + 1), np.arange(len(teams.code))
    drive = places.dice("drive", everyone).lognormal("drive", 1.0, 0.55)
    drive *= np.exp(0.25 * places.skill("volunteering")[teams.community])
    # The story needs enough activities to be visible.
    drive[teams.community == places.communities.at(stories.BULK_HOURS)] = 4.0
    rate = ACTIVITIES * drive / drive[:TEAMS].sum() * teams.open_on(span)
    at, team, nth = spread(places.dice("activities", span[:, None], everyone).poisson("count", rate))
    day = span[at]
    dice = places.dice("activity", day, team, nth)
    planned = day * DAY + 9 * HOUR + dice.whole("planned", 0, 8 * HOUR)
    held_on = day + dice.whole("ahead", 2, PLANNED_AHEAD)
    is_holiday = seasons.is_holiday(held_on)
    start = held_on * DAY + np.array([8.5, 9, 14.5, 15, 19])[dice.pick("hour", (3, 5, 4, 2, 1))] * HOUR
    start = start.astype(np.int64)
    end = start + dice.whole("half hours", 3, 7) * HOUR // 2
    is_off = (
        dice.chance("cancelled", 0.06) | (is_holiday & dice.chance("holiday", 0.8)) | (teams.disbanded[team] <= held_on)
    )
    kind = dice.pick("category", (26, 18, 24, 14, 12, 6))
    return pl.DataFrame(
        {
            "activity_id": ids("HD", day, serials(day), 2),
            "team_id": named(teams.code, team),
            "community_code": named(places.communities.code, teams.community[team]),
            "category": named(CATEGORIES, kind),
            "title": named(places.communities.name, teams.community[team]) + named(_TITLES, kind),
            "starts_at": clock(start),
            "ends_at": clock(end),
            "_joined": np.round(dice.lognormal("joined", 24, 0.6)).astype(np.int64),
            "_planned": clock(planned),
            "_held": clock(np.where(is_off, NEVER, end + dice.whole("told", 600, 7200))),
            "_cancelled": clock(np.where(is_off, start - dice.whole("off", 3, 30) * HOUR, NEVER)),
            "_team": team,
            "_serial": serials(day),
            "_born": day,
            "_start": start,
            "_end": end,
        }
    )


def _logs(people: People, activities: pl.DataFrame) -> pl.DataFrame:
    """One row per volunteer at an activity: a number of its team's members, in turn."""
    team, born, serial, start, end = (
        activities[name].to_numpy() for name in ("_team", "_born", "_serial", "_start", "_end")
    )
    members = _members(people)
    dice = people.places.dice("turnout", born, team, serial)
    size = np.array([len(members[t]) for t in team], dtype=np.int64)
    count = np.minimum(dice.whole("turnout", 10, 34), size)
    row = np.repeat(np.arange(len(team)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    place = (dice.whole("first", 0, 999)[row] + nth) % size[row]
    volunteer = np.array([members[team[r]][p] for r, p in zip(row, place, strict=True)], dtype=np.int64)
    is_here = people.volunteer_days[volunteer] <= start[row] // DAY
    row, volunteer = row[is_here], volunteer[is_here]
    dice = people.places.dice("log", born[row], serial[row], volunteer)
    community = people.teams.community[team[row]]
    checked_in = start[row] + dice.whole("in", -1200, 900)
    checked_out = end[row] + dice.whole("out", -1200, 900)
    day = start[row] // DAY
    honest = people.places.odds("hours", 0.93, community)
    hours = np.round((checked_out - checked_in) / HOUR - 0.05, 1)
    hours = np.where(dice.chance("generous", 0.6 * (1 - honest)), hours + 1.5, hours)
    entered = np.minimum(checked_out + dice.whole("entered", 60, 9000), (day + 1) * DAY - 1)
    is_bulk = (community == people.places.communities.at(stories.BULK_HOURS)) & dice.chance("bulk", 0.85)
    is_bulk &= day >= people.places.anchor + stories.BULK_HOURS_FROM
    entered = np.where(is_bulk, start[row] - 2 * HOUR + dice.whole("bulk", 0, 40), entered)
    is_open = dice.chance("no out", 0.02) & ~is_bulk
    order = np.lexsort((volunteer, serial[row], born[row], checked_in))
    born_on = (checked_in // DAY)[order]
    return pl.DataFrame(
        {
            "log_id": ids("VL", born_on, serials(born_on), 6),
            "activity_id": activities["activity_id"].gather(pl.Series(row[order])),
            "volunteer_id": volunteer_ids(volunteer[order]),
            "checked_in_at": clock(checked_in[order]),
            "checked_out_at": clock(np.where(is_open, NEVER, checked_out)[order]),
            "on_site": (is_bulk | dice.chance("on site", honest))[order],
            "entered_at": clock(entered[order]),
            "credited_hours": np.round(hours, 1)[order],
            "_volunteer": volunteer[order],
            "_community": community[order],
            "_out": checked_out[order],
        }
    )


def _members(people: People) -> list[Ints]:
    """Who serves with each team: its own volunteers, longest serving first, then those of the next team, who help."""
    _, team = people.volunteer_teams
    order = np.argsort(team, kind="stable")
    edges = np.searchsorted(team[order], np.arange(len(people.teams.code) + 1))
    own = [order[first:last] for first, last in itertools.pairwise(edges)]
    return [np.concatenate([members, own[(i + 1) % TEAMS]]) for i, members in enumerate(own)]


def _points(people: People, logs: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Points earned by hours when they are checked out, and redeemed, expired or corrected on any day."""
    places = people.places
    span = np.arange(first, last + 1)
    rate = np.array([REDEEMED, 3.0, 0.8]) * np.minimum(seasons.offices(span), 1)[:, None]
    at, sort, nth = spread(places.dice("points", span[:, None], np.arange(3)).poisson("count", rate))
    day = span[at]
    dice = places.dice("point", day, sort, nth)
    n = np.searchsorted(people.volunteer_days, day, side="right")
    volunteer = (n * dice.uniform("who") ** 1.5).astype(np.int64)
    community, _ = people.volunteer_teams
    amount = np.choose(
        sort, [-5 * dice.whole("goods", 2, 12), -10 * dice.whole("expire", 1, 6), dice.whole("adjust", -20, 20)]
    )
    goods = named(_GOODS, np.where(sort == 0, dice.whole("what", 0, len(_GOODS) - 1), -1))
    booked = day * DAY + 9 * HOUR + dice.whole("time", 0, 9 * HOUR)
    earned = logs.select(
        pl.col("_volunteer").alias("volunteer"),
        pl.lit(0).alias("kind"),
        (pl.col("credited_hours") * 10).round().cast(pl.Int64).alias("points"),
        pl.lit("志愿服务").alias("item"),
        pl.col("_out").alias("booked"),
    )
    spent = pl.DataFrame(
        {"volunteer": volunteer, "kind": (sort + 1).astype(np.int32), "points": amount, "item": goods, "booked": booked}
    )
    frame = pl.concat([earned, spent]).with_columns(_born=pl.col("booked") // DAY)
    frame = frame.filter(pl.col("_born").is_between(first - 1, last)).sort(
        "_born", "booked", "volunteer", "kind", "points"
    )
    born, who = frame["_born"].to_numpy(), frame["volunteer"].to_numpy()
    frame = frame.with_columns(
        txn_id=ids("JF", born, serials(born), 6),
        volunteer_id=volunteer_ids(who),
        community_code=named(places.communities.code, community[who]),
        kind=named(("earn", "redeem", "expire", "adjust"), frame["kind"].to_numpy()),
        booked_at=clock(frame["booked"].to_numpy()),
    )
    return records(frame, "booked_at", first, last)
