"""Which files of the checkout and the home determine the version of the code; where dbt finds its seeds."""

import csv
import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines import dbt_bridge, installation
from pipelines.contracts.compiler import load_contracts
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
    "file",
    [
        "dbt_project/kpis/safe/event_rework_rate.yml",
        "dbt_project/models/marts/core/_core.yml",
        "dbt_project/models/marts/core/fct_event.sql",
        "dbt_project/macros/facts.sql",
        "dbt_project/dbt_project.yml",
        "home/seeds/kpi_override.csv",
        "dbt_project/analyses/kpis_now.sql",
        "contracts/snap_report.odcs.yaml",
    ],
)
def test_another_byte_is_another_version(checkout: Settings, file: str) -> None:
    before = dbt_bridge.code_version(checkout)
    assert dbt_bridge.code_version(checkout) == before
    path = checkout.home.parent / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert dbt_bridge.code_version(checkout) != before


def test_other_words_names_of_divisions_and_publications_are_another_version(
    checkout: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"reasons.py", "divisions.zip", "catalog.py", "workbook.py"} <= {file.name for file in dbt_bridge.SAYING}
    copies = [Path(shutil.copy(file, tmp_path)) for file in dbt_bridge.SAYING]
    monkeypatch.setattr(dbt_bridge, "SAYING", copies)
    versions = {dbt_bridge.code_version(checkout)}
    for copy in copies:
        copy.write_bytes(copy.read_bytes() + b"\n")
        versions.add(dbt_bridge.code_version(checkout))
    assert len(versions) == 1 + len(copies)


def test_a_new_version_of_a_contract_is_a_row_for_each_of_its_feeds() -> None:
    contracts, _ = load_contracts(CONTRACTS)
    assert dbt_bridge.contract_versions(contracts) == "feed,version,applies_from\n"
    visits = next(contract for contract in contracts if contract.platform == "home_visit")
    older = visits.feeds[0]
    newer = replace(older, version="2.0.0", applies_from=date(2026, 10, 1), earlier=(older,))
    told = dbt_bridge.contract_versions([replace(visits, feeds=(newer,))])
    assert told.splitlines()[1:] == ["home_visit.visit,2.0.0,2026-10-01"]


def test_a_contract_that_cannot_be_read_stops_no_command(checkout: Settings) -> None:
    """It is left out, as one with an error; when it can be read, that is another version."""
    before = dbt_bridge.code_version(checkout)
    own = checkout.home / "contracts" / "own.odcs.yaml"
    own.parent.mkdir()
    own.symlink_to(checkout.home / "nowhere.yaml")
    unread = dbt_bridge.code_version(checkout)
    (checkout.home / "nowhere.yaml").write_text("id: own\n", encoding="utf-8")
    assert len({before, unread, dbt_bridge.code_version(checkout)}) == 3


def test_what_dbt_leaves_in_the_checkout_is_no_part_of_the_version(checkout: Settings) -> None:
    before = dbt_bridge.code_version(checkout)
    (checkout.home.parent / "dbt_project" / "target").mkdir()
    (checkout.home.parent / "dbt_project" / "target" / "compiled.sql").write_text("select 1")
    assert dbt_bridge.code_version(checkout) == before


def test_every_code_of_a_contract_has_its_words_once() -> None:
    contracts, _ = load_contracts(CONTRACTS)
    rows = list(csv.DictReader(io.StringIO(dbt_bridge.codes_seed(contracts))))
    keys = [(row["feed"], row["column_name"], row["code"]) for row in rows]
    assert len(set(keys)) == len(keys)
    words = {key: (row["zh"], row["en"]) for key, row in zip(keys, rows, strict=True)}
    assert words["command_centre.event", "category", "public_order"] == ("治安防范", "public order")
    # A yes or no is stored as a boolean, and has the words of the contract too.
    assert [words["home_visit.visit", "on_site", code] for code in ("true", "false")] == [("是", "yes"), ("否", "no")]
    coded = [(f.id, column.name) for one in contracts for f in one.feeds for column in f.columns if column.labels]
    assert {key[:2] for key in keys} == set(coded)


def test_every_code_of_the_project_itself_has_its_words_once() -> None:
    with (DBT_DIR / "seeds" / "own_code.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["table_name"], row["column_name"], row["code"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert all(row["zh"] and row["en"] for row in rows)


def test_a_home_that_was_moved_or_copied_loads_its_own_seeds(parsed: Path, tmp_path: Path) -> None:
    """dbt remembers where the seeds were when it parsed them. The words of the other path are as long, because the file
    has their lengths."""
    home = tmp_path / "o'clock"
    shutil.copytree(parsed / "dbt", home / "dbt")
    remembered = home / "dbt" / "target" / "partial_parse.msgpack"
    was = str(parsed / "dbt" / "project").encode()
    assert was in remembered.read_bytes()
    remembered.write_bytes(remembered.read_bytes().replace(was, b"/" + b"x" * (len(was) - 1)))
    here = installation.load(home, tmp_path / "inbox")
    with here.writing("a test"):
        pass
    dbt_bridge.build(here.settings, ["public_holiday"])
    with duckdb.connect(str(here.settings.working_db), read_only=True) as connection:
        rows = connection.execute("select count(*) from work.public_holiday").fetchall()
    lines = (here.settings.dbt_generated / "seeds" / "public_holiday.csv").read_text(encoding="utf-8").splitlines()
    assert rows == [(len(lines) - 1,)]
