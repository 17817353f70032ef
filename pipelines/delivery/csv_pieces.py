"""A large csv in pieces of some megabytes, each of which the strict reader reads as a csv of its own.

Belongs here: where a csv may be cut, and the place of a piece's records in the file. Does not belong here: the rules of
a csv (`csv_reading`), what is done with the records (`intake`).

A file is cut after line ends with an even number of quotes before them. In a correct csv these line ends are outside
quotes, so every piece begins where a record begins, and the strict reader finds the same structure in the pieces as in
the whole. Every fault of the whole is one of some piece. Such a file is not read in pieces (`NotInPieces`)
but as a whole, which also gives the reason to hold it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.csv_reading import count_of, read_records
from pipelines.delivery.decoding import refuse_disguise
from pipelines.delivery.pieces import NotInPieces, Piece, refuse_endless
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, counted

_BLOCK_BYTES = 1 << 16
"""Of a piece, to find a record in it again without reading it all."""
_QUOTE, _LINE_END = b'"\n'


class CsvInPieces:
    """One csv: an `InPieces`. Every piece's text begins with the header."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._header = b""
        # By the place of a piece: the line ends before every block of it, and of it all.
        self._ends: dict[int, npt.NDArray[np.int64]] = {}

    def pieces(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        rest = b""
        at, line = 0, 1
        # A piece waits until it is known whether it is the last one.
        waiting: Piece | None = None
        for block in blocks:
            new = block
            if not self._header:
                rest += block
                if not (end := _first_record_end(rest)):
                    refuse_endless(rest)
                    continue
                self._header, new, rest = rest[:end], rest[end:], b""
                at, line = end, 1 + self._header.count(b"\n")
            # Within the rest no place was found, or the file would have been cut there.
            if not (end := _last_record_end(rest, new)):
                rest += new
                refuse_endless(rest)
                continue
            if waiting:
                yield waiting
            waiting = self._piece(b"".join((self._header, rest, memoryview(new)[:end])), at, line)
            at, line = at + waiting.size, line + int(self._ends[at][-1])
            rest = new[end:]
        if not self._header:
            raise NotInPieces("no header")
        if waiting:
            yield waiting if rest else replace(waiting, is_last=True)
        if rest:
            yield replace(self._piece(self._header + rest, at, line), is_last=True)

    def _piece(self, text: bytes, at: int, line: int) -> Piece:
        signs = np.frombuffer(text, np.uint8)[len(self._header) :]
        blocks = [signs[begin : begin + _BLOCK_BYTES] for begin in range(0, len(signs), _BLOCK_BYTES)]
        self._ends[at] = np.cumsum([0, *(np.count_nonzero(block == _LINE_END) for block in blocks)])
        return Piece(text, at, line, len(signs))

    def read(self, piece: Piece) -> tuple[TextTable, list[int]]:
        if not piece.is_last and piece.text.endswith((b"\n\n", b"\n\r\n")):
            # They are left out with a note, unless they end the file.
            raise NotInPieces("empty lines at the end of a piece")
        try:
            refuse_disguise(piece.text, self._feed)
            table, blank = read_records(piece.text, self._feed)
            counted(table)
        except Held as held:
            raise NotInPieces(str(held)) from None
        # Of one column, an empty line would be a record. The last record of a cut file is compared with others.
        if table.frame.width < 3 or not (table.ends_with_newline or table.frame.height > 1):
            raise NotInPieces("one column, or one record")
        moved = piece.line - 1 - self._header.count(b"\n")
        frame = table.frame.with_columns(pl.col(ROW_NUMBER) + moved)
        return replace(table, frame=frame), [line + moved for line in blank]

    def read_again(self, path: Path, wanted: Sequence[tuple[Piece, Sequence[int]]]) -> TextTable:
        records = [self._header]
        numbers: list[int] = []
        with path.open("rb", buffering=0) as file:
            for piece, lines in wanted:
                records += [self._record(file, piece, line - piece.line) for line in lines]
                numbers += lines
        if not records[-1].endswith(b"\n"):
            records.append(b"\n")
        table, _ = self.read(Piece(b"".join(records), 0, 1, 0, is_last=True))
        if table.frame.height != len(numbers):
            raise NotInPieces("records are not found again")
        return replace(table, frame=table.frame.with_columns(pl.Series(ROW_NUMBER, numbers, dtype=pl.Int64)))

    def _record(self, file: FileIO, piece: Piece, line: int) -> bytes:
        """The record that begins at a line of the piece, of which the first is 0."""
        ends = self._ends[piece.at]
        block = max(int(np.searchsorted(ends, line)) - 1, 0)
        at, size = block * _BLOCK_BYTES, _BLOCK_BYTES
        while True:
            file.seek(piece.at + at)
            data = file.read(min(size, piece.size - at))
            begin = 0
            for _ in range(line - int(ends[block])):
                begin = _line_end(data, begin)
            end = _line_end(data, begin)
            # A record ends where its quotes are closed.
            while end < len(data) and data.count(b'"', begin, end) % 2:
                end = _line_end(data, end)
            if end < len(data) or len(data) < size:
                return data[begin:end]
            size *= 2


def _first_record_end(data: bytes) -> int:
    """The position after the first line end with an even number of quotes before it; 0 if there is none."""
    end = quotes = 0
    while found := data.find(b"\n", end) + 1:
        quotes += data.count(b'"', end, found)
        if quotes % 2 == 0:
            return found
        end = found
    return 0


def _last_record_end(rest: bytes, block: bytes) -> int:
    """The position in the block after its last line end with an even number of quotes before it, which include those of
    the rest; 0 if there is none."""
    end = block.rfind(b"\n") + 1
    quotes = count_of(rest, _QUOTE) + count_of(block, _QUOTE) - block.count(b'"', end)
    while end and quotes % 2:
        before = block.rfind(b"\n", 0, end - 1) + 1
        quotes -= block.count(b'"', before, end)
        end = before
    return end


def _line_end(data: bytes, at: int) -> int:
    """The position after the line end that follows; without one, the end of the data."""
    return data.find(b"\n", at) + 1 or len(data)
