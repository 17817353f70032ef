"""Complete runs, the real command with Dagster and dbt, that are killed and started again.

Belongs here: killing a run, and the required result of the next one. Does not belong here: the steps of a small
installation (`site`).
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import get_args

from pipelines import progress
from tests.conftest import SIHE, run_sihe
from tests.faults.site import UNACCOUNTED
from tests.walk.published import ask, checksums

BUILDING = [step for step in get_args(progress.Step) if step.startswith("building.")]
KILLED = -signal.SIGKILL
KILLING = Path(__file__).parent / "killing"


def kill_at(step: str) -> dict[str, str]:
    """The environment in which a process ends at a step: `copying.written`, or `copying.written:3` at the third
    time."""
    return {"PYTHONPATH": str(KILLING), "KILLED_AT": step}


def killed_after(seconds: float, home: Path, inbox: Path) -> bool:
    """A run that is killed with its process group after a while, as at a power cut; returns whether it was still
    running."""
    command = [str(SIHE), "run", "--home", str(home), "--inbox", str(inbox)]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
        return run.wait() == KILLED


def as_new(done: Path, home: Path) -> Path:
    """An installation that has loaded nothing yet. It has the same key, because otherwise the tokens differ, and dbt's
    manifest."""
    for part in ("keys", "dbt"):
        shutil.copytree(done / part, home / part)
    return home


def finished(home: Path, inbox: Path, done: Path) -> None:
    """The next run ends in exactly the tables of an uninterrupted one."""
    ran = run_sihe(home, "run", "--inbox", str(inbox), seconds=3600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert checksums(home) == checksums(done)
    of = "select state, count(*), sum(rows_counted), sum(rows_loaded) from meta.delivery group by 1 order by 1"
    assert ask(home, of) == ask(done, of)
    assert ask(home, f"select file_name from meta.delivery where {UNACCOUNTED}") == []
