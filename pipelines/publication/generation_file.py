"""The file of a generation, written from the working file: as a whole, or from the generation before.

Belongs here: which tables and views are published, their order, what is copied from the earlier file. Does not belong
here: names, checks, copies and the pointer (`publish`), which generation can be continued (`earlier`).
"""

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

import duckdb

from pipelines import progress
from pipelines.districts import district
from pipelines.publication import catalog, earlier, facts, functions, parts, restated, restatements, small_cells
from pipelines.settings import Settings
from pipelines.warehouse.database_file import offline_config

SCHEMAS = ("marts", "meta")
# DuckDB 1.5 can open this version; tools of that version refuse newer files.
STORAGE_VERSION = "v1.5.0"
# Of each file its own, written with its catalog.
_OF_EVERY_FILE = {"meta.build", "meta.catalog"}
# A figure in doubt is not praised. Here, because findings of a night can put older figures in doubt, which no build
# computes again.
_BAND = """
case
    when band = 'better' and (kpi_id, org_level, org_code, as_of) in
        (select (kpi_id, org_level, org_code, as_of) from marts.kpi_doubt) then 'same'
    else band
end
"""
_BUILD_COMMENTS = {
    "generation": "发布代次 · Generation",
    "built_at": "发布时间（北京时间） · When it was published, Beijing time",
    "data_from": "数据起始日 · First business date loaded",
    "data_through": "数据截止日 · Newest business date loaded",
    "is_demo": "是否演示数据 · Whether these are demo data",
    "code_version": "口径与模型版本 · Fingerprint of contracts, models and KPI registry",
}

Descriptions: TypeAlias = Sequence[tuple[str, str, str, str]]
"""Schema, table, column (empty for the table itself), description."""


class NotPublishable(RuntimeError):
    """The built tables violate a guarantee; the previous publication stays in force."""


@dataclass(frozen=True)
class Build:
    """What `meta.build` says beside the days."""

    generation: str
    built_at: datetime
    is_demo: bool
    code_version: str


@dataclass(frozen=True)
class Written:
    """row_counts: by table. views: their names, those that are functions included. span: first and last day. before:
    the generation that this one was made from; null if it was written as a whole. changed: by table, the parts that
    differ from it. prints: the fingerprints of all parts, if it was made from another."""

    row_counts: dict[str, int]
    views: list[str]
    span: tuple[date | None, date | None]
    shape: str
    before: earlier.Earlier | None = None
    changed: Mapping[str, Collection[parts.Part]] = field(default_factory=dict)
    prints: parts.Prints = field(default_factory=dict)


def write(settings: Settings, to: Path, build: Build, said: Descriptions, seen: Sequence[Path]) -> Written:
    """Writes a new file from the working one, and beside it the facts that stay in files; raises NotPublishable if it
    cannot be as it has to be.

    said: descriptions of tables that are not of dbt, beside those of its models. seen: published files, the one that
    readers see first.
    """
    # Not read-only: if a killed build left a log next to the file, DuckDB must replay it first.
    with duckdb.connect(str(settings.working_db), config=offline_config()) as connection:
        facts.beside(connection, to.parent)
        shape = earlier.shape(connection, settings, build.code_version, said)
        before = earlier.find(seen[0] if seen else None, shape)
        changes = _changes(connection, before, build) if before else None
        if before is None or changes is None:
            before = None
            connection.execute(f"attach {catalog.literal(to)} as pub (storage_version '{STORAGE_VERSION}')")
        else:
            shutil.copyfile(before.file, to)
            connection.execute(f"attach {catalog.literal(to)} as pub")
        progress.reached("copying.begun")
        if before is None or changes is None:
            counts, views = _write_whole(connection, settings, to, build, said, seen)
        else:
            counts, views = _replace(connection, settings, to, before, changes)
        first, last = connection.execute("select min(date_day), max(date_day) from marts.dim_date").fetchall()[0]
        row = (build.generation, build.built_at, first, last, build.is_demo, build.code_version)
        connection.execute("insert into pub.meta.build values (?, ?, ?, ?, ?, ?)", row)
    if changes is None:
        return Written(counts, views, (first, last), shape)
    return Written(counts, views, (first, last), shape, before, changes.parts, changes.prints)


def _write_whole(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    to: Path,
    build: Build,
    said: Descriptions,
    seen: Sequence[Path],
) -> tuple[dict[str, int], list[str]]:
    """Everything, sorted; returns the tables with their numbers of rows, and the views."""
    (working,) = connection.execute("select current_database()").fetchall()[0]
    sources = _sources(connection)
    in_files = _in_files(settings, sources)
    row_counts = {
        source.name: facts.write(connection, source, to.with_suffix("")) if source.name in in_files
        else _copy(connection, source)
        for source in sources
    }  # fmt: skip
    _refuse_other_types(connection, [source for source in sources if source.name in in_files])
    row_counts |= small_cells.write_counts(connection, "pub")
    row_counts |= restatements.write(connection, "pub", seen, (build.generation, build.built_at))
    views = _copy_views(connection)
    _create_build(connection)
    connection.execute("use pub")
    # One transaction: a thousand comments in separate transactions take five seconds.
    connection.execute("begin")
    _say_descriptions(connection, settings.descriptions, said)
    views += catalog.add_current(connection)
    views += restated.add_view(connection)
    catalog.describe(connection)
    functions.replace_views(connection)
    connection.execute("commit")
    connection.execute(f"use {catalog.quoted(working)}")
    return row_counts, views


@dataclass(frozen=True)
class _Changes:
    """The tables to publish, their fingerprints, and the parts that differ from the earlier file, by table."""

    sources: list[parts.Source]
    prints: parts.Prints
    parts: Mapping[str, Collection[parts.Part]]


def _changes(connection: duckdb.DuckDBPyConnection, before: earlier.Earlier, build: Build) -> _Changes | None:
    """Null if the earlier file has other tables."""
    sources = _sources(connection)
    prints = dict(parts.prints(connection, sources))
    days = parts.differing(restatements.NUMBERS, before.prints, prints)
    # The tables that are not of dbt.
    connection.execute("attach ':memory:' as made")
    connection.execute("create schema made.marts")
    small_cells.write_counts(connection, "made")
    restatements.write(connection, "made", [before.file], (build.generation, build.built_at), days)
    computed = parts.of_tables(parts.tables(connection, "made"), "made.")
    prints |= parts.prints(connection, computed)
    if prints.keys() != before.prints.keys() - _OF_EVERY_FILE:
        return None
    sources += computed
    return _Changes(sources, prints, {one.name: parts.differing(one.name, before.prints, prints) for one in sources})


def _replace(
    connection: duckdb.DuckDBPyConnection, settings: Settings, to: Path, before: earlier.Earlier, changes: _Changes
) -> tuple[dict[str, int], list[str]]:
    """In a copy of the earlier file, the parts that differ; returns the tables with their numbers of rows, and the
    views."""
    in_files = _in_files(settings, changes.sources)
    for source in changes.sources:
        changed = changes.parts[source.name]
        if source.name in in_files:
            facts.write(connection, source, to.with_suffix(""), before.copies, changed)
        elif changed:
            parts.replace(connection, source, f"pub.{source.name}", changed, changes.prints)
        if changed:
            _prove(connection, source, changed, changes.prints)
    connection.execute("delete from pub.meta.build")
    counts = {name: sum(rows for rows, _ in found.values()) for name, found in changes.prints.items()}
    return counts, _views(connection)


def _prove(
    connection: duckdb.DuckDBPyConnection, source: parts.Source, changed: Collection[parts.Part], now: parts.Prints
) -> None:
    """Raises NotPublishable if the parts that were written are not what was to be written."""
    only = parts.within(source.day, changed) if source.day else "true"
    written = parts.Source(source.name, f"select * from pub.{source.name} where {only}", source.day)
    found = parts.prints(connection, [written])[source.name]
    if found != {part: print_ for part, print_ in now[source.name].items() if part in changed}:
        raise NotPublishable(f"{source.name}: other rows are read than were written")


def _views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The views of an earlier file, those that are functions included."""
    found = connection.execute(
        "select schema_name || '.' || view_name from duckdb_views()"
        " where database_name = 'pub' and schema_name in ('marts', 'meta')"
        " union select schema_name || '.' || function_name from duckdb_functions()"
        " where database_name = 'pub' and function_type = 'table_macro' order by all"
    ).fetchall()
    return [name for (name,) in found if name.split(".")[0] in SCHEMAS]


def _sources(connection: duckdb.DuckDBPyConnection) -> list[parts.Source]:
    """The tables of the working file that are published, with the rows that are published of each."""
    (working,) = connection.execute("select current_database()").fetchall()[0]
    tables = parts.tables(connection, working)
    sources = []
    for name, columns in tables.items():
        if name.partition(".")[0] in SCHEMAS:
            rows = f"select {small_cells.columns_of(connection, name)} from {name}"
            if name == "marts.kpi_period" and "marts.kpi_doubt" in tables:
                rows = f"select * replace ({_BAND} as band) from ({rows})"
            sources.append(parts.Source(name, rows, parts.day_of(name, columns)))
    return sources


def _in_files(settings: Settings, sources: Sequence[parts.Source]) -> set[str]:
    """The tables that are published as files only."""
    if facts.place(settings) == district.DATABASE:
        return set()
    if "," in str(settings.published):
        raise NotPublishable(f"{settings.published}: with facts: parquet the path can have no comma; move the home")
    return {source.name for source in sources if parts.is_fact(source.name)}


def _refuse_other_types(connection: duckdb.DuckDBPyConnection, in_files: Sequence[parts.Source]) -> None:
    """Parquet does not have every type of DuckDB."""
    for source in in_files:
        wanted, found = (
            connection.execute(f"select column_name, column_type from (describe {rows})").fetchall()
            for rows in (source.rows, f"from pub.{source.name}")
        )
        for (column, kind), (_, other) in zip(wanted, found, strict=True):
            if kind != other:
                raise NotPublishable(
                    f"{source.name}.{column}: Parquet has {other} in place of {kind}; cast it in the model, or say"
                    " facts: database in district.yaml"
                )


def _copy(connection: duckdb.DuckDBPyConnection, source: parts.Source) -> int:
    """One table, sorted by its columns: rows that are read together (a KPI, an org, its days) are stored together."""
    connection.execute(f"create schema if not exists pub.{source.name.partition('.')[0]}")
    connection.execute(f"create table pub.{source.name} as {source.rows} order by all")
    return int(connection.execute(f"select count(*) from pub.{source.name}").fetchall()[0][0])


def _copy_views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The views, by their names; raises NotPublishable if one needs a table that is not published.

    A view's text has no database name, so readers may open or attach the file under any name. Views that depend on
    others are created after them, in any order of the catalog.
    """
    (working,) = connection.execute("select current_database()").fetchall()[0]
    pending: list[tuple[str, str, str]] = connection.execute(
        "select schema_name, view_name, sql from duckdb_views()"
        " where database_name = current_database() and schema_name in ('marts', 'meta') order by all"
    ).fetchall()
    names = [f"{schema}.{view}" for schema, view, _ in pending]
    for schema, _, _ in pending:
        connection.execute(f"create schema if not exists pub.{schema}")
    connection.execute("use pub")
    while pending:
        refused = []
        for schema, view, text in pending:
            try:
                connection.execute(text)
            except duckdb.CatalogException as error:
                refused.append((schema, view, text))
                reason = f"{schema}.{view} cannot be read from published tables alone: {error}"
        if len(refused) == len(pending):
            raise NotPublishable(reason)
        pending = refused
    connection.execute(f"use {catalog.quoted(working)}")
    return names


def _say_descriptions(connection: duckdb.DuckDBPyConnection, file: Path, said: Descriptions) -> None:
    """Writes the descriptions of dbt's models, and those given, as comments of what is published."""
    described = [*(json.loads(file.read_text(encoding="utf-8")) if file.exists() else []), *said]
    kinds = {
        (one.schema, one.table, one.column): "" if one.column else one.data_type
        for one in catalog.read_entries(connection)
    }
    for schema, table, column, text in described:
        if (kind := kinds.get((schema, table, column))) is not None:
            catalog.say(connection, kind, schema, table, column, text)


def _create_build(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists pub.meta")
    connection.execute(
        "create table pub.meta.build (generation varchar, built_at timestamp, data_from date, data_through date,"
        " is_demo boolean, code_version varchar)"
    )
    connection.execute("comment on table pub.meta.build is '本代发布：只有一行 · One row a file: this generation'")
    for column, comment in _BUILD_COMMENTS.items():
        connection.execute(f"comment on column pub.meta.build.{column} is '{comment}'")
