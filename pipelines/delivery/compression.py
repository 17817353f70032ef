"""How the archive keeps bytes: compressed with zstd, in a file whose name ends with `.zst`, or as they were delivered.

Belongs here: which bytes are worth compressing, compressing them, reading both forms. Does not belong here: the names
and the writing of files (`landing`). `zstd -d` reads a compressed file, too.

Exports of the demo district take a fifth of their size, workbooks are compressed already. Level 1 takes 0.3 ms for the
usual file of 100 KB, level 3 saves nothing more.
"""

import re
from pathlib import Path

from pipelines.delivery.decoding import ZIP
from pipelines.delivery.text_table import Held

SUFFIX = ".zst"
MOST_BYTES = 4 << 20
"""Larger files stay as they are: a large one is read in pieces while memory holds two of them, and compressing it would
cost an eighth of its intake."""
DAMAGED = "the archive's copy is damaged"
_LEAST_BYTES = 1 << 12  # The disk gives no file less.
_MOST_LEFT = 0.8
_NAME = re.compile(rf"[0-9a-f]{{64}}{re.escape(SUFFIX)}")


def compressed(data: bytes) -> bytes:
    # What only looks at the database does without: 70 MB.
    import pyarrow as pa  # noqa: PLC0415

    return bytes(pa.Codec("zstd", 1).compress(data, asbytes=True))


def worth_it(data: bytes) -> bytes | None:
    """The compressed bytes; null if the file had better stay as it is."""
    if not _LEAST_BYTES < len(data) <= MOST_BYTES or data.startswith(ZIP):
        return None
    small = compressed(data)
    return small if len(small) <= len(data) * _MOST_LEFT else None


def is_compressed(path: Path) -> bool:
    """Whether it is the name of a compressed file of the archive."""
    return _NAME.fullmatch(path.name) is not None


def contents(path: Path) -> bytes:
    """The bytes that were delivered, of a file of the archive or any other; raises Held if they cannot be restored."""
    data = path.read_bytes()
    if not is_compressed(path):
        return data
    import pyarrow as pa  # noqa: PLC0415

    try:
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            found = bytes(stream.read())
    except (OSError, ValueError):
        raise Held(DAMAGED) from None
    if not found:
        raise Held(DAMAGED)
    return found
