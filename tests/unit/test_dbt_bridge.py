"""What a change of the code requires of the next build: only a comparison, or a rebuild of every table."""

import shutil
from pathlib import Path

import pytest

from pipelines import dbt_bridge
from pipelines.settings import DBT_DIR, Settings
from tests.unit.conftest import CONTRACTS


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings over copies of the dbt project and of the contracts, and a home that names its district."""
    shutil.copytree(DBT_DIR, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    (tmp_path / "home" / "seeds").mkdir(parents=True)
    (tmp_path / "home" / "seeds" / "kpi_override.csv").write_text("valid_from,kpi_id\n", encoding="utf-8")
    (tmp_path / "home" / "district.yaml").write_text("name: 某区\n", encoding="utf-8")
    monkeypatch.setattr(dbt_bridge, "DBT_DIR", tmp_path / "dbt_project")
    return Settings(tmp_path / "home", tmp_path / "inbox", tmp_path / "contracts")


@pytest.mark.parametrize(
    ("file", "old", "new", "is_moving"),
    [
        ("dbt_project/kpis/safe/event_rework_rate.yml", "返工率", "返工比例", False),
        ("dbt_project/kpis/safe/event_rework_rate.yml", "rework_count >= 1", "rework_count >= 2", False),
        ("dbt_project/models/marts/core/_core.yml", "One row an event", "A row an event", False),
        ("dbt_project/models/marts/core/_core.yml", "data_type: timestamp", "data_type: date", True),
        ("dbt_project/models/marts/core/_core.yml", "related_by: [grid_code", "related_by: [event_id", True),
        ("dbt_project/models/marts/core/_core__unit_tests.yml", "model: dim_org", "model: dim_date", False),
        ("dbt_project/models/marts/core/fct_event.sql", "select", "select distinct", True),
        ("dbt_project/macros/facts.sql", "select", "select distinct", True),
        ("dbt_project/dbt_project.yml", "window_days: 90", "window_days: 60", True),
        ("dbt_project/dbt_project.yml", "# Limits of", "# The limits of", False),
        ("home/seeds/kpi_override.csv", "valid_from", "from", False),
        ("home/district.yaml", "name: 某区", "name: 某市", False),
        ("dbt_project/analyses/kpis_now.sql", "select", "select distinct", False),
        ("dbt_project/tests/assert_event_stages_add_up.sql", "select", "select distinct", False),
        ("contracts/snap_report.odcs.yaml", "businessName: 随手拍上报", "businessName: 上报", False),
        ("contracts/snap_report.odcs.yaml", "label: 居民", "label: 市民", False),
        ("contracts/snap_report.odcs.yaml", "name: photos", "name: pictures", True),
        ("contracts/snap_report.odcs.yaml", "id: snap_report", "id: [", True),
    ],
)
def test_a_word_moves_no_number(checkout: Settings, file: str, old: str, new: str, is_moving: bool) -> None:
    before = dbt_bridge.code_version(checkout)
    path = checkout.home.parent / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    after = dbt_bridge.code_version(checkout)
    assert after != before
    assert dbt_bridge.moves_everything(after, before) == is_moving


def test_what_was_never_built_whole_is_built_anew(checkout: Settings) -> None:
    version = dbt_bridge.code_version(checkout)
    assert dbt_bridge.moves_everything(version, None)
    assert dbt_bridge.moves_everything(version, "0123456789ab")
    assert not dbt_bridge.moves_everything(version, version)
