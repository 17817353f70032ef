"""`sihe parcel` and `sihe rollup`: wrong usage, and what is said when there is nothing to add up."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import installation, settings
from pipelines.commands import cli
from pipelines.districts import setup
from pipelines.districts.district import DistrictError
from tests.unit.commands.test_cli import own_environment

__all__ = ["own_environment"]


def ended(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.main, list(arguments))
    return done.exit_code, done.output


@pytest.fixture
def city(tmp_path: Path) -> str:
    code, said = ended("init", "--city", "6103", "--home", str(tmp_path))
    assert code == 0 and "宝鸡市, 12 districts are expected" in said
    return str(tmp_path)


def test_a_home_is_a_district_or_a_city(tmp_path: Path, city: str) -> None:
    assert ended("init", "--district", "610302", "--home", city)[0] == 2
    district = str(tmp_path / "district")
    assert ended("init", "--district", "610302", "--home", district)[0] == 0
    for command in (["init", "--city", "6103"], ["rollup"]):
        code, said = ended(*command, "--home", district)
        assert code == 2 and "a home of its own" in said
    assert ended("init", "--home", city)[0] == ended("init", "--city", "6103", "--district", "610302")[0] == 2


def test_a_city_without_parcels_publishes_nothing_and_says_where_they_belong(tmp_path: Path, city: str) -> None:
    (tmp_path / "inbox" / "610302").mkdir(parents=True)
    (tmp_path / "inbox" / "610302" / "other.zip").write_bytes(b"PK")
    code, said = ended("rollup", "--home", city, "--inbox", str(tmp_path / "inbox"))
    assert code == 1 and "inbox/<district>/" in said and "other.zip: has no name of a parcel" in said
    assert not settings.load(tmp_path).working_db.exists()


def test_a_city_has_no_rows_and_says_which_homes_have(tmp_path: Path, city: str) -> None:
    for command in (
        ["build"],
        ["backfill"],
        ["rebuild"],
        ["rotate-key"],
        ["readiness"],
        ["dagster"],
        ["erase", "--phone", "13800000000"],
    ):
        code, said = ended(*command, "--home", city)
        assert code == 2 and "it has none" in said, said
    home = tmp_path / "districts" / "610303"
    setup.prepare_in_city(settings.load(home), "610303")
    code, said = ended("rebuild", "--home", city)
    assert code == 2 and f"--home {home}" in said
    assert ended("status", "--night", "--home", city)[0] == 2
    # Whatever opens it, Dagster's assets too: its inbox is that of many districts.
    with pytest.raises(DistrictError, match="no rows"), installation.load(tmp_path).writing("a test"):
        pass
    assert not (tmp_path / "warehouse").exists()


def test_a_run_of_a_city_without_exports_is_a_roll_up(tmp_path: Path, city: str) -> None:
    """A name that no feed has makes no home: a note beside parcels must not turn them off."""
    (tmp_path / "inbox" / "610302").mkdir(parents=True)
    (tmp_path / "inbox" / "610302" / "read me.txt").write_text("parcels come at seven")
    code, said = ended("run", "--home", city, "--inbox", str(tmp_path / "inbox"))
    assert code == 1 and "no parcel that can be used" in said
    assert not (tmp_path / "districts").exists()


def test_exports_of_a_district_that_the_register_does_not_have_are_said(tmp_path: Path, city: str) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("610302", "610399"), encoding="utf-8")
    folder = tmp_path / "inbox" / "610399" / "2026-01-02"
    folder.mkdir(parents=True)
    (folder / "command_centre_event_20260102.csv").write_text("x")
    code, said = ended("run", "--home", city, "--inbox", str(tmp_path / "inbox"))
    assert code == 1 and "failed   610399: '610399' is not a district" in said
    assert (
        "has exports that were not taken yet" in ended("doctor", "--home", city, "--inbox", str(tmp_path / "inbox"))[1]
    )


def test_a_district_that_has_published_nothing_has_no_parcel(tmp_path: Path) -> None:
    code, said = ended("parcel", "--home", str(tmp_path))
    assert code == 1 and "sihe run" in said and "Traceback" not in said


def test_a_city_without_its_file_is_told_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    code, said = ended("rollup", "--home", str(tmp_path))
    assert code == 1 and "sihe init --city" in said
