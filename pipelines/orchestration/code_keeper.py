"""Who starts the code server of a home, and where it listens: one for the webserver, the daemon and the gate together.

Belongs here: its address, its lock, starting and ending its process. Does not belong here: what runs in that process
(`code_server`), and any import of Dagster, polars or dbt: the commands that only watch servers live for months, and
need 20 MB of memory instead of 140.

Without a shared one the webserver has a code server of its own, and the daemon starts a new one every minute, which
loads all definitions again: a fifth of a core on an idle machine.
"""

import fcntl
import hashlib
import os
import signal
import socket as unix
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import yaml

from pipelines.settings import Settings, command_of

LOCATION = "sihe"
# A path of a socket has at most 107 bytes.
_LONGEST_PATH = 100
_AGAIN_SECONDS, _REST_SECONDS, _SECONDS_TO_END = 1.0, 3.0, 2.0
_SECONDS_TO_OPEN = 30.0
SECOND_CHOICE = 40.0
"""For servers that leave it to the daemon: its restart takes less time (docs/systemd)."""


def socket(here: Settings) -> Path:
    """Where it listens: only the owner of the home reaches it. Raises PermissionError if the folder is another's."""
    path = here.dagster_home / "code.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    name = hashlib.blake2s(os.fsencode(here.home), digest_size=8).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"sihe-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not a folder of this account alone: remove it")
    return folder / "code.sock"


def workspace(here: Settings) -> Path:
    """The file with which the webserver and the daemon find it."""
    file = here.dagster_home / "workspace.yaml"
    where = {"socket": str(socket(here)), "location_name": LOCATION}
    text = yaml.safe_dump({"load_from": [{"grpc_server": where}]}, allow_unicode=True, sort_keys=False)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file


@contextmanager
def kept(here: Settings, patience: float = 0.0) -> Iterator[None]:
    """Keeps a code server running for this home, unless another process does so already. patience: seconds without
    one before this process starts it."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(here, patience, stop), name="code server")
    keeper.start()
    try:
        if patience == 0:
            _wait_until_open(here, stop)
        yield
    finally:
        stop.set()
        keeper.join()


def is_kept(here: Settings) -> bool:
    """Whether a process keeps a code server running for this home: its daemon works, or its pages are open."""
    try:
        with (here.dagster_home / "code.lock").open("a") as held:
            return not _is_locked(held)
    except FileNotFoundError:
        return False


def _keep(here: Settings, patience: float, stop: threading.Event) -> None:
    here.dagster_home.mkdir(parents=True, exist_ok=True)
    waited = 0.0
    with (here.dagster_home / "code.lock").open("a") as held:
        while not stop.is_set():
            # The process that holds the lock keeps the server; another one takes over when that process ends.
            if waited >= patience and _is_locked(held):
                _run(here, stop)
                stop.wait(_REST_SECONDS)
            elif waited < patience and _is_locked(held):
                fcntl.flock(held, fcntl.LOCK_UN)
                waited += _AGAIN_SECONDS
            else:
                waited = 0.0
            stop.wait(_AGAIN_SECONDS)


def _wait_until_open(here: Settings, stop: threading.Event) -> None:
    """Servers that start before it show an error for some seconds."""
    deadline = time.monotonic() + _SECONDS_TO_OPEN
    while time.monotonic() < deadline:
        with suppress(OSError), unix.socket(unix.AF_UNIX) as found:
            found.connect(str(socket(here)))
            return
        stop.wait(_AGAIN_SECONDS / 4)


def _is_locked(held: TextIO) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _run(here: Settings, stop: threading.Event) -> None:
    """One code server from its start to its end; its runs end with it."""
    module = "pipelines.orchestration.code_server"
    command = command_of(module, str(socket(here)), str(os.getpid()))
    log = here.logs / "dagster-code.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, cwd=here.home, start_new_session=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    while not stop.is_set() and process.poll() is None:
        stop.wait(_AGAIN_SECONDS / 2)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)
            break
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
