"""dagster-dbt, imported without dbt.

Belongs here: this one import, and the names that other modules of this room use. Does not belong here: assets and
builds (`dbt_assets`, `spark_build`).

dbt is a separate process, and nothing of it is used in this one. The library imports it if it can, for types and to
select models, and has its own substitutes where dbt is not installed. With dbt, a process that has loaded the
definitions has used 3.6 s of processor time and 320 MiB; without it, 2.3 s and 279 MiB.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """While the block runs, importing the package fails as if it were not installed, unless it is imported already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


with _hidden("dbt"):
    from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, dbt_assets
    from dagster_dbt.errors import DagsterDbtCliRuntimeError

__all__ = ["DagsterDbtCliRuntimeError", "DagsterDbtTranslator", "DbtCliInvocation", "DbtCliResource", "dbt_assets"]
