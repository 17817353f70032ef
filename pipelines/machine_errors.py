"""Errors of the machine in plain words, with what to do: a full disk, a read-only disk, missing rights, too little
memory.

Belongs here: recognising them in exceptions and messages of any library. Does not belong here: errors in a file or in
the work itself.
"""

import errno
import math
import re
import shutil
from pathlib import Path

_SAFE = "nothing is lost and what is published stays; the next run goes on by itself"
_KINDS: tuple[tuple[frozenset[int], str, str], ...] = (
    (
        frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}),
        r"no space left|disk quota|file too large|disk is full|out of disk",
        "磁盘已满 · the disk is full ({free} free at {home}): make room",
    ),
    (
        frozenset({errno.EROFS}),
        r"read-only file system|readonly database",
        "磁盘只读 · the disk is read-only: have it mounted for writing (failing disks turn so: dmesg)",
    ),
    (
        frozenset({errno.EACCES, errno.EPERM}),
        r"permission denied|operation not permitted",
        "没有权限 · this user may not write or read there: chown it to the user that runs Sihe",
    ),
    (
        frozenset({errno.EMFILE, errno.ENFILE}),
        r"too many open files",
        "打开文件过多 · too many open files: raise the limit (ulimit -n, LimitNOFILE=)",
    ),
    (
        frozenset(),
        # dbt's process, as dagster-dbt says it; a run's, as Dagster does.
        r"exit code `?-9\b|signal 9 \(SIGKILL\)",
        "被强行结束 · something killed the process, most often the kernel for want of memory (dmesg says so): end"
        " something else or raise the limit (MemoryMax=)",
    ),
    (
        frozenset({errno.ENOMEM}),
        r"cannot allocate memory|out of memory|bad_alloc|not enough memory"
        # A thread needs memory for its stack, a library for its code.
        r"|can't start new thread|resource temporarily unavailable|failed to map segment",
        "内存不足 · too little memory: end something else or raise the limit (MemoryMax=)",
    ),
)  # fmt: skip

# SQLite says no more than this where the files beside a database, which its readers share, have no room.
_IO_ERROR = "disk i/o error"
_LITTLE_ROOM = 32 << 20


def told(trouble: BaseException | str, home: Path) -> str | None:
    """One line for the terminal; null if it is none of these errors. The causes of an exception are searched too."""
    if isinstance(trouble, str):
        text, numbers = trouble, frozenset[int]()
        where = None
    else:
        chain = list(causes(trouble))
        text = "\n".join(map(str, chain))
        numbers = frozenset(one.errno for one in chain if isinstance(one, OSError) and one.errno is not None)
        where = next((one.filename for one in chain if isinstance(one, OSError) and one.filename), None)
        if any(isinstance(one, MemoryError) for one in chain):
            numbers |= {errno.ENOMEM}
    if _IO_ERROR in text.lower() and _room(home) < _LITTLE_ROOM:
        numbers |= {errno.ENOSPC}
    for codes, words, said in _KINDS:
        if codes & numbers or re.search(words, text, re.IGNORECASE):
            at = f" ({where})" if where else ""
            return f"{said.format(free=_free(home), home=home)}{at}; {_SAFE}"
    return None


def is_full_disk(error: BaseException) -> bool:
    """Whether there was no room to write."""
    numbers, words, _ = _KINDS[0]
    return any(
        (isinstance(one, OSError) and one.errno in numbers) or re.search(words, str(one), re.IGNORECASE)
        for one in causes(error)
    )


def is_too_little_memory(error: BaseException) -> bool:
    """Whether there was no memory, or no thread, to be had."""
    numbers, words, _ = _KINDS[-1]
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, OSError) and one.errno in numbers)
        or re.search(words, str(one), re.IGNORECASE) is not None
        for one in causes(error)
    )


def causes(error: BaseException) -> list[BaseException]:
    """The error and everything it was raised from or while handling, outermost first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def _room(home: Path) -> float:
    """The free bytes of the home's disk; infinite if they are not known."""
    try:
        return shutil.disk_usage(home).free
    except OSError:
        return math.inf


def _free(home: Path) -> str:
    room = _room(home)
    return f"{room / 1024**2:,.0f} MiB" if math.isfinite(room) else "?"
