"""`kill -9` at every named point, then the next run: nothing lost, nothing twice, the same published tables.

Belongs here: processes that end in the middle of their work. Does not belong here: faults of disks and damaged files.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from pipelines import progress
from pipelines.settings import PROJECT_DIR
from pipelines.warehouse import journal
from pipelines.warehouse.database_file import connect
from pipelines.warehouse.lock import Busy
from tests.faults.interrupted import BUILDING, KILLED, kill_at
from tests.faults.site import Site, take
from tests.walk.published import ask, checksums

STEPS = get_args(progress.Step)
TAKING = [step for step in STEPS if step.split(".")[0] in ("taking", "parsing", "committing")]
PUBLISHING = [step for step in STEPS if step.split(".")[0] in ("copying", "pointing")]


def test_every_step_is_reached_at_one_place_of_the_sources() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (PROJECT_DIR / "pipelines").rglob("*.py")]
    found = {step: sum(text.count(f'progress.reached("{step}")') for text in sources) for step in STEPS}
    assert found == dict.fromkeys(STEPS, 1)
    assert sorted([*TAKING, *BUILDING, *PUBLISHING]) == sorted(STEPS)


# ---------------------------------------------------------------- taking, parsing, committing


@pytest.mark.parametrize("point", [*TAKING, "taking.archived:9", "committing.journalled:5", "committing.written:5"])
def test_a_killed_intake_is_finished_by_the_next(taken: Site, site: Site, point: str) -> None:
    assert site.step("take", kill_at(point)).returncode == KILLED
    take(site.here)
    assert site.state() == taken.state()
    assert not list(site.settings.archive.glob(".incoming-*"))
    entries = [entry.delivery for entry in journal.read(site.settings.journal)[0]]
    assert len(entries) == len(set(entries)) == taken.received()


def test_what_was_received_is_kept_even_where_the_inbox_forgets_it(taken: Site, site: Site) -> None:
    """Killed between journal and commit, and the file is gone before the next start."""
    assert site.step("take", kill_at("committing.journalled:3")).returncode == KILLED
    known = {entry.file_name for entry in journal.read(site.settings.journal)[0]}
    shutil.rmtree(site.settings.inbox)
    site.settings.inbox.mkdir()
    lines = site.lines()
    assert {line.file_name for line in lines} == known
    assert {"loaded"} < {line.state for line in lines}
    assert set(site.state()["delivery"]) <= set(taken.state()["delivery"]) | {
        row
        for row in site.state()["delivery"]
        if row[1] == "event"  # of a day with more deliveries to come
    }


def test_killed_at_any_time_and_again_the_intake_ends_as_if_nothing_had_been(taken: Site, site: Site) -> None:
    chance = random.Random(6)
    command = [sys.executable, "-m", "tests.faults.site", str(site.settings.home), str(site.settings.inbox), "take"]
    for _ in range(6):
        process = subprocess.Popen(command, cwd=PROJECT_DIR, start_new_session=True)
        while process.poll() is None and not site.settings.lock_file.exists():
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.8))
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
    take(site.here)
    assert site.state() == taken.state()


def test_a_dbt_that_outlived_its_run_is_ended_and_nobody_else_is(taken: Site, after: Site, tmp_path: Path) -> None:
    database = after.settings.working_db
    program = tmp_path / "dbt"
    program.write_text(f"import duckdb\nc = duckdb.connect({str(database)!r})\nprint('open', flush=True)\ninput()\n")
    env = {**os.environ, "SIHE_HOME": str(after.settings.home)}
    orphan = subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    assert orphan.stdout
    assert orphan.stdout.readline() == b"open\n"
    assert after.state() == taken.state()
    assert orphan.wait(10) == KILLED
    other = subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**env, "SIHE_HOME": "/another"},
    )  # fmt: skip
    assert other.stdout
    assert other.stdout.readline() == b"open\n"
    with pytest.raises(Busy, match="PID"):
        connect(database, 1)
    assert other.poll() is None
    other.communicate(b"\n", timeout=10)


# ---------------------------------------------------------------- copying, pointing


def test_killed_while_publishing_readers_see_the_old_or_the_new_whole(published: Site) -> None:
    """One after the other on one home: each starts with the state left by the previous one."""
    home = published.settings.home
    before = checksums(home)
    for point in PUBLISHING:
        assert published.step("publish", kill_at(point)).returncode == KILLED, point
        pointer = json.loads((home / "published" / "current.json").read_text())
        assert (home / "published" / pointer["file"]).exists(), point
        assert checksums(home) == before, point
    assert published.step("publish").returncode == 0
    pointer = json.loads((home / "published" / "current.json").read_text())
    assert ask(home, "select generation from meta.build") == [(pointer["generation"],)]
    assert (home / "published" / "current").readlink() == Path(f"sihe-{pointer['generation']}")
    assert checksums(home) == before
    assert not list((home / "published").glob(".*"))
