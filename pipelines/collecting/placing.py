"""Files into the inbox: whole or not at all, also when the machine fails.

Belongs here: `.part`, fsync, rename, the sidecar, one collector of a source at a time. Does not belong here: where the
bytes come from (`sftp`, `stores`, `database`, `exports`), which files are wanted (`fetching`).

Beside `name` lies `.name.json`, hidden from the intake: where the file came from, when, its size, hash and rows. It
also says what need not be fetched again.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.collecting.sources import CollectError

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Sidecar:
    """stamp: what the source says of the file's state (time of change, etag); empty if it says nothing. rows: of a
    query; null if nobody counted them."""

    source: str
    address: str
    fetched_at: str
    size: int
    sha256: str
    rows: int | None = None
    stamp: str = ""


@contextlib.contextmanager
def opened(inbox: Path, source: str) -> Iterator[Path]:
    """The folder of a source in the inbox, for the duration of the block by this process alone. What a collector that
    was killed left half is removed. Raises CollectError."""
    folder = inbox / source
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
        if folder.is_symlink() or not folder.is_dir():
            raise CollectError(f"{folder} is no folder: the inbox needs one of this name")
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CollectError(f"{folder} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CollectError(f"{source} is being collected by another process: wait for it") from None
        for half in folder.glob(".*.part"):
            half.unlink()
        yield folder
    finally:
        os.close(handle)


def place(
    folder: Path, name: str, chunks: Iterable[bytes], most_bytes: int, size: int | None = None
) -> tuple[str, int]:
    """Writes the chunks as a file of the folder; returns its hash and size. A file that has these bytes already stays
    untouched. size: what the source says; another one is an error. Raises CollectError, and what the chunks raise;
    then nothing has changed."""
    if "/" in name or name.startswith(".") or len(os.fsencode(name)) > _LONGEST_NAME:
        raise CollectError(f"{name!r} is no name for a file of the inbox")
    part = folder / f".{name}.part"
    try:
        digest, written = _written(part, chunks, most_bytes)
        if size is not None and written != size:
            raise CollectError(f"{name}: {written:,} bytes came of {size:,}: it was cut", is_transient=True)
        if _hash_of(folder / name) == digest:
            part.unlink()
        else:
            part.replace(folder / name)
            _sync(folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CollectError(f"{folder}: the disk is full: make room, then collect again") from error
        raise
    finally:
        part.unlink(missing_ok=True)
    return digest, written


def _written(part: Path, chunks: Iterable[bytes], most_bytes: int) -> tuple[str, int]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    digest, written = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            written += len(chunk)
            if written > most_bytes:
                raise CollectError(f"it is larger than {most_bytes // 1024**2:,} MB: raise most_mb if that is right")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), written


def _hash_of(path: Path) -> str | None:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def note(folder: Path, name: str, sidecar: Sidecar) -> None:
    """Writes the sidecar. It comes after its file: without it the file is fetched again, which changes nothing."""
    text = json.dumps(asdict(sidecar), ensure_ascii=False, indent=1) + "\n"
    part = folder / f".{name}.json.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / f".{name}.json")


def noted(folder: Path, name: str) -> Sidecar | None:
    """The sidecar of a file that is still there as it was fetched; null if there is none, or none that can be read."""
    try:
        found = Sidecar(**json.loads((folder / f".{name}.json").read_text(encoding="utf-8")))
        return found if (folder / name).lstat().st_size == found.size else None
    except (OSError, ValueError, TypeError):
        return None
