"""A file → text rows with their positions, in the format of its feed.

Belongs here: which reader a format has. Does not belong here: the readers (`csv_reading`, `json_reading`,
`workbook_reader`), the meaning of values (`values`), which file is which delivery (`landing`). Nothing is repaired
silently: a file that cannot be read completely is `Held`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.contracts.model import Feed
from pipelines.delivery.compression import contents
from pipelines.delivery.csv_reading import read_csv
from pipelines.delivery.decoding import refuse_disguise
from pipelines.delivery.json_reading import read_json, read_ndjson
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
