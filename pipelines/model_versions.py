"""One fingerprint per dbt model of everything that determines its rows, computed from dbt's manifest.

Belongs here: which parts of a manifest affect rows, and how a change propagates down the graph. dbt's own
`state:modified` is not used: it ignores columns of sources and macros that a model calls only in an incremental run,
and reports changed descriptions. Does not belong here: which version a table was built with (`warehouse.builds`).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

# Only people read these, or dbt applies them to a table at every build.
_WORDS = {"meta", "docs", "group", "tags", "access", "persist_docs", "grants", "freshness", "static_analysis"}
# The build compares their entries itself (macros/build_control.sql): KPIs and what they use of their facts in
# work.built_kpi, targets in work.built_target. A change of them does not change a model. Names of divisions and
# holidays are read only by tables that every build creates; other models read only the days of dim_date.
_COMPARED_MACROS = {"registered_kpis", "registered_facts", "registered_formulas", "unit_factors", "unit_limits"}
# Of a fact's entry, these determine its own rows, and which of them are processed again.
_OF_ROWS = ("feed", "key", "related_by", "follows", "falls_due")
_IGNORED_SEEDS = {"kpi_override", "division", "public_holiday"}
# If a fact is rebuilt, these compute its KPIs for every day, and no others.
_COUNTED_BY_KPI = {"measure", "stale_cell"}
# Comments of Jinja, and lines that are only a comment of SQL.
_COMMENT = re.compile(r"\{#.*?#\}|^\s*--[^\n]*$", re.DOTALL | re.MULTILINE)
_CALL = re.compile(r"\b(\w+)\s*\(")
_VARIABLE = re.compile(r"\bvar\s*\(")


def versions(manifest: Mapping[str, Any], variables: object) -> dict[str, str]:
    """Name of a model → fingerprint of everything that determines its rows: its code, columns and configuration, the
    macros they use, and the same of the models, seeds and sources above it.

    manifest: as `dbt parse` writes it; a build adds values that depend on the run. variables: `vars` of the project.
    """
    macros = _Macros(manifest, variables)
    nodes = {**manifest["nodes"], **manifest["sources"]}
    everywhere = macros.of_every_run()

    @cache
    def version(key: str) -> str:
        above = {one: version(one) for one in _above(nodes[key], nodes)}
        return _hash([everywhere, _own(nodes[key], macros), above])

    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return {node["name"]: version(node["unique_id"]) for node in models}


def _above(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> list[str]:
    """The nodes that a node reads, except those whose changes it detects itself."""
    read = [one for one in node.get("depends_on", {}).get("nodes", ()) if one in nodes]
    if node["name"] in _COUNTED_BY_KPI:
        read = [one for one in read if "fact" not in nodes[one]["config"].get("meta", {})]
    return sorted(set(read))


def _own(node: Mapping[str, Any], macros: "_Macros") -> object:
    """The parts of a node itself that determine its rows."""
    config = {key: value for key, value in node["config"].items() if key not in _WORDS}
    if fact := node["config"].get("meta", {}).get("fact"):
        config["fact"] = {key: fact.get(key) for key in _OF_ROWS}
    columns = [[one["name"], one["data_type"], one["constraints"]] for one in node["columns"].values()]
    if node["resource_type"] == "source":
        # The staging macros read key, order and kind of delivery from the metadata.
        meta = {key: value for key, value in node["config"]["meta"].items() if key != "dagster"}
        return [node["schema"], node["identifier"], columns, meta]
    if node["resource_type"] == "seed":
        return [config, None if node["name"] in _IGNORED_SEEDS else node["checksum"]]
    return [node["schema"], node["alias"], config, columns, _uncommented(node["raw_code"]), macros.behind(node)]


class _Macros:
    """The macros of a manifest, and which of them may be called for a node."""

    def __init__(self, manifest: Mapping[str, Any], variables: object) -> None:
        self._nodes = manifest["nodes"].values()
        self._variables = variables
        macros = manifest["macros"]
        project = manifest["metadata"]["project_name"]
        self._own = {macro["name"]: key for key, macro in macros.items() if macro["package_name"] == project}
        others = {macro["name"] for macro in macros.values() if macro["package_name"] != project}
        replacing = {name for name in self._own if name in others or name.startswith("materialization_")}
        self._replacing = {self._own[name] for name in replacing}
        self._compared = {key for name, key in self._own.items() if name in _COMPARED_MACROS}
        self._prints = {key: _hash(_uncommented(macro["macro_sql"])) for key, macro in macros.items()}
        self._calls = {
            # The content of a KPI file is not code.
            key: set() if key in self._compared else self._called([macro["macro_sql"]], macro["depends_on"]["macros"])
            for key, macro in macros.items()
        }
        self._asking = {key for key, macro in macros.items() if _VARIABLE.search(macro["macro_sql"])}

    def behind(self, node: Mapping[str, Any]) -> object:
        """All macros that a node may call, and the variables if it or they use one."""
        reached = self._reached(node)
        asks = reached & self._asking or any(map(_VARIABLE.search, _texts(node)))
        return [self._printed(reached - self._compared), self._variables if asks else None]

    def of_every_run(self) -> object:
        """What every table depends on: hooks before and after all models, and macros that replace dbt's own."""
        hooks = [node for node in self._nodes if node["resource_type"] == "operation"]
        reached = self._closed(self._replacing).union(*map(self._reached, hooks))
        return [[node["raw_code"] for node in hooks], self._printed(reached - self._compared)]

    def _printed(self, macros: Iterable[str]) -> Mapping[str, str]:
        return {key: self._prints[key] for key in macros}

    def _reached(self, node: Mapping[str, Any]) -> set[str]:
        return self._closed(self._called(_texts(node), node["depends_on"]["macros"]))

    def _closed(self, macros: Iterable[str]) -> set[str]:
        """These macros and all that they may call."""
        found, waiting = set[str](), set(macros)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting |= self._calls[key]
        return found

    def _called(self, texts: Iterable[str], listed: Iterable[str]) -> set[str]:
        """dbt lists the macros called while parsing; those in branches not taken are found by name."""
        names = {name for text in texts for name in _CALL.findall(text)}
        return {key for key in listed if key in self._prints} | {self._own[name] for name in names & set(self._own)}


def _texts(node: Mapping[str, Any]) -> list[str]:
    """The parts of a node that are Jinja: its SQL and its hooks."""
    hooks = [*node["config"].get("pre-hook", ()), *node["config"].get("post-hook", ())]
    return [node.get("raw_code", ""), *(hook["sql"] for hook in hooks)]


def _uncommented(code: str) -> str:
    return "\n".join(line for line in _COMMENT.sub("", code).splitlines() if line.strip())


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
