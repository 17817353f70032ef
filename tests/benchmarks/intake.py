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
from pipelines.delivery import landing, workbook_reader
from pipelines.intake import taking
from pipelines.settings import Settings
from pipelines.warehouse import store

from . import exports


def processor() -> float:
    """Processor seconds of this process, of all its threads, and of its children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def sihe(side: str, folder: Path, home: Path) -> dict[str, float]:
    """Loads the exports of a side with `taking.take`, checkpoint included; the product reports its own stages."""
    inbox = exports.file_of(side, folder).parent
    settings = Settings(home, inbox, Path(compiler.__file__).parent)
    contracts, _ = compiler.load_contracts(settings.contracts)
    feed = exports.event_feed(side)
    spent: dict[str, float] = {}

    def spend(stage: timings.Stage, seconds: float) -> None:
        spent[stage] = spent.get(stage, 0.0) + seconds

    arrivals = {one.business_date: [one] for one in landing.scan(inbox, [feed]) if one.business_date}
    with store.opened(settings, contracts) as opened, timings.listening(spend):
        begun, used = time.perf_counter(), processor()
        days = list(taking.take([feed], {feed.id: arrivals}, opened, settings, keys.Key(b"benchmark" * 4)))
        with timings.stage("store"):
            opened.connection.execute("checkpoint")
        seconds = time.perf_counter() - begun
        # The processor time of a process counts when it has ended.
        workbook_reader.end_waiting()
        whole = {"seconds": seconds, "processor": processor() - used}
    if held := [day.lines[0].reason for day in days if not day.in_force]:
        raise SystemExit(f"held: {held[0]}")
    lines = [line for day in days for line in day.in_force]
    fates = {
        "loaded": sum(line.rows_loaded for line in lines),
        "rejected": sum(line.rows_rejected for line in lines),
        "duplicate": sum(line.rows_duplicate for line in lines),
        "superseded": sum(line.rows_superseded for line in lines),
    }
    # The first, empty transaction is open while the file is archived, and a chunk of small deliveries is read while
    # another is stored: the stages may add up to more.
    rest = max(0.0, whole["seconds"] - sum(spent.values()))
    counts = {**fates, "rows": sum(line.rows_counted for line in lines), "deliveries": len(days)}
    return {**whole, **spent, "rest": rest, **counts}


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
