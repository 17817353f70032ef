"""Asking a published generation as an analyst does, and comparing two of them."""

from pathlib import Path
from typing import Any

import duckdb


def ask(home: Path, query: str, parameters: list[object] | None = None) -> list[tuple[Any, ...]]:
    """Rows of one query over what the link names."""
    # Attached, not opened: the pages under test keep the same file open with settings of their own.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'published' / 'current.duckdb'}' as generation (read_only)")
        connection.execute("use generation")
        return connection.execute(query, parameters or []).fetchall()


def checksums(home: Path) -> dict[str, tuple[int, str]]:
    """Table → (rows, order-free checksum of its canonical rows); what tells of the build itself is left out."""
    tables = ask(
        home,
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name in ('marts', 'meta') and table_name <> 'build' order by 1",
    )
    return {
        name: ask(home, f"select count(*), coalesce(sum(hash(row_text)::hugeint), 0)::varchar from"
                        f" (select {name.split('.')[1]}::varchar as row_text from {name})")[0]
        for (name,) in tables
    }  # fmt: skip
