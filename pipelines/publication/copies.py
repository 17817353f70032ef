"""Copies of a generation for tools that cannot read DuckDB: Parquet or CSV of its tables.

Belongs here: what the copies contain and how they are written, from the finished file. Views are left out, because the
tables have their data; facts that are in files only stand for tables. Does not belong here: the workbook of the KPIs
(`workbook`), when copies are made, moved into place and deleted (`publish`, `query`), views of facts (`facts`).
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from unicodedata import category

import duckdb

from pipelines.publication import parts
from pipelines.publication.catalog import literal, quoted

# Some spreadsheets take a cell that begins like this for a formula: Excel treats full-width characters as ASCII, tabs
# and line ends hide one, and blanks and invisible characters may be removed before the file is opened.
_RISKY = tuple("=+-@＝＋－＠")
_ENDS = ("\t", "\r", "\n")
_UNSEEN_KINDS = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"
# The same for a whole column at once.
_FORMULA = rf"^([\t\r\n]|[\pC\pM\pZ{_UNSEEN}]*[=+@＝＋－＠-])"
_NUMBER_OR_TIME = re.compile(r"U?(BIG|HUGE|SMALL|TINY)?INT(EGER)?$|DECIMAL|DOUBLE$|FLOAT$|BOOLEAN$|DATE$|TIMESTAMP")


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table of the current database, a generation's finished file, as `<schema>/<table>.parquet`."""
    for schema, table, _ in _tables(connection):
        target = _target(folder, schema, f"{table}.parquet")
        connection.execute(f"copy {schema}.{table} to {target} (format parquet, compression zstd)")


def write_months(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    before: Path | None,
    changed: Mapping[str, Collection[parts.Part]],
) -> None:
    """Every table of the current database as `<schema>/<table>.parquet`; a table with parts as a folder with a file a
    month, `<schema>/<table>/<yyyy-mm>.parquet`.

    before: the copies of the generation that this one was made from, if it was. changed: by table, the parts that
    differ from it; the copies of the others are links to its files. Facts that are in files only are left out:
    publication has written them.
    """
    for schema, table, columns in _tables(connection, "duckdb_tables()"):
        name = f"{schema}.{table}"
        day = parts.day_of(name, [column for column, _ in columns])
        write_table(connection, name, name, day, folder, before, changed.get(name))


def write_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: str,
    day: str | None,
    folder: Path,
    before: Path | None,
    changed: Collection[parts.Part] | None,
    *,
    is_sorted: bool = False,
) -> list[Path]:
    """One table by its name with schema, from rows, a table or a query in brackets; returns its files.

    changed: null if that is not known. is_sorted: whether each file is sorted by its columns.
    """
    schema, _, table = name.partition(".")
    differ = None if changed is None else {_month(part) for part in changed}
    files = _files(connection, rows, folder / schema, table, day)
    for month, target in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        is_same = before is not None and differ is not None and month not in differ
        if is_same and before is not None and _linked(before / target.relative_to(folder), target):
            continue
        only = _of_month(day, month) if day else "true"
        order = " order by all" if is_sorted else ""
        query = f"select * from {rows} where {only}{order}"
        connection.execute(f"copy ({query}) to {literal(target)} (format parquet, compression zstd)")
    return list(files.values())


def _month(part: parts.Part) -> parts.Part:
    return part and part.replace(day=1)


def _of_month(day: str, month: date | None) -> str:
    if month is None:
        return f"{day} is null"
    return f"{day} >= date '{month}' and {day} < date '{(month + timedelta(days=31)).replace(day=1)}'"


def _files(
    connection: duckdb.DuckDBPyConnection, rows: str, folder: Path, table: str, day: str | None
) -> dict[parts.Part, Path]:
    """The files of a table by part; one without rows if it has none."""
    if day is None:
        return {None: folder / f"{table}.parquet"}
    months = connection.execute(f"select distinct date_trunc('month', {day})::date from {rows} order by 1").fetchall()
    return {
        month: folder / table / (f"{month:%Y-%m}.parquet" if month else "no-day.parquet")
        for (month,) in months or [(None,)]
    }


def _linked(file: Path, to: Path) -> bool:
    """Whether it could be linked: not every file system has links, and somebody may have deleted a copy."""
    try:
        to.hardlink_to(file)
    except OSError:
        return False
    return True


def write_csv(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table as `<schema>/<table>.csv`, for spreadsheets: with a byte order mark, and no text can be a formula."""
    for schema, table, columns in _tables(connection):
        listed: list[str] = []
        for name, data_type in columns:
            own, text = quoted(name), f"{quoted(name)}::varchar"
            safe_text = f"case when regexp_matches({text}, '{_FORMULA}') then chr(39) || {text} else {text} end"
            # Without the mark before the first name, Excel reads Chinese in the wrong encoding.
            head = quoted(safe(name) if listed else f"\ufeff{safe(name)}")
            listed.append(f"{own if _NUMBER_OR_TIME.match(data_type) else safe_text} as {head}")
        query = f"select {', '.join(listed)} from {schema}.{table}"
        connection.execute(f"copy ({query}) to {_target(folder, schema, f'{table}.csv')} (format csv, header)")


def _tables(
    connection: duckdb.DuckDBPyConnection, which: str = parts.TABLES
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Schema, table, its columns with their types. which: without facts that are in files already, if it is only
    `duckdb_tables()`."""
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and (schema_name, table_name) in (select (t.schema_name,"
        f" t.table_name) from {which} as t where t.database_name = current_database())"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    return [
        (schema, table, [(name, data_type) for _, _, name, data_type in group])
        for (schema, table), group in groupby(rows, key=lambda row: row[:2])
    ]


def _target(folder: Path, schema: str, name: str) -> str:
    (folder / schema).mkdir(exist_ok=True)
    return literal(folder / schema / name)


def safe(text: str) -> str:
    """Adds a leading apostrophe to text that a spreadsheet could take for a formula."""
    seen = next((sign for sign in text if sign not in _UNSEEN and category(sign) not in _UNSEEN_KINDS), "")
    return f"'{text}" if seen in _RISKY or text.startswith(_ENDS) else text
