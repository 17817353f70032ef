"""What the lake has after it was written: the rows of the working database, each feed-day in a file of its own."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import settings
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.lake import writing
from pipelines.lake.writing import Written

MANIFEST: dict[str, Any] = {
    "nodes": {"model.sihe.stale_cell": {"schema": "work", "alias": "stale_cell", "resource_type": "model"}}
}


def feed(name: str) -> Feed:
    """A packaged feed under another name: the lake reads only the names."""
    contracts, _ = load_contracts(settings.SHIPPED_CONTRACTS)
    return replace(contracts[0].feeds[0], platform="platform", name=name)


@pytest.fixture
def working() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema ledger; create schema work")
        connection.execute("create table raw.platform__event (id varchar, hours decimal(18, 2), _business_date date)")
        connection.execute(
            "insert into raw.platform__event values"
            " ('a', 1.5, '2026-01-01'), ('b', null, '2026-01-01'), ('b', null, '2026-01-02')"
        )
        connection.execute("create table ledger.delivery as select 1 as delivery_id")
        connection.execute("create table work.rebuild as select 'full refresh' as reason")
        connection.execute("create table work.stale_cell as select 1 as of_the_last_build")
        yield connection


def write(working: duckdb.DuckDBPyConnection, lake: Path) -> Written:
    return writing.write(working, lake, [feed("event")], MANIFEST)


def rows(lake: Path) -> list[tuple[object, ...]]:
    files = lake / "raw" / "platform" / "event" / "*" / "*.parquet"
    return duckdb.execute(f"select * from read_parquet('{files}', hive_partitioning = true) order by all").fetchall()


def files(lake: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in sorted((lake / "raw").rglob("*.parquet"))}


def test_rows_are_partitioned_by_business_date(working: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert write(working, lake) == Written(2, 2, 0)
    assert rows(lake) == working.sql("from raw.platform__event order by all").fetchall()
    assert {file.parent.name for file in files(lake)} == {"_business_date=2026-01-01", "_business_date=2026-01-02"}
    assert stat.S_IMODE(lake.stat().st_mode) == 0o700


def test_the_tables_beside_them_are_those_that_no_model_makes(
    working: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    write(working, tmp_path)
    found = {str(file.relative_to(tmp_path / "tables")) for file in (tmp_path / "tables").rglob("*.parquet")}
    assert found == {"ledger/delivery/rows.parquet", "work/rebuild/rows.parquet"}


@pytest.mark.parametrize(
    ("change", "written"),
    [
        ("select 1", Written(2, 0, 0)),
        ("update raw.platform__event set id = 'c' where _business_date = '2026-01-02'", Written(2, 1, 0)),
        ("insert into raw.platform__event values ('a', 1.5, '2026-01-01')", Written(2, 1, 0)),
        ("insert into raw.platform__event values ('a', 1.5, '2026-01-03')", Written(3, 1, 0)),
        ("delete from raw.platform__event where _business_date = '2026-01-01'", Written(1, 0, 1)),
        ("alter table raw.platform__event add column note varchar", Written(2, 2, 0)),
        ("alter table raw.platform__event alter hours type decimal(18, 3)", Written(2, 2, 0)),
    ],
)
def test_only_feed_days_that_changed_are_written_again(
    working: duckdb.DuckDBPyConnection, tmp_path: Path, change: str, written: Written
) -> None:
    write(working, tmp_path)
    before = files(tmp_path)
    working.execute(change)
    assert write(working, tmp_path) == written
    kept = [file for file, at in files(tmp_path).items() if before.get(file) == at]
    assert len(kept) == written.partitions - written.written
    names = [name for name, *_ in working.sql("describe raw.platform__event").fetchall()]
    assert sorted(rows(tmp_path), key=str) == sorted(
        working.sql(
            f"select {', '.join(sorted(names, key=lambda name: name == '_business_date'))} from raw.platform__event"
        ).fetchall(),
        key=str,
    )


def test_rows_in_another_order_are_the_same_feed_day(working: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(working, tmp_path)
    working.execute("create or replace table raw.platform__event as from raw.platform__event order by all desc")
    assert write(working, tmp_path).written == 0


def test_what_an_interrupted_call_left_is_put_right(working: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(working, tmp_path)
    folder = tmp_path / "raw" / "platform" / "event"
    first, second = sorted(folder.glob("_business_date=*"))
    next(second.glob("*.parquet")).unlink()  # deleted, and nothing in its place yet
    (first / "0123-0.parquet").write_bytes(b"another version")
    (folder / writing._COMING / "_business_date=2026-01-02").mkdir(parents=True)
    assert write(working, tmp_path) == Written(2, 2, 0)
    assert rows(tmp_path) == working.sql("from raw.platform__event order by all").fetchall()
    assert {entry.name for entry in folder.iterdir()} == {first.name, second.name}


def test_a_feed_without_rows_has_an_empty_folder_and_one_without_a_contract_none(
    working: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    working.execute("create table raw.platform__none (id varchar, _business_date date)")
    write(working, tmp_path)
    assert writing.write(working, tmp_path, [feed("none")], MANIFEST) == Written(0, 0, 0)
    assert {folder.name for folder in (tmp_path / "raw" / "platform").iterdir()} == {"none"}


def test_what_spark_built_of_other_rows_is_removed(working: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "built" / "marts.db" / "kpi_daily").mkdir(parents=True)
    write(working, tmp_path)
    assert not (tmp_path / "built").exists()


def test_removing_leaves_what_is_not_of_the_lake(working: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "somebody's.txt").write_text("own")
    write(working, tmp_path)
    writing.remove(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"somebody's.txt"}
