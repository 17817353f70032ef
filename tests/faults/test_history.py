"""Dagster's own records, damaged or lost: this is detected, they are moved aside and new ones are created.

Belongs here: what is damage and what is not. Does not belong here: a complete run after it (`test_kills`).
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines import settings
from pipelines.orchestration import run_records
from pipelines.settings import PROJECT_DIR, Settings


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Records without a run, as every start of Dagster makes them."""
    made = settings.load(tmp_path / "home", tmp_path)
    settings.apply(made)
    made.dagster_home.mkdir(parents=True)
    shutil.copy(PROJECT_DIR / "pipelines" / "orchestration" / "dagster.yaml", made.dagster_home)
    ask()
    return made


def ask() -> int:
    with DagsterInstance.get() as instance:
        instance.all_instigator_state()
        instance.event_log_storage.get_maximum_record_id()
        return int(instance.get_runs_count())


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def written_over(file: Path) -> None:
    file.write_bytes(b"\x00\xff" * 4096)


def without_tables(file: Path) -> None:
    with sqlite3.connect(file) as records:
        for (name,) in records.execute("select name from sqlite_master where type = 'table'").fetchall():
            if name not in ("alembic_version", "sqlite_sequence"):
                records.execute(f"drop table {name}")


@pytest.mark.parametrize("damage", [cut, written_over, without_tables])
@pytest.mark.parametrize("name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
def test_damaged_records_are_moved_aside_and_new_ones_begun(
    here: Settings, name: str, damage: Callable[[Path], None]
) -> None:
    damage(here.dagster_home / name)
    run_records.examine(here)
    assert ask() == 0
    (aside,) = here.set_aside.iterdir()
    assert (aside / f"dagster-{name}").exists()
    assert "Dagster's records of runs could not be read" in here.alerts_file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["history", "schedules", "history/runs.db"])
def test_lost_records_are_begun_again_without_a_word(here: Settings, name: str) -> None:
    path = here.dagster_home / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    run_records.examine(here)
    assert ask() == 0
    assert not here.set_aside.exists()


def test_sound_records_stay_where_they_are(here: Settings) -> None:
    run_records.examine(here)
    assert not here.set_aside.exists()


@pytest.mark.parametrize("said", ["database or disk is full", "database is locked", "unable to open database file"])
def test_a_full_disk_and_a_lock_are_no_damage(said: str) -> None:
    assert not run_records.is_damaged(sqlite3.OperationalError(said))


def test_servers_that_start_at_once_begin_the_records_one_after_the_other(tmp_path: Path) -> None:
    """As two services of a new machine do: Alembic's tables would have two heads, and no server would start again."""
    made = settings.load(tmp_path / "home", tmp_path)
    made.dagster_home.mkdir(parents=True)
    shutil.copy(PROJECT_DIR / "pipelines" / "orchestration" / "dagster.yaml", made.dagster_home)
    code = (
        "from pipelines import settings; from pipelines.orchestration import run_records;"
        " run_records.examine(settings.load())"
    )
    env = {**os.environ, **made.environment()}
    servers = [subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_DIR, env=env) for _ in range(2)]
    assert [server.wait(60) for server in servers] == [0, 0]
    settings.apply(made)
    assert ask() == 0
    assert not made.set_aside.exists()
