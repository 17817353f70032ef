"""A generation in which everything that one reader may not see is marked: what is found of it elsewhere was leaked.

Belongs here: which rows are foreign to a scope, said without the policy, and their marks. Does not belong here: what is
opened with it (test_scope_tables.py, test_scope_pages.py).
"""

import re
import shutil
from pathlib import Path

import duckdb

MARK = "外泄"
AREA = {"community_code", "street_code", "district_code", "org_code", "parent_code", "grid_code", "org_level"}
VALUES = {"kpi_daily", "kpi_period", "index_daily", "kpi_doubt", "dim_org"}
"""Tables of which a reader sees the areas above and those of the same level too."""
TOTALS = {"kpi_restatement", "care_household_count"}
OPEN = {
    "marts": {
        "calendar_mark", "dim_code", "dim_date", "dim_limit", "dim_property_company", "kpi_definition", "kpi_target",
    },
    "meta": {
        "build", "catalog", "district", "feed", "readiness_feed", "readiness_kpi", "readiness_page", "reason", "recipe",
    },
}  # fmt: skip
CUT = {"check_result": "detail", "delivery": "reason"}
"""Tables of which one column is not for a reader of a part of the district."""


def foreign(schema: str, table: str, columns: set[str], scope: str) -> str | None:
    """Which rows a reader of a scope may not see; None if there are none."""
    if table in OPEN[schema] or table in CUT:
        return None
    if table == "rejected_row":
        return "true"
    if table == "sentinel_row":
        return f"finding_id in (select finding_id from marts.sentinel where not starts_with(org_code, '{scope}'))"
    if table in VALUES | TOTALS:
        seen = f"starts_with(org_code, '{scope}') or starts_with('{scope}', org_code)"
        return f"not ({seen}{f' or length(org_code) = {len(scope)}' if table in VALUES else ''})"
    named: tuple[str, ...]
    if table == "fct_service_case":
        named = ("accepted_community_code", "promised_community_code", "completed_community_code", "street_code")
    elif "org_code" in columns:
        named = ("org_code",)
    elif "community_code" in columns:
        # Rows whose community is not known belong to the street.
        whole = (
            f"community_code is null and starts_with(street_code, '{scope}')" if "street_code" in columns else "false"
        )
        return f"not coalesce(starts_with(community_code, '{scope}'), {whole}, false)"
    elif "street_code" in columns:
        named = ("street_code",)
    else:
        raise AssertionError(f"{schema}.{table} has no area, and is not said to be open")
    return " and ".join(f"not coalesce(starts_with({name}, '{scope}'), false)" for name in named)


def tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, dict[str, str]]]:
    """Schema, name, and columns with their types."""
    found = connection.execute(
        "select schema_name, table_name, map_from_entries(list((column_name, data_type))) from duckdb_columns()"
        " inner join duckdb_tables() using (database_name, schema_name, table_name) group by all order by all"
    ).fetchall()
    return [(schema, table, dict(columns)) for schema, table, columns in found]


def plant(home: Path, into: Path, scope: str) -> Path:
    """A copy of a home's generation in which foreign rows say other things: marked texts, other numbers and days."""
    published = into / "published"
    published.mkdir(parents=True)
    shutil.copy(home / "published" / "current.json", published)
    file = next((home / "published").glob("sihe-*.duckdb"))
    copy = published / file.name
    shutil.copy(file, copy)
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        for schema, table, columns in tables(connection):
            if table in CUT:
                connection.execute(f"update {schema}.{table} set {CUT[table]} = '{MARK}' || {CUT[table]}")
            condition = foreign(schema, table, set(columns), scope)
            changes = [
                f"{_quoted(name)} = {_other(name, kind)}" for name, kind in columns.items() if _other(name, kind)
            ]
            if condition and changes:
                connection.execute(f"update {schema}.{table} set {', '.join(changes)} where {condition}")
    return into


def said(sent: bytes) -> str:
    """A message to the browser as text: components get JSON, which writes Chinese as numbers."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), sent.decode("utf-8", "ignore"))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _other(name: str, kind: str) -> str:
    """What a foreign row says instead; empty if it goes on saying the same."""
    if name in AREA or name.endswith("community_code") or name in ("kpi_id", "pillar", "period", "finding_id", "fact"):
        return ""
    column = _quoted(name)
    if kind == "VARCHAR":
        return f"'{MARK}' || coalesce({column}, '')"
    if kind == "VARCHAR[]":
        return f"['{MARK}']"
    if kind == "BOOLEAN":
        return f"not {column}"
    if kind == "DATE":
        return f"{column} - 1" if name not in ("as_of", "kpi_date", "valid_from", "valid_to") else ""
    return f"try_cast({column} * 2 + 1 as {kind})" if kind != "TIMESTAMP" else f"{column} - interval 1 day"
