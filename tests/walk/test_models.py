"""The dbt project checked with its own tools: unit tests of the models, and the house style of its SQL."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipelines import dbt_bridge, settings
from pipelines.dbt_bridge import dbt_executable
from pipelines.registry import loading, macro
from pipelines.registry.loading import KpiFile, Registry

Copied = Callable[[str], tuple[Path, Path]]

# Its trees are no garbage: searching them again and again takes 30 of the linter's 91 seconds of processor time.
LINTER = "import gc; gc.set_threshold(200_000, 50, 100); from sqlfluff.cli.commands import cli; cli()"


def test_the_unit_tests_of_the_models_pass(copied: Copied) -> None:
    home, inbox = copied("models")
    here = settings.load(home, inbox)
    command = [dbt_executable(), "--no-version-check", "test", "--select", "test_type:unit"]
    ran = subprocess.run(
        [*command, *dbt_bridge.places(here)],
        cwd=here.dbt_project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **here.environment()},
    )
    assert ran.returncode == 0, ran.stdout
    done = re.search(r"Done. PASS=(\d+) WARN=0 ERROR=0 SKIP=0", ran.stdout)
    assert done, ran.stdout
    assert int(done[1]) > 0


def forms_of(one: KpiFile) -> set[tuple[str, str]]:
    """Each key that a KPI of its kind gives. A danger compiles to a number, given or not."""
    return {(one.kpi.kind, key) for key in {*one.values, "kind"} - {"danger"}}


def a_kpi_of_each_form() -> Registry:
    """Every branch of the macros is compiled, none 79 times: with all KPIs the linter takes 132 s for kpi_period.

    KPIs that the project's SQL names are kept too: without them it compiles to something else.
    """
    registry = loading.load()
    sql = "".join(file.read_text(encoding="utf-8") for file in settings.DBT_DIR.rglob("*.sql"))
    kept = [one for one in registry.kpis if one.id in sql]
    seen = set().union(*map(forms_of, kept))
    for one in sorted(registry.kpis, key=lambda one: -len(forms_of(one))):
        if not forms_of(one) <= seen:
            kept.append(one)
            seen |= forms_of(one)
    return replace(registry, kpis=tuple(one for one in registry.kpis if one in kept))


def test_the_sql_is_in_house_style(copied: Copied) -> None:
    home, inbox = copied("style")
    here = settings.load(home, inbox)
    generated = {"DBT_TARGET_PATH": str(home / "style"), "SIHE_DBT_GENERATED": str(here.dbt_generated)}
    generated["SIHE_WORKING_DB"] = str(here.working_db)
    registry = here.dbt_generated / "macros" / "registry.sql"
    registry.write_text(macro.document(a_kpi_of_each_form()), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", LINTER, "lint", "--disable-progress-bar", "dbt_project"],
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.PROJECT_DIR,
        env={**os.environ, **here.environment(), **generated},
    )
    assert ran.returncode == 0, ran.stdout
    shutil.rmtree(settings.DBT_DIR / "logs", ignore_errors=True)
