"""What is said of a column that is personal after all, through the commands."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import installation, settings
from pipelines.commands import cli
from pipelines.contracts.model import Feed
from pipelines.keys import Key, write_key
from tests.unit.conftest import CONTRACTS
from tests.unit.desk import Desk
from tests.unit.helpers import csv_bytes, put, row_of
from tests.unit.intake.test_taking import T1

FEED, COLUMN = "service_centre.service_point", "physicalName: 站点名称, logicalType: string, "
PII = "classification: PII, customProperties: [{property: privacy, value: mask}], "


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in settings.load(tmp_path, tmp_path).environment().items():
        monkeypatch.setenv(name, value)


def said(command: str, home: Path) -> str:
    ended = CliRunner().invoke(cli.main, [command, "--home", str(home), "--inbox", str(home / "inbox")])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_status_and_doctor_say_what_was_stored_in_clear(tmp_path: Path, key: Key, feeds: dict[str, Feed]) -> None:
    inbox, keys = tmp_path / "inbox", tmp_path / "keys"
    keys.mkdir(mode=0o700)
    write_key(keys / "pseudonym.key", key)
    put(inbox, "d", "service_centre_service_point_20240105.csv", csv_bytes(feeds[FEED], [row_of(feeds[FEED])]), T1)
    here = installation.load(tmp_path, inbox)
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, key).take()
    assert "treatment" not in said("doctor", tmp_path)
    published = here.settings.published / "sihe-20240106-060000.duckdb"
    published.parent.mkdir(exist_ok=True)
    published.touch()
    own = tmp_path / "contracts" / "service_centre.odcs.yaml"
    own.parent.mkdir()
    text = (CONTRACTS / own.name).read_text(encoding="utf-8")
    assert COLUMN in text
    own.write_text(text.replace(COLUMN, COLUMN + PII), encoding="utf-8")
    told = said("status", tmp_path)
    assert "【曾以明文入库】" in told
    assert "point_name" in told
    assert "1 generations of before, the newest 20240106-060000: sihe rotate-key" in said("doctor", tmp_path)
    published.unlink()
    assert "曾以明文入库" not in said("status", tmp_path)
    own.unlink()
    assert "【仍按原契约处理】" in said("status", tmp_path)
    assert f"sihe backfill --feed {FEED} --from 2024-01-05 --to 2024-01-05" in said("doctor", tmp_path)
