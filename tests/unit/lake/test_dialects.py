"""The SQL of the models is read by DuckDB and by Spark: both must know what it calls.

Belongs here: what can be told from the text that dbt compiled. Does not belong here: whether both compute the same
(tests/spark).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

# `show functions` of Spark 4.0.1.
SPARK = frozenset((Path(__file__).parent / "spark_functions.txt").read_text(encoding="utf-8").split())
DUCKDB = frozenset(
    name for (name,) in duckdb.execute("select distinct lower(function_name) from duckdb_functions()").fetchall()
)
# Words of the grammar that may stand before a bracket.
GRAMMAR = frozenset(
    re.findall(
        r"\w+",
        "and as by case cast coalesce decimal distinct except exists extract filter from group having in join not on or"
        " over partition percentile_cont row select then union using values when where window with",
    )
)
PROJECT = Path(__file__).parents[3] / "dbt_project"
# Written in another way for each engine: macros/dialects.sql, and dbt's own macros.
DISPATCHED = frozenset({"string_agg", "date_add", "date_diff", "datediff", "date_trunc"})
# Known to one engine, or to both in another meaning.
REFUSED = re.compile(
    r"\b(varchar|hugeint|timestamptz|qualify|exclude|asof|pivot|group by all|order by all|dayofweek|isodow"
    r")\b|\bby name\b|\[|:=|->|==",
)


def words(sql: str) -> str:
    """The SQL in lower case without texts, names in quotes and comments."""
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"", " ", sql).lower()


def calls(sql: str) -> set[str]:
    """Functions that are called; the name of a list of columns, as in `values … as entry (…)`, is none."""
    return set(re.findall(r"(?<!\bas )\b([a-z_][a-z_0-9]*)\s*\(", words(sql))) - GRAMMAR


def strangers(sql: str) -> set[str]:
    """What one of the engines does not know."""
    functions = {name for name in calls(sql) if name not in DUCKDB & SPARK} - DISPATCHED
    return functions | {found[0] for found in REFUSED.finditer(words(sql))}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select list_contains(x, 1) from a", {"list_contains"}),
        ("select try_divide(a, b)", {"try_divide"}),
        ("select cast(null as varchar), x[1]", {"varchar", "["}),
        ("select 'list_filter(x)', \"cast(a as varchar)\" -- unnest(x)\nfrom a as entry (x)", set()),
        ("select sum(x) filter (where y in (1)) over (partition by z), string_agg(a, ',')", set()),
    ],
)
def test_a_function_that_only_one_engine_has_is_found(sql: str, found: set[str]) -> None:
    assert strangers(sql) == found


WRITTEN = [file for folder in ("models", "macros") for file in (PROJECT / folder).rglob("*.sql")]
# Text of one engine alone.
OF_ONE_ENGINE = {"dialects.sql", "build_control.sql", "lake.sql", "materializations.sql"}


@pytest.mark.parametrize("file", [one for one in WRITTEN if one.name not in OF_ONE_ENGINE], ids=lambda file: file.stem)
def test_what_each_engine_writes_otherwise_comes_from_the_macros(file: Path) -> None:
    """The compiled text has DuckDB's way: only the source shows whether a macro wrote it."""
    source = re.sub(r"\{#.*?#\}|dbt\.\w+\(", " ", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert calls(source) & DISPATCHED == set()


def compiled(home: Path) -> Iterator[Path]:
    folder = home / "dbt" / "target" / "compiled" / "sihe" / "models"
    return (file for file in folder.rglob("*.sql") if file.parent.suffix != ".yml")


def test_every_model_uses_only_what_both_engines_know(home: Path) -> None:
    found = {file.stem: sorted(strangers(file.read_text(encoding="utf-8"))) for file in compiled(home)}
    models = {file.stem for file in WRITTEN if file.is_relative_to(PROJECT / "models")}
    assert models <= set(found)
    assert {name: unknown for name, unknown in found.items() if unknown} == {}
