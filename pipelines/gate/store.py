"""The gate's own database, `HOME/gate/gate.db`: persons, sessions, known places, the end of the audit.

Belongs here: the file, its mode and its tables. Does not belong here: what the rows mean (`people`, `sessions`,
`audit`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TABLES = """
create table if not exists person (
    name text primary key,
    role text not null,
    org text not null,
    only_looks integer not null default 0,
    is_disabled integer not null default 0,
    password text,
    password_at real,
    is_own_password integer not null default 0,
    secret text,
    last_step integer not null default 0,
    subject text unique,
    created_at real not null
) strict;
create table if not exists session (
    token text primary key,
    id text not null unique,
    name text not null references person (name) on delete cascade,
    began_at real not null,
    seen_at real not null,
    address text not null,
    agent text not null,
    way text not null
) strict;
create table if not exists place (
    name text not null references person (name) on delete cascade,
    address text not null,
    at real not null,
    primary key (name, address)
) strict;
create table if not exists audit_end (one integer primary key check (one = 1), number integer, hash text) strict;
"""
_BUSY_MS = 3000


class Store:
    """One connection of one process. It is used from one thread at a time."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "gate"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.file = self.folder / "gate.db"
        self.file.touch(mode=0o600)
        # SQLite gives its log files the mode of the database.
        self.file.chmod(0o600)
        self.connection = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = wal", "synchronous = normal", "foreign_keys = on", f"busy_timeout = {_BUSY_MS}"):
            self.connection.execute(f"pragma {pragma}")
        self.connection.executescript(_TABLES)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all or nothing."""
        self.connection.execute("begin immediate")
        try:
            yield self.connection
            self.connection.execute("commit")
        except BaseException:
            # After some errors, such as a full disk, SQLite has done so itself.
            if self.connection.in_transaction:
                self.connection.execute("rollback")
            raise


def exists(home: Path) -> bool:
    return (home / "gate" / "gate.db").exists()
