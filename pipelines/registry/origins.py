"""Which columns of the tables beneath it a query's columns are made of, followed through the SQL.

Belongs here: one query of DuckDB, followed with sqlglot. Does not belong here: all models of a build, and keeping what
was found (`orchestration.column_lineage`), what a KPI reads (`columns_read`).

sqlglot's own `lineage` follows one column at a time, 46 s of processor time for all models; this takes 4 s.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

Relation: TypeAlias = tuple[str, str]
"""Schema and table."""
Origins: TypeAlias = dict[str, list[tuple[Relation, str]]]
"""Column of a query → the columns of tables that it is made of."""
_Set: TypeAlias = set[tuple[Relation, str]]
Columns: TypeAlias = Mapping[Relation, Mapping[str, str]]
"""Columns and their types, of every relation."""


def schema_of(columns: Columns) -> MappingSchema:
    """The columns as sqlglot looks them up. Made once for all models: for each of them it was a quarter of the time."""
    schema: dict[str, Any] = {}
    for (name, table), types in columns.items():
        schema.setdefault(name, {})[table] = dict(types)
    return MappingSchema(schema, dialect="duckdb")


def of_query(sql: str, schema: MappingSchema) -> Origins:
    """The origins of a query's columns; raises SqlglotError if it is no query of DuckDB. A column that is only
    filtered, joined or sorted by is none."""
    return {column: sorted(origins) for column, origins in _followed(sql, schema, _Followed())[0].items()}


def with_conditions(sql: str, schema: MappingSchema) -> tuple[Origins, list[tuple[Relation, str]]]:
    """The same, and what decides which rows there are at all: filters and inner joins. A column of a table that
    is joined also has the columns that it is joined by, and those that decide which rows that table has."""
    columns, rows = _followed(sql, schema, _Decided())
    return {column: sorted(origins) for column, origins in columns.items()}, sorted(rows)


def _followed(sql: str, schema: MappingSchema, following: "_Followed") -> tuple[dict[str, _Set], _Set]:
    tree = qualify(
        sqlglot.parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb", validate_qualify_columns=False
    )
    root = build_scope(tree)
    return (following.of(root), following.rows(root)) if root else ({}, _Set())


class _Followed:
    """The scopes of a query that have been followed."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, _Set]] = {}

    def of(self, scope: Scope) -> dict[str, _Set]:
        """The origins of each of the scope's columns."""
        key = id(scope)
        if key not in self._found:
            # A recursive query reads itself: what it begins with is in its first part.
            self._found[key] = {}
            self._found[key] = self._together(scope) if scope.set_operation_scopes else self._selected(scope)
        return self._found[key]

    def rows(self, scope: Scope) -> _Set:
        """What decides which rows the scope has; not followed here."""
        return _Set()

    def _together(self, scope: Scope) -> dict[str, _Set]:
        """Columns of set operations are matched by position."""
        parts = [list(self.of(part).values()) for part in scope.set_operation_scopes]
        query = scope.expression
        names = query.named_selects if isinstance(query, exp.Query) else []
        return {name: _Set().union(*each) for name, *each in zip(names, *parts, strict=False)}

    def _selected(self, scope: Scope) -> dict[str, _Set]:
        origins: dict[str, _Set] = {}
        query = scope.expression
        for selected in query.selects if isinstance(query, exp.Query | exp.UDTF) else ():
            origins[selected.alias_or_name] = self._read(selected, scope) | self._beneath(selected, scope)
        return origins

    def _beneath(self, expression: exp.Expr, scope: Scope) -> _Set:
        """Of the subqueries in an expression."""
        subqueries = {id(part.expression): part for part in scope.subquery_scopes}
        inner = [subqueries[id(node)] for node in expression.walk() if id(node) in subqueries]
        return _Set().union(*(self._of_subquery(part, scope) for part in inner))

    def _of_subquery(self, part: Scope, scope: Scope) -> _Set:
        return _Set().union(*self.of(part).values())

    def _read(self, selected: exp.Expr, scope: Scope) -> _Set:
        origins = _Set()
        # The columns of a subquery are its own.
        for column in selected.walk(prune=lambda node: isinstance(node, exp.Query)):
            if isinstance(column, exp.Column):
                origins |= self._column(column, scope)
        return origins

    def _column(self, column: exp.Column, scope: Scope) -> _Set:
        source = scope.sources.get(column.table)
        if isinstance(source, Scope) and isinstance(source.expression, exp.UDTF):
            # `unnest` and its like read columns of the tables beside them.
            return self._read(source.expression, scope)
        if isinstance(source, Scope):
            return self.of(source).get(column.name, _Set())
        return {((source.db, source.name), column.name)} if isinstance(source, exp.Table) else _Set()


class _Decided(_Followed):
    """The same with what decides which rows there are."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[int, _Set] = {}

    def rows(self, scope: Scope) -> _Set:
        key = id(scope)
        if key not in self._rows:
            self._rows[key] = _Set()
            optional = {join.alias_or_name for join in _joins(scope) if join.side in ("LEFT", "FULL")}
            asked = [scope.expression.args.get(name) for name in ("where", "having", "qualify")]
            asked += [join.args.get("on") for join in _joins(scope) if join.alias_or_name not in optional]
            conditions = [one for one in asked if one is not None]
            found = [self._read(one, scope) | self._beneath(one, scope) for one in conditions]
            found += [self.rows(part) for part in scope.set_operation_scopes]
            found += [
                self.rows(source)
                for name, (_, source) in scope.selected_sources.items()
                if name not in optional and isinstance(source, Scope)
            ]
            self._rows[key] = _Set().union(*found)
        return self._rows[key]

    def _of_subquery(self, part: Scope, scope: Scope) -> _Set:
        """Also the columns of the query around it that it asks for."""
        around = (self._column(column, scope) for column in part.external_columns)
        return super()._of_subquery(part, scope).union(self.rows(part), *around)

    def _column(self, column: exp.Column, scope: Scope) -> _Set:
        found = super()._column(column, scope)
        join = next((one for one in _joins(scope) if one.alias_or_name == column.table), None)
        if join is None:
            return found
        source, on = scope.sources.get(column.table), join.args.get("on")
        for other in on.find_all(exp.Column) if on is not None else ():
            if other.table != column.table:
                found = found | super()._column(other, scope)
        return found | self.rows(source) if isinstance(source, Scope) else found


def _joins(scope: Scope) -> list[exp.Join]:
    return scope.expression.args.get("joins") or []
