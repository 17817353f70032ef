"""Decimals and doubles become each other on Spark as in DuckDB, to the last bit (dbt_project/macros/dialects.sql)."""

import random
import re
from importlib import import_module
from pathlib import Path

import duckdb
import jinja2
import pyarrow as pa
import pytest

from pipelines.settings import DBT_DIR

pytestmark = pytest.mark.spark

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
}


@pytest.mark.parametrize("scale", [6, 9])
def test_numbers_are_rounded_as_in_duckdb(scale: int, tmp_path: Path) -> None:
    dice = random.Random(scale)
    # Below 9e9: above, a decimal is made of the double's shortest text.
    numbers = [dice.uniform(-1, 1) * 10 ** dice.uniform(0, 9.95) for _ in range(20_000)]
    numbers += [dice.randint(0, 10**8) / 1e6 for _ in range(20_000)] + [0.0]
    source = (DBT_DIR / "macros" / "dialects.sql").read_text(encoding="utf-8")
    own = re.sub(r"adapter\.dispatch\('(\w+)', 'sihe'\)", r"spark__\1", source)
    macros = jinja2.Environment().from_string(own).module
    decimal, double = macros.spark__as_decimal("x", scale, 38), macros.spark__as_double("d", scale)  # type: ignore[attr-defined]
    # An extra, so neither imported above nor known to mypy.
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark, rows = builder.getOrCreate(), pa.table({"x": numbers})
    with duckdb.connect() as connection:
        try:
            connection.execute(f"copy rows to '{tmp_path}/numbers.parquet' (format parquet)")
            spark.read.parquet(f"{tmp_path}/numbers.parquet").createOrReplaceTempView("numbers")
            made = f"select x, d, {double} as e from (select x, {decimal} as d from numbers) as made"
            spark.sql(made).write.parquet(f"{tmp_path}/made")
        finally:
            spark.stop()
        assert rows.num_rows == len(numbers)
        kind = f"decimal(38, {scale})"
        found = connection.execute(
            f"select count(*), count(*) filter (where d is distinct from x::{kind}),"
            f" count(*) filter (where e is distinct from (x::{kind})::double) from '{tmp_path}/made/*.parquet'"
        ).fetchall()
    assert found == [(len(numbers), 0, 0)]
