"""The servers that `sihe` starts on this machine: the dashboard, Dagster's webserver and daemon.

Belongs here: their command lines, starting them as process groups, stopping all of them together. Does not belong here:
what they show or run, and any import of it: the process that watches them lives as long as they do, and is small.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn

import click

from pipelines import settings
from pipelines.orchestration import code_keeper
from pipelines.settings import Settings, command_of

EX_INTERRUPTED = 130
DASHBOARD, WEBSERVER, DAEMON = "dashboard", "dagster-webserver", "dagster-daemon"


def _commands(ports: Mapping[str, int]) -> dict[str, list[str]]:
    """By server; the daemon runs in the webserver's process if there is one. The two with pages have no login: they
    answer only the pages of their own address in a browser of this machine."""
    apps = {DASHBOARD: "dashboard", WEBSERVER: "dagster-with-daemon" if DAEMON in ports else "dagster"}
    pages = {
        name: command_of("pipelines.gate.server", apps[name], str(port))
        for name, port in ports.items()
        if name != DAEMON
    }
    if DAEMON in ports and WEBSERVER not in ports:
        return {**pages, DAEMON: command_of("pipelines.orchestration.daemon")}
    return pages


@contextlib.contextmanager
def started(here: Settings, ports: Mapping[str, int]) -> Iterator[Callable[[], None]]:
    """Starts servers with their output in the logs; at the end of this process it stops them and all their children.

    ports: of each server, by its name; the daemon has none, so its is ignored.
    """
    with _definitions(here, ports), _processes(here, ports) as wait:
        yield wait


def watch(names: Mapping[str, int]) -> NoReturn:
    """Starts these servers in place of this process, with its environment: 20 MB are left of a command's 140."""
    sys.stdout.flush()
    given = [f"{name}={port}" for name, port in names.items()]
    os.execv(sys.executable, command_of("pipelines.commands.servers", *given))


def _definitions(here: Settings, names: Mapping[str, int]) -> contextlib.AbstractContextManager[None]:
    """The code server, for Dagster's servers. The daemon starts it at once, because runs end with it."""
    if not {WEBSERVER, DAEMON} & names.keys():
        return contextlib.nullcontext()
    return code_keeper.kept(here, 0 if DAEMON in names else code_keeper.SECOND_CHOICE)


@contextlib.contextmanager
def _processes(here: Settings, ports: Mapping[str, int]) -> Iterator[Callable[[], None]]:
    processes: dict[str, subprocess.Popen[bytes]] = {}
    logs = here.logs
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
        for name, command in _commands(ports).items():
            with (logs / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    command, cwd=here.home, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
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


def main(given: Sequence[str]) -> None:
    """`python -m pipelines.commands.servers dashboard=8501`"""
    here = settings.load()
    settings.apply(here)
    try:
        with started(here, {name: int(port) for name, _, port in (one.partition("=") for one in given)}) as wait:
            wait()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # before the servers have started
        sys.exit(EX_INTERRUPTED)


if __name__ == "__main__":
    main(sys.argv[1:])
