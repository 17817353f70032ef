"""Which columns of a feed each KPI reads, followed from its file through the models' SQL to the delivered columns.

Belongs here: the columns that a KPI's file names, and what they are made of. Does not belong here: the models' SQL
(`model_sql`), following a query (`origins`).

A KPI reads a column if it counts by it, or if it decides which rows it counts. A row that is rejected is in no KPI at
all: this says which numbers depend on what is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipelines.registry import expressions, origins
from pipelines.registry.loading import KpiFile, Registry
from pipelines.registry.model_sql import CannotRender, Models

_ORIGIN = ("_business_date", "_file_name", "_row_number")


def readers(registry: Registry, feed: str, feeds: Mapping[str, Sequence[str]]) -> dict[str, list[KpiFile]]:
    """Column of a feed → the KPIs that read it, in the registry's order. feeds: the stored columns of every feed.

    A KPI whose models cannot be followed is said to read all columns.
    """
    found: dict[str, list[KpiFile]] = {name: [] for name in feeds[feed]}
    followed = _Followed(registry, feed, feeds)
    for kpi in registry.standing_on(feed):
        for column in sorted(followed.read_by(kpi) & found.keys()):
            found[column].append(kpi)
    return found


class _Followed:
    def __init__(self, registry: Registry, feed: str, feeds: Mapping[str, Sequence[str]]) -> None:
        self._facts = {entry.name: entry for entry in registry.facts}
        self._feed, self._columns = feed, frozenset(feeds[feed])
        self._models = Models({name: entry.values for name, entry in self._facts.items()}, feeds)
        kinds = {("", name): dict(entry.columns) for name, entry in self._facts.items()}
        for name, columns in feeds.items():
            kinds["", _staged(name)] = dict.fromkeys((*columns, *_ORIGIN), "varchar")
        self._schema = origins.schema_of(kinds)
        self._reads: dict[str, tuple[Mapping[str, frozenset[str]], frozenset[str]]] = {}

    def read_by(self, kpi: KpiFile) -> frozenset[str]:
        try:
            return frozenset().union(*self._of_kpi(kpi))
        except (SqlglotError, CannotRender):
            return self._columns

    def _of_kpi(self, kpi: KpiFile) -> Iterator[frozenset[str]]:
        asked = [(one.fact, one.sql) for one in expressions.expressions_of(kpi.kpi, self._facts)]
        for _, rows in expressions.all_rows(kpi.kpi):
            asked.append((rows.fact, self._facts[rows.fact].fact.where or "true"))
        for fact, sql in asked:
            if self._facts[fact].fact.feed == self._feed:
                of_column, of_rows = self._of_fact(fact)
                yield of_rows
                for column in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Column):
                    yield of_column.get(column.name, frozenset())

    def _of_fact(self, name: str) -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
        """The feed's columns that each column of a fact is made of, and that decide which rows it has."""
        if name not in self._reads:
            of_column, of_rows = origins.with_conditions(self._models.sql(name), self._schema)
            self._reads[name] = (
                {column: self._delivered(found) for column, found in of_column.items()},
                self._delivered(of_rows),
            )
        return self._reads[name]

    def _delivered(self, found: Sequence[tuple[origins.Relation, str]]) -> frozenset[str]:
        """Columns of tables as columns of the feed: of its staging, or of another fact on it; other feeds' are left
        out."""
        delivered: set[str] = set()
        for (_, table), column in found:
            if table == _staged(self._feed):
                delivered.add(column)
            elif table in self._facts and self._facts[table].fact.feed == self._feed:
                of_column, of_rows = self._of_fact(table)
                delivered |= of_column.get(column, frozenset()) | of_rows
        return frozenset(delivered)


def _staged(feed: str) -> str:
    return "stg_" + feed.replace(".", "__")
