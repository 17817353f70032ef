"""The daemon: what it consists of, and its end. That it runs schedules, sensors and the queue is tested in tests/faults
and tests/walk."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext

from pipelines import settings
from pipelines.commands import servers
from pipelines.commands.preparing import prepare
from pipelines.orchestration import daemon


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[WorkspaceProcessContext]:
    settings.apply(prepare(tmp_path / "home", tmp_path / "inbox").settings)
    with dg.DagsterInstance.get() as instance, WorkspaceProcessContext(instance, None) as made:
        yield made


def running() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("dagster-daemon-")}


def test_it_is_whole_and_leaves_nothing_behind(process: WorkspaceProcessContext) -> None:
    with daemon.beside(process) as ended:
        wanted = set(process.instance.get_required_daemon_types())
        assert wanted == {
            "SENSOR", "SCHEDULER", "BACKFILL", "QUEUED_RUN_COORDINATOR", "MONITORING", "EVENT_LOG_CONSUMER", "ASSET",
        }  # fmt: skip
        assert running() == {f"dagster-daemon-{kind}" for kind in wanted}
        until(lambda: set(process.instance.get_daemon_heartbeats()) == wanted)
        statuses = process.instance.get_daemon_statuses()
        assert all(status.healthy for status in statuses.values())
        assert not ended.is_set()
    assert not running()


def test_its_heartbeats_are_close_enough_for_the_pages() -> None:
    from dagster._daemon.controller import DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS

    assert daemon._HEARTBEAT_SECONDS < DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS / 4


def test_the_process_ends_with_one_of_its_threads(
    process: WorkspaceProcessContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        """A loop that ends; the library would log a line and go on without it."""

        def daemon_type(self) -> str:
            return "BROKEN"

        def run_daemon_loop(self, *_: Any) -> None:
            pass

    @contextmanager
    def opened() -> Iterator[Broken]:
        yield Broken()

    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(daemon, "create_daemons_from_instance", lambda _: [opened()])
    monkeypatch.setattr(daemon, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(os, "kill", lambda *given: killed.append(given))
    with daemon.beside(process) as ended:
        until(ended.is_set)
    assert killed == [(os.getpid(), signal.SIGTERM)]


@pytest.mark.parametrize(
    ("names", "programs"),
    [
        ([servers.WEBSERVER], {servers.WEBSERVER: "pipelines.gate.server dagster 1"}),
        ([servers.DAEMON], {servers.DAEMON: "pipelines.orchestration.daemon"}),
        ([servers.WEBSERVER, servers.DAEMON], {servers.WEBSERVER: "pipelines.gate.server dagster-with-daemon 1"}),
        (
            [servers.DASHBOARD, servers.WEBSERVER, servers.DAEMON],
            {
                servers.DASHBOARD: "pipelines.gate.server dashboard 1",
                servers.WEBSERVER: "pipelines.gate.server dagster-with-daemon 1",
            },
        ),
    ],
)
def test_beside_the_pages_it_needs_no_process_of_its_own(names: list[str], programs: dict[str, str]) -> None:
    commands = servers._commands(dict.fromkeys(names, 1))
    assert {name: " ".join(command[3:]) for name, command in commands.items()} == programs
