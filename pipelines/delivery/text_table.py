"""The result of every reader: records as text with their positions, or a reason to hold the file.

Belongs here: `TextTable`, `Held`, the rules for headers that all formats share. Does not belong here: any single format
(`csv_reading`, `json_reading`, `workbook_reader`), the meaning of values (`row_rules`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.signs import plain_header, without_unseen

ROW_NUMBER = "_row_number"
_POSITIONS_SHOWN = 5


class Held(Exception):
    """A file that is not loaded at all, with a reason that its sender can act on. Never quotes a value of a row."""


@dataclass(frozen=True)
class TextTable:
    """A file's records as text.

    frame: `_row_number` (Int64: the line, sheet row or position where the record begins) and one String column per
    header, in the file's order; null for an empty field. row_count comes from a count that is independent of the
    parser. notes: findings that hold nothing back. faults: row numbers of records that are broken as a whole, each with
    the rule it breaks. received_at: when the file was received (Beijing time), if known. erased: records removed
    because a person asked to be erased; neither frame nor row_count includes them.
    """

    frame: pl.DataFrame
    row_count: int
    notes: tuple[str, ...] = ()
    ends_with_newline: bool = True
    erased: int = 0
    faults: tuple[tuple[int, str], ...] = ()
    received_at: datetime | None = None


def counted(table: TextTable) -> TextTable:
    """The table; raises Held if the independent count differs from the number of records."""
    if table.frame.height != table.row_count:
        raise Held(
            f"the records cannot be told apart: {table.row_count} were counted, {table.frame.height} were read:"
            " export the file again"
        )
    return table


def header_names(header: Iterable[str], feed: Feed) -> list[str]:
    """The headers without surrounding blanks and invisible characters; headers without a name are numbered, and so are
    those that stand twice and that the contract does not know: such columns are not loaded.

    Duplicates are reported by their position: if the header line is missing, its place has a person's data.
    """
    headers = [without_unseen(name).strip() for name in header]
    times = Counter(headers)
    doubled = [i for i, name in enumerate(headers) if name and times[name] > 1]
    if doubled and _are_wrong(doubled, headers, feed):
        raise Held(
            f"the header names columns {', '.join(str(i + 1) for i in doubled)} alike: is the header line missing? Each"
            " column needs a name of its own"
        )
    if ROW_NUMBER in headers:
        raise Held(f"a column is named {ROW_NUMBER}, a name that is taken: rename it")
    named, before = set(headers), set[str]()
    for i, name in enumerate(headers):
        if not name or name in before:
            begin, end = (f"{name} (", ")") if name else ("column ", "")
            headers[i] = next(free for n in count(i + 1) if (free := f"{begin}{n}{end}") not in named)
            named.add(headers[i])
        before.add(name)
    return headers


def _are_wrong(doubled: Iterable[int], headers: Sequence[str], feed: Feed) -> bool:
    """Whether one of the headers that stand twice is of the contract, or none of all headers is."""
    known = {plain_header(name) for column in feed.columns for name in (column.header, *column.aliases)}
    return known.isdisjoint(map(plain_header, headers)) or any(plain_header(headers[i]) in known for i in doubled)


def numbered(frame: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return frame.insert_column(0, numbers.cast(pl.Int64).alias(ROW_NUMBER))


def left_out(what: str, positions: list[int]) -> str:
    """The note on records that show nothing: `what` is the plural of line or row."""
    shown = ", ".join(map(str, positions[:_POSITIONS_SHOWN]))
    more = ", …" if len(positions) > _POSITIONS_SHOWN else ""
    return f"empty {what}, left out: {shown}{more} ({len(positions)} in all)"
