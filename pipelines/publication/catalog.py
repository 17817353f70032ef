"""The description of a publication: `meta.catalog`, schema `zh` (views of its tables under Chinese names, with words
for codes), and a view of what is in force of each table with validity.

Belongs here: extracting names, descriptions and grain from the comments of tables and columns (`中文名：说明 ·
English`) of everything that is published. Does not belong here: the texts (the yml of dbt's models), which tables are
published (`publish`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

CHINESE = "zh"

_SAYS = {
    "": "目录：已发布的每张表与每一列各一行 · One row a published table and one a column of it.",
    "table_name": "表 · Schema and table",
    "column_name": "列 · Column; null for the table itself",
    "position": "序号 · Position of the column in its table, from 1; 0 for the table itself",
    "zh": "中文名 · Chinese name: the name in schema zh",
    "description_zh": "中文说明 · What it holds, in Chinese",
    "description": "英文说明 · What it holds, in English",
    "data_type": "类型 · Type of the column; table, view or function for the table itself",
    "grain": "一行是什么 · What a row of the table is; null for columns",
}
_TYPES = {"position": "bigint"}


@dataclass(frozen=True)
class Entry:
    """A table or view (`column` is empty, `data_type` is table or view) or one of its columns, with its comment."""

    schema: str
    table: str
    column: str
    position: int
    data_type: str
    comment: str

    @property
    def description_zh(self) -> str:
        return self.comment.partition(" · ")[0]

    @property
    def description(self) -> str:
        return self.comment.partition(" · ")[2]

    @property
    def grain(self) -> str | None:
        """`One row a KPI and day: …` → `a KPI and day`; null for a column, or if the comment does not say it."""
        found = re.search(r"(?i)\bone row (an? [^.:;(]+)", self.description) if not self.column else None
        return found[1].strip() if found else None


def add_current(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Adds `<table>_current` for every table with `valid_to`: its rows that are in force now, one per entry; returns
    their names."""
    entries = {(entry.schema, entry.table, entry.column): entry for entry in read_entries(connection)}
    made = []
    for schema, table in [(schema, table) for schema, table, column in entries if column == "valid_to"]:
        whole, view = entries[schema, table, ""], f"{table}_current"
        name = f"{schema}.{quoted(view)}"
        connection.execute(f"create view {name} as select * from {schema}.{quoted(table)} where valid_to is null")
        title = whole.description_zh.partition("：")[0] or table
        comment = f"{title}（现行）：只含现行版本 · One row an entry in force: the current version of {schema}.{table}"
        say(connection, "view", schema, view, "", comment)
        for column, entry in [
            (key[2], entry) for key, entry in entries.items() if key[:2] == (schema, table) and key[2]
        ]:
            say(connection, "view", schema, view, column, entry.comment)
        made.append(f"{schema}.{view}")
    return made


def describe(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds schema `zh` and `meta.catalog` to the current database, in which everything else to be published
    must exist."""
    types = {name: _TYPES.get(name, "varchar") for name in _SAYS if name}
    connection.execute(f"create table meta.catalog ({', '.join(f'{name} {of}' for name, of in types.items())})")
    for name, comment in _SAYS.items():
        say(connection, "table", "meta", "catalog", name, comment)
    entries = read_entries(connection)
    names = chinese_names(entries)
    rows = [
        (
            f"{entry.schema}.{entry.table}", entry.column or None, entry.position, names[entry],
            entry.description_zh or None, entry.description or None, entry.data_type, entry.grain,
        )
        for entry in entries
    ]  # fmt: skip
    values = ", ".join(f"unnest(?::{of}[])" for of in types.values())
    connection.execute(f"insert into meta.catalog select {values}", [list(one) for one in zip(*rows, strict=True)])
    connection.execute(f"create schema {CHINESE}")
    words = _Words(connection, entries)
    for (schema, table), group in groupby(entries, key=lambda entry: (entry.schema, entry.table)):
        whole, *columns = group
        listed = ", ".join(f"{words.shown(entry)} as {quoted(names[entry])}" for entry in columns)
        view = f"{CHINESE}.{quoted(names[whole])}"
        connection.execute(f"create view {view} as select {listed} from {schema}.{quoted(table)}")
        say(connection, "view", CHINESE, names[whole], "", f"{schema}.{table}：{whole.comment}")
        for entry in columns:
            say(connection, "view", CHINESE, names[whole], names[entry], f"{entry.column}：{entry.comment}")


class _Words:
    """The Chinese words of the codes of each column, from `marts.dim_code` where it is published.

    A table's own codes come first, then those that every table uses, then those of its feed. A table of no feed has
    the words of all feeds' columns of that name; a code with different words in them stays a code.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> None:
        columns = {(f"{entry.schema}.{entry.table}", entry.column) for entry in entries}
        self._of: dict[tuple[str, str], dict[str, str]] = {}
        self._feeds: dict[str, str] = {}
        self._anywhere: dict[str, dict[str, set[str]]] = {}
        if ("marts.dim_code", "zh") in columns:
            for feed, column, code, zh in connection.execute(
                "select coalesce(feed, ''), column_name, code, zh from marts.dim_code where code <> zh order by all"
            ).fetchall():
                self._of.setdefault((feed, column), {})[code] = zh
                if "." in feed:
                    self._anywhere.setdefault(column, {}).setdefault(code, set()).add(zh)
        if ("meta.feed", "table_name") in columns:
            named = "select table_name, concat(platform, '.', feed) from meta.feed where table_name is not null"
            self._feeds = dict(connection.execute(named).fetchall())

    def shown(self, entry: Entry) -> str:
        """The column as SQL: a word for each known code, anything else as it is."""
        column = quoted(entry.column)
        words = self._words(entry.table.removesuffix("_current"), entry.column) if entry.data_type == "varchar" else {}
        if not words or (entry.schema, entry.table) == ("marts", "dim_code"):
            return column
        cases = " ".join(f"when {literal(code)} then {literal(zh)}" for code, zh in words.items())
        return f"case {column} {cases} else {column} end"

    def _words(self, table: str, column: str) -> dict[str, str]:
        own = self._of.get((table, column)) or self._of.get(("", column)) or {}
        if table in self._feeds:
            return {**self._of.get((self._feeds[table], column), {}), **own}
        alike = self._anywhere.get(column, {})
        return {**{code: min(words) for code, words in alike.items() if len(words) == 1}, **own}


def chinese_names(entries: Iterable[Entry]) -> dict[Entry, str]:
    """The Chinese name of each table and column, unique among the tables and within its table.

    Without a comment the name stays; if a name is used already, the English one is appended.
    """
    names: dict[Entry, str] = {}
    taken: dict[str, set[str]] = {}
    for entry in entries:
        among = taken.setdefault(f"{entry.schema}.{entry.table}" if entry.column else "", set())
        own = entry.column or entry.table
        name = entry.description_zh.partition("：")[0].strip() or own
        # The database ignores upper and lower case.
        if name.casefold() in among:
            name = f"{name}（{own}）"
        among.add(name.casefold())
        names[entry] = name
    return names


def say(connection: duckdb.DuckDBPyConnection, kind: str, schema: str, table: str, column: str, comment: str) -> None:
    """Sets the comment of a table or view (`kind` says which), or of its column if `column` is not empty."""
    name = f"{schema}.{quoted(table)}"
    on = f"column {name}.{quoted(column)}" if column else f"{kind} {name}"
    connection.execute(f"comment on {on} is {literal(comment)}")


def literal(text: str | Path) -> str:
    """A text or a path in SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def read_entries(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    """Each table and view followed by its columns."""
    rows = connection.execute(
        """
        select schema_name, table_name, '', 0, 'table', comment from duckdb_tables()
        where database_name = current_database()
        union all
        select schema_name, view_name, '', 0, 'view', comment from duckdb_views()
        where database_name = current_database() and not internal
        union all
        select schema_name, table_name, column_name, column_index, lower(data_type), comment from duckdb_columns()
        where database_name = current_database() and not internal
        order by 1, 2, 4
        """
    ).fetchall()
    return [
        Entry(schema, table, column, position, data_type, comment or "")
        for schema, table, column, position, data_type, comment in rows
    ]
