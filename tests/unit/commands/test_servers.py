"""The process that watches the servers: what it says when it is stopped, or one of them ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from pipelines.commands import servers


def watching(home: Path, name: str, port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.commands.servers", f"{name}={port}"],
        env={**os.environ, "SIHE_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_stopped_while_the_definitions_load_it_ends_without_a_traceback(tmp_path: Path) -> None:
    process = watching(tmp_path, servers.DAEMON, 0)
    deadline = time.monotonic() + 60
    while not (tmp_path / "logs" / "dagster-code.log").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (servers.EX_INTERRUPTED, "")


def test_a_server_that_ends_is_said_in_a_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = watching(tmp_path, servers.DASHBOARD, taken.getsockname()[1])
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.startswith("Error: dashboard ended with exit code ") and said.count("\n") == 1
    assert str(tmp_path / "logs" / "dashboard.log") in said
