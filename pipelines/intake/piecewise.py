"""A large file to its digest, piece by piece: each is read, checked and treated while the next is; memory holds two.

Belongs here: the composition of pieces, and keys that stand in several of them. Does not belong here: the parts
themselves (`delivery`), which files are read in pieces and how (`reading.in_pieces`).

The result is that of `digests` for the whole file, or none: a fault of the whole file, and whatever else is not sure in
pieces, raises NotInPieces.
"""

import contextlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery import pieces, privacy
from pipelines.delivery.compression import is_compressed
from pipelines.delivery.pieces import InPieces, NotInPieces, Piece
from pipelines.delivery.reading import in_pieces
from pipelines.delivery.row_rules import Examined, examine, keys_of, notes_of, one_row_a_key
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, left_out
from pipelines.delivery.tombstones import Forgotten
from pipelines.delivery.values import NOTES
from pipelines.intake.digests import UNFORESEEN, Digest, masked, notes_on, with_receipt, without_forgotten
from pipelines.timings import stage
from pipelines.warehouse.spool import Spool

_AT_ONCE = 2


@dataclass(frozen=True)
class Large:
    """A large file for one feed."""

    path: Path
    feed: Feed
    forgotten: Forgotten
    received_at: datetime | None


@dataclass(frozen=True)
class _Read:
    """What is left of a piece when its rows are on disk. hashes, numbers: the keys and the lines of its rows that break
    no rule."""

    piece: Piece
    row_count: int
    erased: int
    blank: list[int]
    rejected: pl.DataFrame
    unknown_columns: tuple[str, ...]
    found: tuple[tuple[str, str, int], ...]
    wrong: dict[str, int]
    hashes: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int64]


def digest_of_large(large: Large, beside: Path) -> Digest | None:
    """`digest` of an archived file; null if it is not large, or must be read as a whole."""
    if is_compressed(large.path) or not (way := in_pieces(large.feed, large.path.stat().st_size)):
        return None
    try:
        return digest(large, way, pieces.blocks(large.path, pieces.PIECE_BYTES), beside)
    except NotInPieces:
        return None


class Ahead:
    """Reads a large file while it is archived: a `landing.Reader`. digest: that of the archived file, once it has been
    read; null if it must be read as a whole."""

    def __init__(self, large: Large, way: InPieces, beside: Path) -> None:
        self._large, self._way, self._beside = large, way, beside
        self.block_bytes = pieces.PIECE_BYTES
        self.has_read = False
        self.digest: Digest | None = None

    def read(self, blocks: Iterator[bytes], copy: Path) -> None:
        self.has_read = True
        with contextlib.suppress(NotInPieces):
            self.digest = digest(replace(self._large, path=copy), self._way, blocks, self._beside)

    def close(self) -> None:
        """Deletes what was read."""
        if self.digest and self.digest.spool:
            self.digest.spool.close()
        self.digest = None


def read_ahead(large: Large, size: int, beside: Path) -> Ahead | None:
    """What reads a file of this size while it is archived; null if it is not large."""
    way = in_pieces(large.feed, size)
    return Ahead(large, way, beside) if way else None


def digest(large: Large, way: InPieces, blocks: Iterable[bytes], beside: Path) -> Digest:
    """The content of a file whose bytes are `blocks`; its rows are in a Spool in the folder `beside`. Raises
    NotInPieces."""
    spool = Spool(beside)
    try:
        return _digest(large, way, list(_read_all(large, way, blocks, spool)), spool)
    except UNFORESEEN as error:
        spool.close()
        raise NotInPieces(type(error).__name__) from None
    except BaseException:
        spool.close()
        raise


def _read_all(large: Large, way: InPieces, blocks: Iterable[bytes], spool: Spool) -> Iterator[_Read]:
    """Every piece in order; a few are read at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running: deque[Future[_Read]] = deque()
        for piece in way.pieces(blocks):
            if len(running) > _AT_ONCE:
                yield running.popleft().result()
            running.append(pool.submit(_read, large, way, piece, spool))
        while running:
            yield running.popleft().result()


def _read(large: Large, way: InPieces, piece: Piece, spool: Spool) -> _Read:
    feed = large.feed
    with stage("read"):
        table, blank = way.read(piece)
        table = _ready(table, large)
    with stage("check"):
        rows = _examined(table, feed)
        hashes = keys_of(rows.kept, feed).hash_rows().to_numpy()
        wrong = privacy.wrong_id_numbers(rows.kept, feed)
    with stage("treat"):
        treated = privacy.treat(rows.kept, feed, large.forgotten.key)
    with stage("store"):
        spool.write(treated)
    return _Read(
        piece.without_text(),
        table.row_count,
        table.erased,
        blank,
        masked(rows.rejected, feed),
        rows.unknown_columns,
        rows.found,
        wrong,
        hashes,
        rows.kept[ROW_NUMBER].to_numpy(),
    )


def _ready(table: TextTable, large: Large) -> TextTable:
    """The records as they are checked."""
    found = with_receipt(without_forgotten(table, large.feed, large.forgotten), large.received_at)
    assert isinstance(found, TextTable)
    return found


def _examined(table: TextTable, feed: Feed) -> Examined:
    try:
        return examine(table, feed)
    except Held as held:
        raise NotInPieces(str(held)) from None


def _digest(large: Large, way: InPieces, read: Sequence[_Read], spool: Spool) -> Digest:
    if not read:
        raise NotInPieces("no records")
    feed = large.feed
    wrong: Counter[str] = Counter()
    for one in read:
        wrong.update(one.wrong)
    duplicates = superseded = 0
    rows = _rows_that_may_share_a_key(large, way, read)
    if rows is not None:
        winners, duplicates, superseded = one_row_a_key(rows, feed)
        lost = rows.filter(~rows[ROW_NUMBER].is_in(winners.implode()))
        wrong.subtract(privacy.wrong_id_numbers(lost, feed))
        spool.leave_out(lost[ROW_NUMBER].to_list())
    blank = [line for one in read for line in one.blank]
    notes = (
        *((left_out("lines", blank),) if blank else ()),
        *notes_of(_added(read, feed)),
        *notes_on(wrong, read[0].unknown_columns, feed),
    )
    return Digest(
        loaded=pl.DataFrame(),
        rejected=pl.concat([one.rejected for one in read if one.rejected.height] or [read[0].rejected]),
        row_count=sum(one.row_count for one in read),
        duplicate_count=duplicates,
        superseded_count=superseded,
        notes=notes,
        erased_count=sum(one.erased for one in read),
        spool=spool,
    )


def _rows_that_may_share_a_key(large: Large, way: InPieces, read: Sequence[_Read]) -> pl.DataFrame | None:
    """The rows whose keys have a hash that occurs more than once, typed and before privacy: read again, since memory
    holds only the hashes."""
    ordered = np.sort(np.concatenate([one.hashes for one in read]))
    doubled = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(doubled):
        return None
    # Not np.isin: it sorts every hash again and takes eight times as long.
    among = pl.Series(doubled).implode()
    wanted = [(one.piece, one.numbers[pl.Series(one.hashes).is_in(among).to_numpy()].tolist()) for one in read]
    wanted = [(piece, numbers) for piece, numbers in wanted if numbers]
    table = way.read_again(large.path, wanted)
    rows = _examined(_ready(table, large), large.feed).kept
    if rows.height != table.frame.height:
        raise NotInPieces("rows are read otherwise")
    return rows


def _added(read: Sequence[_Read], feed: Feed) -> list[tuple[str, str, int]]:
    """The rows of each finding in all pieces, in the order in which the whole has them."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in read:
        counts.update({(note, header): count for note, header, count in one.found})
    places = [column.header for column in feed.columns]
    ordered = sorted(counts.items(), key=lambda item: (places.index(item[0][1]), NOTES.index(item[0][0])))
    return [(note, header, count) for (note, header), count in ordered]
