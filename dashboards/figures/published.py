"""The published warehouse, read-only: which generation is current, and the results of the queries in queries/*.sql.

Belongs here: the pointer, connections, the cache; the only importer of duckdb. Does not belong here: SQL (queries/),
arithmetic on results (other modules of figures/), anything of Streamlit.

A rerun calls `current()` once and passes that publication to every `ask`, so that a page never mixes two generations.
An open generation stays readable after its file is unlinked. One that cannot be opened, or turns out to be damaged
while it is read, is skipped; the newest other readable one replaces it.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

import settings

Row: TypeAlias = Mapping[str, Any]

QUERIES = Path(__file__).resolve().parent.parent / "queries"
# Extensions are never downloaded or loaded: nothing here needs one, and an installation has no internet.
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
}
KEEP_OPEN = 3
KEEP_ANSWERS = 600


# DuckDB's messages about a damaged file.
_DAMAGE = ("corrupt", "could not read enough bytes", "not a valid duckdb", "invalidated")


class Unavailable(Exception):
    """A publication exists but cannot answer: damaged, or of another shape than these pages expect."""


@dataclass(frozen=True)
class Publication:
    generation: str
    built_at: datetime | None
    data_from: date | None
    data_through: date | None
    is_demo: bool
    code_version: str
    stands_in: bool
    """The pointer, or the generation that it names, cannot be read; this is the newest other one."""
    identity: tuple[str, int, int]


_lock = threading.RLock()
_open: OrderedDict[tuple[str, int, int], duckdb.DuckDBPyConnection] = OrderedDict()
_answers: OrderedDict[tuple[Any, ...], list[Row]] = OrderedDict()
_damaged: set[tuple[str, int, int]] = set()


@cache
def _sql(question: str) -> str:
    """The text of a query; `{part}` in it is the text of queries/parts/part.sql, which several queries share."""
    text = (QUERIES / f"{question}.sql").read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda found: (QUERIES / "parts" / f"{found[1]}.sql").read_text(encoding="utf-8"), text)


def pointer() -> str | None:
    """The file name in current.json, or None. A plain name in the folder: anything else is not a generation."""
    try:
        named = json.loads((settings.load().published / "current.json").read_text(encoding="utf-8"))["file"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return named if isinstance(named, str) and Path(named).name == named else None


def current() -> Publication | None:
    """The publication to show now; None if nothing was ever published."""
    folder = settings.load().published
    named = pointer()
    others = sorted(folder.glob("sihe-*.duckdb"), key=lambda path: (_changed_at(path), path.name), reverse=True)
    if named is None and not others:
        return None
    # The pointer may move meanwhile: two readings are enough, because a generation is kept for a while after the
    # pointer moves.
    for attempt in (named, pointer() or named):
        publication = _read(folder / attempt, stands_in=False) if attempt else None
        if publication:
            return publication
    for path in others:
        publication = _read(path, stands_in=True) if path.name != named else None
        if publication:
            return publication
    raise Unavailable(named)


def as_of(asked: str) -> Publication | None:
    """The newest readable generation that was published by a day (YYYYMMDD) or a moment (YYYYMMDD-HHMMSS); None if none
    is kept of that time."""
    latest = f"sihe-{asked if '-' in asked else f'{asked}-235959'}"
    folder = settings.load().published
    # Generations of the same second have a number after it: the same first 20 characters.
    kept = [path for path in folder.glob("sihe-*.duckdb") if path.stem[:20] <= latest]
    for path in sorted(kept, key=lambda path: (path.stem[:20], _changed_at(path)), reverse=True):
        if publication := _read(path, stands_in=False):
            return publication
    return None


def is_damaged(publication: Publication) -> bool:
    """Whether reading from it has failed: from now on `current` returns another one."""
    return publication.identity in _damaged


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path, *, stands_in: bool) -> Publication | None:
    with _lock:
        try:
            stat = path.stat()
            identity = (str(path), stat.st_mtime_ns, stat.st_size)
        except OSError:
            # Unlinked while open: the connection can still read it.
            kept = [key for key in _open if key[0] == str(path)]
            if not kept:
                return None
            identity = kept[-1]
        if identity in _damaged:
            return None
        try:
            if identity not in _open:
                _open[identity] = duckdb.connect(str(path), read_only=True, config=OPTIONS)
                while len(_open) > KEEP_OPEN:
                    _open.popitem(last=False)  # not closed: a slower session may still read from it
            build = _rows(identity, "build", {})
        except (duckdb.Error, OSError):
            _open.pop(identity, None)
            return None
    row = build[0] if build else {}
    return Publication(
        generation=str(row.get("generation") or path.stem.removeprefix("sihe-")),
        built_at=row.get("built_at"),
        data_from=row.get("data_from"),
        data_through=row.get("data_through"),
        is_demo=bool(row.get("is_demo")),
        code_version=str(row.get("code_version") or ""),
        stands_in=stands_in,
        identity=identity,
    )


def _rows(identity: tuple[str, int, int], question: str, params: dict[str, Any]) -> list[Row]:
    key = (identity, question, tuple(sorted((k, str(v)) for k, v in params.items())))
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return _answers[key]
        connection = _open.get(identity)
        if connection is None:
            connection = _open[identity] = duckdb.connect(identity[0], read_only=True, config=OPTIONS)
        cursor = connection.cursor()
    try:
        result = cursor.execute(_sql(question), params) if params else cursor.execute(_sql(question))
        names = [column[0] for column in result.description or []]
        rows: list[Row] = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    finally:
        cursor.close()
    with _lock:
        _answers[key] = rows
        while len(_answers) > KEEP_ANSWERS:
            _answers.popitem(last=False)
    return rows


def ask(publication: Publication, question: str, **params: Any) -> list[Row]:
    """The rows of queries/<question>.sql, cached by generation, query and parameters. The caller must not
    change them."""
    try:
        return _rows(publication.identity, question, params)
    except (duckdb.Error, OSError) as error:
        if any(word in str(error).lower() for word in _DAMAGE):
            _damaged.add(publication.identity)
        raise Unavailable(f"{question}: {error}") from error
