"""Querying a published generation as an analyst does, and comparing two of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.publication import facts
from pipelines.publication.functions import FUNCTIONS, everything

Checksums = Mapping[str, tuple[int, str]]

# The only columns that may differ between two publications of the same deliveries. The time of receipt is not among
# them: it belongs to the file, independent of when it was loaded.
EXEMPT = {
    "meta.build.generation": "the publication's name, made of the time at which it was made",
    "meta.build.built_at": "the time at which it was made",
}
# The one table that may differ, with its view: it says what was published before, so it depends on when deliveries were
# published.
HISTORY, HISTORY_VIEW = "marts.kpi_restatement", "marts.kpi_restated"

# The rows that may differ: what is late changes at the hour at which platforms deliver.
OF_THE_CLOCK = ("meta.check_result", "check_name = 'fresh' and business_date is null")


def ask(home: Path, query: str, parameters: list[object] | None = None) -> list[tuple[Any, ...]]:
    """Rows of one query over what the link names."""
    # Attached, not opened: the pages under test keep the same file open with their own settings.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'published' / 'current.duckdb'}' as generation (read_only)")
        connection.execute("use generation")
        facts.beside(connection, home / "published")
        return connection.execute(query, parameters or []).fetchall()


def checksums(home: Path) -> Checksums:
    """Every table, view and function of the marts and of meta, except HISTORY and its view → (rows, checksum of its
    rows in any order, every column except EXEMPT and every row except those OF_THE_CLOCK).

    They are equal only if the rows are equal to the last bit: a number is written with as many digits as are needed to
    identify it. Views of schema zh show the same columns again.
    """
    asked = (
        f"select '{table}', count(*), {_sum(_row(columns))} from {_rows(table)}"
        for table, columns in _compared(home).items()
    )
    return {table: (rows, told) for table, rows, told in ask(home, " union all ".join(asked))}


def history(home: Path) -> list[tuple[Any, ...]]:
    """Every restatement, in one order."""
    return ask(home, f"from {HISTORY} order by all")


def differences(home: Path, other: Path) -> list[str]:
    """The columns in which two homes' tables and views differ, to find the cause."""
    found: list[str] = []
    columns, theirs_whole = _compared(home), checksums(other)
    for table in (table for table, told in checksums(home).items() if told != theirs_whole.get(table)):
        sums = ", ".join(map(_sum, columns[table]))
        ours, theirs = (ask(one, f"select {sums} from {_rows(table)}")[0] for one in (home, other))
        found += [f"{table}.{column}" for column, a, b in zip(columns[table], ours, theirs, strict=True) if a != b]
    return found


def _compared(home: Path) -> dict[str, list[str]]:
    """Table, view or function → its columns."""
    columns: dict[str, list[str]] = {}
    for name in FUNCTIONS:
        columns[name] = [column for column, *_ in ask(home, f"describe from {everything(name)}")]
    for table, column in ask(
        home,
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where schema_name in ('marts', 'meta') and not internal order by schema_name, table_name, column_index",
    ):
        if f"{table}.{column}" not in EXEMPT and table not in (HISTORY, HISTORY_VIEW):
            columns.setdefault(table, []).append(column)
    return columns


def _rows(table: str) -> str:
    """The rows that are compared, as something to select from."""
    whose, condition = OF_THE_CLOCK
    return f"(from {table} where not ({condition}))" if table == whose else everything(table)


def _row(columns: Sequence[str]) -> str:
    return f"row({', '.join(columns)})"


def _sum(value: str) -> str:
    """The SQL for the sum of an expression over all rows, independent of their order."""
    return f"coalesce(sum(hash(({value})::varchar)::hugeint), 0)::varchar"
