"""A folder of a WebDAV server or of an S3-like store, through fsspec.

Belongs here: opening its file system, listing, reading. Does not belong here: which files are wanted (`fetching`).
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.collecting.libraries import library
from pipelines.collecting.sources import CollectError, Store, secret

SECONDS = 30.0
_CHUNK = 256 * 1024
_STAMPS = ("ETag", "etag", "LastModified", "modified", "mtime")
_TIMES = ("LastModified", "modified", "mtime")


@dataclass(frozen=True)
class File:
    name: str
    size: int
    stamp: str
    changed_at: float | None


class StoreFolder:
    """fsspec's libraries raise what the libraries below them raise, so anything is taken for a failed try."""

    def __init__(self, system: Any, folder: str, where: str) -> None:
        self._system = system
        self._folder = folder
        self._where = where

    def entries(self) -> Sequence[File]:
        try:
            self._system.invalidate_cache()
            found = self._system.ls(self._folder, detail=True)
        except FileNotFoundError:
            raise CollectError(f"{self._where}: there is no such folder") from None
        except Exception as error:
            raise _of(error, f"{self._where}: the folder cannot be listed") from None
        return [_file(one) for one in found if one.get("type") == "file"]

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """size: as it was listed; a longer file is noticed."""
        try:
            with self._system.open(f"{self._folder}/{name}".lstrip("/"), "rb") as file:
                left = size + 1
                while left and (chunk := file.read(min(_CHUNK, left))):
                    left -= len(chunk)
                    yield chunk
        except GeneratorExit:
            raise
        except Exception as error:
            raise _of(error, f"{self._where}: {name} was cut") from None


def _file(found: Mapping[str, Any]) -> File:
    name = str(found["name"]).rstrip("/").rpartition("/")[2]
    changed = next((found[key] for key in _TIMES if isinstance(found.get(key), datetime)), None)
    stamp = next((str(found[key]) for key in _STAMPS if found.get(key)), "")
    return File(name, int(found.get("size") or 0), stamp, changed.timestamp() if changed else None)


@contextlib.contextmanager
def opened(source: Store) -> Iterator[StoreFolder]:
    """Raises CollectError."""
    fsspec = library("fsspec", source.kind)
    password = secret(source.password_file)
    if source.kind == "webdav":
        library("webdav4", "webdav")
        where = f"{source.url.scheme}://{source.url.netloc}"
        options: dict[str, Any] = {
            "base_url": where, "auth": (source.user, password) if password else None, "timeout": SECONDS,
            "trust_env": False,
        }  # fmt: skip
        folder = source.url.path.strip("/")
    else:
        library("s3fs", "s3")
        options = {
            "key": source.user or None, "secret": password or None, "anon": not password,
            "endpoint_url": source.endpoint,
            # Its own retries make one cut of a cable 40 s; a transient error is tried again anyway.
            "config_kwargs": {"read_timeout": SECONDS, "connect_timeout": SECONDS, "retries": {"max_attempts": 0}},
        }  # fmt: skip
        folder = f"{source.url.netloc}{source.url.path}".rstrip("/")
    yield StoreFolder(fsspec.filesystem(source.kind, skip_instance_cache=True, **options), folder, source.shown)


def _of(error: Exception, problem: str) -> CollectError:
    if isinstance(error, CollectError):
        return error
    if isinstance(error, PermissionError):
        return CollectError(f"{problem}: refused, look at user and password_file: {error}")
    return CollectError(f"{problem}: {type(error).__name__}: {error}", is_transient=True)
