"""Rows of one large delivery that wait on disk to be stored, so that memory holds only a few of them.

Belongs here: writing treated rows piece by piece, and the statement that stores them. Does not belong here: what the
rows are (`intake`), transactions (`store`). Parquet takes a quarter of the space of Arrow's format, and DuckDB reads it
on all cores.
"""

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipelines.warehouse.ledger import Line

_PREFIX = ".rows-"
# Rows of one statement. All at once take 200 MB more for a million rows; groups that do not fill row groups on all
# cores are written twice, at once and when the transaction commits.
_ROWS_A_STATEMENT = 500_000


class Spool:
    """Treated rows in a folder of their own, which `close` deletes. height: the rows that are to be stored."""

    def __init__(self, beside: Path) -> None:
        beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
        self._files: dict[int, str] = {}
        self._first: pl.DataFrame | None = None
        self._left_out: list[int] = []
        self._heights: dict[int, int] = {}

    @property
    def height(self) -> int:
        return sum(self._heights.values()) - len(self._left_out)

    def write(self, place: int, rows: pl.DataFrame) -> None:
        """Adds a piece: `_row_number` and the stored columns. place: orders the pieces. Threads may write at once."""
        self._first = rows.head(0)
        if rows.height:
            buffer = io.BytesIO()
            rows.write_parquet(buffer, compression="lz4", statistics=False)
            file = self._folder / f"{place}.parquet"
            file.write_bytes(buffer.getbuffer())
            self._files[place] = str(file)
            self._heights[place] = rows.height

    def leave_out(self, row_numbers: Sequence[int]) -> None:
        """Rows that are not stored after all, because other rows with their keys are."""
        self._left_out = list(row_numbers)

    def head(self, count: int) -> pl.DataFrame:
        """The first rows that are stored."""
        found = self._first if self._first is not None else pl.DataFrame()
        for _, file in sorted(self._files.items()):
            rows = pl.read_parquet(file)
            found = pl.concat([found, rows.filter(~rows["_row_number"].is_in(self._left_out))]).head(count)
            if found.height == count:
                break
        return found

    def store(self, connection: duckdb.DuckDBPyConnection, table: str, line: Line) -> None:
        """Inserts the rows, which are those of this line, into a table of schema `raw`."""
        if self._first is None:
            return
        names = ", ".join(self._first.columns)
        for files in self._groups():
            connection.execute(
                f"insert into raw.{table} ({names}, _business_date, _file_name)"
                f" select {names}, $day, $file from read_parquet($files)"
                " where _row_number not in (select unnest($left_out::bigint[]))",
                {"day": line.business_date, "file": line.file_name, "files": files, "left_out": self._left_out},
            )

    def _groups(self) -> Iterator[list[str]]:
        """The files of each statement."""
        group: list[str] = []
        rows = 0
        for place, file in sorted(self._files.items()):
            group.append(file)
            rows += self._heights[place]
            if rows >= _ROWS_A_STATEMENT:
                yield group
                group, rows = [], 0
        if group:
            yield group

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def with_origin(rows: pl.DataFrame, line: Line) -> pl.DataFrame:
    """Rows of this line as they are stored."""
    return rows.with_columns(
        _business_date=pl.lit(line.business_date, dtype=pl.Date), _file_name=pl.lit(line.file_name, dtype=pl.String)
    )


def sweep(folder: Path) -> None:
    """Deletes what a killed run has left. Only while holding the lock."""
    for leftover in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
