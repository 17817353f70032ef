"""One measured load of the same csv by `dlt` into a fresh DuckDB file; prints the measurements as JSON.

Belongs here: dlt's two paths, as its documentation shows them. The only change of its settings: column names keep their
Chinese characters (dlt would replace them by underscores, which makes them equal). Runs in an environment with dlt and
without this project. Does not belong here: making that environment, comparing (`compare_intake`).

    python -m tests.benchmarks.dlt_load arrow|rows CSV TYPES_JSON HOME ROWS
"""

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

LIBRARIES = ("dlt", "duckdb", "pyarrow")


def arrow_tables(file: Path, types: dict[str, str]) -> Iterator[Any]:
    """The file's rows as typed Arrow batches, read by pyarrow; an empty field is null."""
    import pyarrow as pa
    import pyarrow.csv

    known = {"BIGINT": pa.int64(), "DOUBLE": pa.float64(), "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32()}
    options = pa.csv.ConvertOptions(
        column_types={name: known.get(kind, pa.string()) for name, kind in types.items()},
        strings_can_be_null=True,
        null_values=[""],
    )
    with pa.csv.open_csv(file, convert_options=options) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])


def dictionaries(file: Path, rows: int) -> Iterator[dict[str, str | None]]:
    """The file's first rows as the standard library reads them, all text; an empty field is null."""
    with file.open(encoding="utf-8", newline="") as source:
        for row in islice(csv.DictReader(source), rows):
            yield {name: value or None for name, value in row.items()}


def load(path: str, file: Path, types: dict[str, str], home: Path, rows: int) -> dict[str, float]:
    """Extract, normalise and load, into a DuckDB file that is checkpointed as dlt closes it."""
    os.environ |= {
        "DLT_DATA_DIR": str(home),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "SCHEMA__NAMING": "duck_case",
    }
    import dlt  # type: ignore[import-not-found, unused-ignore]
    import duckdb
    from dlt.common.runtime import (  # type: ignore[import-not-found, unused-ignore]
        anon_tracker,
    )

    # Otherwise it writes an id outside of `home`, although it sends nothing.
    anon_tracker.get_anonymous_id = lambda: ""
    database = home / "dlt.duckdb"
    pipeline = dlt.pipeline(
        "events", pipelines_dir=str(home), destination=dlt.destinations.duckdb(str(database)), dataset_name="bench"
    )
    read = arrow_tables(file, types) if path == "arrow" else dictionaries(file, rows)
    begun, used = time.perf_counter(), time.process_time()
    pipeline.run(dlt.resource(read, name="event")).raise_on_failed_jobs()
    whole = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - used}
    with duckdb.connect(str(database)) as connection:
        found = connection.execute("select count(*) from bench.event").fetchall()[0][0]
    return {**whole, "rows": found}


if __name__ == "__main__":
    if sys.argv[1] == "versions":
        print(", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    else:
        which, export, typed, place, size = sys.argv[1:6]
        known_types = json.loads(Path(typed).read_text(encoding="utf-8"))
        print(json.dumps(load(which, Path(export), known_types, Path(place), int(size))))
