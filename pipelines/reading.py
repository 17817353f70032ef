"""A file → text rows with their positions, by its feed's format.

Belongs here: which reader a format has. Does not belong here: the readers (`csv_reading`, `json_reading`,
`workbooks`), what a value means (`checking`), which file is which delivery (`landing`). Nothing is repaired silently:
what cannot be read whole is `Held`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.contract import Feed
from pipelines.csv_reading import read_csv
from pipelines.decoding import refuse_disguise
from pipelines.json_reading import read_json, read_ndjson
from pipelines.text_table import Held, TextTable, counted
from pipelines.workbooks import Workbooks

_READERS: Mapping[str, Callable[[bytes, Feed], TextTable]] = {
    "csv": read_csv,
    "ndjson": read_ndjson,
    "json": read_json,
}


def read(path: Path, feed: Feed) -> TextTable:
    """The records of `feed` in the file at `path`; raises Held where the file cannot be read whole.

    A workbook is read in a child process that is started for it: `Workbooks` reads many with one.
    """
    if feed.format == "xlsx":
        with Workbooks() as workbooks:
            (found,) = workbooks.read(path, [feed])
        if isinstance(found, Held):
            raise found
        return found
    data = path.read_bytes()
    refuse_disguise(data, feed)
    return counted(_READERS[feed.format](data, feed))
