"""What the child that reads workbooks is asked for, and what it answers.

Belongs here: `Wanted` and `Sheet`, and a sheet as bytes. Does not belong here: reading a sheet (`workbook_process`),
the pipes (`workbook_reader`). It runs on both sides and imports no polars.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NEXT_CELL, _NEXT_COLUMN = "\0", "\1"
"""Between cells and between columns. XML has no such characters."""
_WITHOUT = {0: None, 1: None}


class Wanted(NamedTuple):
    """A sheet to read.

    kinds: of columns in which a cell's type matters, by header, as `plain_header` has it (`cells.IDENTIFIER`, `DATE`).
    is_whole: read it from its first row on, with a column for each cell, in place of from its header on.
    """

    sheet: str
    header_row: int
    kinds: Mapping[str, str] = {}
    is_whole: bool = False


class Sheet(NamedTuple):
    """The rows of a sheet that show something, the header's row first.

    row_numbers: in the sheet. columns: a list of cells per column. record_count: counted in the sheet's XML,
    independently of the parser. blank: the numbers of the rows left out. merged: the note on merged cells, or "".
    """

    row_numbers: list[int]
    columns: Sequence[Sequence[str | None]]
    record_count: int
    blank: list[int]
    merged: str

    def encoded(self) -> bytes:
        """A line of JSON with what belongs to the whole sheet, then the columns. As JSON, these would take 0.4 s of
        processor time for 50,000 rows, both sides together; this way they take 0.3 s."""
        rest = [self.row_numbers, self.record_count, self.blank, self.merged]
        columns = _NEXT_COLUMN.join(map(_joined, self.columns))
        return f"{json.dumps(rest, ensure_ascii=False)}\n{columns}".encode()


def _joined(column: Sequence[str | None]) -> str:
    text = NEXT_CELL.join([cell or "" for cell in column])
    if text.count(NEXT_CELL) == len(column) - 1 and _NEXT_COLUMN not in text:
        return text
    # The library passes on what is no XML.
    return _joined([cell and cell.translate(_WITHOUT) for cell in column])


def decoded(message: bytes) -> tuple[Sheet, list[str]]:
    """A sheet without its columns; and these, each as one text."""
    head, _, columns = message.partition(b"\n")
    row_numbers, record_count, blank, merged = json.loads(head)
    return Sheet(row_numbers, (), record_count, blank, merged), (
        [column.decode() for column in columns.split(_NEXT_COLUMN.encode())] if row_numbers else []
    )
