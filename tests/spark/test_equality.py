"""A build on Spark publishes what a build in DuckDB publishes.

Belongs here: what needs Spark itself. `make test` leaves these out (pyspark is 430 MB and needs Java);
`make test-spark` runs them.
"""

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import run_sihe
from tests.spark.compare import differences

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("world", ["district", "odd"])
def test_spark_publishes_what_duckdb_publishes(world: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    built: tuple[Path, Path, str] = request.getfixturevalue(world)
    home = tmp_path / "home"
    shutil.copytree(built[0], home, symlinks=True)
    by_duckdb = tmp_path / "by_duckdb.duckdb"
    shutil.copyfile(home / "published" / "current.duckdb", by_duckdb)
    ran = run_sihe(home, "build", "--engine", "spark", env={"SIHE_INBOX": str(tmp_path / "inbox")}, seconds=3600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = differences(by_duckdb, (home / "published" / "current.duckdb").resolve())
    assert found.compared["marts.kpi_period"] > 1000
    assert found.rows == {}
    # The state is that of a complete build: DuckDB continues with the days that change.
    with duckdb.connect(str(home / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        left = working.execute(
            "select (select count(*) from ledger.change) + (select count(*) from work.rebuild)"
            " + (select count(*) from work.touched_cell) + (select count(*) from work.brought)"
        ).fetchall()
        is_whole = working.execute("select is_whole from ledger.build").fetchall()
    assert (left, is_whole) == ([(0,)], [(True,)])
