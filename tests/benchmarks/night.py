"""A night in two warehouses, one ten times as old as the other, and where the time of a night goes.

Belongs here: preparing the two installations, one new day in a copy of each, and reading the timestamps that such a run
leaves behind. Does not belong here: what the days hold (`exports`), repeating and writing down (`run`).
"""

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from . import measure
from .measure import Outcome

STAGES = {
    "start": "Python, imports without Dagster, contracts",
    "scan": "opening the warehouse, inbox scan",
    "dagster import": "Dagster imported, definitions loaded, job resolved",
    "intake": "intake: the inbox and two feeds",
    "dbt in dagster": "dagster-dbt before it starts dbt",
    "dbt start": "dbt start and parse",
    "dbt models": "dbt models and seeds",
    "dbt tests": "dbt tests",
    "dbt rest": "dbt's hooks, between nodes, end, and its events into Dagster",
    "publish": "publish",
    "dagster rest": "Dagster's own, the rest",
}


def copy_code(folder: Path) -> Path:
    """The code as it is now: a model edited meanwhile would make every later night rebuild everything."""
    code = folder / "code"
    ignored = shutil.ignore_patterns("target", "logs", "__pycache__", "sources.yml")
    for part in ("pipelines", "dbt_project"):
        shutil.copytree(measure.PROJECT_DIR / part, code / part, ignore=ignored)
    return code


def sihe(code: Path, home: Path, inbox: Path) -> Outcome:
    command = Path(sys.executable).parent / "sihe"
    return measure.run([str(command), "run", "--home", str(home), "--inbox", str(inbox)], code)


def prepare(folder: Path, code: Path, days: int) -> Callable[[], Outcome]:
    """Builds a warehouse of so many days; the answer runs the day after them in a fresh copy of it.

    Every run has its home at the same path: dbt parses everything anew when the path of its database changes.
    """
    base, inbox, home = folder / f"{days}-days", folder / f"{days}-inbox" / "inbox", folder / "home"
    measure.python("exports", "days", inbox, days)
    shutil.rmtree(home, ignore_errors=True)
    built = sihe(code, home, inbox)
    print(f"  built a warehouse of {days} days in {built.seconds:.0f} s", flush=True)
    home.rename(base)
    for new in (inbox.parent / "next").iterdir():
        new.rename(inbox / new.name)

    def night() -> Outcome:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(base, home)
        outcome = sihe(code, home, inbox)
        if not any(line.startswith("taking   2 files of 2 feeds") for _, line in outcome.lines):
            raise SystemExit(
                "the night did not take the two files of one day:\n" + "\n".join(line for _, line in outcome.lines)
            )
        cut = json.dumps(stages(home, outcome))
        return replace(outcome, lines=(*outcome.lines, (outcome.ended, cut)))

    return night


def stages(home: Path, outcome: Outcome) -> dict[str, float]:
    """The wall time of one run cut up without gaps, from what it printed, Dagster's events and dbt's run results."""
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
    models, publication = _steps(built)["models"], _steps(built)["publication"]
    found = {
        "start": first_word["inbox"] - outcome.started,
        "scan": first_word["taking"] - first_word["inbox"],
        "dagster import": taken[0][0] - first_word["taking"],
        "intake": sum(end - start for start, end in steps.values()),
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
