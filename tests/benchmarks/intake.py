"""One measured load of an export into a fresh database; prints the measurements as JSON.

Belongs here: Sihe's side and the bare one, each as a separate program. The time is measured inside, so neither side
includes starting Python, importing libraries and opening the database. Does not belong here: dlt's side, which has its
own environment (`dlt_load`); repeating, comparing, writing down (`compare_intake`).

    python -m tests.benchmarks.intake sihe SIDE FOLDER HOME
    python -m tests.benchmarks.intake bare FORMAT FOLDER HOME
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

from pipelines import keys, timings
from pipelines.contracts import compiler
from pipelines.delivery import landing
from pipelines.intake import taking
from pipelines.settings import Settings
from pipelines.warehouse import store

from . import exports


def processor() -> float:
    """Processor seconds of this process, of all its threads, and of its children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def sihe(side: str, folder: Path, home: Path) -> dict[str, float]:
    """Loads the export with `taking.take`, checkpoint included; the product reports its own stages."""
    file = exports.file_of(side, folder)
    settings = Settings(home, file.parent, Path(compiler.__file__).parent)
    contracts, _ = compiler.load_contracts(settings.contracts)
    feed = exports.event_feed(side)
    spent: dict[str, float] = {}

    def spend(stage: timings.Stage, seconds: float) -> None:
        spent[stage] = spent.get(stage, 0.0) + seconds

    (arrival,) = landing.scan(file.parent, [feed])
    with store.opened(settings, contracts) as opened, timings.listening(spend):
        begun, used = time.perf_counter(), processor()
        (settled,) = taking.take(
            [feed], {feed.id: {exports.DAY: [arrival]}}, opened, settings, keys.Key(b"benchmark" * 4)
        )
        with timings.stage("store"):
            opened.connection.execute("checkpoint")
        whole = {"seconds": time.perf_counter() - begun, "processor": processor() - used}
    if not settled.in_force:
        raise SystemExit(f"held: {settled.lines[0].reason}")
    (line,) = settled.in_force
    fates = {"loaded": line.rows_loaded, "rejected": line.rows_rejected, "duplicate": line.rows_duplicate}
    # The first, empty transaction is open while the file is archived: the stages may add up to slightly more.
    rest = max(0.0, whole["seconds"] - sum(spent.values()))
    return {**whole, **spent, "rest": rest, **fates, "superseded": line.rows_superseded, "rows": line.rows_counted}


def bare(kind: str, folder: Path, home: Path) -> dict[str, float]:
    """DuckDB's own load of the same rows with given column types and nothing else."""
    file = folder / ("bare.csv" if kind == "xlsx" else f"bare.{kind}")
    types = json.loads((folder / "types.json").read_text(encoding="utf-8"))
    how = {
        ".csv": "read_csv(?, columns = {}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        " escape = '\"', new_line = '\\n', nullstr = '')",
        ".ndjson": "read_json(?, columns = {}, format = 'newline_delimited')",
        ".json": "read_json(?, columns = {}, format = 'array')",
    }[file.suffix]
    with duckdb.connect(str(home / "bare.duckdb")) as connection:
        connection.execute("set preserve_insertion_order = false")
        begun, used = time.perf_counter(), processor()
        connection.execute(f"create table event as from {how.format(types)}", [str(file)])
        connection.execute("checkpoint")
        whole = {"seconds": time.perf_counter() - begun, "processor": processor() - used}
        rows = connection.execute("select count(*) from event").fetchall()[0][0]
    return {**whole, "rows": rows}


if __name__ == "__main__":
    program, which, exported, place = sys.argv[1:5]
    run = {"sihe": sihe, "bare": bare}[program]
    print(json.dumps(run(which, Path(exported), Path(place))))
