"""Working file → a new generation, the pointer, deletion of old generations.

Belongs here: everything under `published/`. A generation is written under a new name, checked, made read-only and never
changed; then the pointer moves. Readers follow the pointer and never see an incomplete build. Does not belong here: the
content of the tables (dbt's marts and meta), their descriptions (`catalog`), copies in other formats (`copies`).
"""

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines import progress
from pipelines.publication import copies, earlier, facts, functions, generation_file, generations, workbook
from pipelines.publication.generation_file import Build, Descriptions, NotPublishable, Written
from pipelines.settings import GENERATION_GRACE_SECONDS, Settings
from pipelines.warehouse.database_file import offline_config

POINTER = "current.json"
_UNACCOUNTED = """
select count(*) from meta.delivery
where rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded
"""


@dataclass(frozen=True)
class Publication:
    """One generation: the content of `current.json`, and the number of rows of each table."""

    generation: str
    file: Path
    built_at: datetime
    data_from: date | None
    data_through: date | None
    row_counts: dict[str, int]


def publish(settings: Settings, code_version: str, *, is_demo: bool, said: Descriptions = ()) -> Publication:
    """Copies the marts into a new generation and moves the pointer to it; raises NotPublishable if a check fails.

    said: descriptions of tables that are not of dbt, beside those of its models.

    The caller holds the warehouse's lock, and the build of the tables was complete.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    built_at = settings.clock()
    generation = _free_name(settings.published, built_at)
    target = settings.published / f"sihe-{generation}.duckdb"
    # In a folder of its own first, with the names that it will have: views of facts name their files by them.
    staging = settings.published / f".sihe-{generation}.tmp"
    temporary = staging / target.name
    for leftover in settings.published.glob(".sihe-*"):
        _remove(leftover)
    staging.mkdir()
    temporary.with_suffix("").mkdir()
    try:
        build = Build(generation, built_at, is_demo, code_version)
        seen = [file for file, _ in readable(settings.published)]
        written = generation_file.write(settings, temporary, build, said, seen)
        _refuse_nothing(settings.published, written)
        publication = Publication(generation, target, built_at, *written.span, written.row_counts)
        progress.reached("copying.written")
        _check(temporary, written)
        _write_copies(temporary, written)
        _sync(temporary)
        temporary.chmod(0o444)
        progress.reached("copying.checked")
        temporary.with_suffix("").rename(target.with_suffix(""))
        temporary.rename(target)
        staging.rmdir()
        progress.reached("copying.renamed")
    except BaseException:
        # Deleted now, not by the next publication: on a full disk these files take the space.
        for leftover in settings.published.glob(".sihe-*"):
            _remove(leftover)
        raise
    _point_to(settings.published, publication)
    _clean_up(settings, keep=target)
    return publication


def current(published: Path) -> dict[str, str | None] | None:
    """The content of the pointer, or null if nothing has been published yet or the pointer cannot be read."""
    try:
        pointer = json.loads((published / POINTER).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return pointer if isinstance(pointer, dict) else None


def readable(published: Path) -> Iterator[tuple[Path, bool]]:
    """Files to try, in this order, and whether each is a substitute: first the file that the pointer names, then the
    others, newest first; empty if nothing was ever published."""
    named = (current(published) or {}).get("file")
    if named is not None and Path(named).name == named:
        yield published / named, False
    others = sorted((stamp, file) for file in published.glob("sihe-*.duckdb") if (stamp := _changed_at(file)))
    for _, file in reversed(others):
        if file.name != named:
            yield file, True


def _changed_at(file: Path) -> int | None:
    """Null if it was deleted meanwhile."""
    with contextlib.suppress(OSError):
        return file.stat().st_mtime_ns
    return None


def _free_name(folder: Path, at: datetime) -> str:
    name, suffix = at.strftime("%Y%m%d-%H%M%S"), 1
    while (folder / f"sihe-{name}.duckdb").exists() or (folder / f"sihe-{name}").exists():
        suffix += 1
        name = f"{at:%Y%m%d-%H%M%S}-{suffix}"
    return name


def _refuse_nothing(folder: Path, written: Written) -> None:
    """A home of which only a part was restored has nothing to say, and readers keep what they have."""
    through = (current(folder) or {}).get("data_through")
    if through and written.span == (None, None):
        raise NotPublishable(
            f"nothing was taken in here, but what is published has data through {through}: was only a part of the home"
            f" restored? Restore archive, journal and keys too; or move {folder} away to begin from nothing"
        )


def _check(file: Path, written: Written) -> None:
    """Opens the finished file as a reader does, before any reader can."""
    with duckdb.connect(str(file), read_only=True, config=offline_config()) as connection:
        facts.beside(connection, file.parent)
        for name, expected in written.row_counts.items():
            found = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            if found != expected:
                raise NotPublishable(f"{name}: {expected} rows were written, {found} are read")
        for name in written.views:
            connection.execute(f"select * from {functions.everything(name)} limit 0")
        (unaccounted,) = connection.execute(_UNACCOUNTED).fetchall()[0]
        if unaccounted:
            raise NotPublishable(f"{unaccounted} deliveries have rows without a fate: see meta.delivery")


def _write_copies(file: Path, written: Written) -> None:
    """Makes every copy read-only and syncs it before the pointer moves."""
    before, folder = written.before, file.with_suffix("")
    with duckdb.connect(str(file), read_only=True, config=offline_config()) as connection:
        copies.write_months(connection, folder, before.copies if before else None, written.changed)
        workbook.write(connection, folder / workbook.WORKBOOK)
        in_files = facts.files(connection)
    earlier.note(written.shape, before, file, in_files, written.prints)
    for copy in folder.rglob("*"):
        if copy.is_file():
            copy.chmod(0o444)
        _sync(copy)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point_to(folder: Path, publication: Publication) -> None:
    pointer = {
        "generation": publication.generation,
        "file": publication.file.name,
        "built_at": publication.built_at.isoformat(sep=" ", timespec="seconds"),
        "data_from": publication.data_from.isoformat() if publication.data_from else None,
        "data_through": publication.data_through.isoformat() if publication.data_through else None,
    }
    temporary = folder / ".current.json.tmp"
    temporary.write_text(json.dumps(pointer, indent=2) + "\n", encoding="utf-8")
    _sync(temporary)
    progress.reached("pointing.written")
    temporary.replace(folder / POINTER)
    progress.reached("pointing.moved")
    for name, leads_to in (("current.duckdb", publication.file.name), ("current", publication.file.stem)):
        link = folder / f".{name}.tmp"
        link.unlink(missing_ok=True)
        link.symlink_to(leads_to)
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            # A copy of a home made by a tool that followed links has a folder here.
            shutil.rmtree(folder / name)
        link.replace(folder / name)
    progress.reached("pointing.linked")
    _sync(folder)


def _clean_up(settings: Settings, keep: Path) -> None:
    """Deletes the generations that are kept no longer, with their copies. Those that may be in use stay: replaced so
    recently that a reader may know the pointer but has not opened the file yet, or open in some process."""
    known = generations.listed(settings.published)
    replaced_at = {older.name: newer.file.stat().st_mtime for newer, older in itertools.pairwise(known)}
    for one in generations.superfluous(known, settings.clock(), settings.generations_bytes):
        is_replaced = time.time() - replaced_at[one.name] > GENERATION_GRACE_SECONDS
        if one.file != keep and is_replaced and not _is_read(one.file):
            one.file.unlink()
    _remove_orphans(settings.published)


def _remove_orphans(folder: Path) -> None:
    """Copies whose generation was deleted."""
    for copied in folder.glob("sihe-*"):
        if copied.is_dir() and not copied.with_name(f"{copied.name}.duckdb").exists():
            shutil.rmtree(copied)


def _is_read(file: Path) -> bool:
    """Whether some process has it open: DuckDB keeps a shared lock on a file while it reads it."""
    question = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    with file.open("rb") as stream:
        kind, *_ = struct.unpack("hhqqi4x", fcntl.fcntl(stream, fcntl.F_GETLK, question))
    return bool(kind != fcntl.F_UNLCK)


def remove_older(folder: Path) -> list[str]:
    """Deletes every generation except the one in force, with its copies; returns their names. Processes that have one
    open can continue to read."""
    keep = (current(folder) or {}).get("file")
    removed = []
    for file in sorted(folder.glob("sihe-*.duckdb")):
        if file.name != keep:
            file.unlink()
            removed.append(file.stem)
    _remove_orphans(folder)
    generations.forget_pins(folder)
    return removed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
