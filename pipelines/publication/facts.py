"""Facts that are published as Parquet only: views of the same names and columns over the generation's copies.

Belongs here: whether a home wants them, writing them, which files their views read, and what a connection needs to read
them. Does not belong here: how rows become files (`copies`), which parts changed (`parts`), how long generations and
their copies are kept (`publish`).

A view names its files by their paths below the folder of the published file, so that the folder can be moved. DuckDB
looks for them where the process runs, then in `file_search_path`.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.districts import district
from pipelines.publication import catalog, copies, parts
from pipelines.settings import Settings


def place(settings: Settings) -> str:
    """Where the home wants its facts, in the words of district.yaml; raises DistrictError."""
    named = district.load(settings)
    return district.DATABASE if named is None else named.facts


def write(
    connection: duckdb.DuckDBPyConnection,
    source: parts.Source,
    folder: Path,
    before: Path | None = None,
    changed: Collection[parts.Part] = (),
) -> int:
    """Writes the files of a fact, and its view into the attached `pub`; returns the number of rows.

    folder: of the generation's copies, beside its file. before: the copies of the generation that this one is made
    from, whose view is replaced; changed: the parts that differ from it.
    """
    differ = changed if before else None
    rows = f"({source.rows})"
    made = copies.write_table(connection, source.name, rows, source.day, folder, before, differ, is_sorted=True)
    paths = ", ".join(catalog.literal(file.relative_to(folder.parent).as_posix()) for file in made)
    schema, _, view = source.name.partition(".")
    connection.execute(f"create schema if not exists pub.{schema}")
    said = connection.execute(
        "select '', comment from duckdb_views() where database_name = 'pub' and (schema_name, view_name) = ($1, $2)"
        " union all select column_name, comment from duckdb_columns()"
        " where database_name = 'pub' and (schema_name, table_name) = ($1, $2)",
        [schema, view],
    ).fetchall()
    # One transaction: in separate ones the comments take seconds.
    connection.execute("begin")
    connection.execute(
        f"create or replace view pub.{source.name} as select * from read_parquet([{paths}], hive_partitioning = false)"
    )
    for column, comment in said:
        if comment is not None:
            catalog.say(connection, "view", f"pub.{schema}", view, column, comment)
    connection.execute("commit")
    return int(connection.execute(f"select count(*) from pub.{source.name}").fetchall()[0][0])


def files(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The files that views of the current database, a generation, read: paths below the folder of its file."""
    found = connection.execute(
        r"select unnest(regexp_extract_all(sql, '''([^'']+\.parquet)''', 1)) from duckdb_views()"
        f" where database_name = current_database() and {parts.OF_FILES}"
    ).fetchall()
    return [path for (path,) in found]


def beside(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Lets a connection read the views of generations in this folder."""
    connection.execute(f"set global file_search_path = {catalog.literal(published)}")


def allow(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Lets a connection to a generation read what its views need, and no other file, once external access is off.
    Raises duckdb.IOException if a file is not there: later that would be a question of rights.

    DuckDB asks for each file twice: as the view says it, and where it was found.
    """
    beside(connection, published)
    paths = []
    for name in files(connection):
        if not (published / name).is_file():
            raise duckdb.IOException(f"{published / name}: a file of the generation is not there")
        paths += [name, str(published / name)]
    if paths:
        connection.execute(f"set global allowed_paths = [{', '.join(map(catalog.literal, paths))}]")
