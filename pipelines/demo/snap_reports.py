"""Snap reports: what people photograph and send with the mini-program, and the replies they get.

Belongs here: the mini-program's reports. Does not belong here: the events that most reports lead to (`events`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo import seasons, stories
from pipelines.demo.dice import Bools, Dice, Ints
from pipelines.demo.identities import mobile_numbers
from pipelines.demo.lives import changes, ids, in_day, serials, spread, unknown_events, within_life
from pipelines.demo.problems import CATEGORIES, GRIEVANCE_WEIGHTS, GRIEVANCES, descriptions, number_of
from pipelines.demo.register import GRIDS, Register, clock, named
from pipelines.demo.seasons import DAY, HOUR, NEVER

REPORTS = 24.0
"""Reports per day that lead to no event."""
REPORTERS = ("resident", "worker", "party_member", "volunteer")
_BECAME_EVENT, _MERGED, _ALONE = range(3)
# Depends on the moments that have passed at the end of a day.
_STATUS = (
    pl.when((pl.col("_kind") == _MERGED) & pl.col("_taken").is_not_null()).then(pl.lit("merged"))
    .when(pl.col("_is_rejected") & pl.col("replied_at").is_not_null()).then(pl.lit("rejected"))
    .when(pl.col("_resolved").is_not_null()).then(pl.lit("resolved"))
    .when(pl.col("_taken").is_not_null() & ~pl.col("_is_rejected")).then(pl.lit("accepted"))
    .otherwise(pl.lit("submitted"))
)  # fmt: skip


@dataclass(frozen=True)
class _Moments:
    """One row per report: its moments in seconds, NEVER for those that do not occur, and whether it is rejected."""

    reported: Ints
    taken: Ints
    replied: Ints
    resolved: Ints
    rated: Ints
    is_rejected: Bools


def reports(places: Register, events: pl.DataFrame, days: Ints, first: int, last: int) -> pl.DataFrame:
    """Reports that led to events, later reports that were merged into these events, and reports without an event, which
    were only answered or rejected."""
    ours = events.filter(pl.col("source") == "snap_report")
    is_doubled = places.dice("merge", ours["_born"].to_numpy(), number_of(ours["event_id"])).chance("merged", 0.11)
    doubled = ours.filter(pl.Series(is_doubled))
    share = places.grids.households / places.grids.households.sum()
    rate = REPORTS * share * seasons.streets(days)[:, None]
    at, other, nth = spread(places.dice("reports", days[:, None], np.arange(GRIDS)).poisson("count", rate))
    tied = pl.concat([ours, doubled])
    kind = np.repeat([_BECAME_EVENT, _MERGED, _ALONE], [ours.height, doubled.height, len(other)])
    day = np.concatenate([tied["_born"].to_numpy(), days[at]])
    grid = np.concatenate([tied["_grid"].to_numpy(), other])
    community = places.grids.community[grid]
    key = np.concatenate([number_of(tied["event_id"]), 10_000_000 + other * 1000 + nth])
    dice = places.dice("report", day, key, kind)
    moments = _moments(places, dice, day, kind, community, tied)
    is_pleased = dice.chance("pleased", places.odds("workmanship", 0.88, community))
    grievance = named(GRIEVANCES, dice.pick("what", GRIEVANCE_WEIGHTS))
    is_unknown = dice.chance("unknown", stories.UNKNOWN_EVENT) & (kind < _ALONE)
    event = unknown_events(tied["event_id"].extend_constant("", len(other)), is_unknown).replace("", None)
    ours_of = tied["category"].extend_constant(None, len(other))
    reporter = (400 * dice.uniform("reporter") ** 2).astype(np.int64) + community * 400
    frame = pl.DataFrame(
        {
            "_born": day,
            "_key": key,
            "_kind": kind,
            "_is_rejected": moments.is_rejected,
            "reporter_openid": "oDEMO" + pl.Series(reporter * 7919 % 1_000_003).cast(pl.String).str.zfill(20),
            "reporter_phone": mobile_numbers(dice).set(pl.Series(dice.chance("no phone", 0.45)), None),
            "reporter_type": named(REPORTERS, dice.pick("type", (70, 12, 10, 8))),
            "grid_code": named(places.grids.code, grid),
            "category": ours_of.fill_null(named(CATEGORIES, dice.pick("category", GRIEVANCE_WEIGHTS))),
            "description": descriptions(
                dice, "随手拍：" + named(places.grids.name, grid), grievance, 0.93
            ),
            "photos": dice.pick("photos", (6, 45, 28, 15, 6)),
            "longitude": np.round(places.grids.longitude[grid] + dice.normal("east") * 0.0016, 6),
            "latitude": np.round(places.grids.latitude[grid] + dice.normal("north") * 0.0014, 6),
            "reported_at": clock(moments.reported),
            "event_id": event,
            "rating": np.where(is_pleased, dice.whole("good", 4, 5), dice.whole("bad", 1, 3)),
            "_taken": clock(within_life(moments.taken, day)),
            "replied_at": clock(within_life(moments.replied, day)),
            "_resolved": clock(within_life(moments.resolved, day)),
            "_rated": clock(within_life(moments.rated, day)),
        }
    ).sort("_born", "reported_at", "_key", "_kind")  # fmt: skip
    born = frame["_born"].to_numpy()
    frame = frame.with_columns(report_id=ids("SP", born, serials(born), 6))
    shown = ("reported_at", "_taken", "replied_at", "_resolved", "_rated")
    rows = changes(frame, shown, first, last, {"event_id": "_taken", "rating": "_rated"})
    return rows.with_columns(status=_STATUS)


def _moments(places: Register, dice: Dice, day: Ints, kind: Ints, community: Ints, tied: pl.DataFrame) -> _Moments:
    """tied: the events of the first rows; the other rows are reports without an event."""
    blank = np.zeros(len(day) - tied.height, dtype=np.int64)
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
    return _Moments(reported, taken, replied, resolved, rated, is_rejected)
