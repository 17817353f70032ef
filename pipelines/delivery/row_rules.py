"""Text rows → typed rows, each with one outcome: loaded, rejected with all reasons, duplicate or superseded.

Belongs here: naming columns, the rules of a row, and which of several rows with the same key wins. Pure functions of
frames: no file, no database. Does not belong here: reading a column's values (`values`), what is made of personal data
(`privacy`, which follows).
"""

import functools
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contracts.model import Column, Delivery, Feed, Kind
from pipelines.delivery.privacy import with_one_spelling
from pipelines.delivery.signs import plain_header
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.values import LOCAL_TIME, OFFSET, Failure, Finding, convert, without_dates_that_mean_none

_ROWS_WORTH_THREADS = 20_000
_LATEST_UPDATE = timedelta(hours=24)

Names: TypeAlias = tuple[dict[str, str], tuple[str, ...]]
"""The new name of every header, and the headers that the contract does not know."""


@dataclass(frozen=True)
class Checked:
    """A delivery's rows by outcome.

    loaded: `_row_number` and the contract's columns, typed, before privacy; one row per key. rejected: `_row_number`,
    `reasons` (List(String)) and the original text columns, with the contract's names if they have one, for quarantine.
    The counts and the heights add up to the number of records. notes: findings that reject nothing.
    """

    loaded: pl.DataFrame
    rejected: pl.DataFrame
    duplicate_count: int
    superseded_count: int
    unknown_columns: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check(table: TextTable, feed: Feed) -> Checked:
    """Decides the outcome of every row of a delivery by the contract; raises Held if a required column is missing."""
    (found,) = check_all([table], feed)
    if isinstance(found, Held):
        raise found
    return found


def check_all(tables: Sequence[TextTable], feed: Feed) -> list[Checked | Held]:
    """`check` for several deliveries of a feed, independently; a held delivery is returned as Held in its place.

    Their values are read together: an expression costs 0.1 ms even for few rows, and a delivery needs 130 of them.
    """
    mapped: dict[tuple[str, ...], Names | Held] = {}
    named: list[tuple[pl.DataFrame, tuple[str, ...]] | Held] = []
    for table in tables:
        headers = tuple(table.frame.columns)
        if headers not in mapped:
            try:
                mapped[headers] = _names(headers, feed)
            except Held as held:
                mapped[headers] = held
        names = _cut_header(table, mapped[headers], feed) or mapped[headers]
        named.append(names if isinstance(names, Held) else _named(table.frame, names, feed))
    texts = [found[0] for found in named if not isinstance(found, Held)]
    if not texts:
        return [found for found in named if isinstance(found, Held)]
    columns = [ROW_NUMBER, *(column.name for column in feed.columns)]
    # In one chunk: polars 2.1 panics in string functions on many chunks if some of them are empty.
    together = (
        texts[0]
        if len(texts) == 1
        else pl.concat([text if text.columns == columns else text.select(columns) for text in texts], rechunk=True)
    )
    rows, failures, findings = _read_values(together, feed)
    doubled = _doubled(rows, texts, feed)
    is_odd = _any_of([*(mask for _, mask in failures), doubled], rows.height)
    found: list[Checked | Held] = []
    at = 0
    for table, one in zip(tables, named, strict=True):
        if isinstance(one, Held):
            found.append(one)
            continue
        text, unknown = one
        part = slice(at, at + text.height)
        at = part.stop
        notes = notes_of([(note, header, int(mask[part].sum())) for note, header, mask in findings])
        if is_odd[part].any() or not _is_plain(table, rows[part], feed):
            broken = [(rule, mask[part]) for rule, mask in failures]
            broken = [one for one in broken if one[1].any()]
            try:
                fates = _fates(table, text, rows[part], broken, doubled[part], feed)
                found.append(replace(fates, unknown_columns=unknown, notes=notes))
            except Held as held:
                found.append(held)
        else:
            # All rows are loaded: with many small deliveries, nearly every one is such.
            found.append(Checked(rows[part], _none_rejected(tuple(text.columns)), 0, 0, unknown, notes))
    return found


def _any_of(masks: Sequence[pl.Series], height: int) -> npt.NDArray[np.bool_]:
    """Which rows are in one of the masks."""
    found = np.zeros(height, np.bool_)
    for mask in masks:
        found |= mask.to_numpy()
    return found


def _is_plain(table: TextTable, rows: pl.DataFrame, feed: Feed) -> bool:
    """Whether no rule that needs more than a row can break."""
    return table.ends_with_newline and not table.faults and not _too_late(table, rows, feed)


@functools.lru_cache(64)
def _none_rejected(columns: tuple[str, ...]) -> pl.DataFrame:
    """`Checked.rejected` of a delivery whose text has these columns, if it has none."""
    kinds = {name: pl.Int64() if name == ROW_NUMBER else pl.String() for name in columns}
    return pl.DataFrame(schema={**kinds, "reasons": pl.List(pl.String)})


@dataclass(frozen=True)
class Examined:
    """Rows of a delivery that is checked piece by piece, before rows with the same key are compared.

    kept: as `Checked.loaded`, but all rows that break no rule. found: the number of rows of each finding, by note and
    header, in the order of the columns.
    """

    kept: pl.DataFrame
    rejected: pl.DataFrame
    unknown_columns: tuple[str, ...]
    found: tuple[tuple[str, str, int], ...]


def examine(table: TextTable, feed: Feed) -> Examined:
    """Decides which rows of a piece break a rule; raises Held as `check` does. A piece without a final line end has at
    least two records."""
    text, unknown = _named(table.frame, _names(table.frame.columns, feed), feed)
    rows, failures, findings = _read_values(text, feed, at_once=False)
    rejected, is_kept = _rejected(table, text, rows, failures, feed)
    counts = tuple((note, header, int(mask.sum())) for note, header, mask in findings)
    return Examined(rows if is_kept.all() else rows.filter(is_kept), rejected, unknown, counts)


def notes_of(found: Sequence[tuple[str, str, int]]) -> tuple[str, ...]:
    """One note per finding, with the number of rows for each header."""
    rows_of: dict[str, list[str]] = {}
    for note, header, count in found:
        if count:
            rows_of.setdefault(note, []).append(f"{header} {count}")
    return tuple(f"{note}: {', '.join(counts)}" for note, counts in rows_of.items())


def _read_values(
    text: pl.DataFrame, feed: Feed, *, at_once: bool = True
) -> tuple[pl.DataFrame, list[Failure], list[Finding]]:
    """The typed rows, a mask for each rule that some row breaks, and findings for notes. at_once: with a thread per
    column."""
    typed: dict[str, pl.Series] = {ROW_NUMBER: text[ROW_NUMBER]}
    failures: list[Failure] = []
    findings: list[Finding] = []

    def read(column: Column) -> tuple[pl.Series, list[Failure], list[Finding]]:
        values, broken = convert(column, text[column.name])
        values, broken, found = without_dates_that_mean_none(column, text[column.name], values, broken)
        if column.kind is Kind.TIMESTAMP and feed.format in ("json", "ndjson"):
            is_local = values.is_not_null() & ~text[column.name].str.contains(OFFSET).fill_null(value=True)
            found.append((LOCAL_TIME, column.header, is_local))
        return values, broken, found

    if text.height < _ROWS_WORTH_THREADS or not at_once:
        converted = [read(column) for column in feed.columns]
    else:
        # One thread per column: a million events are checked in 1.2 s instead of 1.8 on two cores.
        with ThreadPoolExecutor() as pool:
            converted = list(pool.map(read, feed.columns))
    for column, (values, broken, found) in zip(feed.columns, converted, strict=True):
        typed[column.name] = values
        failures += [(f"{column.name}: {rule}", mask) for rule, mask in broken]
        findings += found
    rows = pl.DataFrame(typed)
    failures += _row_rules(rows, feed)
    return (
        rows,
        [(rule, mask) for rule, mask in failures if mask.any()],
        [finding for finding in findings if finding[2].any()],
    )


def _doubled(rows: pl.DataFrame, texts: Sequence[pl.DataFrame], feed: Feed) -> pl.Series:
    """Which rows may share their key with another row of the same delivery: all that do, and hardly any other."""
    key = keys_of(rows, feed)
    if len(texts) > 1:
        numbers = np.repeat(np.arange(len(texts), dtype=np.int32), [text.height for text in texts])
        key = key.with_columns(pl.Series("_delivery", numbers))
    # Equal keys have equal hashes; `one_row_a_key` compares the few rows found here. Half the time of comparing texts.
    return key.hash_rows().is_duplicated()


def _fates(
    table: TextTable, text: pl.DataFrame, rows: pl.DataFrame, failures: list[Failure], doubled: pl.Series, feed: Feed
) -> Checked:
    rejected, is_kept = _rejected(table, text, rows, failures, feed)
    duplicates = superseded = 0
    if doubled.any():
        winners, duplicates, superseded = one_row_a_key(rows.filter(is_kept & doubled), feed)
        is_kept &= ~doubled | rows[ROW_NUMBER].is_in(winners.implode())
    return Checked(rows if is_kept.all() else rows.filter(is_kept), rejected, duplicates, superseded, ())


def _rejected(
    table: TextTable, text: pl.DataFrame, rows: pl.DataFrame, failures: list[Failure], feed: Feed
) -> tuple[pl.DataFrame, pl.Series]:
    """The rows that break a rule, with their reasons, and which rows are left."""
    if not table.ends_with_newline:
        _refuse_cut_record(text, feed, failures)
    failures = [*failures, *_faults(table, text), *_too_late(table, rows, feed)]
    is_kept = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True)
    if not failures:
        rejected = _none_rejected(tuple(text.columns))
    else:
        bad = pl.any_horizontal(*(mask.alias(f"_{i}") for i, (_, mask) in enumerate(failures)))
        is_bad = pl.DataFrame([mask.alias(f"_{i}") for i, (_, mask) in enumerate(failures)]).select(bad).to_series()
        rejected = text.filter(is_bad).with_columns(
            pl.concat_list(pl.when(mask.filter(is_bad)).then(pl.lit(rule)).otherwise(None) for rule, mask in failures)
            .list.drop_nulls()
            .alias("reasons")
        )
        is_kept = ~is_bad
    return rejected, is_kept


def _faults(table: TextTable, text: pl.DataFrame) -> list[Failure]:
    """Records that the reader found broken as a whole."""
    by_rule: dict[str, list[int]] = {}
    for number, rule in table.faults:
        by_rule.setdefault(rule, []).append(number)
    return [(rule, text[ROW_NUMBER].is_in(numbers)) for rule, numbers in by_rule.items()]


def _too_late(table: TextTable, rows: pl.DataFrame, feed: Feed) -> list[Failure]:
    """Rows with an update time after their file was received: such a row would win over every later one."""
    if feed.updated_by is None or table.received_at is None:
        return []
    values = rows[feed.updated_by]
    latest = table.received_at + _LATEST_UPDATE
    limit = latest.date() if values.dtype == pl.Date else latest
    newest = values.max()
    if newest is None or newest <= limit:  # type: ignore[operator]
        return []
    late = (values > limit).fill_null(value=False)
    return [(f"{feed.updated_by}: later than 24 hours after the file was received", late)] if late.any() else []


def _cut_header(table: TextTable, names: Names | Held, feed: Feed) -> Held | None:
    """A file that ends with its header, without a line end, may be truncated in it: then it lacks columns, or the last
    one has another name. Its rows would be missing without a sign, and those of a register would all end."""
    if table.ends_with_newline or table.frame.height or isinstance(names, Held):
        return None
    given, unknown = names
    if not unknown and {column.name for column in feed.columns} <= set(given.values()):
        return None
    return Held("line 1: is cut off: the header is incomplete: deliver the whole file")


def _refuse_cut_record(text: pl.DataFrame, feed: Feed, failures: list[Failure]) -> None:
    """A file without a final line end may be truncated within its last field: then that field breaks its rule, or is a
    time with a shorter spelling than all others of its column."""
    name = next((name for name in reversed(text.columns) if name in [column.name for column in feed.columns]), None)
    if name is None or text.height == 0:
        return
    is_broken = any(rule.startswith(f"{name}:") and bool(mask[-1]) for rule, mask in failures)
    lengths = text[name].str.len_chars()
    is_short = (
        feed.column(name).kind in (Kind.TIMESTAMP, Kind.DATE)
        and text.height > 1
        and bool((lengths.tail(1) < lengths.head(-1).min()).any())
    )
    if is_broken or is_short:
        raise Held(
            f"line {int(text[ROW_NUMBER][-1])}: is cut off: the last record is incomplete: deliver the whole file"
        )


def _named(frame: pl.DataFrame, names: Names, feed: Feed) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The frame with the contract's names, missing optional columns added empty, and unknown headers."""
    given, left = names
    text = frame.clone()
    text.columns = [given.get(name, name) for name in frame.columns]
    absent = [column.name for column in feed.columns if column.name not in given.values()]
    return text.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent) if absent else text, left


def _names(columns: Sequence[str], feed: Feed) -> Names:
    """The new name of every header, and the unknown headers; raises Held.

    Headers are compared without surrounding spaces, and full-width characters as ASCII.
    """
    plain = {name: plain_header(name) for name in columns if name != ROW_NUMBER}
    known = {plain_header(header) for column in feed.columns for header in (column.header, *column.aliases)}
    times = Counter(plain.values())
    doubled = sorted(header for header in times if header in known and times[header] > 1)
    if doubled:
        raise Held(f"columns stand twice: {', '.join(doubled)}: keep one of them")
    given = {header: name for name, header in plain.items() if header in known}
    names: dict[str, str] = {}
    missing: list[str] = []
    for column in feed.columns:
        found = [h for h in dict.fromkeys(map(plain_header, (column.header, *column.aliases))) if h in given]
        if len(found) > 1:
            raise Held(f"columns stand twice: {', '.join(found)}: keep one of them")
        if found:
            names[given.pop(found[0])] = column.name
        elif column.required:
            missing.append(column.header)
    if missing:
        raise Held(f"required columns are missing: {', '.join(missing)}: was it renamed, or is the header elsewhere?")
    left = [name for name in plain if name not in names]
    unknown = {name: f"unknown {i}" for i, name in enumerate(left, 1)}
    return {**names, **unknown}, tuple(left)


def _row_rules(rows: pl.DataFrame, feed: Feed) -> list[Failure]:
    """In a register with both codes, the community's code must begin with the street's."""
    if feed.delivery is not Delivery.SNAPSHOT or not {"street_code", "community_code"} <= set(rows.columns):
        return []
    apart = rows.select(~pl.col("community_code").str.starts_with(pl.col("street_code"))).to_series()
    return [("street_code: is not the beginning of community_code", apart.fill_null(value=False))]


def keys_of(rows: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """The columns of the key, with one spelling per person: two spellings of one become the same token."""
    return with_one_spelling(rows.select(feed.key), feed)


def one_row_a_key(rows: pl.DataFrame, feed: Feed) -> tuple[pl.Series, int, int]:
    """Identical rows are duplicates of the first one. Of the others with the same key the greatest `updatedBy` wins; on
    a tie or without that column, the later row. Returns the row numbers of the winners and the two counts.

    rows: those that may share a key, because comparing a million rows completely costs 0.8 s. A row that shares its key
    with none is a winner.
    """
    # Two spellings of a telephone number are no difference between rows: what is stored of them is the same.
    rows = with_one_spelling(rows, feed)
    distinct = rows.unique(subset=[column.name for column in feed.columns], keep="first", maintain_order=True)
    order = [*([feed.updated_by] if feed.updated_by else []), ROW_NUMBER]
    winners = distinct.sort(order, nulls_last=False).unique(subset=list(feed.key), keep="last", maintain_order=True)
    return winners[ROW_NUMBER], rows.height - distinct.height, distinct.height - winners.height
