"""Rows of one large delivery that wait on disk to be stored, so that memory holds only a few of them.

Belongs here: writing treated rows piece by piece, and the statement that stores them. Does not belong here: what the
rows are (`intake`), transactions (`store`). Parquet takes a quarter of the space of Arrow's format, and DuckDB reads it
on all cores.

A file has exactly the rows of one row group of DuckDB, so that each core fills row groups completely. With smaller
files every core left one half empty, and the checkpoint often merged them, which means compressing and writing them
again: of 500,000 events a quarter of the time of storing them, and a database half as large again.
"""

import contextlib
import io
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipelines.warehouse.database_file import MEMORY_LIMIT
from pipelines.warehouse.ledger import Line

_PREFIX = ".rows-"
# A row group of DuckDB; how many of them every core keeps; what the rest of the statement needs.
_GROUP_ROWS, _GROUPS_A_CORE, _REST_BYTES = 122_880, 1.5, 300 << 20


class Spool:
    """Treated rows in a folder of their own, which `close` deletes. height: the rows that are to be stored."""

    def __init__(self, beside: Path) -> None:
        beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
        self._lock = threading.Lock()
        self._waiting: list[pl.DataFrame] = []
        self._files: dict[str, int] = {}
        """Every file with the number of its first row, which is its least."""
        self._empty: pl.DataFrame | None = None
        self._left_out: list[int] = []
        self._rows = self._bytes = 0

    @property
    def height(self) -> int:
        return self._rows - len(self._left_out)

    def write(self, rows: pl.DataFrame) -> None:
        """Adds a piece: `_row_number`, ascending, and the stored columns. Pieces come in any order, and threads may
        write at once. Rows wait in memory until they fill a row group of DuckDB."""
        with self._lock:
            self._empty = rows.head(0)
            self._waiting += [rows] if rows.height else []
            self._rows += rows.height
            self._bytes += int(rows.estimated_size())
            groups = []
            while sum(one.height for one in self._waiting) >= _GROUP_ROWS:
                groups.append(self._group())
        for group in groups:
            self._write(group)

    def _group(self) -> pl.DataFrame:
        """The rows of the next file, which wait no longer, in the order of their numbers."""
        waiting = pl.concat(sorted(self._waiting, key=_first_number))
        left = waiting[_GROUP_ROWS:]
        self._waiting = [left] if left.height else []
        return waiting.head(_GROUP_ROWS)

    def _write(self, rows: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        rows.write_parquet(buffer, compression="lz4", statistics=False, row_group_size=_GROUP_ROWS)
        first = _first_number(rows)
        file = self._folder / f"{first}.parquet"
        file.write_bytes(buffer.getbuffer())
        self._files[str(file)] = first

    def _write_rest(self) -> None:
        while self._waiting:
            self._write(self._group())

    def leave_out(self, row_numbers: Sequence[int]) -> None:
        """Rows that are not stored after all, because other rows with their keys are."""
        self._left_out = list(row_numbers)

    def head(self, count: int) -> pl.DataFrame:
        """The first rows that are stored."""
        self._write_rest()
        found = self._empty if self._empty is not None else pl.DataFrame()
        for file, first in sorted(self._files.items(), key=lambda item: item[1]):
            if found.height == count and found["_row_number"][-1] < first:
                break
            rows = pl.read_parquet(file, n_rows=count + len(self._left_out))
            rows = rows.filter(~rows["_row_number"].is_in(self._left_out))
            found = pl.concat([found, rows]).sort("_row_number").head(count)
        return found

    def store(self, connection: duckdb.DuckDBPyConnection, table: str, line: Line) -> None:
        """Inserts the rows, which are those of this line, into a table of schema `raw`."""
        self._write_rest()
        if self._empty is None or not self._files:
            return
        names, files = ", ".join(self._empty.columns), list(self._files)
        with self._little_memory(connection):
            # In one statement: DuckDB would write row groups that are not full again at its checkpoint.
            connection.execute(
                f"insert into raw.{table} ({names}, _business_date, _file_name)"
                f" select {names}, $day, $file from read_parquet($files)"
                " where _row_number not in (select unnest($left_out::bigint[]))",
                {"day": line.business_date, "file": line.file_name, "files": files, "left_out": self._left_out},
            )

    @contextlib.contextmanager
    def _little_memory(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Lets DuckDB keep what it needs to write the rows, not what it has written: five million events took 1.2 GB,
        and take 0.5 GB."""
        query = "select parse_formatted_bytes(current_setting('memory_limit')), current_setting('threads')"
        ((limit, threads),) = connection.execute(query).fetchall()
        needed = _REST_BYTES + int(_GROUPS_A_CORE * threads * _GROUP_ROWS * self._bytes / max(self._rows, 1))
        # What is in use already may be more: then the limit stays as it is.
        with contextlib.suppress(duckdb.OutOfMemoryException):
            connection.execute(f"set memory_limit = '{min(needed, limit)}B'")
        try:
            yield
        finally:
            # If the statement failed, the connection may refuse this one too; the error of the statement counts.
            with contextlib.suppress(duckdb.Error):
                connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _first_number(rows: pl.DataFrame) -> int:
    return int(rows["_row_number"][0])


def with_origin(frames: Sequence[tuple[Line, pl.DataFrame]]) -> pl.DataFrame:
    """The rows of several lines as they are stored: all at once, because a frame costs 0.15 ms even for few rows."""
    # What only looks at the database does without.
    import numpy as np  # noqa: PLC0415

    is_alike = len({tuple(rows.columns) for _, rows in frames}) == 1
    rows = pl.concat([rows for _, rows in frames], how="vertical" if is_alike else "diagonal")
    of_line = np.repeat(np.arange(len(frames)), [rows.height for _, rows in frames])
    days = pl.Series([line.business_date for line, _ in frames], dtype=pl.Date)
    names = pl.Series([line.file_name for line, _ in frames], dtype=pl.String)
    return rows.with_columns(_business_date=days.gather(of_line), _file_name=names.gather(of_line))


def sweep(folder: Path) -> None:
    """Deletes what a killed run has left. Only while holding the lock."""
    for leftover in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
