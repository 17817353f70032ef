"""A night of the demo district in warehouses of several ages, and its time by stage.

Belongs here: the district's exports, building an installation with a number of days, one new day in a copy of it, and
reading the timestamps that such a run writes. Does not belong here: the content of the days (`sihe simulate`),
repeating and writing down (`compare_nights`).
"""

import json
import os
import re
import shutil
import sqlite3
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from . import measure
from .measure import Outcome

NIGHT = date(2025, 12, 31)
"""The measured business date, the same in every warehouse; on it the registers reach their totals."""

STAGES = {
    "start": "Python, imports without Dagster, contracts",
    "scan": "opening the warehouse, inbox scan",
    "dagster import": "Dagster imported, manifest parsed if need be, definitions loaded, job resolved",
    "intake": "intake: the inbox and all feeds",
    "judge": "judging the feeds",
    "dbt in dagster": "dagster-dbt before it starts dbt",
    "dbt start": "dbt start and parse",
    "dbt models": "dbt models and seeds",
    "dbt tests": "dbt tests",
    "dbt rest": "dbt's hooks, between nodes, end, and its events into Dagster",
    "publish": "publish",
    "dagster rest": "Dagster's own, the rest",
}


def copy_code(folder: Path) -> Path:
    """A copy of the current code: a model edited meanwhile would make every later night rebuild everything."""
    code = folder / "code"
    ignored = shutil.ignore_patterns("target", "logs", "__pycache__", "sources.yml", "exposures.yml")
    for part in ("pipelines", "dbt_project", "dashboards"):
        shutil.copytree(measure.PROJECT_DIR / part, code / part, ignore=ignored)
    return code


@dataclass(frozen=True)
class Base:
    """An installation with a number of days after its first intake, and an inbox with the night's exports."""

    days: int
    home: Path
    inbox: Path
    built: Outcome

    @property
    def rows(self) -> int:
        """Rows that the first intake loaded."""
        said = next(line for _, line in self.built.lines if line.startswith("taken "))
        return int(re.sub(r".* ([0-9,]+) rows loaded.*", r"\1", said).replace(",", ""))

    def exports(self) -> list[Path]:
        """The files of the night."""
        return list((self.inbox / NIGHT.isoformat()).iterdir())


def sihe(code: Path, *arguments: object) -> Outcome:
    command = Path(sys.executable).parent / "sihe"
    return measure.run([str(command), *map(str, arguments)], code)


def write_exports(folder: Path, code: Path, sizes: Sequence[int]) -> None:
    """The demo district's exports: for each size an inbox of the days before the night, and an inbox of the night.

    The files of a date are the same for every size. They are copies: an intake ignores a file that has a second name (a
    hard link).
    """
    exports, first = folder / "exports", NIGHT - timedelta(days=max(sizes))
    written = sihe(code, "simulate", "--from", first, "--to", NIGHT, "--inbox", exports)
    print(f"  {written.lines[-1][1]} in {written.seconds:.0f} s", flush=True)
    for days in sizes:
        for ago in range(days + 1):
            day = NIGHT - timedelta(days=ago)
            target = _place(folder, days) / ("inbox" if ago else "next") / day.isoformat()
            shutil.copytree(exports / day.isoformat(), target)


def prepare(folder: Path, code: Path, days: int) -> Base:
    """Loads a number of days by one `sihe run`, then puts the night's exports into the inbox."""
    place, home = _place(folder, days), folder / "home"
    inbox = place / "inbox"
    shutil.rmtree(home, ignore_errors=True)
    built = sihe(code, "run", "--home", home, "--inbox", inbox)
    print(f"  built a warehouse of {days} days in {built.seconds:.0f} s", flush=True)
    home.rename(place / "home")
    for new in (place / "next").iterdir():
        new.rename(inbox / new.name)
    return Base(days, place / "home", inbox, built)


def _place(folder: Path, days: int) -> Path:
    return folder / f"{days}-days"


def night(folder: Path, code: Path, base: Base, *, is_cold: bool = False) -> Outcome:
    """One new day of all feeds in a fresh copy of an installation; its last line has the time by stage.

    Every run has its home at the same path: dbt parses everything again if the path of its database changes. Cold:
    dbt's manifest must be parsed, and neither the installation nor the program is in the page cache.
    """
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(base.home, home, symlinks=True, ignore=shutil.ignore_patterns("archive"))
    # The archive's files never change: a second copy of gigabytes would only displace other files from memory.
    shutil.copytree(base.home / "archive", home / "archive", copy_function=os.link)
    if is_cold:
        shutil.rmtree(home / "dbt")
    os.sync()
    if is_cold:
        libraries = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platlib", "purelib")]
        for place in {home, base.inbox, code, *libraries}:
            drop_from_page_cache(place)
    outcome = sihe(code, "run", "--home", home, "--inbox", base.inbox)
    said = [line for _, line in outcome.lines]
    begins, ends = f"taking   {len(base.exports())} files of ", f" feeds, business dates {NIGHT} to {NIGHT}"
    if not any(line.startswith(begins) and line.endswith(ends) for line in said):
        raise SystemExit("\n".join([f"the night did not take the {len(base.exports())} files of one day:", *said]))
    cut = json.dumps(stages(home, outcome))
    return replace(outcome, lines=(*outcome.lines, (outcome.ended, cut)))


def drop_from_page_cache(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            handle = os.open(file, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def size_mib(folder: Path) -> float:
    """The size of a folder on the disk."""
    return sum(file.lstat().st_blocks for file in folder.rglob("*")) * 512 / 2**20


def stages(home: Path, outcome: Outcome) -> dict[str, float]:
    """The wall time of one run divided without gaps, from its output, Dagster's events and dbt's run results."""
    first_word = {line.split(" ")[0]: at for at, line in reversed(outcome.lines) if line}
    taken, built = (_events(file) for file in _run_logs(home, outcome.started))
    nodes = json.loads((home / "dbt" / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    kinds: dict[str, float] = {}
    for node in nodes:
        kind = node["unique_id"].split(".")[0]
        kinds[kind] = kinds.get(kind, 0.0) + node["execution_time"]
    starts = [datetime.fromisoformat(step["started_at"]).timestamp() for node in nodes for step in node["timing"]]
    run_dbt = next(at for at, _, _, said in built if said.startswith("Running dbt command"))
    steps = _steps(taken)
    after = _steps(built)
    models, publication = after.pop("models"), after.pop("publication")
    found = {
        "start": first_word["inbox"] - outcome.started,
        "scan": first_word["taking"] - first_word["inbox"],
        "dagster import": taken[0][0] - first_word["taking"],
        "intake": sum(end - start for start, end in steps.values()),
        "judge": sum(end - start for start, end in after.values()),
        "dbt in dagster": run_dbt - models[0],
        "dbt start": min(starts) - run_dbt,
        "dbt models": sum(kinds.get(kind, 0.0) for kind in ("model", "seed", "snapshot")),
        "dbt tests": kinds.get("test", 0.0),
    }
    found["dbt rest"] = models[1] - min(starts) - found["dbt models"] - found["dbt tests"]
    found["publish"] = publication[1] - publication[0]
    found["dagster rest"] = outcome.seconds - sum(found.values())
    return found


Event = tuple[float, str, str, str]
"""When, type, step, message."""


def _run_logs(home: Path, since: float) -> list[Path]:
    """The event logs of this run's two jobs, the earlier first."""
    logs = [file for file in (home / "dagster" / "history" / "runs").glob("*-*.db") if file.stat().st_mtime >= since]
    logs = [file for file in logs if (events := _events(file)) and events[0][0] >= since]
    return sorted(logs, key=lambda file: _events(file)[0][0])


def _events(file: Path) -> list[Event]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    rows = connection.execute(
        "select timestamp, dagster_event_type, step_key, json_extract(event, '$.user_message') from event_logs"
        " where dagster_event_type is null or dagster_event_type not like '%PLANNED' order by timestamp"
    ).fetchall()
    connection.close()
    return [
        (datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp(), kind or "", step or "", said or "")
        for at, kind, step, said in rows
    ]


def _steps(events: list[Event]) -> dict[str, tuple[float, float]]:
    started = {step: at for at, kind, step, _ in events if kind == "STEP_START"}
    return {step: (started[step], at) for at, kind, step, _ in events if kind == "STEP_SUCCESS"}
