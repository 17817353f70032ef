"""One measured complete build of a home: `python -m tests.benchmarks.scale ENGINE HOME`.

Belongs here: making the build a complete one, its processor time and memory with all processes that it starts. Prints a
line of JSON: seconds, seconds that dbt's models took, processor time, peak memory, events loaded. Does not belong here:
the rows, the comparison of what was published.

A Java machine outlives the process that started it, so the kernel never adds it to its parent's use: all descendants
are looked at while they run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

EVERY_SECONDS = 0.25
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def main(engine: str, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse" / "sihe.duckdb")) as working:
        # Without a record of what was built from which code, DuckDB's build is a complete one too; Spark's always is.
        working.execute("delete from ledger.built_model")
        ((events,),) = working.execute("select count(*) from raw.command_centre__event").fetchall()
    started = time.time()
    command = [str(Path(sys.executable).parent / "sihe"), "build", "--force", "--engine", engine, "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    processor, peak = _watched(process)
    seconds = time.time() - started
    if process.returncode != 0:
        assert process.stdout is not None
        raise SystemExit(process.stdout.read())
    ran = home / "dbt" / ("spark" if engine == "spark" else "target") / "run_results.json"
    models = json.loads(ran.read_text(encoding="utf-8"))["elapsed_time"]
    found = {"seconds": seconds, "models": models, "processor": processor, "mib": peak / 1024**2, "events": events}
    print(json.dumps(found))


def _watched(process: subprocess.Popen[str]) -> tuple[float, float]:
    """Processor seconds and peak bytes of a process and all that it starts, until it ends."""
    used: dict[int, float] = {}
    known, peak = {process.pid}, 0
    while process.poll() is None:
        now = {pid: (parent, seconds, size) for pid, parent, seconds, size in _processes()}
        # A process stays known after its parent has ended.
        while added := {pid for pid, (parent, _, _) in now.items() if parent in known} - known:
            known |= added
        for pid in known & set(now):
            used[pid] = now[pid][1]
        peak = max(peak, sum(now[pid][2] for pid in known & set(now)))
        time.sleep(EVERY_SECONDS)
    return sum(used.values()), peak


def _processes() -> Iterator[tuple[int, int, float, int]]:
    """Id, parent, processor seconds, resident bytes of everything that runs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        ticks = int(fields[11]) + int(fields[12])
        yield int(folder.name), int(fields[1]), ticks / _TICKS, int(fields[21]) * _PAGE


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
