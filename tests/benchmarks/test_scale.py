"""The section on sizes beyond a district with few rows; Spark's side is tests/spark."""

import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.lake import readiness

from . import compare_scale, nation, run
from .conftest import Found


def test_a_complete_build_and_a_sample_of_a_nation_are_measured(
    tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    options = ["--only", "scale", "--events", "400", "--communities", "20", "--runs", "1", "--page", str(page)]
    monkeypatch.setattr(sys, "argv", ["run", *options])
    monkeypatch.setattr(compare_scale, "DAYS", 100)
    monkeypatch.setattr(readiness, "missing", lambda: "not in this test")
    run.main()
    numbers = found["duckdb, 400 events"][0].numbers()
    assert 0 < numbers["models"] < numbers["seconds"] and numbers["processor"] > 1 and numbers["mib"] > 100
    assert numbers["events"] > 350
    sample = found["nation"][0].numbers()
    assert sample["rows"] > 20 * 100 * 50 and min(sample[name] for name in nation.QUERIES) > 0
    written = page.read_text(encoding="utf-8")
    assert "## Scale" in written and "Spark is not installed here" in written
    assert all(f"\n| {title} |" in written for title in compare_scale.QUERIES.values())


def test_the_sample_has_every_level_in_the_order_of_the_published_tables() -> None:
    levels = [level for level, _ in nation.places(400)]
    assert levels == sorted(levels) and set(levels) == {"nation", "province", "city", "district", "street", "community"}
    assert levels.count("community") == 400


def test_every_kpi_place_and_day_has_a_row(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "nation.duckdb")) as connection:
        rows, codes = nation._fill(connection, ["a", "b"], 5, 10, "kpi_daily")
        found = connection.execute(
            "select count(*), count(distinct (kpi_id, org_code, kpi_date)), min(kpi_date), max(kpi_date)"
            " from marts.kpi_daily"
        ).fetchall()
    assert found == [(rows, rows, nation.LAST.replace(day=22), nation.LAST)]
    assert set(codes) >= {"nation", "district", "community"}
