"""One sum, whatever the order of its parts: nowhere in dbt's models is a floating-point number added up.

Belongs here: what the database understands of the models' SQL, so that a new model is looked at without being named.
Does not belong here: publications of different histories side by side (`test_order`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

FLOATING = {"FLOAT", "DOUBLE"}
# Of floating-point numbers these choose one, or a point between two, whatever their order. All others add, and the last
# digits depend on which comes first.
NOT_ADDING = {"min", "max", "min_by", "max_by", "count", "quantile_cont", "quantile_disc", "median"}
# These take whichever row comes first.
CHOOSING = {"first", "last", "any_value", "arbitrary", "list", "array_agg", "string_agg", "group_concat"}


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from nodes(one)


def aggregates(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, set[str], bool]]:
    """Name, types of the arguments and whether they come in an order, of every aggregate of a query, in windows too."""
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
    """The working database, which the models' SQL names."""
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
