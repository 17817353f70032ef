"""The file of the working database: connecting, handling damage, writing a fresh copy.

Belongs here: files and connections. Does not belong here: tables and their contents (`store`).
"""

import contextlib
import logging
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipelines.settings import SET_ASIDE_KEPT, Settings
from pipelines.warehouse.lock import Busy

MEMORY_LIMIT = "50%"
"""Of the memory of the machine or of the service. DuckDB's own 80 % leaves too little to the code server, the pages and
the process that waits for a build: with 3.2 GB in all, the kernel killed the first build of a year."""

log = logging.getLogger("sihe")


class Unsound(RuntimeError):
    """The working database is not usable: damaged, truncated, or not ours."""


def write_fresh(settings: Settings) -> None:
    """Copies the working database into a new file, because deleted rows stay in the old file. The caller holds
    `exclusive` and has it open nowhere."""
    fresh = settings.working_db.with_name(f".{settings.working_db.name}.fresh")
    fresh.unlink(missing_ok=True)
    with duckdb.connect(config=offline_config()) as connection:
        # Not read-only: if a killed writer left a log, DuckDB must replay it first.
        for path, name in ((settings.working_db, "old"), (fresh, "new")):
            connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name}")
        connection.execute("copy from database old to new")
        for name in ("old", "new"):
            connection.execute(f"checkpoint {name}")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    log_of(settings).unlink(missing_ok=True)
    fresh.replace(settings.working_db)
    write_seal(settings)


def forget_set_aside(settings: Settings) -> list[str]:
    """Deletes files that were moved aside, which may contain erased persons; returns their names."""
    names = sorted(path.name for path in settings.set_aside.glob("*"))
    shutil.rmtree(settings.set_aside, ignore_errors=True)
    return names


@contextlib.contextmanager
def damage_said() -> Iterator[None]:
    """Converts DuckDB's errors about a damaged file into Unsound; other errors, about the disk, rights or a statement,
    pass."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).lower()
        if is_damage(error) and not any(word in said for word in _AROUND_THE_FILE):
            raise Unsound(str(error).splitlines()[0]) from error
        raise


def is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB reports an unreadable file, not an error of a statement."""
    return isinstance(error, _OF_FILES) or any(word in str(error).lower() for word in _DAMAGE)


_OF_FILES = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
_DAMAGE = ("corrupt", "not a valid duckdb", "wal file")
_AROUND_THE_FILE = (
    "could not set lock", "no space left", "permission denied", "read-only", "disk quota", "file too large",
    "input/output error", "too many open files", "out of memory", "not enough memory", "cannot open file",
)  # fmt: skip


def examine(connection: duckdb.DuckDBPyConnection) -> None:
    """Reads every block of every table, so that DuckDB compares their checksums: 0.4 s for the demo district's four
    months.

    Raises duckdb.Error for damage, Unsound for a database that is not ours.
    """
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    found = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'ledger' and table_name = 'delivery'"
    ).fetchall()
    if not tables:
        raise Unsound("it is empty")
    if not {"delivery_id", "sha256", "received_at", "state", "rows_counted"} <= {name for (name,) in found}:
        raise Unsound("it is no working database of this house")
    for schema, table in tables:
        connection.execute(f'select bit_xor(hash(each_row)) from "{schema}"."{table}" as each_row').fetchall()


def set_aside(settings: Settings) -> Path:
    """Moves the working database and its log aside; only the newest few stay. Returns the new place."""
    target = room_aside(settings)
    for file in (settings.working_db, log_of(settings)):
        if file.exists():
            file.replace(target / file.name)
    seal_of(settings).unlink(missing_ok=True)
    return target


def room_aside(settings: Settings) -> Path:
    """A new folder for unusable files; the oldest such folders are deleted."""
    target = settings.set_aside / f"{settings.clock():%Y%m%d-%H%M%S-%f}"
    target.mkdir(parents=True, mode=0o700)
    for old in sorted(settings.set_aside.iterdir())[:-SET_ASIDE_KEPT]:
        shutil.rmtree(old)
    return target


def log_of(settings: Settings) -> Path:
    return settings.working_db.with_name(f"{settings.working_db.name}.wal")


def seal_of(settings: Settings) -> Path:
    return settings.working_db.with_name(f"{settings.working_db.name}.seal")


def stamp_of(file: Path) -> str | None:
    """Changes whenever the file is written to; null if it does not exist."""
    try:
        found = file.stat()
    except OSError:
        return None
    return f"{found.st_size}:{found.st_mtime_ns}"


def write_seal(settings: Settings) -> None:
    """Marks the database as closed properly; without this mark, the next start examines every block."""
    with contextlib.suppress(OSError):
        seal_of(settings).write_text(f"{stamp_of(settings.working_db)} {stamp_of(log_of(settings))}")


def is_sealed(settings: Settings) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        found = seal_of(settings).read_text()
        return found == f"{stamp_of(settings.working_db)} {stamp_of(log_of(settings))}"
    return False


def connect(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Ends a dbt process that is left of a killed run and would keep the file locked; waits for any other process."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config=offline_config())
        except duckdb.IOException as error:
            if "could not set lock" not in str(error).lower():
                raise
            if time.monotonic() >= deadline:
                raise Busy(f"{path}: {str(error).splitlines()[0]}") from error
            _end_orphan(path, str(error))
            time.sleep(0.5)


def _end_orphan(path: Path, said: str) -> None:
    """The caller holds the home's lock, so no run is active: a dbt process on the database belongs to a killed run. An
    incomplete build is repeated, never published."""
    holder = re.search(r"PID (\d+)", said)
    if holder is None:
        return
    process = Path("/proc") / holder[1]
    with contextlib.suppress(OSError):
        is_dbt = any(Path(os.fsdecode(word)).name == "dbt" for word in (process / "cmdline").read_bytes().split(b"\0"))
        is_ours = f"SIHE_HOME={path.parent.parent}".encode() in (process / "environ").read_bytes().split(b"\0")
        if is_dbt and is_ours:
            log.warning("%s: ended process %s, a dbt whose run was killed", path, holder[1])
            os.kill(int(holder[1]), signal.SIGKILL)


def offline_config() -> dict[str, str | bool | int | float | list[str]]:
    """Extensions are downloads: none is searched."""
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
    }
