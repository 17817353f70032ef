"""Views that take a minute when they are read as a whole become functions with required arguments.

Belongs here: which views, their arguments, and the replacement in a publication, under the Chinese name too. A client
that previews every table and view then finds only those that answer at once. Does not belong here: what the views say
(dbt's models; in the working file they stay views), their descriptions (`catalog`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.publication import catalog


@dataclass(frozen=True)
class Argument:
    """A parameter of a function, its Chinese name, and the rows it asks for; null asks for all of them."""

    name: str
    zh: str
    condition: str


_KPI = Argument("of_kpi", "哪个指标", "kpi_id = of_kpi")
_ORG = Argument("of_org", "哪个组织", "org_code = of_org")


def _days(column: str) -> tuple[Argument, Argument]:
    return (
        Argument("from_day", "从哪天", f"{column} >= cast(from_day as date)"),
        Argument("to_day", "到哪天", f"{column} <= cast(to_day as date)"),
    )


# No column of a fact may have the name of an argument: inside the function it would mean the argument.
FUNCTIONS: Mapping[str, Sequence[Argument]] = {
    "marts.index_change": (_ORG, *_days("as_of")),
    "marts.kpi_change": (_KPI, *_days("as_of")),
    "marts.kpi_evidence": (_KPI, _ORG, *_days("kpi_date")),
}


def call(name: str) -> str:
    """How the function is called, with the names of its arguments: `marts.f(of_kpi, from_day, to_day)`."""
    return f"{name}({', '.join(argument.name for argument in FUNCTIONS[name])})"


def everything(name: str) -> str:
    """What to select from to get all rows of a table, view or function."""
    return f"{name}({', '.join('null' for _ in FUNCTIONS[name])})" if name in FUNCTIONS else name


def explained(error: str) -> str:
    """The error of a query, with how a function is called if the query takes one for a table."""
    missing = re.search(r"Table with name \"?(?:marts\.)?(\w+)", error)
    name = f"marts.{missing[1]}" if missing else ""
    if name not in FUNCTIONS:
        return error
    return f"{name} is a function: {call(name)}; null for an argument asks for all"


def replace_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Turns the views of FUNCTIONS that the current database has into functions, and says so in `meta.catalog`, which
    must have been written."""
    views: dict[tuple[str, str], tuple[str, str]] = {
        (schema, view): (text, comment)
        for schema, view, text, comment in connection.execute(
            "select schema_name, view_name, sql, coalesce(comment, '') from duckdb_views()"
            " where database_name = current_database()"
        ).fetchall()
    }
    chinese = dict(
        connection.execute("select table_name, zh from meta.catalog where column_name is null order by all").fetchall()
    )
    for name, arguments in FUNCTIONS.items():
        schema, _, view = name.partition(".")
        if (schema, view) not in views:
            continue
        text, comment = views[schema, view]
        wanted = " and ".join(f"({argument.name} is null or {argument.condition})" for argument in arguments)
        body = f"select * from ({_query(text)}) where {wanted}"
        _create(connection, (schema, view), [argument.name for argument in arguments], body, _calls(name, comment))
        text, comment = views[catalog.CHINESE, chinese[name]]
        given = ", ".join(catalog.quoted(argument.zh) for argument in arguments)
        body = _query(text).replace(f"FROM {name}", f"FROM {name}({given})")
        of = (catalog.CHINESE, chinese[name])
        _create(connection, of, [argument.zh for argument in arguments], body, _calls(name, comment))
        connection.execute(
            "update meta.catalog set data_type = 'function', description_zh = concat(description_zh, ?),"
            " description = concat(description, ?) where table_name = ? and column_name is null",
            [*_says(name), name],
        )


def _create(
    connection: duckdb.DuckDBPyConnection, of: tuple[str, str], arguments: Sequence[str], body: str, comment: str
) -> None:
    name = f"{of[0]}.{catalog.quoted(of[1])}"
    connection.execute(f"drop view {name}")
    connection.execute(f"create macro {name}({', '.join(map(catalog.quoted, arguments))}) as table {body}")
    connection.execute(f"comment on macro table {name} is {catalog.literal(comment)}")


def _query(view: str) -> str:
    return view.partition(" AS ")[2].rstrip("; \n")


def _calls(name: str, comment: str) -> str:
    zh, _, en = comment.partition(" · ")
    said_zh, said = _says(name)
    return f"{zh}{said_zh} · {en}{said}"


def _says(name: str) -> tuple[str, str]:
    return (
        f"。调用：{call(name)}，参数为null表示不限",
        f" A function: {call(name)}; null for an argument asks for all.",
    )
