"""From a file to its content for one feed: read, checked and treated; and the same file without erased persons.

Belongs here: combining reading, row rules and privacy. Does not belong here: the parts themselves (`delivery`), which
delivery is in force (`precedence`), databases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path

import polars as pl

from pipelines import machine_errors
from pipelines.contracts.model import Feed
from pipelines.delivery import landing, privacy, tombstones
from pipelines.delivery.compression import DAMAGED
from pipelines.delivery.reading import read
from pipelines.delivery.row_rules import Checked, check_all
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.tombstones import CannotRewrite, Forgotten
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.keys import Key
from pipelines.timings import stage
from pipelines.warehouse.ledger import OUT_OF_RANGE
from pipelines.warehouse.spool import Spool

# Errors that libraries raise for an unexpected kind of file; polars' panics are not derived from Exception. A JSON
# object that is nested deeper than Python can follow ends in a RecursionError, wherever it is walked.
UNFORESEEN = (ValueError, ArithmeticError, RecursionError, pl.exceptions.PolarsError, pl.exceptions.PanicException)

_GONE, _DAMAGED = LOST = "the archive keeps it no more", DAMAGED
REMOVED = (
    "names an erased person and cannot be rewritten: the archive has deleted it and cannot give its rows back:"
    " export it again without the person"
)

_NONE_REJECTED = pl.DataFrame(schema={"row_number": pl.Int64, "reasons": pl.List(pl.String), "raw": pl.String})


@dataclass(frozen=True)
class Digest:
    """The content of one file for one feed: rows ready to store and rows for quarantine, or a reason to hold the file.

    loaded: `_row_number` and the stored columns, treated; those of a large file are in the spool instead. rejected:
    row_number, reasons, raw (masked).
    """

    loaded: pl.DataFrame
    rejected: pl.DataFrame
    row_count: int
    duplicate_count: int
    superseded_count: int
    notes: tuple[str, ...]
    held_because: str | None = None
    erased_count: int = 0
    spool: Spool | None = None

    @property
    def rows(self) -> pl.DataFrame | Spool:
        return self.loaded if self.spool is None else self.spool


def digest(
    path: Path, feed: Feed, key: Key, forgotten: Forgotten | None = None, received_at: datetime | None = None
) -> Digest:
    """Reads, checks and treats one file for one feed; never raises for a fault of the file."""
    with Workbooks() as workbooks:
        (table,) = read_file(path, [feed], workbooks)
    table = with_receipt(without_forgotten(table, feed, forgotten or Forgotten(frozenset(), key)), received_at)
    (found,) = digest_all([table], feed, key)
    return found


def with_receipt(table: TextTable | Held, received_at: datetime | None) -> TextTable | Held:
    return table if isinstance(table, Held) else replace(table, received_at=received_at)


def without_forgotten(table: TextTable | Held, feed: Feed, forgotten: Forgotten) -> TextTable | Held:
    if isinstance(table, Held):
        return table
    left = tombstones.forget(table, feed, forgotten)
    return replace(left, frame=tombstones.without_mentions(left.frame, feed, forgotten)) if forgotten else left


@dataclass(frozen=True)
class Scrubbed:
    """The result for an archived file: rows erased now, by feed; whether its bytes were rewritten or, if it could not
    be read without the persons, deleted."""

    rows: Mapping[str, int]
    is_rewritten: bool = False
    is_removed: bool = False


def scrub(path: Path, feeds: Sequence[Feed], forgotten: Forgotten, workbooks: Workbooks) -> Scrubbed:
    """Removes the persons to erase from an archived file with data of these feeds. A damaged one is deleted: what it
    had of them cannot be known, and rewritten it would pass for whole."""
    if not landing.is_intact(path):
        landing.remove(path)
        return Scrubbed({}, is_removed=True)
    tables = read_file(path, feeds, workbooks)
    rows = {
        feed.id: int(tombstones.theirs(table.frame, feed, forgotten).sum())
        for feed, table in zip(feeds, tables, strict=True)
        if not isinstance(table, Held)
    }
    try:
        data = tombstones.rewritten(path, list(zip(feeds, tables, strict=True)), forgotten, workbooks)
        if data is None:
            return Scrubbed(rows)
        landing.rewrite(path, data)
        again = read_file(path, feeds, workbooks)
        if not all(map(tombstones.is_same_but_for, tables, again, feeds, [forgotten] * len(feeds))):
            raise CannotRewrite("it is read otherwise")
    except CannotRewrite:
        landing.remove(path)
        return Scrubbed(rows, is_removed=True)
    return Scrubbed(rows, is_rewritten=True)


def lost_in(path: Path) -> Held | None:
    """Why the archive cannot restore this file; null if it can."""
    if not path.exists():
        return Held(_GONE)
    return None if landing.is_intact(path) else Held(_DAMAGED)


def may_be_read_now(held_because: str, path: Path, *, again: bool) -> bool:
    """Whether a held file is read again: its date was in the future and is due, or the archive had lost it, and
    the file has come again."""
    if held_because in LOST:
        return lost_in(path) is None
    return (again or held_because.startswith(OUT_OF_RANGE)) and path.exists()


def read_file(path: Path, feeds: Sequence[Feed], workbooks: Workbooks) -> list[TextTable | Held]:
    """A file's records for each of its feeds, or why they are held."""
    if any(feed.format != "xlsx" for feed in feeds):
        # Each feed separately: the same bytes may belong to two dates, before and after a change of their contract.
        return [_read_one(path, feed) for feed in feeds]
    try:
        return workbooks.read(path, feeds)
    except UNFORESEEN as error:
        return [_not_foreseen(error)] * len(feeds)


def _read_one(path: Path, feed: Feed) -> TextTable | Held:
    try:
        return read(path, feed)
    except Held as held:
        return held
    except UNFORESEEN as error:
        return _not_foreseen(error)


def _not_foreseen(error: BaseException) -> Held:
    """An unexpected kind of file is held, so that it is not retried forever; the error's text may quote a row. Raises
    MemoryError if it is the machine: the file is read by the next run."""
    if machine_errors.is_too_little_memory(error):
        raise MemoryError(type(error).__name__) from error
    return Held(f"cannot be parsed ({type(error).__name__}): export it again, and show this line to those who run Sihe")


def digest_all(tables: Sequence[TextTable | Held], feed: Feed, key: Key) -> list[Digest]:
    """The content of each delivery of one feed; deliveries that are held already stay held."""
    readable = [table for table in tables if not isinstance(table, Held)]
    try:
        with stage("check"):
            checked = iter(check_all(readable, feed))
    except UNFORESEEN as error:
        if len(readable) == 1:
            checked = iter([_not_foreseen(error)])
        else:  # one of them caused the error: process each separately
            return [digest_all([table], feed, key)[0] for table in tables]
    fates = [table if isinstance(table, Held) else next(checked) for table in tables]
    treated = iter(_treated([one.loaded for one in fates if not isinstance(one, Held)], feed, key))
    return [
        Digest(pl.DataFrame(), pl.DataFrame(), 0, 0, 0, (), held_because=str(one))
        if isinstance(one, Held) or isinstance(table, Held)
        else _digest(table, one, next(treated), feed)
        for table, one in zip(tables, fates, strict=True)
    ]


def _treated(loaded: Sequence[pl.DataFrame], feed: Feed, key: Key) -> list[pl.DataFrame]:
    """The rows of all deliveries, treated together: a hundred small frames cost as much as one."""
    if not loaded:
        return []
    with stage("treat"):
        together = privacy.treat(loaded[0] if len(loaded) == 1 else pl.concat(loaded, rechunk=True), feed, key)
    ends = list(accumulate(frame.height for frame in loaded))
    return [together[end - frame.height : end] for end, frame in zip(ends, loaded, strict=True)]


def _digest(table: TextTable, checked: Checked, loaded: pl.DataFrame, feed: Feed) -> Digest:
    wrong = privacy.wrong_id_numbers(checked.loaded, feed)
    return Digest(
        loaded=loaded,
        rejected=masked(checked.rejected, feed),
        row_count=table.row_count,
        duplicate_count=checked.duplicate_count,
        superseded_count=checked.superseded_count,
        notes=(*table.notes, *checked.notes, *notes_on(wrong, checked.unknown_columns, feed)),
        erased_count=table.erased,
    )


def masked(rejected: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Rejected rows for quarantine: row_number, reasons, raw."""
    if not rejected.height:
        return _NONE_REJECTED
    found = rejected.select(row_number=ROW_NUMBER, reasons="reasons")
    with stage("mask"):
        return found.with_columns(privacy.masked_rows(rejected, feed))


def notes_on(wrong: Mapping[str, int], unknown: Sequence[str], feed: Feed) -> Iterator[str]:
    """Notes on ID numbers with wrong check digits, by header, and on headers that the contract does not know."""
    for column in feed.columns:
        if count := wrong.get(column.header):
            yield f"{count} {column.header} with a wrong check digit"
    if unknown:
        # A header is external text like any other.
        yield f"unknown columns, not loaded: {', '.join(repr(privacy.redact_name(name)) for name in unknown)}"
