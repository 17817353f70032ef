"""A change rebuilds only what it affects (a text: nothing; a formula: its KPI). The result equals a full refresh.

Belongs here: builds after a change of the registry or of the models. Does not belong here: what a KPI counts
(`test_kpis`), which change makes which model stale (`unit/test_model_versions`).
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import dbt_bridge, settings
from pipelines.registry import loading
from pipelines.registry.loading import KpiFile, Registry
from pipelines.registry.model import Kpi
from tests.walk.published import ask, checksums, history
from tests.walk.test_order import Place, Walk

WORDED, KPI, NEW = "centre_standard_rate", "event_rework_rate", "event_rework_share"
TABLES = (
    "fct_suggestion", "event_stage",
    "kpi_definition", "kpi_daily", "kpi_period", "kpi_target", "index_daily",
)  # fmt: skip
LOAD = loading.load
# A file of the dbt project, its old text, the new text.
Change = tuple[str, str, str]
MART: Change = (
    "models/marts/core/fct_suggestion.sql",
    "{{ on_time('cast(changed.replied_at as date)', 'changed.reply_due_on', 'changed.reply_due_on') }} as",
    "false as",
)
MACRO: Change = (
    "macros/durations.sql",
    "cast({{ microseconds }} as double) / 3600000000",
    "cast({{ microseconds }} as double) / 1800000000",
)
STAGING: Change = (
    "models/staging/snap_report/stg_snap_report__report.sql",
    "{{ current_rows('snap_report', 'report') }}",
    "select * replace (photos + 40 as photos) from (\n{{ current_rows('snap_report', 'report') }}\n) as report",
)
ENTRY: Change = (
    "models/marts/core/_facts.yml",
    "key: flow_id, org: community_code, where: is_known_community",
    "key: flow_id, org: community_code, where: is_known_community and step <> 2",
)
BROKEN: Change = ("models/marts/core/fct_event_flow.sql", "located.step", "located.no_such_column as step")


def changed(one: KpiFile, **values: Any) -> KpiFile:
    """The KPI as if its file had these values."""
    told = {**one.values, **values}
    return replace(one, values=told, kpi=Kpi.model_validate(told))


def of(registry: Registry, kpi_id: str) -> KpiFile:
    return next(one for one in registry.kpis if one.id == kpi_id)


def with_kpis(registry: Registry, *kpis: KpiFile) -> Registry:
    """The registry with these KPIs, which replace those of the same id or are added."""
    by_id = {one.id: one for one in registry.kpis} | {one.id: one for one in kpis}
    return replace(registry, kpis=tuple(by_id.values()))


class Changing:
    """A home whose registry and dbt project, which is a copy, change from build to build."""

    def __init__(self, root: Path, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(walk.place.here.settings.home.parent, root, symlinks=True)
        self.place = Place(root, walk.like)
        self.monkeypatch = monkeypatch
        self.home = self.place.here.settings.home
        self.project = root / "dbt_project"
        shutil.copytree(settings.DBT_DIR, self.project, ignore=shutil.ignore_patterns("target", "logs"))
        self.original = settings.DBT_DIR
        # For `rebuilt`: every statement.
        monkeypatch.setenv("DBT_LOG_LEVEL_FILE", "debug")
        for module in (settings, dbt_bridge):
            monkeypatch.setattr(module, "DBT_DIR", self.project)

    def write(self, *changes: Change) -> None:
        """Writes the project as it is in the checkout, with these changes."""
        for file, _, _ in (MART, MACRO, STAGING, ENTRY, BROKEN):
            shutil.copyfile(self.original / file, self.project / file)
        for file, old, new in changes:
            text = (self.project / file).read_text(encoding="utf-8")
            assert old in text
            (self.project / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    def build(self, registry: Registry) -> set[str]:
        """Builds and publishes; returns the KPIs whose numbers were computed. The facts are those of the project."""
        known = replace(registry, facts=LOAD(self.project).facts)
        self.monkeypatch.setattr(loading, "load", lambda: known)
        (self.place.here.settings.dbt_logs / "dbt.log").unlink(missing_ok=True)
        here = self.place.here
        settings.apply(here.settings)
        dbt_bridge.ensure_manifest(here.settings, here.contracts)
        self.place.build()
        return self.listed("select distinct kpi_id from work.stale_cell")

    def listed(self, query: str) -> set[str]:
        with self.place.here.writing("a test") as opened:
            return {one for (one,) in opened.connection.execute(query).fetchall()}

    def rebuilt(self) -> set[str]:
        """The incremental models whose tables the last build replaced, according to dbt's log."""
        here = self.place.here.settings
        nodes = json.loads((here.dbt_target / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
        incremental = {node["name"] for node in nodes if node["config"]["materialized"] == "incremental"}
        ran = (here.dbt_logs / "dbt.log").read_text(encoding="utf-8")
        return incremental & set(re.findall(r'create or replace table \S+\."(\w+)" as', ran))

    def forget(self) -> None:
        """Makes the next build a full refresh."""
        with self.place.here.writing("a test") as opened:
            opened.forget_build()

    def published(self) -> Mapping[str, tuple[int, str]]:
        return checksums(self.home)


def standing_on(registry: Registry, models: set[str]) -> set[str]:
    """The KPIs that count rows of these models."""
    return {one.id for one in registry.kpis if any(f'"{model}"' in json.dumps(one.values) for model in models)}


def test_a_change_costs_what_it_changes_and_gives_what_a_full_refresh_gives(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = loading.load()
    changing = Changing(tmp_path / "changing", walk, monkeypatch)
    rework, caveats = of(registry, KPI), {"zh": "另一句话", "en": "another sentence"}
    worded = changed(of(registry, WORDED), zh="达标的比例", caveats=caveats)
    both = {side: {**rework.values[side], "where": "is_countable"} for side in ("num", "den")}
    others = with_kpis(registry, worded, changed(rework, **both), replace(rework, id=NEW))

    # A build with a changed staging model fails later on. The staging model is changed back, so that the code of its
    # models is the same as before the failed build, but their tables are not.
    changing.write(STAGING, BROKEN)
    with pytest.raises(AssertionError, match="RunExecutionResult"):
        changing.build(others)
    of_the_staging = {"stg_snap_report__report", "fct_report"}
    assert changing.rebuilt() >= of_the_staging

    # Changes a fact, a macro that few models use, and which rows of a fact count. Expected: the first two and all that
    # read them are rebuilt, and those of the failed build. Their KPIs, those of the third and those with a changed
    # formula are computed; a KPI with only changed texts is not.
    changing.write(MART, MACRO, ENTRY)
    counted = changing.build(others)
    assert changing.rebuilt() == {"fct_suggestion", "event_stage", "fct_event_flow"} | of_the_staging
    of_the_entry = standing_on(others, {"fct_event_flow"})
    assert of_the_entry
    assert counted == {KPI, NEW} | of_the_entry | standing_on(others, changing.listed("from work.stale_model"))
    assert WORDED not in counted
    partly = changing.published()
    for table in TABLES:
        assert partly[f"marts.{table}"] != walk.reference[f"marts.{table}"], table
    defined = "select zh, caveats from marts.kpi_definition where kpi_id = ?"
    assert ask(changing.home, defined, [WORDED]) == [("达标的比例", "another sentence")]
    valued = "select bool_and(value = 100), count(*) > 0 from marts.kpi_daily where kpi_id = ? and denominator > 0"
    assert ask(changing.home, valued, [KPI]) == [(True, True)]

    # Numbers that other code says otherwise are restated, and no file brought that.
    restated = history(changing.home)
    assert KPI in {kpi_id for kpi_id, *_ in restated}
    assert {kpi_id for kpi_id, *_ in restated} <= counted - {NEW}
    assert {deliveries for *_, deliveries in restated} == {None}

    changing.forget()
    assert changing.build(others) == {one.id for one in others.kpis}
    assert changing.published() == partly
    assert history(changing.home) == restated

    # A removed KPI leaves nothing behind, not in the indexes either; what it shared no fact with is not computed again.
    changing.write()
    counted = changing.build(registry)
    assert counted == {KPI} | of_the_entry | standing_on(registry, changing.listed("from work.stale_model"))
    assert changing.published() == walk.reference
