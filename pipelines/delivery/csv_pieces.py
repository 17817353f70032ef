"""A large csv in pieces of some megabytes, each of which the strict reader reads as a csv of its own.

Belongs here: where a csv may be cut, and the place of a piece's records in the file. Does not belong here: the rules of
a csv (`csv_reading`), what is done with the records (`intake`).

A file is cut after line ends with an even number of quotes before them. In a correct csv these line ends are outside
quotes, so every piece begins where a record begins, and the strict reader finds the same structure in the pieces as in
the whole. Every fault of the whole is one of some piece. Such a file is not read in pieces (`NotInPieces`)
but as a whole, which also gives the reason to hold it.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.csv_reading import count_of, read_records
from pipelines.delivery.decoding import refuse_disguise
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, counted

PIECE_BYTES = 16 << 20
"""Larger pieces need more memory, smaller ones more time for each row: an expression costs 0.1 ms for any rows."""
_MOST_BYTES_OF_A_RECORD = 16 << 20
_BLOCK_BYTES = 1 << 16
_QUOTE, _LINE_END = b'"\n'
# No character of these has the byte of a line end or of a quote in it.
_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312")


class NotInPieces(Exception):
    """The file is not read in pieces. It need not be broken."""


@dataclass(frozen=True)
class Piece:
    """Consecutive records: bytes of the file, to be read below its header. at: the position of the first byte; line:
    the number of the first line."""

    header: bytes
    data: bytes
    at: int
    line: int
    size: int
    is_last: bool

    def without_data(self) -> "Piece":
        return replace(self, data=b"")


def is_worth_it(feed: Feed, size: int) -> bool:
    """Whether a file of so many bytes may be read in pieces. One piece would only be a detour."""
    return feed.format == "csv" and size > 2 * PIECE_BYTES and codecs.lookup(feed.encoding).name in _ENCODINGS


def blocks(path: Path, size: int) -> Iterator[bytes]:
    """The bytes of a file in blocks of one size; the last one may be smaller."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(size):
            yield block


def pieces(of: Iterable[bytes]) -> Iterator[Piece]:
    """Cuts the blocks of a file where records end; raises NotInPieces where there is no such place."""
    header, rest = b"", b""
    at, line = 0, 1
    # A piece waits until it is known whether it is the last one.
    waiting: Piece | None = None
    for block in of:
        new = block
        if not header:
            rest += block
            if not (end := _first_record_end(rest)):
                _refuse_endless(rest)
                continue
            header, new, rest = rest[:end], rest[end:], b""
            at, line = end, 1 + header.count(b"\n")
        # Within the rest no place was found, or the file would have been cut there.
        if not (end := _last_record_end(rest, new)):
            rest += new
            _refuse_endless(rest)
            continue
        if waiting:
            yield waiting
        data = b"".join((rest, memoryview(new)[:end]))
        rest = new[end:]
        waiting = Piece(header, data, at, line, len(data), is_last=False)
        at, line = at + len(data), line + count_of(data, _LINE_END)
    if not header:
        raise NotInPieces("no header")
    if waiting:
        yield waiting if rest else replace(waiting, is_last=True)
    if rest:
        yield Piece(header, rest, at, line, len(rest), is_last=True)


def _refuse_endless(rest: bytes) -> None:
    if len(rest) > _MOST_BYTES_OF_A_RECORD:
        raise NotInPieces("no end of a record")


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


def read_piece(piece: Piece, feed: Feed) -> tuple[TextTable, list[int]]:
    """A piece's records with their lines in the file, and the lines of the blank ones that were left out. Raises
    NotInPieces, or one of the parser's errors."""
    data = piece.header + piece.data
    if not piece.is_last and piece.data.endswith((b"\n\n", b"\n\r\n")):
        # They are left out with a note, unless they end the file.
        raise NotInPieces("empty lines at the end of a piece")
    try:
        refuse_disguise(data, feed)
        table, blank = read_records(data, feed)
        counted(table)
    except Held as held:
        raise NotInPieces(str(held)) from None
    # Of one column, an empty line would be a record. The last record of a cut file is compared with others.
    if table.frame.width < 3 or not (table.ends_with_newline or table.frame.height > 1):
        raise NotInPieces("one column, or one record")
    moved = piece.line - 1 - piece.header.count(b"\n")
    frame = table.frame.with_columns(pl.col(ROW_NUMBER) + moved)
    return replace(table, frame=frame), [line + moved for line in blank]


def read_again(path: Path, wanted: Sequence[tuple[Piece, Sequence[int]]], feed: Feed) -> TextTable:
    """Some records of pieces whose data is gone, by their lines; raises NotInPieces if they are not found."""
    records = [wanted[0][0].header]
    numbers: list[int] = []
    with path.open("rb", buffering=0) as file:
        for piece, lines in wanted:
            file.seek(piece.at)
            data = file.read(piece.size)
            for begin in _line_begins(data, [line - piece.line for line in lines]):
                end = _line_end(data, begin)
                # A record ends where its quotes are closed.
                while data.count(b'"', begin, end) % 2 and end < len(data):
                    end = _line_end(data, end)
                records.append(data[begin:end])
            numbers += lines
    if not records[-1].endswith(b"\n"):
        records.append(b"\n")
    table, _ = read_piece(Piece(b"", b"".join(records), 0, 1, 0, is_last=True), feed)
    if table.frame.height != len(numbers):
        raise NotInPieces("records are not found again")
    return replace(table, frame=table.frame.with_columns(pl.Series(ROW_NUMBER, numbers, dtype=pl.Int64)))


def _line_begins(data: bytes, lines: Sequence[int]) -> Iterator[int]:
    """Where these lines begin; the first line of the data is 0, the lines are in ascending order. Whole blocks are
    counted: a list of all line ends of a piece costs 20 ms, this 2 ms."""
    at = line = 0
    for wanted in lines:
        while line + (ends := data.count(b"\n", at, at + _BLOCK_BYTES)) < wanted:
            at, line = at + _BLOCK_BYTES, line + ends
            if at >= len(data):
                raise NotInPieces("records are not found again")
        while line < wanted:
            at, line = _line_end(data, at), line + 1
        yield at


def _line_end(data: bytes, at: int) -> int:
    """The position after the line end that follows; without one, the end of the data."""
    return data.find(b"\n", at) + 1 or len(data)
