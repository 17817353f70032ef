"""A file → text rows with their positions, in the format of its feed.

Belongs here: which reader a format has. Does not belong here: the readers (`csv_reading`, `json_reading`,
`workbook_reader`, and for large files `csv_pieces` and `json_pieces`), the meaning of values (`values`), which file is
which delivery (`landing`). Nothing is repaired silently: a file that cannot be read completely is `Held`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.contracts.model import Feed
from pipelines.delivery import pieces
from pipelines.delivery.compression import contents
from pipelines.delivery.csv_pieces import CsvInPieces
from pipelines.delivery.csv_reading import read_csv
from pipelines.delivery.decoding import is_utf8, refuse_disguise
from pipelines.delivery.json_pieces import LinesInPieces, RowsInPieces
from pipelines.delivery.json_reading import read_json, read_ndjson
from pipelines.delivery.pieces import InPieces
from pipelines.delivery.text_table import Held, TextTable, counted
from pipelines.delivery.workbook_reader import Workbooks

_READERS: Mapping[str, Callable[[bytes, Feed], TextTable]] = {
    "csv": read_csv,
    "ndjson": read_ndjson,
    "json": read_json,
}


def read(path: Path, feed: Feed) -> TextTable:
    """The records of `feed` in the file at `path`; raises Held if the file cannot be read completely.

    A workbook is read in its own child process; `Workbooks` reads many with one process.
    """
    if feed.format == "xlsx":
        with Workbooks() as workbooks:
            (found,) = workbooks.read(path, [feed])
        if isinstance(found, Held):
            raise found
        return found
    data = contents(path)
    refuse_disguise(data, feed)
    return counted(_READERS[feed.format](data, feed))


def in_pieces(feed: Feed, size: int) -> InPieces | None:
    """How a file of so many bytes is read in pieces; null if it is read as a whole."""
    if not pieces.is_worth_it(size):
        return None
    if feed.format == "json":
        # In other encodings, the bytes of a bracket may be part of a character.
        return RowsInPieces(feed) if is_utf8(feed.encoding) else None
    kinds: Mapping[str, Callable[[Feed], InPieces]] = {"csv": CsvInPieces, "ndjson": LinesInPieces}
    kind = kinds.get(feed.format)
    return kind(feed) if kind and pieces.is_cut_by_lines(feed) else None
