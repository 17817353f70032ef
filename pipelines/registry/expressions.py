"""The SQL in KPI files, bound to the columns of the facts as their yml declares them: no build, no data.

Belongs here: which expressions a KPI has and the type each must have; binding them in DuckDB against empty tables;
testing them on built tables after a failed build. Does not belong here: how the models use them
(macros/kpi_registry.sql).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import duckdb

from pipelines.documents import nearest
from pipelines.registry.model import FactEntry, Kpi, Measure, Rows, Support, Watch
from pipelines.warehouse.database_file import offline_config

Place = tuple[str | int, ...]

_MISSING_COLUMN = re.compile(r'(?:Referenced|Table "\w+" does not have a) column (?:named )?"(?P<name>[^"]+)"')
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_WANTED: Mapping[str, str] = {
    "boolean": "a condition is needed, true or false",
    "date": "a date is needed",
    "exact": "whole numbers or decimals are needed: the order in which floats are summed shows in the result",
    "any": "",
}


@dataclass(frozen=True)
class Expression:
    """A piece of SQL in a KPI file: its place, its fact, its required type."""

    place: Place
    fact: str
    sql: str
    wanted: str


def all_rows(kpi: Kpi) -> Iterator[tuple[Place, Rows]]:
    """All parts of a KPI that count rows of a fact: measures, supporting rows, watched rows."""
    for side_name, side in kpi.sides.items():
        for i, measure in enumerate(side.measures):
            place: Place = (side_name, "sums", i) if side.sums else (side_name,)
            yield place, measure
            for name, others in (("covered_by", measure.covered_by or []), ("watch", measure.watch or [])):
                yield from (((*place, name, j), rows) for j, rows in enumerate(others))


def expressions_of(kpi: Kpi, facts: Mapping[str, FactEntry]) -> list[Expression]:
    """All SQL of a KPI, including what it takes from the fact's own entry by default."""
    found: list[Expression] = []
    for place, rows in all_rows(kpi):
        fact = facts[rows.fact].fact
        said: list[tuple[Place, str | None, str]] = [(("day",), rows.day, "date"), (("where",), rows.where, "boolean")]
        span = rows.span or (None if rows.day else fact.span) or []
        said += [(("span", i), end, "date") for i, end in enumerate(span)]
        if isinstance(rows, Measure):
            said += [(("sum",), rows.sum, "exact"), (("org",), rows.org or fact.org, "any")]
            said += [(("distinct",), rows.distinct, "any")]
            for i, support in enumerate(rows.covered_by or []):
                said += [(("covered_by", i, "by", j), column, "any") for j, column in enumerate(support.by)]
        elif isinstance(rows, Support):
            key = "key" if rows.key else "by"
            said += [((key, i), column, "any") for i, column in enumerate(rows.key or rows.by)]
        elif isinstance(rows, Watch):
            said += [(("sum",), rows.sum, "exact")]
            said += [(("by", i), column, "any") for i, column in enumerate(rows.by)]
        found += [Expression((*place, *key), rows.fact, sql, wanted) for key, sql, wanted in said if sql is not None]
    return found


def expressions_of_fact(entry: FactEntry) -> list[Expression]:
    """All SQL in a fact's own entry."""
    fact = entry.fact
    said: list[tuple[Place, str | None, str]] = [
        (("key",), fact.key, "any"),
        (("org",), fact.org, "any"),
        (("where",), fact.where, "boolean"),
        (("behind_where",), fact.behind_where, "boolean"),
        *((("span", i), end, "date") for i, end in enumerate(fact.span or [])),
        (("falls_due", "flag"), fact.falls_due.flag if fact.falls_due else None, "boolean"),
        (("falls_due", "day"), fact.falls_due.day if fact.falls_due else None, "date"),
        *((("related_by", i), column, "any") for i, column in enumerate(fact.related_by or [])),
    ]
    return [Expression(place, entry.name, sql, wanted) for place, sql, wanted in said if sql is not None]


class Binder:
    """An empty database with one table per fact, in which expressions are bound and never run."""

    def __init__(self, facts: Mapping[str, FactEntry]) -> None:
        self.facts = facts
        self._connection = duckdb.connect(":memory:", config=offline_config())
        for fact in facts.values():
            if fact.columns:
                columns = ", ".join(f'"{name}" {kind}' for name, kind in fact.columns.items())
                self._connection.execute(f'create table "{fact.name}" ({columns})')
        moving = "select function_name from duckdb_functions() where stability <> 'CONSISTENT'"
        self._moving = {name for (name,) in self._connection.execute(moving).fetchall()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def problems(self, kpi: Kpi) -> list[tuple[Place, str]]:
        """The errors in the SQL of a KPI, by key."""
        found: list[tuple[Place, str]] = []
        for place, rows in all_rows(kpi):
            fact = self.facts[rows.fact]
            if not rows.day and not rows.span and not fact.fact.span:
                found.append((place, f"day or span is needed: {rows.fact} has no span of its own"))
            elif isinstance(rows, Measure) and kpi.kind == "flow" and (not rows.day or rows.window):
                # A row with several days would be counted on its first one only.
                found.append((place, "kind flow counts a row on one day: day is needed, and no window or span"))
            if isinstance(rows, Measure) and not rows.org and not fact.fact.org:
                found.append(((*place, "org"), f"is needed: {rows.fact} has none of its own"))
        by_fact: dict[str, list[Expression]] = {}
        for one in expressions_of(kpi, self.facts):
            by_fact.setdefault(one.fact, []).append(one)
        for several in by_fact.values():
            # All at once is quick; one by one finds the error.
            if not self._are_sound(several):
                found += [(one.place, problem) for one in several if (problem := self.problem(one))]
        return found

    def problems_of_fact(self, entry: FactEntry) -> list[tuple[Place, str]]:
        """The errors in a fact's own entry, by key."""
        found = [(one.place, problem) for one in expressions_of_fact(entry) if (problem := self.problem(one))]
        for i, other in enumerate(entry.fact.follows or []):
            if other.fact not in self.facts:
                problem = f"there is no fact {other.fact!r}{nearest(other.fact, self.facts)}"
                found.append((("follows", i, "fact"), problem))
            elif problem_there := self.problem(Expression((), other.fact, other.column, "any")):
                found.append((("follows", i, "column"), problem_there))
        return found

    def problem(self, one: Expression) -> str | None:
        """The error of an expression, or an empty text."""
        try:
            (kind,) = self._types([one])
        except duckdb.Error as error:
            return _told(error, one, self.facts)
        if other := self._not_of_the_row([one]):
            return f"{one.sql!r}: {other}: only the columns of the row count, by their bare names"
        return None if _is(kind, one.wanted) else f"{one.sql!r} is {kind.lower()}: {_WANTED[one.wanted]}"

    def _are_sound(self, several: Sequence[Expression]) -> bool:
        try:
            kinds = self._types(several)
        except duckdb.Error:
            return False
        if self._not_of_the_row(several):
            return False
        return all(_is(kind, one.wanted) for kind, one in zip(kinds, several, strict=True))

    def _not_of_the_row(self, several: Sequence[Expression]) -> str | None:
        """What the expressions read beside the columns of a row: another row, the moment, chance. A number with it
        would be another one at the next build; models know a fact's table by other names."""
        columns = set(self.facts[several[0].fact].columns)
        query = "select " + ", ".join(f"({one.sql})" for one in several)
        ((told,),) = self._connection.execute("select json_serialize_sql(?)", [query]).fetchall()
        for node in _nodes(json.loads(told)):
            kind = node.get("class")
            if kind == "SUBQUERY":
                return "a subquery"
            if kind == "FUNCTION" and node["function_name"] in self._moving:
                return f"{node['function_name']}()"
            if kind == "COLUMN_REF" and ".".join(node["column_names"]).lower() not in columns:
                return ".".join(node["column_names"])
        return None

    def _types(self, several: Sequence[Expression]) -> list[str]:
        # `where` allows neither aggregates nor windows: an expression is about one row.
        values = ", ".join(f"({one.sql})" for one in several)
        rows = " and ".join(f"(({one.sql}) is null)" for one in several)
        return [
            str(kind) for kind in self._connection.sql(f'select {values} from "{several[0].fact}" where {rows}').types
        ]


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    """All parts of a statement, as DuckDB writes its tree."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for one in part if isinstance(part, list) else ():
        yield from _nodes(one)


def _is(kind: str, wanted: str) -> bool:
    match wanted:
        case "boolean":
            return kind == "BOOLEAN"
        case "date":
            return kind in ("DATE", '"NULL"', "NULL")
        case "exact":
            return kind in _WHOLE or kind.startswith("DECIMAL")
        case _:
            return True


def _told(error: duckdb.Error, one: Expression, facts: Mapping[str, FactEntry]) -> str:
    text = str(error)
    if missing := _MISSING_COLUMN.search(text):
        name = missing["name"]
        return f"{one.fact} has no column {name!r}{nearest(name, facts[one.fact].columns)}"
    return f"{one.sql!r}: {text.splitlines()[0]}"


def failing(connection: duckdb.DuckDBPyConnection, kpi: Kpi, facts: Mapping[str, FactEntry]) -> list[tuple[Place, str]]:
    """The expressions of a KPI that fail on the rows of a built warehouse, by key.

    connection: a working database. Facts that are not built there are skipped.
    """
    found: list[tuple[Place, str]] = []
    built = set(connection.execute("select table_schema, table_name from information_schema.tables").fetchall())
    for one in expressions_of(kpi, facts):
        schema = _schema(facts[one.fact])
        if (schema, one.fact) not in built:
            continue
        try:
            connection.execute(f'select count(({one.sql})) from {schema}."{one.fact}"').fetchall()
        except duckdb.Error as error:
            found.append((one.place, _told(error, one, facts)))
    return found


def _schema(entry: FactEntry) -> str:
    """The folder of its model in `models/`: another schema may have a table of the same name."""
    return "work" if entry.file.parent.name == "work" else "marts"
