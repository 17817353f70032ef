"""Dagster's SQLite records of runs and of looks (sensors, schedules) with connections that stay open.

Belongs here: these changes to the library's storages, which `dagster.yaml` configures. Does not belong here: the events
of runs (`event_log`). For each statement the library makes an engine and a connection, and closing the last connection
of a file merges its log: a third of what an idle daemon cost. The stored data and their place are the library's.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from sqlalchemy import Connection, Engine, create_engine, make_url

BUSY_SECONDS = 60


class _Kept:
    """The engine of one file, made again when another file is in its place: damaged records are moved aside."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._file = make_url(address).database or ""
        self._engine: tuple[int, Engine] | None = None
        self._making = threading.Lock()

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        """A transaction on a connection that no other thread has meanwhile."""
        with self._now().connect() as connection, connection.begin():
            yield connection

    def _now(self) -> Engine:
        try:
            inode = Path(self._file).stat().st_ino
        except FileNotFoundError:
            inode = 0
        with self._making:
            if self._engine is None or self._engine[0] != inode:
                self.close()
                options = {"timeout": BUSY_SECONDS, "check_same_thread": False}
                # As many connections as threads ask for, as in the library.
                self._engine = inode, create_engine(self._address, connect_args=options, max_overflow=-1)
            return self._engine[1]

    def close(self) -> None:
        if self._engine is not None:
            self._engine[1].dispose()


class _Keeping:
    """What a storage of the library does otherwise; stands before the library's class."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        self._kept = _Kept(conn_string)
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Any:
        """Overridden because the library's method creates the library's class."""
        return cls.from_local(inst_data=inst_data, **config_value)  # type: ignore[attr-defined]

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._kept.begun() as connection:
            yield connection

    def dispose(self) -> None:
        self._kept.close()
        super().dispose()  # type: ignore[misc]


class KeptSqliteRunStorage(_Keeping, SqliteRunStorage):
    """Runs, and the daemon's heartbeats."""


class KeptSqliteScheduleStorage(_Keeping, SqliteScheduleStorage):
    """Looks of sensors and schedules."""
