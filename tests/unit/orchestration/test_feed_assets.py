"""Decisions of the Dagster layer: which failures are retried, what they name, and that external text is escaped."""

import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines import dbt_bridge, markdown
from pipelines.installation import House
from pipelines.keys import KeyUnusable
from pipelines.orchestration import common, dbt_assets
from pipelines.orchestration.dbt_library import DagsterDbtCliRuntimeError
from pipelines.orchestration.feed_assets import all_assets
from pipelines.publication.generation_file import NotPublishable
from pipelines.settings import DBT_DIR
from pipelines.warehouse.lock import Busy


@pytest.mark.parametrize("error", [OSError("disk full"), duckdb.IOException("locked"), Busy("another run")])
def test_what_may_recover_by_itself_is_tried_again_a_few_times(error: Exception) -> None:
    with pytest.raises(dg.RetryRequested) as asked, common.retried_if_transient():
        raise error
    assert (asked.value.max_retries, asked.value.seconds_to_wait) == (common.MAX_RETRIES, common.RETRY_SECONDS)


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyUnusable("lost"), NotPublishable("rows without a fate")])
def test_what_is_wrong_with_the_work_is_never_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)), common.retried_if_transient():
        raise error


def test_text_from_outside_stays_text_in_a_table() -> None:
    table = markdown.table([{"file": "a|b <script>x</script> [link](http://x) `code`\nnext"}])
    assert len(table.splitlines()) == 3
    assert not {"<", "[", "`"} & set(table.splitlines()[2])


def test_a_build_that_fails_because_of_a_kpi_names_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = ["kpis/safe/event_rework_rate.yml:12: den.where: 'cast(event_id as int) > 0': Conversion Error"]
    monkeypatch.setattr(House, "failing_kpis", lambda _: told)
    where = r"kpis/safe/event_rework_rate\.yml:12: den\.where"
    with pytest.raises(dg.Failure, match=where) as failed, dbt_assets._naming_the_kpi(house):
        raise DagsterDbtCliRuntimeError("dbt ended with 2")
    assert failed.value.__cause__ is None  # otherwise Dagster shows the cause instead
    told.clear()
    with pytest.raises(DagsterDbtCliRuntimeError), dbt_assets._naming_the_kpi(house):
        raise DagsterDbtCliRuntimeError("dbt ended with 2")


def test_a_model_that_dbt_cannot_parse_stops_builds_only(
    house: House, parsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(parsed / "dbt", house.settings.home / "dbt")
    shutil.copytree(DBT_DIR, tmp_path / "dbt_project")
    (tmp_path / "dbt_project" / "models" / "marts" / "core" / "fct_event.sql").write_text("select {{ nothing(")
    monkeypatch.setattr(dbt_bridge, "DBT_DIR", tmp_path / "dbt_project")
    dates = common.business_dates(house)
    keys = {key for one in all_assets(house, dates) if isinstance(one, dg.AssetsDefinition) for key in one.keys}
    assert keys >= {dg.AssetKey(["command_centre", "event"]), dg.AssetKey(["marts", "fct_event"])}
    assert "nothing can be built until this is mended" in caplog.text
    assert "fct_event.sql" in caplog.text
    with pytest.raises(RuntimeError, match=r"fct_event\.sql"):
        dbt_bridge.ensure_manifest(house.settings, house.contracts)
    shutil.rmtree(house.settings.home / "dbt")
    with pytest.raises(RuntimeError, match=r"fct_event\.sql"):
        all_assets(house, dates)
