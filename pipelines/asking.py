"""Questions to the publication in force, as `sihe query`, `sihe catalog` and `sihe export` ask them.

Belongs here: opening a generation so that nothing can be changed or reached through it, answers as text, copies that
somebody asks for. Does not belong here: what is published (`publish`), arguments and exit codes (`cli`).
"""

import csv
import io
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import copies, publish
from pipelines.warehouse import offline_config

FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], None]] = {
    "parquet": copies.write_parquet,
    "csv": copies.write_csv,
    "xlsx": lambda connection, folder: copies.write_workbook(connection, folder / copies.WORKBOOK),
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
    """There is no generation to ask."""


@dataclass(frozen=True)
class Answer:
    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    is_cut: bool = False
    """Whether there are more rows than were asked for."""


def ask(published: Path, query: str, most_rows: int | None = None) -> Answer:
    """The rows of one query over the current generation; raises duckdb.Error, NothingPublished.

    A query can read the generation and nothing else: no file, no network, no setting.
    """
    with _opened(published) as connection:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        return _answer(connection.execute(query), most_rows)


def catalog(published: Path, table: str | None) -> Answer:
    """The published tables, or one with its columns; it may be named with or without its schema, or in Chinese."""
    with _opened(published) as connection:
        return _answer(connection.execute(_COLUMNS, {"name": table}) if table else connection.execute(_TABLES))


def export(published: Path, to: Path, form: str) -> Path:
    """Copies of the current generation in a new folder below `to`, which is returned; raises FileExistsError."""
    with _opened(published) as connection:
        (generation,) = connection.execute("select generation from meta.build").fetchall()[0]
        target = to / f"sihe-{generation}-{form}"
        if target.exists():
            raise FileExistsError(f"{target} is there already")
        half = to / f".{target.name}.tmp"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        FORMATS[form](connection, half)
        half.rename(target)
    return target


def _opened(published: Path) -> duckdb.DuckDBPyConnection:
    pointer = publish.current(published)
    if pointer is None:
        raise NothingPublished("nothing is published yet: sihe run")
    return duckdb.connect(str(published / str(pointer.get("file"))), read_only=True, config=offline_config())


def _answer(found: duckdb.DuckDBPyConnection, most_rows: int | None = None) -> Answer:
    columns = [column for column, *_ in found.description or []]
    rows = found.fetchall() if most_rows is None else found.fetchmany(most_rows + 1)
    return Answer(columns, rows[:most_rows], most_rows is not None and len(rows) > most_rows)


def as_csv(answer: Answer) -> str:
    """With a line of names; no text a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([copies.safe(column) for column in answer.columns])
    for row in answer.rows:
        writer.writerow(["" if cell is None else copies.safe(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def as_text(answer: Answer, widest: int = 60) -> str:
    """Columns side by side for a terminal: long texts cut, numbers to the right, a Chinese character two wide."""
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


def _shown(cell: object, widest: int) -> str:
    """One line, and nothing that a terminal would take for an order."""
    text = "" if cell is None else f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    if _width(text) <= widest:
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
