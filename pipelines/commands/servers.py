"""The servers that `sihe` starts on this machine: the dashboard, Dagster's webserver and daemon.

Belongs here: their command lines, starting them as process groups, stopping all of them together. Does not belong here:
what they show or run.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from pipelines.installation import House
from pipelines.orchestration import code_server


def dashboard(here: House, port: int) -> tuple[list[str], Path]:
    return _open("dashboard", port), here.settings.home


def dagster(here: House, port: int) -> dict[str, tuple[list[str], Path]]:
    workspace = ["-w", str(code_server.workspace(here.settings))]
    daemon = [str(Path(sys.executable).parent / "dagster-daemon"), "run", *workspace, "--log-level", "warning"]
    home = here.settings.home
    return {"dagster-webserver": (_open("dagster", port), home), "dagster-daemon": (daemon, home)}


def _open(name: str, port: int) -> list[str]:
    """A server without login, for the pages of its own address in a browser of this machine."""
    return [sys.executable, "-m", "pipelines.gate.server", name, str(port)]


@contextlib.contextmanager
def started(here: House, commands: Mapping[str, tuple[list[str], Path]]) -> Iterator[Callable[[], None]]:
    """Starts the servers with their output in the logs; at the end of this process it stops them and all their
    children."""
    with _definitions(here, commands), _processes(here, commands) as wait:
        yield wait


def _definitions(here: House, commands: Mapping[str, object]) -> contextlib.AbstractContextManager[None]:
    """The code server, for Dagster's servers. The daemon starts it at once, because runs end with it."""
    if not any(name.startswith("dagster") for name in commands):
        return contextlib.nullcontext()
    return code_server.kept(here.settings, 0 if "dagster-daemon" in commands else code_server.SECOND_CHOICE)


@contextlib.contextmanager
def _processes(here: House, commands: Mapping[str, tuple[list[str], Path]]) -> Iterator[Callable[[], None]]:
    processes: dict[str, subprocess.Popen[bytes]] = {}
    logs = here.settings.home / "logs"
    logs.mkdir(exist_ok=True)

    def wait() -> None:
        while True:
            for name, process in processes.items():
                if process.poll() is not None:
                    raise click.ClickException(
                        f"{name} ended with exit code {process.returncode}: see {logs / name}.log"
                    )
            time.sleep(0.5)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    # A shell that starts a command in the background makes it ignore SIGINT; with handlers set here, both signals stop
    # it.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        for name, (command, folder) in commands.items():
            with (logs / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    command, cwd=folder, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
                )
        yield wait
    except KeyboardInterrupt:
        click.echo("\nstopping")
    finally:
        # A second Ctrl-C must not leave half of them running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # Dagster's servers clean up on SIGINT; what still runs after a while is killed with its process group.
        for sign, seconds in ((signal.SIGINT, 4.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
            for process in processes.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(_group_lives(process.pid) for process in processes.values()):
                for process in processes.values():
                    process.poll()
                time.sleep(0.1)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def refuse_taken(ports: Mapping[str, int]) -> None:
    for name, port in ports.items():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            option = "--port" if len(ports) == 1 else f"--{name.lower()}-port"
            raise click.ClickException(f"port {port} is taken: give the {name} another one with {option}")


def until_open(ports: Mapping[str, int], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    for name, port in ports.items():
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise click.ClickException(f"{name} did not open port {port} within {seconds:.0f} s")
            time.sleep(0.3)
