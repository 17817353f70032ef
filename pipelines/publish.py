"""Working file → a new generation, the pointer, cleaning up old ones.

Belongs here: everything under `published/`. A generation is written under a new name, checked, made read-only and
never changed again; then the pointer moves. Readers follow the pointer and never see half a build.
Does not belong here: what the tables say (dbt's marts and meta).
"""

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.settings import GENERATIONS_KEPT, Settings, beijing_now
from pipelines.warehouse import offline_config

SCHEMAS = ("marts", "meta")
# What DuckDB 1.5 can open; tools of that line refuse newer files.
STORAGE_VERSION = "v1.5.0"

_UNACCOUNTED = """
select count(*) from meta.delivery
where rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded
"""
_BUILD_COMMENTS = {
    "generation": "发布代次 · Generation",
    "built_at": "发布时间（北京时间）· When it was published, Beijing time",
    "data_from": "数据起始日 · First business date loaded",
    "data_through": "数据截止日 · Newest business date loaded",
    "is_demo": "是否演示数据 · Whether these are demo data",
    "code_version": "口径与模型版本 · Fingerprint of contracts, models and KPI registry",
}


class NotPublishable(RuntimeError):
    """The built tables break a promise to readers; the publication before stays in force."""


@dataclass(frozen=True)
class Publication:
    """One generation: what `current.json` says of it, and how many rows each table has."""

    generation: str
    file: Path
    built_at: datetime
    data_from: date | None
    data_through: date | None
    row_counts: dict[str, int]


def publish(settings: Settings, code_version: str, *, is_demo: bool) -> Publication:
    """Copies the marts into a new generation and moves the pointer to it; raises NotPublishable if a check fails.

    The caller holds the warehouse's lock, and the build that made the tables was whole.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    built_at = beijing_now()
    generation = _free_name(settings.published, built_at)
    target = settings.published / f"sihe-{generation}.duckdb"
    temporary = settings.published / f".sihe-{generation}.tmp"
    for leftover in settings.published.glob(".sihe-*"):
        leftover.unlink()
    # Not read-only: a log that a killed build left beside the file must be replayed first.
    with duckdb.connect(str(settings.working_db), config=offline_config()) as connection:
        connection.execute(f"attach '{_quoted(temporary)}' as pub (storage_version '{STORAGE_VERSION}')")
        row_counts = {name: _copy(connection, *name.split(".")) for name in _tables(connection)}
        found = connection.execute("select min(date_day), max(date_day) from marts.dim_date").fetchall()[0]
        data_from, data_through = found
        _write_build(connection, (generation, built_at, data_from, data_through, is_demo, code_version))
        connection.execute("detach pub")
    publication = Publication(generation, target, built_at, data_from, data_through, row_counts)
    try:
        _check(temporary, publication)
        _sync(temporary)
        temporary.chmod(0o444)
        temporary.rename(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _point_to(settings.published, publication)
    _clean_up(settings.published, keep=target)
    return publication


def current(published: Path) -> dict[str, str | None] | None:
    """What the pointer says, or null where nothing has been published yet or the pointer cannot be read."""
    try:
        pointer = json.loads((published / "current.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return pointer if isinstance(pointer, dict) else None


def _free_name(folder: Path, at: datetime) -> str:
    name, suffix = at.strftime("%Y%m%d-%H%M%S"), 1
    while (folder / f"sihe-{name}.duckdb").exists():
        suffix += 1
        name = f"{at:%Y%m%d-%H%M%S}-{suffix}"
    return name


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_catalog = current_database() and table_schema in ('marts', 'meta') order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """One table with its comments, in the order of its columns: the same rows make the same file, and what is asked
    for together (a KPI, an org, its days) lies together."""
    name = f"{schema}.{table}"
    connection.execute(f"create schema if not exists pub.{schema}")
    connection.execute(f"create table pub.{name} as select * from {name} order by all")
    comments = connection.execute(
        "select null, comment from duckdb_tables() where schema_name = $s and table_name = $t"
        " and database_name = current_database() and comment is not null"
        " union all select null, comment from duckdb_views() where schema_name = $s and view_name = $t"
        " and database_name = current_database() and comment is not null"
        " union all select column_name, comment from duckdb_columns() where schema_name = $s and table_name = $t"
        " and database_name = current_database() and comment is not null",
        {"s": schema, "t": table},
    ).fetchall()
    for column, comment in comments:
        on = f"column pub.{name}.{column}" if column else f"table pub.{name}"
        connection.execute(f"comment on {on} is '{str(comment).replace(chr(39), chr(39) * 2)}'")
    return int(connection.execute(f"select count(*) from pub.{name}").fetchall()[0][0])


def _write_build(connection: duckdb.DuckDBPyConnection, row: tuple[object, ...]) -> None:
    connection.execute("create schema if not exists pub.meta")
    connection.execute(
        "create table pub.meta.build (generation varchar, built_at timestamp, data_from date, data_through date,"
        " is_demo boolean, code_version varchar)"
    )
    connection.execute("insert into pub.meta.build values (?, ?, ?, ?, ?, ?)", row)
    connection.execute("comment on table pub.meta.build is '本代发布 · This generation: one row'")
    for column, comment in _BUILD_COMMENTS.items():
        connection.execute(f"comment on column pub.meta.build.{column} is '{comment}'")


def _check(file: Path, publication: Publication) -> None:
    """Opens the finished file as a reader would, before any reader can."""
    with duckdb.connect(str(file), read_only=True, config=offline_config()) as connection:
        for name, expected in publication.row_counts.items():
            found = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            if found != expected:
                raise NotPublishable(f"{name}: {expected} rows were written, {found} are read")
        (unaccounted,) = connection.execute(_UNACCOUNTED).fetchall()[0]
        if unaccounted:
            raise NotPublishable(f"{unaccounted} deliveries have rows without a fate: see meta.delivery")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point_to(folder: Path, publication: Publication) -> None:
    pointer = {
        "generation": publication.generation,
        "file": publication.file.name,
        "built_at": publication.built_at.isoformat(sep=" ", timespec="seconds"),
        "data_from": publication.data_from.isoformat() if publication.data_from else None,
        "data_through": publication.data_through.isoformat() if publication.data_through else None,
    }
    temporary = folder / ".current.json.tmp"
    temporary.write_text(json.dumps(pointer, indent=2) + "\n", encoding="utf-8")
    _sync(temporary)
    temporary.replace(folder / "current.json")
    link = folder / ".current.duckdb.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(publication.file.name)
    link.replace(folder / "current.duckdb")
    _sync(folder)


def _clean_up(folder: Path, keep: Path) -> None:
    """Old generations go, the newest few stay for readers that are still on them."""
    generations = sorted(folder.glob("sihe-*.duckdb"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in generations[GENERATIONS_KEPT:]:
        if file != keep:
            file.unlink()
