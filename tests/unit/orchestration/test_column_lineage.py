"""What columns are made of: against sqlglot's own, slower way, and what is kept."""

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from pipelines.orchestration import column_lineage
from pipelines.orchestration.column_lineage import of_models
from pipelines.registry.origins import of_query, schema_of

COLUMNS = {
    ("stg", "event"): {"id": "bigint", "code": "varchar", "at": "timestamp", "rows": "bigint"},
    ("stg", "place"): {"code": "varchar", "name": "varchar", "area": "double"},
}
QUERIES = [
    "select id, code as place, at + interval 1 day as due from stg.event",
    "select event.*, place.name from stg.event as event left join stg.place as place on event.code = place.code",
    "with late as (select id, at from stg.event where rows > 3), named as (select late.id, late.at as since from late) "
    "select id, max(since) over (partition by id) as last, 1 as one from named",
    "select id, code from stg.event union all select rows, name from stg.place, stg.event union all select 1, 'x'",
    "select id, (select max(area) from stg.place where place.code = event.code) as widest from stg.event as event",
    "select code, count(*) as n, sum(rows) / nullif(count(id), 0) as mean from stg.event group by code "
    "having sum(rows) > 1",
    "select x.code, x.n + y.area as both from (select code, count(id) as n from stg.event group by code) as x "
    "inner join (select code, area from stg.place) as y on x.code = y.code",
    "select id, part from stg.event, unnest(string_split(code, ',')) as parts (part)",
    "select case when name = 'a' then code else name end as said from stg.place "
    "where area > (select avg(area) from stg.place)",
]


def slowly(sql: str) -> dict[str, set[tuple[tuple[str, str], str]]]:
    schema: dict[Any, Any] = {}
    for (name, table), types in COLUMNS.items():
        schema.setdefault(name, {})[table] = types
    tree = qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    text = tree.sql(dialect="duckdb")
    found = {}
    for column in tree.named_selects:
        leaves = [node for node in lineage(column, text, schema, dialect="duckdb").walk() if not node.downstream]
        found[column] = {
            ((leaf.expression.db, leaf.expression.name), leaf.name.split(".")[-1].strip('"'))
            for leaf in leaves
            if isinstance(leaf.expression, exp.Table)
        }
    return found


@pytest.mark.parametrize("sql", QUERIES)
def test_a_column_is_made_of_what_sqlglot_finds(sql: str) -> None:
    assert {column: set(origins) for column, origins in of_query(sql, schema_of(COLUMNS)).items()} == slowly(sql)


def test_only_models_of_another_version_are_followed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes: dict[str, dict[str, Any]] = {
        f"model.{name}": {"name": name, "package_name": "sihe", "original_file_path": f"{name}.sql"}
        for name in ("one", "two", "odd", "never_built")
    }
    (tmp_path / "sihe").mkdir()
    for name, sql in (("one", QUERIES[0]), ("two", "select name from stg.place"), ("odd", "select from from")):
        (tmp_path / "sihe" / f"{name}.sql").write_text(sql, encoding="utf-8")
    versions = dict.fromkeys(("one", "two", "odd", "never_built"), "1")
    kept = tmp_path / "kept.json"
    first = of_models(nodes, tmp_path, versions, COLUMNS, kept)
    assert first["two"] == {"name": [(("stg", "place"), "name")]}
    assert first["odd"] == {} and "never_built" not in first
    asked: list[str] = []

    def noted(sql: str, _: object) -> dict[str, list[Any]]:
        asked.append(sql)
        return {}

    monkeypatch.setattr(column_lineage, "of_query", noted)
    assert of_models(nodes, tmp_path, versions, COLUMNS, kept) == first
    assert of_models(nodes, tmp_path, versions | {"two": "2"}, COLUMNS, kept)["two"] == {}
    assert asked == ["select name from stg.place"]
