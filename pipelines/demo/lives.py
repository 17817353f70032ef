"""Objects with a life: generated completely on their first day, and shown in their state at the end of a later day.

Belongs here: which rows a `changes` feed delivers on which day and what was known by then; numbering; links. Does not
belong here: what the objects are.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipelines.demo.dice import Bools, Dice, Ints
from pipelines.demo.seasons import DAY, HOUR, NEVER

LIFE = 120
"""Days after which nothing happens to an object; to show a day, this many days before it are generated too."""
DAY_COLUMN = "_day"


def within_life(moment: Ints, born: Ints) -> Ints:
    """The moment, or NEVER if it is after the life of an object created on that day."""
    return np.where(moment >= (born + LIFE) * DAY, NEVER, moment)


def spread(counts: Ints) -> tuple[Ints, Ints, Ints]:
    """A table of counts (days × objects) as one row per occurrence: the index of the day, the index of the object, its
    number."""
    flat = counts.ravel()
    cell = np.repeat(np.arange(len(flat)), flat)
    nth = np.arange(len(cell)) - np.repeat(np.cumsum(flat) - flat, flat)
    return cell // counts.shape[1], cell % counts.shape[1], nth


def in_day(day: Ints, dice: Dice, question: str, first: float, last: float) -> Ints:
    """A moment of the day between two hours, most likely in the middle."""
    hours = first + (last - first) * (dice.uniform(question) + dice.uniform(question + "/2")) / 2
    return day * DAY + (hours * HOUR).astype(np.int64)


def in_office_hours(moment: Ints) -> Ints:
    """The moment, or 8:30 the next morning if it is at night."""
    hour = moment % DAY
    early, late = hour < 8 * HOUR, hour > 20 * HOUR
    start = moment - hour + 8 * HOUR + HOUR // 2 + moment % 1800
    return np.where(moment >= NEVER, moment, np.where(early, start, np.where(late, start + DAY, moment)))


def serials(day: Ints) -> Ints:
    """1, 2, 3 … within each day; the days are sorted."""
    return np.arange(len(day)) - np.searchsorted(day, day) + 1


def ids(prefix: str, day: Ints, serial: Ints, width: int) -> pl.Series:
    """Prefix, yyyymmdd and a serial of `width` digits."""
    text = pl.Series(day).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d")
    return prefix + text + pl.Series(serial).cast(pl.String).str.zfill(width)


def changes(
    lives: pl.DataFrame,
    moments: Sequence[str],
    first: int,
    last: int,
    reveals: Mapping[str, str] | None = None,
    updated: str = "updated_at",
) -> pl.DataFrame:
    """A row for each object and day from first to last with one of its moments, as known at the end of that day.

    lives: one row per object with its moments (Datetime, null: never). A future moment is null; so are the columns that
    `reveals` ties to it. `updated` is the last moment that has passed; `_day` the day's number.
    """
    numbered = lives.with_row_index("_thing")
    touched = (
        pl.concat(
            [numbered.select("_thing", pl.col(name).dt.date().cast(pl.Int32).alias(DAY_COLUMN)) for name in moments]
        )
        .filter(pl.col(DAY_COLUMN).is_between(first, last))
        .unique()
    )
    end = ((pl.col(DAY_COLUMN) + 1).cast(pl.Int64) * DAY * 1_000_000).cast(pl.Datetime("us"))
    rows = touched.join(numbered, on="_thing", how="left").with_columns(
        pl.when(pl.col(name) < end).then(pl.col(name)).alias(name) for name in moments
    )
    return (
        rows.with_columns(
            pl.max_horizontal(*moments).alias(updated),
            *(
                pl.when(pl.col(moment).is_not_null()).then(pl.col(name)).alias(name)
                for name, moment in (reveals or {}).items()
            ),
        )
        .sort(DAY_COLUMN, updated, "_thing")
        .drop("_thing")
    )


def records(frame: pl.DataFrame, moment: str, first: int, last: int) -> pl.DataFrame:
    """The rows of an `append` feed whose moment (Datetime or Date) is on a day from first to last, in the
    same order."""
    day = pl.col(moment).cast(pl.Date).cast(pl.Int32).alias(DAY_COLUMN)
    return frame.with_columns(day).filter(pl.col(DAY_COLUMN).is_between(first, last)).sort(moment, maintain_order=True)


def unknown_events(event: pl.Series, is_unknown: Bools) -> pl.Series:
    """Event numbers, some of which the command centre never issued: serials beyond all of a day's."""
    return event.zip_with(pl.Series(~is_unknown), event.str.head(10) + "9" + event.str.tail(5))
