"""Paths: arguments before environment before the checkout; a clock that does not depend on TZ."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import settings

VARIABLES = ("SIHE_HOME", "SIHE_INBOX", "SIHE_CONTRACTS")
DBT_PLACES = ("SIHE_WORKING_DB", "SIHE_DBT_GENERATED")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "home", "inbox", "found_home", "found_inbox"),
    [
        ({}, None, None, settings.PROJECT_DIR / "var", settings.PROJECT_DIR / "var" / "inbox"),
        ({"SIHE_HOME": "/a"}, None, None, Path("/a"), Path("/a/inbox")),
        ({"SIHE_HOME": "/a", "SIHE_INBOX": "/b"}, None, None, Path("/a"), Path("/b")),
        ({"SIHE_HOME": "/a"}, Path("/c"), None, Path("/c"), Path("/c/inbox")),
        ({"SIHE_HOME": "/a", "SIHE_INBOX": "/b"}, Path("/c"), Path("/d"), Path("/c"), Path("/d")),
        ({"SIHE_HOME": ""}, None, None, settings.PROJECT_DIR / "var", settings.PROJECT_DIR / "var" / "inbox"),
    ],
)
def test_arguments_come_before_the_environment_and_that_before_the_checkout(
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    home: Path | None,
    inbox: Path | None,
    found_home: Path,
    found_inbox: Path,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = settings.load(home, inbox)
    assert (found.home, found.inbox) == (found_home, found_inbox)
    assert found.contracts == settings.PROJECT_DIR / "pipelines" / "contracts"


def test_an_installed_package_has_its_home_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PROJECT_DIR", tmp_path / "site-packages")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings.load().home == tmp_path / ".local" / "share" / "sihe"


def test_paths_are_absolute_wherever_a_command_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = settings.load(Path("here"))
    assert found.home == tmp_path / "here"
    no_paths = ("SIHE_WEBHOOK", "SIHE_ADDRESS", "SIHE_GENERATIONS_GB", "SIHE_DISTRICTS_AT_ONCE")
    told = {name: value for name, value in found.environment().items() if not name.startswith(no_paths)}
    # dbt's two are relative to its project in the home.
    places = {name: os.path.normpath(found.dbt_project / told.pop(name)) for name in DBT_PLACES}
    assert places == {"SIHE_WORKING_DB": str(found.working_db), "SIHE_DBT_GENERATED": str(found.dbt_generated)}
    assert all(Path(value).is_absolute() for name, value in told.items() if name.startswith("SIHE_"))


def test_what_children_are_told_makes_the_same_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = settings.load(tmp_path / "home", tmp_path / "drop")
    for name, value in here.environment().items():
        monkeypatch.setenv(name, value)
    assert settings.load() == here
    assert os.environ["DO_NOT_TRACK"] == "1"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_the_clock_is_beijings_whatever_the_machine_thinks(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = settings.beijing_now()
        expected = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=8)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert abs(now - expected) < timedelta(seconds=5)
    assert now.tzinfo is None


def test_children_run_no_code_from_where_a_command_is_called(tmp_path: Path) -> None:
    """Of another checkout, or of anybody."""
    foreign = tmp_path / "pipelines"
    (foreign / "delivery").mkdir(parents=True)
    for package in (foreign, foreign / "delivery"):
        (package / "__init__.py").touch()
    (foreign / "delivery" / "cells.py").write_text("print('foreign')", encoding="utf-8")
    started = settings.command_of("pipelines.delivery.cells")
    ran = subprocess.run(started, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == ""


def test_the_command_says_so_to_children_of_libraries_too() -> None:
    program = (
        "import atexit, os, sys; from pipelines.commands import start;"
        "atexit.register(lambda: print(os.environ['PYTHONSAFEPATH'])); sys.argv[1:] = ['--help']; start.main()"
    )
    env = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    ran = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("\n1\n")
