"""Queries to the publication in force for `sihe query`, `sihe catalog` and `sihe export`.

Belongs here: opening a generation so that nothing can be changed or reached through it, results as text, copies on
request. Does not belong here: what is published (`publish`), arguments and exit codes (`cli`).
"""

import csv
import io
import itertools
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import duckdb

from pipelines.publication import copies, facts, functions, publish, workbook
from pipelines.warehouse.database_file import is_damage, offline_config

WIDEST = 60
"""Of a column of text on a terminal."""
_ROWS_AT_ONCE = 10_000
_OF_FILES = {b"copy", b"export", b"attach"}

FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], None]] = {
    "parquet": copies.write_parquet,
    "csv": copies.write_csv,
    "xlsx": lambda connection, folder: workbook.write(connection, folder / workbook.WORKBOOK),
}

_TABLES = "select table_name, zh, grain from meta.catalog where column_name is null order by 1"
_COLUMNS = """
select coalesce(c.column_name, c.table_name) as name, c.zh, c.data_type, c.description
from meta.catalog as c
inner join meta.catalog as t on c.table_name = t.table_name and t.column_name is null
where $name in (t.table_name, split_part(t.table_name, '.', 2), t.zh)
order by c.table_name, c.position
"""


class NothingPublished(RuntimeError):
    """There is no generation to query."""


class Incomplete(RuntimeError):
    """A part of the rows was written already when the query failed."""


@dataclass(frozen=True)
class Answer:
    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    is_cut: bool = False
    """Whether there are more rows than requested."""
    stands_in: str | None = None
    """The generation that answered if the newest one cannot be read; else null."""


@dataclass(frozen=True)
class InForce:
    """What readers get, with the words of the pointer; all null if nothing can be read. unreadable: what should be in
    force in its place, and is damaged: a generation, or the pointer itself."""

    generation: str | None = None
    built_at: str | None = None
    data_from: str | None = None
    data_through: str | None = None
    file: Path | None = None
    unreadable: str | None = None


Asked = TypeVar("Asked")


def in_force(published: Path) -> InForce:
    """Which generation answers now."""
    pointer = publish.current(published) or {}
    files = list(publish.readable(published))
    unreadable = None
    if files:
        unreadable = pointer.get("generation") or publish.POINTER
    for file, stands_in in files:
        try:
            with _opened(file) as connection:
                found = connection.execute("from meta.build")
                columns = [column for column, *_ in found.description or []]
                told = {
                    column: None if value is None else str(value)
                    for column, value in zip(columns, found.fetchall()[0], strict=True)
                }
        except duckdb.Error:
            continue
        if not stands_in:
            told, unreadable = pointer, None
        days = (told.get("data_from"), told.get("data_through"))
        return InForce(told.get("generation"), told.get("built_at"), *days, file, unreadable)
    return InForce(unreadable=unreadable)


def ask(published: Path, query: str, most_rows: int | None = None) -> Answer:
    """The rows of one query over the current generation; raises duckdb.Error, NothingPublished.

    A query can read only the generation: no other file, no network, no settings.
    """

    def asked(connection: duckdb.DuckDBPyConnection) -> Answer:
        return _answer(_run(connection, query), most_rows)

    answer, stands_in = _of_the_newest_readable(published, asked)
    return replace(answer, stands_in=stands_in)


def stream_csv(published: Path, query: str, write: Callable[[str], object]) -> str | None:
    """Writes all rows of one query as CSV, some thousands at a time; returns what stands in, as `Answer` has it. Raises
    as `ask`. No text can be a formula."""

    def asked(connection: duckdb.DuckDBPyConnection) -> None:
        found = _run(connection, query)
        columns = [column for column, *_ in found.description or []]
        write(as_csv(Answer(columns, found.fetchmany(_ROWS_AT_ONCE))))
        try:
            while rows := found.fetchmany(_ROWS_AT_ONCE):
                write("".join(_record(map(_field, row)) for row in rows))
        except duckdb.Error as error:
            # Another generation must not continue what this one began.
            raise Incomplete(f"the rows end before all were written: {error}") from error

    return _of_the_newest_readable(published, asked)[1]


def catalog(published: Path, table: str | None) -> Answer:
    """The published tables, or one with its columns; its name may be with or without schema, or Chinese."""
    name = table and table.removeprefix("zh.")

    def asked(connection: duckdb.DuckDBPyConnection) -> Answer:
        return _answer(connection.execute(_COLUMNS, {"name": name}) if name else connection.execute(_TABLES))

    answer, stands_in = _of_the_newest_readable(published, asked)
    return replace(answer, stands_in=stands_in)


def export(published: Path, to: Path, form: str) -> Path:
    """Copies the current generation into a new folder below `to` and returns the folder; raises FileExistsError."""

    def asked(connection: duckdb.DuckDBPyConnection) -> Path:
        (generation,) = connection.execute("select generation from meta.build").fetchall()[0]
        target = to / f"sihe-{generation}-{form}"
        if target.exists():
            raise FileExistsError(f"{target} is there already")
        half = to / f".{target.name}.tmp"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        try:
            FORMATS[form](connection, half)
            half.rename(target)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)  # on a full disk it takes the space
            raise
        return target

    return _of_the_newest_readable(published, asked)[0]


def _of_the_newest_readable(
    published: Path, asked: Callable[[duckdb.DuckDBPyConnection], Asked]
) -> tuple[Asked, str | None]:
    """The result of the first generation that can be read: the one that the pointer names, then older ones; with the
    name of the generation if it is a substitute. Errors of the query itself are raised unchanged."""
    damage: duckdb.Error | None = None
    for file, stands_in in publish.readable(published):
        try:
            with _opened(file) as connection:
                return _interruptibly(connection, asked), file.stem.removeprefix("sihe-") if stands_in else None
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            damage = damage or error
    if damage is not None:
        raise damage
    raise NothingPublished("nothing is published yet: sihe run")


def _interruptibly(connection: duckdb.DuckDBPyConnection, asked: Callable[[duckdb.DuckDBPyConnection], Asked]) -> Asked:
    """In a thread of its own: while DuckDB fetches many rows, Python does not see Ctrl-C."""
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(asked, connection)
        try:
            return answer.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


@contextmanager
def _opened(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(file), read_only=True, config=offline_config()) as connection:
        connection.execute("from meta.build")
        facts.allow(connection, file.parent)
        yield connection


def _run(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    _refuse_files(query)
    connection.execute("set enable_progress_bar = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    try:
        # None for no statement at all: an empty text, or only a comment.
        found: duckdb.DuckDBPyConnection | None = connection.execute(query)
    except duckdb.CatalogException as error:
        raise duckdb.CatalogException(functions.explained(str(error))) from error
    if found is None:
        raise duckdb.ParserException("the query is empty")
    return found


def _refuse_files(query: str) -> None:
    """What may be read could be written over: DuckDB knows no files that can only be read, and lets a query write
    beside the generation, where it keeps what has no room in memory. The words are also statements in `with`,
    `prepare` and `explain analyze`."""
    text = query.encode()
    starts = [(at, kind == duckdb.token_type.keyword) for at, kind in duckdb.tokenize(query)]
    for (at, is_keyword), (end, _) in itertools.pairwise([*starts, (len(text), False)]):
        if is_keyword and text[at:end].strip().lower() in _OF_FILES:
            raise duckdb.PermissionException("a query reads the generation, it copies nothing: see sihe export")


def _answer(found: duckdb.DuckDBPyConnection, most_rows: int | None = None) -> Answer:
    columns = [column for column, *_ in found.description or []]
    rows = found.fetchall() if most_rows is None else found.fetchmany(most_rows + 1)
    return Answer(columns, rows[:most_rows], most_rows is not None and len(rows) > most_rows)


def as_csv(answer: Answer) -> str:
    """With a header line; no text can be a formula."""
    records = [[copies.safe(column) for column in answer.columns]]
    return "".join(map(_record, itertools.chain(records, (map(_field, row) for row in answer.rows))))


def _record(fields: Iterable[object]) -> str:
    """Ends with LF, as in a terminal. It is written with CR LF first: otherwise a single CR in a text is not quoted,
    and a spreadsheet starts a row there."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(fields)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _field(cell: object) -> object:
    """Numbers stay numbers; everything else, including intervals, becomes text."""
    if cell is None:
        return ""
    return cell if isinstance(cell, int | float | Decimal) else copies.safe(str(cell))


def as_text(answer: Answer, widest: int | None = None) -> str:
    """Aligned columns: texts longer than `widest` are cut, numbers right-aligned, a Chinese character two
    columns wide."""
    lines = [list(answer.columns), *([_shown(cell, widest) for cell in row] for row in answer.rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(answer.columns))]
    is_number = [
        any(cell is not None for cell in cells) and all(isinstance(cell, int | float | None) for cell in cells)
        for cells in zip(*answer.rows, strict=True)
    ] or [False] * len(widths)
    shown = [
        "  ".join(
            " " * (width - _width(text)) + text if right else text + " " * (width - _width(text))
            for text, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([shown[0], "  ".join("-" * width for width in widths), *shown[1:]])


def _shown(cell: object, widest: int | None) -> str:
    """One line, without control characters."""
    text = "" if cell is None else f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    if widest is None or _width(text) <= widest:
        return text
    cut, room = "", widest - 1
    for sign in text:
        room -= _width(sign)
        if room < 0:
            break
        cut += sign
    return f"{cut}…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
