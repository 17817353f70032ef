"""Which columns of the tables above it a model's column is made of, read from the model's SQL.

Belongs here: all models of a build, keeping what was found: a build follows only models whose code has changed. Does
not belong here: following one query (`registry.origins`), the order of models, which dbt knows, and showing it
(`dbt_assets`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlglot.errors import SqlglotError

from pipelines.registry.origins import Columns, Origins, of_query, schema_of


def of_models(
    nodes: Mapping[str, Mapping[str, Any]], compiled: Path, versions: Mapping[str, str], columns: Columns, kept: Path
) -> dict[str, Origins]:
    """The origins of every model's columns, by the model's name; kept: a file for those of this version of a model.

    nodes: models of the manifest. compiled: the folder of their compiled SQL. A model that cannot be followed has none.
    """
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    now = {}
    schema = schema_of(columns)
    for node in nodes.values():
        name, version = node["name"], versions.get(node["name"])
        file = compiled / node["package_name"] / node["original_file_path"]
        if before.get(name, [None])[0] == version:
            now[name] = before[name]
        elif file.exists():
            try:
                now[name] = [version, of_query(file.read_text(encoding="utf-8"), schema)]
            # Also what its optimizer does not expect: no build fails because of it.
            except (SqlglotError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
                now[name] = [version, {}]
    if now != before:
        kept.write_text(json.dumps(now, ensure_ascii=False), encoding="utf-8")
    return {
        name: {column: [((where[0], where[1]), of) for where, of in origins] for column, origins in found.items()}
        for name, (_, found) in now.items()
    }
