"""The one code server of a home: where it listens, who keeps it, when it ends. That it serves definitions and starts
runs is tested with the daemon (tests/faults) and the demo (tests/walk)."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import settings
from pipelines.commands.preparing import prepare
from pipelines.orchestration import automation, code_keeper, code_server
from pipelines.settings import Settings


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return settings.load(tmp_path / "home", tmp_path / "inbox")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that keep a server; the server itself is left out."""
    now: list[str] = []

    def run(_: Settings, stop: threading.Event) -> None:
        now.append(threading.current_thread().name)
        stop.wait()
        now.remove(threading.current_thread().name)

    monkeypatch.setattr(code_keeper, "_run", run)
    monkeypatch.setattr(code_keeper, "_AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(code_keeper, "_REST_SECONDS", 0.0)
    monkeypatch.setattr(code_keeper, "_SECONDS_TO_OPEN", 0.0)
    return now


def test_it_listens_in_the_home_or_if_that_path_is_too_long_in_a_folder_of_the_account(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    deep = settings.load(tmp_path / ("deep" * 30), tmp_path / "inbox")
    path = code_keeper.socket(deep)
    assert path.parent.parent == tmp_path
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert code_keeper.socket(deep) == path
    assert code_keeper.socket(settings.load(tmp_path / ("other" * 30), tmp_path / "inbox")) != path
    path.parent.chmod(0o777)
    with pytest.raises(PermissionError, match="not a folder of this account alone"):
        code_keeper.socket(deep)
    monkeypatch.setattr(code_keeper, "_LONGEST_PATH", 1000)
    assert code_keeper.socket(here) == here.dagster_home / "code.sock"
    entry = yaml.safe_load(code_keeper.workspace(here).read_text(encoding="utf-8"))["load_from"][0]["grpc_server"]
    assert entry == {"socket": str(here.dagster_home / "code.sock"), "location_name": "sihe"}


def test_a_home_has_one_and_when_its_keeper_ends_another_takes_over(here: Settings, running: list[str]) -> None:
    first = code_keeper.kept(here)
    first.__enter__()
    until(lambda: len(running) == 1)
    with code_keeper.kept(here):
        time.sleep(0.1)
        assert len(running) == 1
        first.__exit__(None, None, None)
        until(lambda: len(running) == 1)
    assert not running


def test_a_server_of_pages_leaves_it_to_the_daemon(here: Settings, running: list[str]) -> None:
    with code_keeper.kept(here, patience=3600), code_keeper.kept(here):
        until(lambda: len(running) == 1)
    with code_keeper.kept(here, patience=0.2):
        until(lambda: len(running) == 1)


@pytest.mark.parametrize("why", ["code", "parent"])
def test_it_ends_when_its_code_is_old_or_its_keeper_is_gone(
    why: str, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    code = ["one"]

    class Client:
        def __init__(self, socket: str) -> None:
            self.socket = socket

        def shutdown_server(self) -> Any:
            ended.append(self.socket)

    monkeypatch.setattr("dagster._grpc.client.DagsterGrpcClient", Client)
    monkeypatch.setattr(code_server, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(code_server, "_code", lambda _: code[0])
    parent = [os.getppid()]
    monkeypatch.setattr(os, "getppid", lambda: parent[0])
    watch = threading.Thread(target=code_server._end_when_old, args=(here, "there", parent[0]))
    watch.start()
    time.sleep(0.1)
    assert not ended
    if why == "code":
        code[0] = "another"
    else:
        parent[0] = 1
    watch.join(10)
    assert ended == ["there"]


def test_a_server_whose_keeper_ended_while_it_started_ends_too(here: Settings) -> None:
    """It would stay for ever, with 285 MB. The keeper is killed as soon as it has started it."""
    prepare(here.home, here.inbox)
    begin = "from pipelines.orchestration import code_keeper; from pipelines import settings; import threading"
    command = [sys.executable, "-c", f"{begin}; code_keeper._run(settings.load(), threading.Event())"]
    with subprocess.Popen(command, env={**os.environ, **here.environment()}) as keeper:
        until(lambda: servers_of(here) != [])
        keeper.kill()
    try:
        until(lambda: servers_of(here) == [], 90)
    finally:
        for process in servers_of(here):
            os.kill(process, signal.SIGKILL)


def servers_of(here: Settings) -> list[int]:
    """The processes that serve the home's definitions, on a socket of its own."""
    sought = os.fsencode(code_keeper.socket(here))
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if sought in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def test_a_changed_contract_kpi_or_module_is_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = settings.load(tmp_path / "home", tmp_path / "inbox")
    (tmp_path / "pipelines").mkdir()
    module = tmp_path / "pipelines" / "one.py"
    module.write_text("1", encoding="utf-8")
    monkeypatch.setattr(code_server, "PROJECT_DIR", tmp_path)
    before = code_server._code(here)
    assert code_server._code(here) == before
    os.utime(module, ns=(1, 1))
    changed = code_server._code(here)
    assert changed != before
    here.local_seeds.mkdir(parents=True)
    (here.local_seeds / "division.csv").write_text("code,name\n", encoding="utf-8")
    assert code_server._code(here) != changed


_LOOKS = """
import sys
from pipelines.definitions import defs
from pipelines import installation
from pipelines.night import findings
from pipelines.orchestration import automation
house = installation.load()
defs.get_repository_def()
print(automation.look_into_inbox(house))
with house.writing("a look") as opened:
    assert findings.collect(house, opened) == []
    house.needs_build(opened)
print(*sorted(name for name, module in sys.modules.items() if module is not None))
"""
# What reads, stores and builds; pyarrow alone is 70 MB.
_FOR_RUNS = {
    "numpy", "pandas", "pyarrow", "dbt", "pipelines.intake.taking", "pipelines.delivery.reading",
    "pipelines.orchestration.column_lineage",
}  # fmt: skip


def test_definitions_and_looks_load_nothing_that_only_runs_need(here: Settings) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LOOKS],
        env={**os.environ, "SIHE_HOME": str(here.home), "SIHE_INBOX": str(here.inbox)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found, modules = ran.stdout.splitlines()[-2:]
    assert found == automation.NOTHING_NEW
    assert "pipelines.orchestration.feed_assets" in modules.split()
    assert not _FOR_RUNS & set(modules.split())
