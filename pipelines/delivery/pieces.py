"""Large files in pieces of some megabytes, each of which its reader reads as a file of its own.

Belongs here: what all formats that are read in pieces share. Does not belong here: where a file may be cut
(`csv_pieces`, `json_pieces`), what is done with the records (`intake`).
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pipelines.contracts.model import Feed
from pipelines.delivery.text_table import TextTable

PIECE_BYTES = 16 << 20
"""Larger pieces need more memory, smaller ones more time for each row: an expression costs 0.1 ms for any rows."""
_MOST_BYTES_OF_A_RECORD = 16 << 20
# No character of these has the byte of a line end or of a quote in it.
_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312")


class NotInPieces(Exception):
    """The file is not read in pieces. It need not be broken."""


@dataclass(frozen=True)
class Piece:
    """Consecutive records of a file. text: what their reader takes; at, size: where they are in the file; line: the row
    number of the first."""

    text: bytes
    at: int
    line: int
    size: int
    is_last: bool = False

    def without_text(self) -> "Piece":
        return replace(self, text=b"")


class InPieces(Protocol):
    """How one file is read in pieces: it knows what it has seen of the file."""

    def pieces(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """Cuts the blocks of the file where records end; raises NotInPieces where there is no such place."""

    def read(self, piece: Piece) -> tuple[TextTable, list[int]]:
        """A piece's records with their row numbers in the file, and the row numbers of the blank ones that were left
        out. All pieces have the columns of the first. Raises NotInPieces, or one of the parser's errors."""

    def read_again(self, path: Path, wanted: Sequence[tuple[Piece, Sequence[int]]]) -> TextTable:
        """Some records of pieces whose text is gone, by their row numbers; raises NotInPieces if they are not
        found."""


def is_cut_by_lines(feed: Feed) -> bool:
    """Whether the bytes of line ends and quotes are these characters, in the feed's encoding."""
    return codecs.lookup(feed.encoding).name in _ENCODINGS


def is_worth_it(size: int) -> bool:
    """One piece would only be a detour."""
    return size > 2 * PIECE_BYTES


def blocks(path: Path, size: int) -> Iterator[bytes]:
    """The bytes of a file in blocks of one size; the last one may be smaller."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(size):
            yield block


def refuse_endless(rest: bytes) -> None:
    """Raises NotInPieces if what has been read since the last cut is too large for a record."""
    if len(rest) > _MOST_BYTES_OF_A_RECORD:
        raise NotInPieces("no end of a record")
