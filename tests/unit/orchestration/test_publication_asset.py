"""What the asset publishes, and when it refuses. Does not belong here: publishing itself (tests/unit/publication)."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines import dbt_bridge
from pipelines.installation import House
from pipelines.orchestration import asset_checks, publication_asset
from pipelines.publication.publish import Publication
from pipelines.settings import Settings
from pipelines.warehouse import builds
from pipelines.warehouse.builds import Code

BUILT = Code("as it was built", {"fact": "f1"})


@pytest.fixture
def here(settings: Settings) -> House:
    made = House(settings, (), (), ())
    with made.writing("a test") as opened:
        builds.begin(opened, BUILT)
        builds.end(opened, BUILT)
    return made


def published(here: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions of code with which something was published."""
    versions: list[str] = []

    def publish(where: Settings, version: str, **_: Any) -> Publication:
        versions.append(version)
        return Publication("1", Path("sihe-1.duckdb"), where.clock(), None, None, {})

    monkeypatch.setattr("pipelines.publication.publish.publish", publish)
    passed = [dg.AssetCheckResult(passed=True, check_name=name) for name in ("readable", "no_kpi_left_out")]
    monkeypatch.setattr(asset_checks, "publication_result", lambda *_: passed[0])
    monkeypatch.setattr(asset_checks, "registry_result", lambda *_: passed[1])
    with dg.DagsterInstance.ephemeral() as instance:
        asset = publication_asset.publication_asset(here, [])
        dg.materialize([asset], instance=instance, raise_on_error=False)
    return versions


def test_a_generation_names_the_code_of_its_tables(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that is changed after the build is in no number yet."""
    monkeypatch.setattr(dbt_bridge, "code_version", lambda _: "as it is now")
    assert published(here, monkeypatch) == [BUILT.version]


def test_some_of_the_models_that_were_due_are_not_published(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with here.writing("a test") as opened:
        opened.connection.execute("insert into ledger.change values (1, 'volunteer', 'activity', '2024-01-05')")
        builds.begin(opened, BUILT, is_all=False)
    assert published(here, monkeypatch) == []
