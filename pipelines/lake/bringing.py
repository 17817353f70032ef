"""Spark's tables → the working database, as if DuckDB had built them.

Belongs here: which columns and types they have there. Does not belong here: views and tests, which DuckDB's dbt makes
and runs on what was brought (`orchestration.spark_build`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.lake.writing import BUILT, literal


class NotAsContracted(RuntimeError):
    """A table of Spark has other columns than its model declares."""


@dataclass(frozen=True)
class Model:
    """A model whose rows are stored. columns: name → type as the model declares them; empty if it declares none."""

    unique_id: str
    schema: str
    name: str
    columns: Mapping[str, str]


def models(manifest: Mapping[str, Any]) -> Iterator[Model]:
    """The models of a manifest that are tables."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["config"]["materialized"] in ("table", "incremental"):
            is_contracted = node["config"]["contract"]["enforced"]
            columns = {one["name"]: one["data_type"] for one in node["columns"].values()} if is_contracted else {}
            yield Model(node["unique_id"], node["schema"], node["alias"], columns)


def bring(connection: duckdb.DuckDBPyConnection, lake: Path, manifest: Mapping[str, Any]) -> int:
    """Replaces the tables of all models by Spark's, in the order of Spark's files; returns their number of rows.

    The caller is in a transaction. `work.brought` lists the models for the end of the build, which is complete only
    with every model. Raises NotAsContracted.
    """
    connection.execute("create or replace table work.brought (unique_id varchar)")
    return sum(_bring_table(connection, lake, model) for model in models(manifest))


def _bring_table(connection: duckdb.DuckDBPyConnection, lake: Path, model: Model) -> int:
    files = lake / BUILT / f"{model.schema}.db" / model.name / "*.parquet"
    source = f"read_parquet({literal(files)})"
    found = [name for name, *_ in connection.execute(f"describe select * from {source}").fetchall()]
    if model.columns and sorted(found) != sorted(model.columns):
        raise NotAsContracted(
            f"{model.schema}.{model.name}: Spark has built {', '.join(found)}; the model declares"
            f" {', '.join(model.columns)}: see {files.parent}"
        )
    listed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in model.columns.items()) or "*"
    name = f'{model.schema}."{model.name}"'
    connection.execute(f"create schema if not exists {model.schema}")
    is_view = connection.execute(
        "select 1 from duckdb_views() where database_name = current_database() and schema_name = ? and view_name = ?",
        [model.schema, model.name],
    ).fetchall()
    if is_view:
        connection.execute(f"drop view {name}")
    connection.execute(f"create or replace table {name} as select {listed} from {source}")
    connection.execute("insert into work.brought values (?)", [model.unique_id])
    return int(connection.execute(f"select count(*) from {name}").fetchall()[0][0])
