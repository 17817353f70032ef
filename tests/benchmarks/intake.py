"""One measured load of an export in a fresh database; prints what it took as JSON.

Belongs here: the two sides of the comparison, each a program of its own, timed inside so that starting Python and
importing libraries count on neither side. Does not belong here: repeating, comparing, writing down (`run`).

    python -m tests.benchmarks.intake sihe FILE ENCODING FOLDER
    python -m tests.benchmarks.intake bare FILE FOLDER
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines import contract, intake, landing, privacy, warehouse
from pipelines.contract import Feed
from pipelines.settings import Settings

DAY = date(2025, 12, 31)


def event_feed() -> Feed:
    contracts = Path(contract.__file__).parent / "contracts"
    loaded = contract.load_contract(contracts / "command_centre.odcs.yaml")
    return next(feed for feed in loaded.feeds if feed.name == "event")


def sihe(file: Path, encoding: str, folder: Path) -> dict[str, float]:
    """Reads, checks, treats and stores the file as `intake.take` does; its stages are timed on the way."""
    settings = Settings(folder, file.parent, Path(contract.__file__).parent / "contracts")
    contracts, _ = contract.load_contracts(settings.contracts)
    feed = replace(event_feed(), encoding=encoding)
    key = privacy.Key(b"benchmark" * 4)
    spent: dict[str, float] = {}

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            begun = time.perf_counter()
            result = function(*arguments)
            spent[stage] = spent.get(stage, 0.0) + time.perf_counter() - begun
            return result

        return wrapped

    stages = ((intake, "read"), (intake, "check_all"), (privacy, "treat"), (privacy, "masked_rows"))
    for module, name in stages:
        setattr(module, name, timed(name, getattr(module, name)))
    arrival = next(one for one in landing.scan(file.parent, []) if one.path == file)
    line = warehouse.Line(
        1, feed.platform, feed.name, DAY, 1, "", file.name, "0" * 64, datetime(2026, 1, 1, 3), intake.LOADED
    )

    def store(found: intake.Digest, opened: warehouse.Warehouse) -> None:
        with opened.transaction():
            opened.write_lines([replace(line, rows_rejected=found.rejected.height)])
            opened.write_rejected([(line, found.rejected)])
            opened.replace_rows(feed.table, [(line, found.loaded)])
        opened.connection.execute("checkpoint")

    with warehouse.opened(settings, contracts) as opened:
        begun, processor = time.perf_counter(), time.process_time()
        found = intake.digest(file, feed, key)
        timed("store", store)(found, opened)
        whole = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - processor}
    if found.held_because:
        raise SystemExit(found.held_because)
    timed("archive", landing.archive)(arrival, settings.archive)
    counts = {"loaded": found.loaded.height, "rejected": found.rejected.height, "duplicate": found.duplicate_count}
    return {**whole, **spent, **counts, "superseded": found.superseded_count, "rows": found.row_count}


def bare(file: Path, folder: Path) -> dict[str, float]:
    """DuckDB's own load of the same columns with their types given, and nothing else asked of it."""
    types = {column.header: "VARCHAR" if column.codes else column.sql_type for column in event_feed().columns}
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        connection.execute("set preserve_insertion_order = false")
        begun, processor = time.perf_counter(), time.process_time()
        connection.execute(
            f"create table event as from read_csv('{file}', columns = {types}, auto_detect = false, header = true,"
            " delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '')"
        )
        connection.execute("checkpoint")
        whole = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - processor}
        rows = connection.execute("select count(*) from event").fetchall()[0][0]
    return {**whole, "rows": rows}


if __name__ == "__main__":
    side, export, *rest = sys.argv[1:]
    found = sihe(Path(export), rest[0], Path(rest[1])) if side == "sihe" else bare(Path(export), Path(rest[0]))
    print(json.dumps(found))
