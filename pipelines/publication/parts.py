"""Parts of a published table: its rows of one day. A generation has most parts in common with the one before.

Belongs here: which tables have parts, fingerprints that do not depend on the order of rows, writing only the parts
that differ. Does not belong here: which generation is continued (`earlier`), what is published (`publish`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import duckdb

Part: TypeAlias = date | None
"""A day; null: the rows without one, or a table that is one part."""
Prints: TypeAlias = Mapping[str, Mapping[Part, tuple[int, int]]]
"""By table and part: how many rows, and the sum of their hashes."""

# The day by which a table's rows arrive: a night changes those of the last weeks. Facts have the business date.
_DAYS: Mapping[str, str] = {
    "marts.event_stage": "entered_at",
    "marts.index_daily": "as_of",
    "marts.kpi_daily": "kpi_date",
    "marts.kpi_period": "as_of",
}
_DAY_OF_FACTS = "business_date"
FACTS = "fct_"
"""How the names of facts begin, in `marts`."""
OF_FILES = f"schema_name = 'marts' and starts_with(view_name, '{FACTS}') and contains(sql, 'read_parquet(')"
"""Of `duckdb_views()`: the facts whose rows are in Parquet files beside a generation. They stand for tables."""
TABLES = f"""(
    select database_name, schema_name, table_name from duckdb_tables()
    union all
    select database_name, schema_name, view_name from duckdb_views() where {OF_FILES}
)"""


@dataclass(frozen=True)
class Source:
    """A table to publish: its name with schema, the query for its rows, and the column of its parts' days."""

    name: str
    rows: str
    day: str | None


def day_of(name: str, columns: Collection[str]) -> str | None:
    """The column by whose days a table is written in parts; null if it is one part."""
    column = _DAYS.get(name, _DAY_OF_FACTS if is_fact(name) else "")
    return column if column in columns else None


def is_fact(name: str) -> bool:
    """Whether a table, by its name with schema, has rows of the deliveries."""
    return name.startswith(f"marts.{FACTS}")


def prints(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> Prints:
    """The fingerprints of all parts that have rows. Reads every value: an error of DuckDB if a block is damaged."""
    return {
        source.name: {
            part: (rows, total)
            for part, rows, total in connection.execute(
                f"select {_part(source.day)} as part, count(*), sum(hash(one)) from ({source.rows}) as one group by 1"
            ).fetchall()
        }
        for source in sources
    }


def differing(name: str, before: Prints, now: Prints) -> set[Part]:
    """The parts of a table that one of the two has otherwise, or not at all."""
    earlier, present = before.get(name, {}), now.get(name, {})
    return {part for part in {*earlier, *present} if earlier.get(part) != present.get(part)}


def replace(
    connection: duckdb.DuckDBPyConnection, source: Source, into: str, changed: Collection[Part], now: Prints
) -> None:
    """Writes these parts of a table again, each sorted by its columns; the whole table if they are most of it."""
    rows = {part: count for part, (count, _) in now[source.name].items()}
    is_most = 2 * sum(rows.get(part, 0) for part in changed) > sum(rows.values())
    only = "true" if source.day is None or is_most else within(source.day, changed)
    connection.execute(f"delete from {into} where {only}")
    connection.execute(f"insert into {into} select * from ({source.rows}) where {only} order by all")


def within(day: str, some: Collection[Part]) -> str:
    """SQL: whether a row belongs to one of these parts."""
    days = sorted(one for one in some if one)
    found = [f"{day} is null"] if None in some else []
    if days:
        # The bounds let DuckDB skip what lies outside of them.
        bounds = f"{day} >= date '{days[0]}' and {day} < date '{days[-1] + timedelta(days=1)}'"
        listed = ", ".join(f"date '{one}'" for one in days)
        found.append(f"({bounds} and {day}::date in ({listed}))")
    return f"({' or '.join(found)})" if found else "false"


def _part(day: str | None) -> str:
    return f"{day}::date" if day else "null::date"


def tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """The tables of a database, and the facts that are in files, by name with schema, with their columns."""
    found: dict[str, list[str]] = {}
    for name, column in connection.execute(
        "select one.schema_name || '.' || one.table_name, one.column_name from duckdb_columns() as one"
        f" semi join {TABLES} as tables using (database_name, schema_name, table_name)"
        " where one.database_name = ? order by one.schema_name, one.table_name, one.column_index",
        [database],
    ).fetchall():
        found.setdefault(name, []).append(column)
    return found


def of_tables(tables: Mapping[str, Sequence[str]], database: str = "") -> list[Source]:
    """Tables as they are, by name with schema, with their columns. database: where they are, with a dot at the end."""
    return [Source(name, f"select * from {database}{name}", day_of(name, columns)) for name, columns in tables.items()]
