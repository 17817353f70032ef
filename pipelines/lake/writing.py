"""The working database → the lake: raw rows partitioned by platform, feed and business date; the ledger, the lists of
pending work and the seeds beside them.

Belongs here: which files the lake has before Spark starts. Does not belong here: rows themselves: they are those of the
working database, checked, accounted for and without personal data (`intake`).

    raw/<platform>/<feed>/_business_date=2026-11-20/<fingerprint>-0.parquet
    tables/<schema>/<table>/rows.parquet
    built/<schema>.db/<table>/…                 Spark's tables (`bringing`)

A partition's files are named after the fingerprint of its rows: a feed-day that has not changed is not written again,
and after an interruption the next call finds out by the names what is missing and what is too much.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts.model import Feed

RAW, TABLES, BUILT = "raw", "tables", "built"
PARTITION = "_business_date"
# Spark ignores names that begin with a dot.
_COMING = ".coming"


@dataclass(frozen=True)
class Written:
    """Partitions of raw rows that the lake has, and those that this call wrote and removed."""

    partitions: int
    written: int
    removed: int


def write(
    connection: duckdb.DuckDBPyConnection, lake: Path, feeds: Sequence[Feed], manifest: Mapping[str, Any]
) -> Written:
    """Makes the lake equal to the working database. The caller holds the warehouse's lock.

    manifest: dbt's, which says what a model is and what the ledger, a list or a seed. Spark's last result is
    removed: nothing of it is of these rows.
    """
    # Like the working database: only the owner reads rows. A folder that somebody else has made stays as it is.
    lake.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(lake / BUILT, ignore_errors=True)
    counts = [_write_feed(connection, lake / RAW / feed.platform / feed.name, feed.table) for feed in feeds]
    _remove_others(lake / RAW, {(feed.platform, feed.name) for feed in feeds})
    shutil.rmtree(lake / TABLES, ignore_errors=True)
    for schema, name in _tables(connection, manifest):
        file = lake / TABLES / schema / name / "rows.parquet"
        file.parent.mkdir(parents=True)
        connection.execute(f'copy {schema}."{name}" to {literal(file)} (format parquet, compression zstd)')
    return Written(*(sum(of_feed) for of_feed in zip(*counts, strict=True))) if counts else Written(0, 0, 0)


def _tables(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    models = {(one["schema"], one["alias"]) for one in manifest["nodes"].values() if one["resource_type"] == "model"}
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = current_database() and schema_name in ('ledger', 'work') order by all"
    ).fetchall()
    return [(schema, name) for schema, name in found if (schema, name) not in models]


def _write_feed(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> tuple[int, int, int]:
    """Partitions of a feed, those written, those removed."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / _COMING, ignore_errors=True)
    wanted = _fingerprints(connection, table)
    found: dict[str, set[str]] = {day.name.partition("=")[2]: set() for day in folder.glob(f"{PARTITION}=*")}
    for file in folder.glob(f"{PARTITION}=*/*.parquet"):
        found[file.parent.name.partition("=")[2]].add(file.stem.partition("-")[0])
    kept = {day for day, fingerprint in wanted.items() if found.get(day) == {fingerprint}}
    for day in found.keys() - kept:
        shutil.rmtree(folder / f"{PARTITION}={day}")
    changed = {day: wanted[day] for day in sorted(wanted.keys() - kept)}
    if changed:
        _write_partitions(connection, folder, table, changed)
    return len(wanted), len(changed), len(found.keys() - wanted.keys())


def _fingerprints(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Business date → fingerprint of its rows, whatever their order."""
    described = connection.execute(f"describe raw.{table}").fetchall()
    listed = ", ".join(f'"{name}"' for name, *_ in described)
    # Names and types too: a column may change while every value stays null.
    told = repr(described)
    rows = connection.execute(
        f"select {PARTITION}, md5(concat_ws(' ', $told, count(*), sum(hash({listed})::hugeint)))"
        f" from raw.{table} group by {PARTITION}",
        {"told": told},
    ).fetchall()
    return {day.isoformat(): fingerprint for day, fingerprint in rows}


def _write_partitions(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, fingerprints: Mapping[str, str]
) -> None:
    """Writes all into a folder that Spark does not see, then moves each partition to its place, complete."""
    connection.execute(
        f"copy (select * from raw.{table} where list_contains(?::date[], {PARTITION})) to {literal(folder / _COMING)}"
        f" (format parquet, compression zstd, partition_by ({PARTITION}))",
        [list(fingerprints)],
    )
    for day, fingerprint in fingerprints.items():
        coming = folder / _COMING / f"{PARTITION}={day}"
        for number, file in enumerate(sorted(coming.iterdir())):
            file.rename(coming / f"{fingerprint}-{number}.parquet")
        coming.rename(folder / coming.name)
    shutil.rmtree(folder / _COMING)


def _remove_others(raw: Path, known: set[tuple[str, str]]) -> None:
    """Feeds that no contract has any more."""
    for folder in raw.glob("*/*"):
        if (folder.parent.name, folder.name) not in known:
            shutil.rmtree(folder)


def remove(lake: Path) -> None:
    """Deletes all rows of the lake: the next build on Spark writes them again."""
    for part in (RAW, TABLES, BUILT):
        shutil.rmtree(lake / part, ignore_errors=True)


def literal(path: Path) -> str:
    """A path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"
