"""The lock of the single writer.

Belongs here: waiting for it, and which process has it. Does not belong here: what is written (`store`).
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pipelines.settings import Settings


class Busy(RuntimeError):
    """Another process is writing; the message names it."""


_held_locks: dict[tuple[Path, int], int] = {}


@contextlib.contextmanager
def exclusive(settings: Settings, wait_seconds: float, what: str) -> Iterator[None]:
    """One writer at a time among all processes; raises Busy after `wait_seconds`. Re-entrant within a thread.

    The kernel holds the lock: it always ends with its process.
    """
    path = settings.lock_file
    mine = (path, threading.get_ident())
    if _held_locks.get(mine):
        _held_locks[mine] += 1
        try:
            yield
        finally:
            _held_locks[mine] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with path.open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Busy(f"{path}: held by {_said(path)}") from None
                time.sleep(0.2)
        file.truncate(0)
        file.write(f"process {os.getpid()}: {what}, since {settings.clock():%Y-%m-%d %H:%M:%S}\n")
        file.flush()
        _held_locks[mine] = 1
        try:
            yield
        finally:
            del _held_locks[mine]
            file.truncate(0)


def holder(settings: Settings) -> str | None:
    """The process that writes now; null if there is none, or it is this thread."""
    path = settings.lock_file
    if _held_locks.get((path, threading.get_ident())) or not path.exists():
        return None
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _said(path)
    return None


def _said(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() or "another process"
