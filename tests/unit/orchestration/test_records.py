"""Dagster's records of runs and looks: the connections stay open, and follow the file."""

import shutil
import threading
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.runs import SqliteRunStorage
from dagster._daemon.types import DaemonHeartbeat
from sqlalchemy import Engine, create_engine

from pipelines import settings
from pipelines.commands.preparing import prepare
from pipelines.orchestration.records import KeptSqliteRunStorage, KeptSqliteScheduleStorage


def beat(storage: SqliteRunStorage, kind: str) -> None:
    storage.add_daemon_heartbeat(DaemonHeartbeat(1.0, kind, "an-id", []))


def test_a_home_s_records_are_kept_where_the_library_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = prepare(tmp_path / "home", tmp_path / "inbox").settings
    settings.apply(home)
    with dg.DagsterInstance.get() as instance:
        assert type(instance.run_storage) is KeptSqliteRunStorage
        assert type(instance.schedule_storage) is KeptSqliteScheduleStorage
        beat(instance.run_storage, "SENSOR")
        assert instance.all_instigator_state() == []
    assert (home.dagster_home / "schedules" / "schedules.db").exists()
    theirs = SqliteRunStorage.from_local(str(home.dagster_home / "history"))
    assert list(theirs.get_daemon_heartbeats()) == ["SENSOR"]


def test_connections_are_opened_once_and_threads_share_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = KeptSqliteRunStorage.from_local(str(tmp_path))
    storage.dispose()
    made: list[str] = []

    def create(address: str, **given: Any) -> Engine:
        made.append(address)
        return create_engine(address, **given)

    monkeypatch.setattr("pipelines.orchestration.records.create_engine", create)
    kept = KeptSqliteRunStorage(f"sqlite:///{tmp_path}/runs.db")
    threads = [threading.Thread(target=beat, args=(kept, f"KIND_{number}")) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(5):
        assert len(kept.get_daemon_heartbeats()) == 8
    assert len(made) == 1
    kept.dispose()


def test_records_that_were_moved_aside_are_left_alone(tmp_path: Path) -> None:
    storage = KeptSqliteRunStorage.from_local(str(tmp_path / "history"))
    beat(storage, "SENSOR")
    shutil.move(tmp_path / "history", tmp_path / "aside")
    KeptSqliteRunStorage.from_local(str(tmp_path / "history")).dispose()
    beat(storage, "SCHEDULER")
    assert list(storage.get_daemon_heartbeats()) == ["SCHEDULER"]
    storage.dispose()
    assert list(SqliteRunStorage.from_local(str(tmp_path / "aside")).get_daemon_heartbeats()) == ["SENSOR"]
