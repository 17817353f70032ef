"""Compares two generations, row by row and column by column.

Belongs here: which rows differ. Does not belong here: building either.

    python -m tests.spark.compare BY_DUCKDB BY_SPARK
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

# When a generation was made, and what is said of those before it.
_OF_THE_GENERATION = {"meta.build", "marts.kpi_restatement"}


@dataclass(frozen=True)
class Differences:
    """compared: rows of each table. rows: table → how many rows only one of the two has; tables without any are left
    out. Every column is compared to its last bit."""

    compared: Mapping[str, int]
    rows: Mapping[str, int]


def differences(one: Path, other: Path) -> Differences:
    """Every published table of two generations."""
    with duckdb.connect() as connection:
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file}' as {name} (read_only)")
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'one'"
            " and schema_name in ('marts', 'meta') order by all"
        ).fetchall()
        compared, rows = {}, {}
        for (table,) in tables:
            if table in _OF_THE_GENERATION:
                continue
            ((compared[table],),) = connection.execute(f"select count(*) from one.{table}").fetchall()
            ((only,),) = connection.execute(
                f"select count(*) from ((from one.{table} except all from other.{table})"
                f" union all (from other.{table} except all from one.{table}))"
            ).fetchall()
            if only:
                rows[table] = only
    return Differences(compared, rows)


def main() -> None:
    found = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    for table, count in found.compared.items():
        print(f"{table:32} {count:>10,} rows, {found.rows.get(table, 0):>8,} of them or of the other's differ")


if __name__ == "__main__":
    main()
