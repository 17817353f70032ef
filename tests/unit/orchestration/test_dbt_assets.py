"""What a build does around dbt. Does not belong here: dbt's own work (tests/walk), kills (tests/faults)."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines import dbt_bridge, installation
from pipelines.installation import House
from pipelines.orchestration.dbt_assets import Dbt, dbt_resource, model_assets
from pipelines.warehouse import store


class Process:
    """A process that has ended."""

    def kill(self) -> None:
        pass

    def wait(self) -> None:
        pass


class Invocation:
    """dbt as far as the database is concerned: it writes into it and closes it."""

    def __init__(self, here: House) -> None:
        self.here, self.process = here, Process()
        self.manifest = json.loads((here.settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))

    def stream(self) -> Iterator[Any]:
        with duckdb.connect(str(self.here.settings.working_db)) as connection:
            connection.execute("create or replace table dbt_was_here as select 1 as one")
        yield from ()


def assets_of(here: House) -> dg.AssetsDefinition:
    return model_assets(here, here.settings.dbt_target / "manifest.json")


def build(here: House, monkeypatch: pytest.MonkeyPatch, stream: Any = Invocation.stream) -> bool:
    monkeypatch.setattr(Invocation, "stream", stream)
    monkeypatch.setattr(Dbt, "cli", lambda self, arguments, **named: Invocation(here))
    assets = assets_of(here)
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"dbt": dbt_resource(here.settings)}
        return dg.materialize([assets], instance=instance, resources=resources, raise_on_error=False).success


@pytest.fixture
def here(tmp_path: Path, parsed: Path) -> House:
    shutil.copytree(parsed / "dbt", tmp_path / "home" / "dbt")
    made = installation.load(tmp_path / "home", tmp_path / "inbox")
    with made.writing("a test"):
        pass
    return made


def test_what_dbt_has_closed_is_not_examined(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading every block takes a second of every night in a warehouse of a year."""
    monkeypatch.setattr(store, "examine", lambda connection: pytest.fail("examined"))
    assert build(here, monkeypatch)
    with duckdb.connect(str(here.settings.working_db), read_only=True) as connection:
        assert connection.execute("from dbt_was_here").fetchall() == [(1,)]


def test_what_a_dbt_that_failed_has_left_is_examined(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[int] = []

    def fail(self: Invocation) -> Iterator[Any]:
        yield from STREAM(self)
        raise RuntimeError("killed")

    assert not build(here, monkeypatch, fail)
    monkeypatch.setattr(store, "examine", lambda connection: examined.append(1))
    with here.writing("a test"):
        pass
    assert examined == [1]


def test_a_contract_that_changed_after_it_was_read_is_of_the_next_build(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the next delivery, nothing else would say that readers lack it."""
    own = here.settings.home / "contracts" / "volunteer.odcs.yaml"
    own.parent.mkdir()
    shutil.copyfile(here.settings.contracts / own.name, own)
    for is_newest, one in (False, here), (True, installation.load(here.settings.home, here.settings.inbox)):
        assert build(one, monkeypatch)
        with one.writing("a test") as opened:
            assert opened.is_whole()
            assert (opened.built_version() == dbt_bridge.code_version(one.settings)) is is_newest


STREAM = Invocation.stream


def test_every_test_of_dbt_has_a_description(here: House) -> None:
    """Chinese first, as everywhere in Dagster."""
    found = {spec.name: spec.description or "" for spec in assets_of(here).check_specs}
    assert [name for name, said in found.items() if not (" · " in said and said.endswith("."))] == []
    assert found["not_null_kpi_definition_kpi_id"] == "不为空 · kpi_id is never null."
    assert found["assert_kpi_daily_has_one_row_a_key"] == "指标、组织、日期唯一 · One row a KPI, organisation and day."
