"""The registry for dbt: one generated file of macros that return KPIs and facts.

Belongs here: writing the values of the files as macros. Does not belong here: how models use them
(macros/kpi_registry.sql, macros/facts.sql), the path of the file (`dbt_bridge`).
"""

import hashlib
import json
from collections.abc import Mapping

from pipelines.registry import expressions
from pipelines.registry.loading import KpiFile, Registry
from pipelines.registry.model import UNITS

# A KPI without a denominator has a number, maybe 0, for every organisation of this register.
_EVERY_ORG = "dim_community"
_FORMULA = ("kind", "window_days", "direction", "district_only", "num", "den")


def document(registry: Registry) -> str:
    """Macros `registered_kpis`, `registered_facts`, `unit_factors` and `unit_limits`: dictionaries by id, name and
    unit; and `registered_formulas`, which distinguish a changed formula from a changed text."""
    kpis = {one.id: {"pillar": one.pillar.value, **one.values} for one in registry.kpis}
    facts = {one.name: one.values for one in registry.facts}
    factors = {name: unit.factor for name, unit in UNITS.items()}
    limits = {name: unit.most for name, unit in UNITS.items() if unit.most is not None}
    return "\n".join(
        (
            "{#- Generated from dbt_project/kpis and the facts' own yml before every parse: change those. -#}",
            _macro("registered_kpis", kpis),
            _macro("registered_facts", facts),
            _macro("unit_factors", factors),
            _macro("unit_limits", limits),
            _macro("registered_formulas", formulas(registry)),
        )
    )


def formulas(registry: Registry) -> dict[str, dict[str, str]]:
    """Pillar and fingerprint of the formula (`told`) of each KPI, by id."""
    facts = {one.name: one.values for one in registry.facts}
    return {one.id: {"pillar": one.pillar.value, "told": _fingerprint(one, facts)} for one in registry.kpis}


def _fingerprint(one: KpiFile, facts: Mapping[str, Mapping[str, object]]) -> str:
    """Covers everything that determines a KPI's numbers and scores, the entries of its facts too, except points and
    weights, which kpi_target compares."""
    said = {key: _without_words(one.values[key]) for key in _FORMULA if key in one.values}
    used = {rows.fact for _, rows in expressions.all_rows(one.kpi)}
    if one.kpi.den is None:
        used.add(_EVERY_ORG)
    said["facts"] = {name: facts[name] for name in used if name in facts}
    said["unit"] = [UNITS[one.kpi.unit].factor, UNITS[one.kpi.unit].most]
    return hashlib.md5(json.dumps(said, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def _without_words(value: object) -> object:
    return {key: one for key, one in value.items() if key not in ("zh", "en")} if isinstance(value, Mapping) else value


def _macro(name: str, values: Mapping[str, object]) -> str:
    """The values are one string: as a literal of Jinja, they took dbt 0.7 s of processor time to compile, every run.
    Macros ask for them 500 times a build: then they are read once, and kept where all nodes see them, so no macro may
    change them. Not while dbt parses: what is kept then is still there at the next parse."""
    text = json.dumps(values, ensure_ascii=False).replace("\\", "\\\\").replace("'", "\\'")
    return (
        f"{{% macro {name}() -%}}\n"
        f"{{%- set found = graph.{name} if execute and '{name}' in graph else fromjson('{text}') -%}}\n"
        f"{{%- if execute -%}}{{%- do graph.update({{'{name}': found}}) -%}}{{%- endif -%}}\n"
        "{{ return(found) }}\n"
        "{%- endmacro %}\n"
    )
