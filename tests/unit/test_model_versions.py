"""Which change of the dbt project makes which models stale."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pipelines import model_versions

Manifest = dict[str, Any]


def node(kind: str, name: str, reads: tuple[str, ...] = (), code: str = "select 1", **more: Any) -> Manifest:
    """A node as dbt parses it."""
    config = {"materialized": "table", "meta": {}, "pre-hook": [], "post-hook": [], **more}
    return {
        "unique_id": f"{kind}.house.{name}", "resource_type": kind, "name": name, "schema": "marts", "alias": name,
        "identifier": name, "description": "some words", "config": config, "raw_code": code, "checksum": "1",
        "columns": {"id": {"name": "id", "data_type": "bigint", "constraints": [], "description": "words"}},
        "depends_on": {"macros": [], "nodes": list(reads)},
    }  # fmt: skip


def macro(name: str, text: str, package: str = "house") -> Manifest:
    return {"name": name, "package_name": package, "macro_sql": text, "depends_on": {"macros": []}}


def manifest() -> Manifest:
    """delivered → staged → fact → measure → number; a seed → other. The numbers follow their facts by KPIs."""
    source = node("source", "delivered", key=["id"])
    source["config"] = {"meta": {"key": ["id"], "dagster": {"asset_key": ["a", "b"]}}}
    del source["depends_on"]
    entry = {"meta": {"fact": {"key": "id"}}}
    hook = [{"sql": "{{ note_moved('fact') }}"}]
    nodes = [
        node("model", "staged", ("source.house.delivered",), "{{ current_rows() }}"),
        node("model", "fact", ("model.house.staged",), "{% if is_incremental() %}{{ changed_only() }}{% endif %}",
             **{**entry, "post-hook": hook}),
        node("model", "measure", ("model.house.fact", "model.house.days"), "{{ counted() }}"),
        node("model", "number", ("model.house.measure",)),
        node("model", "days"),
        node("model", "limited", (), "select {{ var('limit') }}"),
        node("model", "target", ("seed.house.kpi_override",)),
        node("model", "other", ("seed.house.holiday",)),
        node("model", "org", ("seed.house.division",)),
        node("seed", "holiday"),
        node("seed", "division"),
        node("seed", "kpi_override"),
        node("operation", "on-run-start", (), "{{ start() }}"),
        node("test", "is_unique", ("model.house.fact",), "{{ tested() }}"),
    ]  # fmt: skip
    macros = [
        macro("current_rows", "select {{ listed() }}"), macro("listed", "id"), macro("changed_only", "where changed"),
        macro("note_moved", "insert"), macro("counted", "{{ registered_kpis() }}"), macro("tested", "is unique"),
        macro("registered_kpis", "{'kpi': 'listed()'}"), macro("start", "{{ registered_kpis() }}"),
        macro("should_full_refresh", "false"), macro("should_full_refresh", "the flag", package="dbt"),
        macro("unused", "nobody calls it"),
    ]  # fmt: skip
    return {
        "metadata": {"project_name": "house"},
        "nodes": {one["unique_id"]: one for one in nodes},
        "sources": {source["unique_id"]: source},
        "macros": {f"macro.{one['package_name']}.{one['name']}": one for one in macros},
    }


def stale(change: Callable[[Manifest], object], variables: object = None) -> set[str]:
    """The models that another manifest makes stale."""
    before = model_versions.versions(manifest(), {"limit": 1})
    changed = copy.deepcopy(manifest())
    change(changed)
    after = model_versions.versions(changed, variables or {"limit": 1})
    return {name for name, version in after.items() if before.get(name) != version}


def model(name: str, **values: Any) -> Callable[[Manifest], object]:
    return lambda changed: changed["nodes"][f"model.house.{name}"].update(values)


def text_of(name: str) -> Callable[[Manifest], object]:
    return lambda changed: changed["macros"][f"macro.house.{name}"].update(macro_sql="another text")


ALL = set(model_versions.versions(manifest(), None))


def test_the_same_project_makes_nothing_stale() -> None:
    assert stale(lambda changed: None) == set()
    # Of another order of what dbt lists too.
    assert stale(lambda changed: changed["nodes"]["model.house.measure"]["depends_on"]["nodes"].reverse()) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (model("staged", raw_code="select 2"), {"staged", "fact"}),
        (model("days", raw_code="select 2"), {"days", "measure", "number"}),
        (model("measure", raw_code="select 2"), {"measure", "number"}),
        (model("measure", columns={}), {"measure", "number"}),
        (model("number", alias="digit"), {"number"}),
        (model("number", raw_code="{#- Why,\non two lines. -#}\nselect 1\n    -- a reason"), set()),
        (model("days", raw_code="{# why #}select 1"), set()),
        (model("days", raw_code="select 1 -- 2"), {"days", "measure", "number"}),
        (model("number", description="other words"), set()),
        (lambda changed: changed["nodes"]["model.house.days"]["columns"]["id"].update(description="other"), set()),
        (lambda changed: changed["nodes"]["model.house.days"]["config"].update(group="other"), set()),
        (lambda changed: changed["nodes"]["model.house.number"]["config"].update(materialized="view"), {"number"}),
        (lambda changed: changed["nodes"]["test.house.is_unique"].update(raw_code="not {{ tested() }}"), set()),
        (lambda changed: changed["nodes"]["seed.house.holiday"].update(checksum="2"), {"other"}),
        # Names; values that the build compares itself.
        (lambda changed: changed["nodes"]["seed.house.division"].update(checksum="2"), set()),
        (lambda changed: changed["nodes"]["seed.house.kpi_override"].update(checksum="2"), set()),
    ],
)
def test_a_changed_model_makes_stale_what_depends_on_it(
    change: Callable[[Manifest], object], expected: set[str]
) -> None:
    assert stale(change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda source: source["columns"]["id"].update(data_type="varchar"), {"staged", "fact"}),
        (lambda source: source["columns"]["id"].update(description="words"), set()),
        (lambda source: source["config"]["meta"].update(key=["id", "day"]), {"staged", "fact"}),
        (lambda source: source["config"]["meta"].update(dagster={}), set()),
    ],
)
def test_columns_and_key_of_a_feed_count_and_its_words_do_not(
    change: Callable[[Manifest], object], expected: set[str]
) -> None:
    assert stale(lambda changed: change(changed["sources"]["source.house.delivered"])) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (text_of("listed"), {"staged", "fact"}),
        # dbt does not list what a branch or a hook calls at run time only.
        (text_of("changed_only"), {"fact"}),
        (text_of("note_moved"), {"fact"}),
        (text_of("counted"), {"measure", "number"}),
        (text_of("tested"), set()),
        (text_of("unused"), set()),
        (text_of("registered_kpis"), set()),
        # What runs before all models, and what dbt calls in place of its own.
        (text_of("start"), ALL),
        (text_of("should_full_refresh"), ALL),
    ],
)
def test_a_changed_macro_makes_stale_what_may_call_it(change: Callable[[Manifest], object], expected: set[str]) -> None:
    assert stale(change) == expected


def test_a_changed_variable_makes_stale_what_uses_one() -> None:
    assert stale(lambda changed: None, {"limit": 2}) == {"limited"}
