"""Spark's tables in the working database: with the types of their models, and only as declared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.lake import bringing


def manifest(columns: dict[str, str]) -> dict[str, Any]:
    def node(schema: str, name: str, materialized: str, declared: dict[str, str]) -> dict[str, Any]:
        return {
            "unique_id": f"model.sihe.{name}",
            "resource_type": "model",
            "schema": schema,
            "alias": name,
            "config": {"materialized": materialized, "contract": {"enforced": bool(declared)}},
            "columns": {column: {"name": column, "data_type": kind} for column, kind in declared.items()},
        }

    nodes = [
        node("marts", "kpi_daily", "incremental", columns),
        node("marts", "kpi_change", "view", {}),
        node("work", "stale_cell", "table", {}),
        {"unique_id": "test.sihe.one", "resource_type": "test", "config": {"materialized": "test"}},
    ]
    return {"nodes": {one["unique_id"]: one for one in nodes}}


@pytest.fixture
def working() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema work")
        yield connection


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    parts = {
        "kpi_daily": ["select 2 as n, 'b' as kpi_id", "select 1 as n, 'a' as kpi_id"],
        "stale_cell": ["select 3 as x"],
    }
    for schema, name in (("marts", "kpi_daily"), ("work", "stale_cell")):
        folder = tmp_path / "built" / f"{schema}.db" / name
        folder.mkdir(parents=True)
        (folder / "_SUCCESS").touch()
        for number, query in enumerate(parts[name]):
            duckdb.execute(f"copy ({query}) to '{folder}/part-{number:05}.snappy.parquet' (format parquet)")
    return tmp_path


def test_a_table_has_the_columns_and_types_of_its_model_and_the_order_of_its_files(
    working: duckdb.DuckDBPyConnection, lake: Path
) -> None:
    assert bringing.bring(working, lake, manifest({"kpi_id": "varchar", "n": "bigint"})) == 3
    described = working.sql("describe marts.kpi_daily").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [("kpi_id", "VARCHAR"), ("n", "BIGINT")]
    assert working.sql("from marts.kpi_daily").fetchall() == [("b", 2), ("a", 1)]


def test_what_was_brought_is_listed_and_takes_the_place_of_a_view(
    working: duckdb.DuckDBPyConnection, lake: Path
) -> None:
    working.execute("create view work.stale_cell as select 1 as former")
    bringing.bring(working, lake, manifest({"kpi_id": "varchar", "n": "bigint"}))
    bringing.bring(working, lake, manifest({"kpi_id": "varchar", "n": "bigint"}))
    assert working.sql("from work.stale_cell").fetchall() == [(3,)]
    brought = working.sql("from work.brought order by all").fetchall()
    assert brought == [("model.sihe.kpi_daily",), ("model.sihe.stale_cell",)]


@pytest.mark.parametrize("columns", [{"kpi_id": "varchar"}, {"kpi_id": "varchar", "n": "bigint", "more": "date"}])
def test_a_table_with_other_columns_is_refused(
    working: duckdb.DuckDBPyConnection, lake: Path, columns: dict[str, str]
) -> None:
    with pytest.raises(
        bringing.NotAsContracted, match=r"marts\.kpi_daily: Spark has built n, kpi_id; the model declares"
    ):
        bringing.bring(working, lake, manifest(columns))


def test_a_value_that_does_not_fit_the_declared_type_is_an_error(
    working: duckdb.DuckDBPyConnection, lake: Path
) -> None:
    with pytest.raises(duckdb.ConversionException):
        bringing.bring(working, lake, manifest({"kpi_id": "bigint", "n": "bigint"}))
