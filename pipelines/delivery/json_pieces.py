"""A large ndjson or json in pieces of some megabytes, each of which the strict reader reads as an ndjson of its own.

Belongs here: where such a file may be cut, and the place of a piece's objects in the file. Does not belong here: the
rules of JSON (`json_reading`), what is done with the records (`intake`).

An ndjson is cut at line ends, a document between the objects of its list `rows`. A wrong cut, within a text, leaves
lines that are no objects. Such a file, and one with any other fault, is not read in pieces (`NotInPieces`) but as a
whole, which also gives the reason to hold it.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.csv_reading import count_of
from pipelines.delivery.decoding import refuse_disguise, to_utf8
from pipelines.delivery.json_lines import lines_of_rows
from pipelines.delivery.json_reading import between_rows, check_around, read_ndjson, rows_begin
from pipelines.delivery.pieces import NotInPieces, Piece, refuse_endless
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, counted

_LINE_END = 0x0A
# The reader leaves them out where a text begins. The file has none where a piece does.
_MARKS = (codecs.BOM_UTF8, "\ufeff".encode("gb18030"))


class LinesInPieces:
    """One ndjson: an `InPieces`."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._columns: Future[list[str]] = Future()

    def pieces(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        rest, at, line = b"", 0, 1
        for block in blocks:
            end = block.rfind(b"\n") + 1
            if not end:
                rest += block
                refuse_endless(rest)
                continue
            text, rest = b"".join((rest, memoryview(block)[:end])), block[end:]
            yield Piece(text, at, line, len(text))
            at, line = at + len(text), line + count_of(text, _LINE_END)
        if rest:
            yield Piece(rest, at, line, len(rest))

    def read(self, piece: Piece) -> tuple[TextTable, list[int]]:
        try:
            table = self._table(piece)
        finally:
            # The others wait for it.
            if piece.line == 1 and not self._columns.done():
                self._columns.set_exception(NotInPieces("the first piece is not read"))
        known, has = self._columns.result(), set(table.frame.columns)
        if not has <= {ROW_NUMBER, *known}:
            raise NotInPieces("a key that the first piece lacks")
        # An object omits keys without a value.
        columns = [pl.col(name) if name in has else pl.lit(None, pl.String).alias(name) for name in known]
        return replace(table, frame=table.frame.select(ROW_NUMBER, *columns)), []

    def _table(self, piece: Piece) -> TextTable:
        if piece.line > 1 and piece.text.startswith(_MARKS):
            raise NotInPieces("a byte order mark within the file")
        table = self._table_of(piece.text)
        moved = piece.line - 1
        frame = table.frame.with_columns(pl.col(ROW_NUMBER) + moved)
        if piece.line == 1:
            self._columns.set_result(frame.columns[1:])
        return replace(table, frame=frame, faults=tuple((at + moved, rule) for at, rule in table.faults))

    def _table_of(self, text: bytes) -> TextTable:
        try:
            refuse_disguise(text, self._feed)
            table = counted(read_ndjson(text, self._feed))
        except Held as held:
            raise NotInPieces(str(held)) from None
        if table.notes or not table.frame.height:
            raise NotInPieces("a note, or no record")
        return table

    def read_again(self, path: Path, wanted: Sequence[tuple[Piece, Sequence[int]]]) -> TextTable:
        lines: list[bytes] = []
        numbers: list[int] = []
        with path.open("rb", buffering=0) as file:
            for piece, at in wanted:
                file.seek(piece.at)
                text = self._lines(file.read(piece.size))
                ends = np.append(np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_END) + 1, len(text))
                begins = np.append(0, ends)
                lines += [text[begins[i - piece.line] : ends[i - piece.line]].strip() for i in at]
                numbers += at
        table = self._table_of(b"\n".join(lines))
        if table.frame.height != len(numbers) or table.faults:
            raise NotInPieces("records are not found again")
        return replace(table, frame=table.frame.with_columns(pl.Series(ROW_NUMBER, numbers, dtype=pl.Int64)))

    def _lines(self, data: bytes) -> bytes:
        """The text of a piece from its bytes in the file."""
        return data


class RowsInPieces(LinesInPieces):
    """One document in UTF-8 with a list `rows`: an `InPieces`."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._between = b""

    def pieces(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        before, rest, at, line = b"", b"", 0, 1
        for block in blocks:
            new = block
            if not self._between:
                rest += block
                refuse_endless(rest)
                if not (at := rows_begin(rest)) or not (between := between_rows(rest, at)):
                    continue
                self._between, before, new, rest = between, rest[:at], rest[at:], b""
            if not (end := new.rfind(self._between) + 1):
                # Two objects may meet where the blocks do.
                new, rest = rest + new, b""
                refuse_endless(new)
                end = new.rfind(self._between) + 1
            if end:
                yield (piece := self._piece(b"".join((rest, memoryview(new)[:end])), at, line))
                at, line = at + piece.size + len(self._between) - 2, line + count_of(piece.text, _LINE_END)
                rest, end = b"", end + len(self._between) - 2
            rest += new[end:]
        end = rest.rfind(b"]")
        if not self._between or end < 0:
            raise NotInPieces("no list of rows")
        last = self._piece(rest[:end].rstrip(), at, line)
        try:
            check_around(
                to_utf8(before + rest[end:], self._feed.encoding), line - 1 + count_of(last.text, _LINE_END), self._feed
            )
        except (Held, ValueError) as error:
            raise NotInPieces(str(error)) from None
        yield last

    def _piece(self, rows: bytes, at: int, line: int) -> Piece:
        return Piece(self._lines(rows), at, line, len(rows))

    def _lines(self, data: bytes) -> bytes:
        try:
            return lines_of_rows(data, self._between)
        except ValueError as error:
            raise NotInPieces(str(error)) from None
