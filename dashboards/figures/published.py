"""The published warehouse, read-only: which generation is current, and the results of the queries in queries/*.sql.

Belongs here: the pointer, connections, the cache; the only importer of duckdb. Does not belong here: SQL (queries/),
what a scope may read (scope.py), arithmetic on results (other modules of figures/), anything of Streamlit.

A reader without a limit reads the file itself. For a scope, a database in memory has views of it under the same names,
and the queries see nothing else.

A rerun calls `current()` once and passes that publication to every `ask`, so that a page never mixes two generations.
An open generation stays readable after its file is unlinked, but for facts that are in Parquet files beside it. One
that cannot be opened, or turns out to be damaged while it is read, is skipped; the newest other readable one replaces
it.
"""

import json
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import duckdb

import settings
from figures import codes
from figures import scope as scopes

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]
Identity: TypeAlias = tuple[str, int, int]
"""Path, time of change and size of a generation's file."""

log = logging.getLogger("sihe.dashboard")
QUERIES = Path(__file__).resolve().parent.parent / "queries"
# Extensions are never downloaded or loaded: nothing here needs one, and an installation has no internet.
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
}
KEEP_OPEN, KEEP_OPEN_IN_ALL = 3, 48
"""Generations of one home, and of a city with the districts that it runs."""
KEEP_SCOPED = 16
"""Scopes with their views, of all generations: 25 MiB each, and a second to make; more of both where facts are in
files."""
KEEP_ANSWERS, KEEP_ROWS = 2000, 300_000
"""Fifty people ask for 1,600 different answers in ten views each; those have 160,000 rows, of some 200 bytes."""
KEEP_MADE = 300
"""What was made of answers, of all generations and scopes."""


# DuckDB's messages about a damaged file.
_DAMAGE = ("corrupt", "could not read enough bytes", "not a valid duckdb", "invalidated", ".parquet")
# Views of facts whose rows are in files; they stand for tables.
_OF_FILES = "starts_with(view_name, 'fct_') and contains(sql, 'read_parquet(')"


class Unavailable(Exception):
    """A publication exists but cannot answer: damaged, or of another shape than these pages expect."""


class Lacking(Unavailable):
    """It has no table, column or function of that name: another version of the program made it."""


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
    identity: Identity
    scope: str = ""
    """The code that all codes of the reader's area begin with; empty: no limit. Every answer is of this scope."""


_lock = threading.RLock()
_open: OrderedDict[Identity, duckdb.DuckDBPyConnection] = OrderedDict()
_scoped: OrderedDict[tuple[Identity, str], duckdb.DuckDBPyConnection] = OrderedDict()
_making: dict[tuple[Identity, str], threading.Lock] = {}
_asking: dict[tuple[Any, ...], threading.Lock] = {}
_answers: OrderedDict[tuple[Any, ...], list[Row]] = OrderedDict()
_made_of: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_damaged: set[Identity] = set()


@cache
def _sql(question: str) -> str:
    """The text of a query; `{part}` in it is the text of queries/parts/part.sql, which several queries share."""
    text = (QUERIES / f"{question}.sql").read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda found: (QUERIES / "parts" / f"{found[1]}.sql").read_text(encoding="utf-8"), text)


def folder(district: str) -> Path:
    """Where the publications are: of the home, or of a district that its city runs. Raises Unavailable for what is no
    code of a district."""
    if district and not codes.is_district(district):
        raise Unavailable(district)
    return settings.load().published_of(district)


def pointer(district: str = "") -> str | None:
    """The file name in current.json, or None. A plain name in the folder: anything else is not a generation."""
    try:
        named = json.loads((folder(district) / "current.json").read_text(encoding="utf-8"))["file"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return named if isinstance(named, str) and Path(named).name == named else None


def current(scope: str = "", district: str = "") -> Publication | None:
    """The publication to show now, to a reader of a scope; None if nothing was ever published. district: of one that
    the city runs, in place of the home's own."""
    place = folder(district)
    named = pointer(district)
    others = sorted(place.glob("sihe-*.duckdb"), key=lambda path: (_changed_at(path), path.name), reverse=True)
    if named is None and not others:
        return None
    # The pointer may move meanwhile: two readings are enough, because a generation is kept for a while after the
    # pointer moves.
    for attempt in (named, pointer(district) or named):
        publication = _read(place / attempt, scope, stands_in=False) if attempt else None
        if publication:
            return publication
    for path in others:
        publication = _read(path, scope, stands_in=True) if path.name != named else None
        if publication:
            return publication
    raise Unavailable(named)


def as_of(asked: str, scope: str = "", district: str = "") -> Publication | None:
    """The newest readable generation that was published by a day (YYYYMMDD) or a moment (YYYYMMDD-HHMMSS), for a reader
    of a scope; None if none is kept of that time."""
    latest = f"sihe-{asked if '-' in asked else f'{asked}-235959'}"
    # Generations of the same second have a number after it: the same first 20 characters.
    kept = [path for path in folder(district).glob("sihe-*.duckdb") if path.stem[:20] <= latest]
    for path in sorted(kept, key=lambda path: (path.stem[:20], _changed_at(path)), reverse=True):
        if publication := _read(path, scope, stands_in=False):
            return publication
    return None


def oldest(district: str = "") -> str:
    """The moment of the oldest generation that is kept, as `as_of` takes it; empty if there is none."""
    return min((path.stem[5:20] for path in folder(district).glob("sihe-*.duckdb")), default="")


def is_damaged(publication: Publication) -> bool:
    """Whether reading from it has failed: from now on `current` returns another one."""
    return publication.identity in _damaged


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path, scope: str, *, stands_in: bool) -> Publication | None:
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
                _open[identity] = _connected(str(path))
                beside = [key for key in _open if Path(key[0]).parent == path.parent]
                # Not closed: a slower session may still read from it.
                for key in beside[:-KEEP_OPEN] or list(_open)[:-KEEP_OPEN_IN_ALL]:
                    del _open[key]
            build = _rows(identity, "", "build", {})
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
        scope=scope,
    )


def _rows(identity: Identity, scope: str, question: str, params: dict[str, Any]) -> list[Row]:
    """Those that ask the same at the same time, as everybody does of a new generation, wait for one answer."""
    key = (identity, scope, question, tuple(sorted((k, str(v)) for k, v in params.items())))
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return _answers[key]
        asking = _asking.setdefault(key, threading.Lock())
    try:
        with asking:
            with _lock:
                if key in _answers:
                    return _answers[key]
            rows = _asked(identity, scope, question, params)
            with _lock:
                _answers[key] = rows
                while len(_answers) > KEEP_ANSWERS or (len(_answers) > 1 and _rows_kept() > KEEP_ROWS):
                    _answers.popitem(last=False)
            return rows
    finally:
        with _lock:
            _asking.pop(key, None)


def _rows_kept() -> int:
    return sum(map(len, _answers.values()))


def _asked(identity: Identity, scope: str, question: str, params: dict[str, Any]) -> list[Row]:
    cursor = (_views(identity, scope) if scope else _file(identity)).cursor()
    try:
        result = cursor.execute(_sql(question), params) if params else cursor.execute(_sql(question))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    finally:
        cursor.close()


def _file(identity: Identity) -> duckdb.DuckDBPyConnection:
    """The generation itself."""
    with _lock:
        connection = _open.get(identity)
        if connection is None:
            connection = _open[identity] = _connected(identity[0])
    return connection


def _connected(path: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path, read_only=True, config=OPTIONS)
    _look_beside(connection, path)
    return connection


def _look_beside(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Views of facts name their files from the folder of the generation's file."""
    folder = str(Path(path).parent).replace("'", "''")
    connection.execute(f"set global file_search_path = '{folder}'")


def _views(identity: Identity, scope: str) -> duckdb.DuckDBPyConnection:
    """The generation as a scope may read it, made at the first question; others go on reading meanwhile."""
    key = (identity, scope)
    with _lock:
        if key in _scoped:
            _scoped.move_to_end(key)
            return _scoped[key]
        making = _making.setdefault(key, threading.Lock())
    with making:
        with _lock:
            if key in _scoped:
                return _scoped[key]
        connection = _made(identity, scope)
        with _lock:
            _scoped[key] = connection
            _making.pop(key, None)
            while len(_scoped) > KEEP_SCOPED:
                _scoped.popitem(last=False)  # not closed: a slower session may still read from it
    return connection


def _made(identity: Identity, scope: str) -> duckdb.DuckDBPyConnection:
    """A database in memory with the generation attached, its tables as views of a scope, and its views and functions
    made again of these: their text names tables without a database, so that they find the views."""
    connection = duckdb.connect(":memory:", config=OPTIONS)
    # No query can name what nobody knows; queries are fixed files with parameters, this is a second lock.
    source = f"generation_{secrets.token_hex(16)}"
    path = identity[0].replace("'", "''")
    connection.execute(f"attach '{path}' as {source} (read_only)")
    _look_beside(connection, identity[0])
    columns = connection.execute(
        "select schema_name, table_name, list(column_name order by column_index), estimated_size"
        " from duckdb_columns() inner join (select database_name, schema_name, table_name, estimated_size"
        " from duckdb_tables() union all select database_name, schema_name, view_name, null from duckdb_views()"
        f" where {_OF_FILES}) using (database_name, schema_name, table_name)"
        " where database_name = ? group by all order by all",
        [source],
    ).fetchall()
    connection.execute("begin")
    for schema in scopes.policy():
        connection.execute(f'create schema if not exists "{schema}"')
    for text in scopes.views(
        [scopes.Published(schema, name, tuple(of), rows) for schema, name, of, rows in columns], scope, source
    ):
        connection.execute(text)
    connection.execute("commit")
    waiting = _made_again(connection, source)
    while waiting:
        # A view may be of another one: those that failed are tried again after the others.
        failed = [text for text in waiting if not _is_made(connection, text)]
        if len(failed) == len(waiting):
            log.info("not there for a scope: %s", ", ".join(text.partition(" AS ")[0] for text in failed))
            break
        waiting = failed
    # Nothing else can be attached or read, and this cannot be undone.
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _is_made(connection: duckdb.DuckDBPyConnection, text: str) -> bool:
    try:
        connection.execute(text)
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def _made_again(connection: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """The texts of the generation's views and functions, those of the Chinese names last: they use the others."""
    views = connection.execute(
        "select schema_name, view_name, sql from duckdb_views() where database_name = ? and not internal"
        f" and not ({_OF_FILES})",
        [source],
    ).fetchall()
    functions = connection.execute(
        "select schema_name, function_name, parameters, macro_definition from duckdb_functions()"
        " where database_name = ? and function_type = 'table_macro' and not internal",
        [source],
    ).fetchall()
    texts = [(schema, name, text) for schema, name, text in views]
    for schema, name, parameters, body in functions:
        given = ", ".join(f'"{parameter}"' for parameter in parameters)
        texts.append((schema, name, f'CREATE MACRO "{schema}"."{name}"({given}) AS TABLE {body}'))
    order = list(scopes.policy())
    texts = [one for one in texts if one[0] in order and scopes.is_made(one[0], one[1])]
    return [text for _, _, text in sorted(texts, key=lambda one: order.index(one[0]))]


def ask(publication: Publication, question: str, **params: Any) -> list[Row]:
    """The rows of queries/<question>.sql, cached by generation, scope, query and parameters. The caller must not
    change them."""
    try:
        return _rows(publication.identity, publication.scope, question, params)
    except (duckdb.Error, OSError) as error:
        if any(word in str(error).lower() for word in _DAMAGE):
            _damaged.add(publication.identity)
        is_lacking = isinstance(error, duckdb.CatalogException | duckdb.BinderException)
        raise (Lacking if is_lacking else Unavailable)(f"{question}: {error}") from error


def kept(publication: Publication, name: str, asked: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """What `make` makes of answers, kept by generation and scope, under a name and what was asked. `make` may depend on
    nothing else, and the caller must not change the result."""
    key = (publication.identity, publication.scope, name, asked)
    with _lock:
        if key in _made_of:
            _made_of.move_to_end(key)
            found: T = _made_of[key]
            return found
    made = make()
    with _lock:
        _made_of[key] = made
        while len(_made_of) > KEEP_MADE:
            _made_of.popitem(last=False)
    return made


def terms(publication: Publication) -> dict[str, str]:
    """The English words of Chinese texts of the data: offices and kinds of events."""
    return {row["zh"]: row["en"] for row in ask_if_there(publication, "terms")}


def ask_if_there(publication: Publication, question: str, **params: Any) -> list[Row]:
    """As `ask`, or none if the generation does not have the table: an older one, or a city's. For what a page is whole
    without: an empty list must not read as none of something."""
    try:
        return ask(publication, question, **params)
    except Lacking:
        return []
