"""`sihe demo` from an installed wheel: servers on this machine only, all of them gone after Ctrl-C, nothing written
outside the home."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

from tests.benchmarks.person import Person, View
from tests.installed import SHIPPED, Installed, listing

READY = "Ctrl-C stops all of them."


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def processes_of(home: Path) -> list[int]:
    """Every process that was started for this installation, found by its environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"SIHE_HOME={home}\0".encode() in environment:
                found.append(int(entry.name))
    return found


def locations_of(port: int) -> dict[str, str]:
    """The locations that Dagster's webserver has loaded, with their types: a location that failed is a PythonError."""
    query = "{workspaceOrError{... on Workspace{locationEntries{name locationOrLoadError{__typename}}}}}"
    asked = Request(
        f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(asked, timeout=60) as answer:
        entries = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
    return {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in entries}


async def errors_of_pages(port: int) -> dict[str, str]:
    """The error of every page of the dashboard, by URL; empty if the page was complete."""
    reader = await Person.arrive(f"http://127.0.0.1:{port}")
    errors = {"": (await reader.show(View(""))).error}
    for page in reader.pages:
        errors[page] = (await reader.show(View(page))).error
    await reader.leave()
    return errors


def test_the_wheel_holds_every_file_of_the_shipped_folders_and_no_other(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = [file for folder in SHIPPED for file in (installed.source / folder).rglob("*") if file.is_file()]
    assert names == {file.relative_to(installed.source).as_posix() for file in files}


def test_the_demo_runs_from_any_folder_and_ctrl_c_ends_every_process(
    installed: Installed, district: tuple[Path, Path, str], tmp_path: Path
) -> None:
    # The default home of an installed package.
    home, inbox = tmp_path / ".local" / "share" / "sihe", district[1]
    shutil.copytree(district[0], home, symlinks=True)
    (home / "demo").touch()
    folder = tmp_path / "anywhere"
    folder.mkdir()
    dashboard, dagster = free_port(), free_port()
    command = [str(installed.sihe), "demo", "--inbox", str(inbox)]
    command += ["--dashboard-port", str(dashboard), "--dagster-port", str(dagster)]
    env = {"HOME": str(tmp_path), "PATH": os.defpath}
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        assert demo.stdout is not None
        try:
            said = []
            for line in demo.stdout:
                said.append(line)
                if READY in line:
                    break
            printed = "".join(said)
            assert READY in printed
            for port in (dashboard, dagster):
                assert f"http://127.0.0.1:{port}" in printed
                with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                    assert answer.status == 200
                # Only the loopback interface: no other address of this machine answers.
                with socket.socket() as other:
                    other.settimeout(2)
                    assert other.connect_ex(("127.0.0.2", port)) != 0
            assert locations_of(dagster) == {"sihe": "RepositoryLocation"}
            # In a thread: the browser tests leave a running loop in this one.
            with ThreadPoolExecutor(1) as thread:
                errors = thread.submit(asyncio.run, errors_of_pages(dashboard)).result()
            assert len(errors) > 1 and set(errors.values()) == {""}
            assert len(processes_of(home)) >= 3
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            time.sleep(0.3)
            os.killpg(demo.pid, signal.SIGINT)  # a second Ctrl-C
        assert demo.wait(timeout=90) == 0
    deadline = time.monotonic() + 15
    while processes_of(home) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(home) == []
    # By now the installation has simulated and built the district, made dbt's documentation and run the servers.
    assert listing(installed.packages) == installed.before
    assert {entry.name for entry in tmp_path.iterdir()} == {".local", "anywhere"}
    assert list(folder.iterdir()) == []
