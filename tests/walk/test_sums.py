"""The same sum for any order of its parts: nowhere in dbt's models are floating-point numbers added up.

Belongs here: how the database parses the models' SQL, so that new models are checked automatically. Does not belong
here: comparing publications with different histories (`test_order`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

FLOATING = {"FLOAT", "DOUBLE"}
# For floating-point numbers these select one, or a point between two, independent of their order. All others add, and
# the last digits depend on the order.
NOT_ADDING = {"min", "max", "min_by", "max_by", "count", "quantile_cont", "quantile_disc", "median"}
# The result of these depends on the order of the rows.
CHOOSING = {"first", "last", "any_value", "arbitrary", "list", "array_agg", "string_agg", "group_concat"}


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from nodes(one)


def aggregates(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, set[str], bool]]:
    """Name, types of the arguments and whether they are ordered, for every aggregate of a query, including windows."""
    ((told,),) = connection.execute("select json_serialize_plan(?)", [query]).fetchall()
    plan = json.loads(told)
    assert not plan["error"], plan
    for node in nodes(plan["plans"]):
        if node.get("expression_class") in ("BOUND_AGGREGATE", "BOUND_WINDOW") and "qname" in node:
            is_ordered = bool(node.get("order_bys") or node.get("arg_orders") or node.get("orders"))
            yield node["qname"]["path"][-1], {argument["id"] for argument in node["arguments"]}, is_ordered


def wrong(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [
        f"{name}({', '.join(sorted(types))})"
        for name, types, is_ordered in aggregates(connection, query)
        if (name not in NOT_ADDING and types & FLOATING) or (name in CHOOSING and not is_ordered)
    ]


@pytest.fixture(scope="module")
def working(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working database with the tables that the models' SQL names."""
    with duckdb.connect(str(home / "warehouse" / "sihe.duckdb"), read_only=True) as connection:
        yield connection


def test_no_model_adds_up_floating_point_numbers_or_takes_whichever_row_comes_first(
    home: Path, working: duckdb.DuckDBPyConnection
) -> None:
    models = sorted((home / "dbt" / "target" / "compiled" / "sihe" / "models").rglob("*.sql"))
    assert {"event_stage", "index_daily", "kpi_daily", "kpi_evidence", "kpi_period", "measure"} <= {
        f.stem for f in models
    }
    found = {model.stem: wrong(working, model.read_text(encoding="utf-8")) for model in models}
    assert {model: names for model, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select sum(x) from (select 1.5::double as x)", ["sum(DOUBLE)"]),
        ("select sum(x) over (order by x) from (select 1.5::double as x)", ["sum(DOUBLE)"]),
        ("select avg(x / 3) from (select 1 as x)", ["avg(DOUBLE)"]),
        ("select any_value(x) from (select 1 as x)", ["any_value(INTEGER)"]),
        ("select sum(x)::double / 3 from (select 1 as x)", []),
        ("select avg(x) from (select 1.5::decimal(9, 2) as x)", []),
        ("select max(x), quantile_cont(x, 0.5) from (select 1.5::double as x)", []),
        ("select string_agg(x, ',' order by x) from (select 'a' as x)", []),
    ],
)  # fmt: skip
def test_what_depends_on_the_order_is_seen(query: str, expected: list[str], working: duckdb.DuckDBPyConnection) -> None:
    assert wrong(working, query) == expected
