"""Faults of rows: broken, duplicated and badly formatted rows, the same ones every time.

Belongs here: what happens to the rows of a feed between the platform and its file. Does not belong here: faults of
whole files (`simulate`), how much and when (`stories`).
"""

import zlib

import numpy as np
import polars as pl

from pipelines.contracts.model import Column, Feed, Kind
from pipelines.demo import stories
from pipelines.demo.dice import Dice
from pipelines.demo.lives import DAY_COLUMN
from pipelines.demo.writing import PLAIN_TIME

FATE = "_fate"
"""loaded, rejected, duplicate or superseded: the expected outcome of the row at intake."""
_DIGITS, _WIDE_DIGITS = list("0123456789"), list("０１２３４５６７８９")
_SPELLINGS = ("%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S")
_NOTHING = ("无", "-", "—", "NULL", "N/A")


def _dice(rows: pl.DataFrame, feed: Feed, seed: int) -> Dice:
    nth = rows.select(pl.int_range(pl.len()).over(DAY_COLUMN)).to_series().to_numpy()
    return Dice(seed, "row", zlib.crc32(feed.id.encode()), rows[DAY_COLUMN].to_numpy().astype(np.int64), nth)


def double(rows: pl.DataFrame, feed: Feed, seed: int) -> pl.DataFrame:
    """Typed rows with their expected outcome; some occur twice, some together with an older version, which
    comes first."""
    if feed.id not in stories.ROUGH or rows.is_empty():
        return rows.with_columns(pl.lit("loaded").alias(FATE))
    roll = pl.Series(_dice(rows, feed, seed).uniform("fate"))
    duplicated = stories.REJECTED + stories.DUPLICATE
    rows = rows.with_row_index("_at").with_columns(
        pl.select(pl.when(roll < stories.REJECTED).then(pl.lit("rejected")).otherwise(pl.lit("loaded")))
        .to_series()
        .alias(FATE)
    )
    twins = rows.filter((roll >= stories.REJECTED) & (roll < duplicated)).with_columns(pl.lit("duplicate").alias(FATE))
    parts = [rows, twins]
    if feed.updated_by is not None:
        older = rows.filter((roll >= duplicated) & (roll < duplicated + stories.SUPERSEDED))
        before = pl.col(feed.updated_by) - pl.duration(minutes=1)
        parts.insert(0, older.with_columns(before.alias(feed.updated_by), pl.lit("superseded").alias(FATE)))
    return pl.concat(parts).sort("_at", maintain_order=True).drop("_at")


def spoil(text: pl.DataFrame, feed: Feed, seed: int) -> pl.DataFrame:
    """Text rows; those to be rejected are broken in one place, some of the others are badly formatted."""
    if feed.id not in stories.ROUGH or text.is_empty():
        return text
    dice = _dice(text, feed, seed)
    breaks = [change for column in feed.columns if not column.is_key for change in _breaks(column)]
    which = pl.Series(np.where(text[FATE] == "rejected", dice.whole("break", 0, len(breaks) - 1), -1))
    for place, (name, broken) in enumerate(breaks):
        text = text.with_columns(pl.when(which == place).then(broken).otherwise(pl.col(name)).alias(name))
    is_untidy = (text[FATE] == "loaded") & pl.Series(dice.chance("untidy", stories.UNTIDY))
    # A row that occurs twice must be identical both times, and its older version must not be loaded instead.
    key = [DAY_COLUMN, *feed.key]
    is_untidy &= ~text.select(pl.struct(key).is_duplicated()).to_series()
    how = pl.Series(dice.whole("how", 0, 3)).set(~is_untidy, -1)
    word = pl.lit(_NOTHING[zlib.crc32(feed.id.encode()) % len(_NOTHING)])
    changes: list[pl.Expr] = []
    for column in feed.columns:
        value = pl.col(column.name)
        if column.kind in (Kind.TIMESTAMP, Kind.DATE):
            other = _respelled(value, column.kind, feed)
            changes.append(pl.when(how == 0).then(other).otherwise(value).alias(column.name))
        elif column.pattern is not None and not column.is_key:
            wide = value.str.replace_many(_DIGITS, _WIDE_DIGITS)
            changes.append(pl.when(how == 1).then(wide).otherwise(value).alias(column.name))
        elif column.codes is not None:
            changes.append(pl.when(how == 2).then(" " + value + "  ").otherwise(value).alias(column.name))
        elif not column.required and column.kind is Kind.STRING:
            changes.append(pl.when((how == 3) & value.is_null()).then(word).otherwise(value).alias(column.name))
    return text.with_columns(changes)


def _breaks(column: Column) -> list[tuple[str, pl.Expr]]:
    """Ways to break a column's rule; the intake rejects the row."""
    found: list[tuple[str, pl.Expr]] = []
    if column.codes is not None:
        found.append((column.name, pl.lit("其他（待定）")))
    elif column.pattern is not None and column.required:
        found.append((column.name, pl.col(column.name) + "X"))
    elif column.kind in (Kind.INTEGER, Kind.NUMBER):
        found.append((column.name, pl.lit("若干")))
    elif column.kind in (Kind.TIMESTAMP, Kind.DATE) and column.required:
        found.append((column.name, pl.lit("待补录")))
    if column.required:
        found.append((column.name, pl.lit(None, dtype=pl.String)))
    return found


def _respelled(value: pl.Expr, kind: Kind, feed: Feed) -> pl.Expr:
    if kind is Kind.DATE:
        return value.str.replace_all("-", "/", literal=True)
    if feed.format in ("json", "ndjson"):
        utc = value.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False) - pl.duration(hours=8)
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    spelling = _SPELLINGS[zlib.crc32(feed.id.encode()) % len(_SPELLINGS)]
    return value.str.to_datetime(PLAIN_TIME, strict=False).dt.strftime(spelling)


def in_utc(text: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """All times without offset eight hours early: a platform that exports in UTC by mistake."""
    times = [column.name for column in feed.columns if column.kind is Kind.TIMESTAMP]
    early = (pl.col(times).str.to_datetime(PLAIN_TIME, strict=False) - pl.duration(hours=8)).dt.strftime(PLAIN_TIME)
    return text.with_columns(pl.coalesce(early, pl.col(times)))
