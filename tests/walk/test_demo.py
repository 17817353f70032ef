"""`sihe demo` as a person starts it: servers on this machine only, all of them gone after Ctrl-C."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from tests.conftest import SIHE

Copied = Callable[[str], tuple[Path, Path]]
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


def test_the_demo_starts_on_this_machine_only_and_ctrl_c_ends_every_process(copied: Copied) -> None:
    home, inbox = copied("demo")
    (home / "demo").touch()
    dashboard, dagster = free_port(), free_port()
    command = [str(SIHE), "demo", "--home", str(home), "--inbox", str(inbox)]
    command += ["--dashboard-port", str(dashboard), "--dagster-port", str(dagster)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
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
            assert len(processes_of(home)) >= 3
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            time.sleep(0.3)
            os.killpg(demo.pid, signal.SIGINT)  # a second Ctrl-C
        assert demo.wait(timeout=30) == 0
    deadline = time.monotonic() + 15
    while processes_of(home) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(home) == []
