"""The generation that the next one can be made from: a copy of its file needs only the parts that differ.

Belongs here: what has to be the same in both, and how often everything is written nevertheless. Does not belong here:
the parts (`parts`), copying and writing (`publish`).

Written whole is a generation of another shape: after a change of models, contracts, words or this package, after an
erasure or with a new key, because a copy keeps the bytes of deleted rows.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.publication import catalog, facts, parts
from pipelines.settings import Settings
from pipelines.warehouse.database_file import log, offline_config

NOTE = ".made_of.json"
# Deleted rows remain in the file, and parts lie in the order in which they changed.
_WHOLE_EVERY = 30
_STRUCTURE = (
    "select schema_name, table_name, column_name, data_type from duckdb_columns()"
    " where database_name = current_database() and schema_name in ('marts', 'meta') order by all",
    "select schema_name, view_name, sql from duckdb_views()"
    " where database_name = current_database() and schema_name in ('marts', 'meta') order by all",
)
# Views of the publication have the words of codes in their text.
_WORDS = {"marts.dim_code", "meta.feed"}
_ERASED = "select list_sort(list(distinct key_id)), sum(rows_erased) from ledger.delivery"


@dataclass(frozen=True)
class Earlier:
    """The file and copies of a generation, its fingerprints, and how many were made from one another up to it."""

    file: Path
    prints: parts.Prints
    generations: int

    @property
    def copies(self) -> Path:
        return self.file.with_suffix("")


def shape(
    connection: duckdb.DuckDBPyConnection, settings: Settings, code_version: str, said: Sequence[Sequence[str]]
) -> str:
    """A fingerprint of everything but the rows: two generations of one shape differ only in parts of tables.

    The current database is the working one. said: descriptions of tables that are not of dbt.
    """
    found = [connection.execute(query).fetchall() for query in _STRUCTURE]
    columns = {f"{schema}.{table}" for schema, table, *_ in found[0]}
    found += [connection.execute(f"from {name} order by all").fetchall() for name in sorted(_WORDS & columns)]
    if _has_ledger(connection):
        found.append(connection.execute(_ERASED).fetchall())
    place = facts.place(settings)
    about = json.dumps([duckdb.__version__, code_version, list(map(list, said)), found, place], default=str)
    whole = hashlib.sha256(about.encode())
    package = sorted(Path(__file__).parent.glob("*.py"))
    for file in (settings.descriptions, settings.tombstones, *package):
        whole.update(file.read_bytes() if file.exists() else b"")
        whole.update(b"\0")
    return whole.hexdigest()


def _has_ledger(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_columns() where database_name = current_database()"
        " and schema_name = 'ledger' and table_name = 'delivery' and column_name in ('key_id', 'rows_erased')"
    ).fetchall()
    return bool(found[0][0] == 2)


def find(file: Path | None, wanted: str) -> Earlier | None:
    """The generation of this file, if the next one can be made from it; null if it has another shape, was the last of a
    row of generations, or cannot be read.

    A damaged file is not copied: one with noted fingerprints must have the bytes of then; of any other every value is
    read, on a connection of its own, because a damaged block ends a connection.
    """
    if file is None or (noted := _noted(file)) is None or noted.shape != wanted or noted.generations >= _WHOLE_EVERY:
        return None
    try:
        if noted.prints:
            if noted.sha256 != _sha256(file, noted.files):
                raise OSError("other bytes than were written")
            return Earlier(file, noted.prints, noted.generations)
        with duckdb.connect(config=offline_config()) as connection:
            connection.execute(f"attach {catalog.literal(file)} as earlier (read_only)")
            facts.beside(connection, file.parent)
            found = parts.prints(connection, parts.of_tables(parts.tables(connection, "earlier"), "earlier."))
    except (OSError, duckdb.Error) as error:
        log.warning("%s: the next generation is not made from it: %s", file, error)
        return None
    return Earlier(file, found, noted.generations)


@dataclass(frozen=True)
class _Noted:
    """files: those of facts, below the folder of the generation's file. sha256: of all of them together. prints: empty
    if the generation was written as a whole, without computing them."""

    shape: str
    generations: int
    files: list[str]
    sha256: str
    prints: parts.Prints


def note(of_shape: str, before: Earlier | None, file: Path, in_files: Sequence[str], prints: parts.Prints) -> None:
    """Writes beside a generation's copies what the next one has to know. file: finished. in_files: the files of facts,
    below its folder. prints: its fingerprints, if they are known; with a thousand days, computing them reads 13 million
    rows."""
    about = {
        "shape": of_shape,
        "generations": before.generations + 1 if before else 1,
        "files": list(in_files),
        "sha256": _sha256(file, in_files) if prints else "",
        "prints": {
            name: [[part and part.isoformat(), rows, total] for part, (rows, total) in found.items()]
            for name, found in prints.items()
        },
    }
    (file.with_suffix("") / NOTE).write_text(json.dumps(about), encoding="utf-8")


def _sha256(file: Path, in_files: Sequence[str]) -> str:
    """Of a generation: its file, and the files of facts that its views read."""
    whole = hashlib.sha256()
    for one in (file, *(file.parent / name for name in in_files)):
        with one.open("rb") as opened:
            hashlib.file_digest(opened, lambda: whole)
    return whole.hexdigest()


def _noted(file: Path) -> _Noted | None:
    try:
        about = json.loads((file.with_suffix("") / NOTE).read_text(encoding="utf-8"))
        prints = {
            str(name): {part and date.fromisoformat(part): (int(rows), int(total)) for part, rows, total in found}
            for name, found in about["prints"].items()
        }
        files = [str(name) for name in about["files"]]
        return _Noted(str(about["shape"]), int(about["generations"]), files, str(about["sha256"]), prints)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
