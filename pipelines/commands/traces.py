"""Searching files for texts that must be nowhere: the numbers of an erased person, and their tokens.

Belongs here: the ways in which a file can contain a text: its bytes in any encoding, parts of an archive, columns of a
database. Does not belong here: which texts and which files (`erasure`).
"""

import contextlib
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import duckdb

from pipelines.delivery import compression, tombstones
from pipelines.delivery.text_table import Held
from pipelines.warehouse.database_file import offline_config

_MOST_UNPACKED = 1 << 30
_KINDS_WITH_TEXT = ("VARCHAR", "VARCHAR[]", "BLOB")


class Traces:
    """The texts to be searched for. A context: one connection reads all tables, because a home has hundreds of Parquet
    files and a new connection costs 30 ms."""

    def __init__(self, texts: Sequence[str]) -> None:
        spellings = {text.encode(encoding) for text in texts for encoding in tombstones.ENCODINGS}
        # JSON escapes all signs but ASCII.
        self._bytes = sorted(spellings | {json.dumps(text)[1:-1].encode() for text in texts})
        self._pattern = "|".join(map(re.escape, texts))
        self._connection = duckdb.connect(config=offline_config())

    def __enter__(self) -> "Traces":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def places(self, file: Path) -> Iterator[str]:
        """Where a file contains one of the texts: `""` for its bytes, `: ` with a part of an archive or a column of a
        table. Raises OSError."""
        data = file.read_bytes()
        if compression.is_compressed(file):
            with contextlib.suppress(Held):
                data = compression.contents(file)
        if self._is_in(data):
            yield ""
        if data.startswith(b"PK"):
            yield from self._in_archive(file)
        # Tables are compressed: a search in their bytes is not enough.
        elif file.suffix == ".parquet":
            yield from self._in_table(f"read_parquet({_quoted(file)})", file.stem)
        elif file.suffix == ".duckdb":
            yield from self._in_database(file)

    def _is_in(self, data: bytes) -> bool:
        return any(text in data for text in self._bytes)

    def _in_archive(self, file: Path) -> Iterator[str]:
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(entry.file_size for entry in archive.infolist()) <= _MOST_UNPACKED:
                    for name in archive.namelist():
                        if self._is_in(archive.read(name)):
                            yield f": {name}"
        except tombstones.CANNOT_UNPACK:
            return  # its bytes were searched as they are

    def _in_database(self, file: Path) -> Iterator[str]:
        self._connection.execute(f"attach {_quoted(file)} as sought (read_only)")
        try:
            tables = self._connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'sought' order by all"
            ).fetchall()
            for schema, table in tables:
                yield from self._in_table(f'sought."{schema}"."{table}"', f"{schema}.{table}")
        finally:
            self._connection.execute("detach sought")

    def _in_table(self, table: str, shown: str) -> Iterator[str]:
        described = self._connection.execute(f"describe select * from {table}").fetchall()
        columns = [column for column, kind, *_ in described if kind in _KINDS_WITH_TEXT]
        if not columns:
            return
        found = ", ".join(
            f'''coalesce(bool_or(regexp_matches("{column.replace('"', '""')}"::varchar, $sought)), false)'''
            for column in columns
        )
        (flags,) = self._connection.execute(f"select {found} from {table}", {"sought": self._pattern}).fetchall()
        for column, is_found in zip(columns, flags, strict=True):
            if is_found:
                yield f": {shown}.{column}"


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
