"""What the commands say and with which exit code they end, as far as that needs no build."""

import fcntl
import socket
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import cli, settings
from pipelines.settings import BEIJING


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commands tell their children where the home is, in the environment: put back after each test."""
    for name, value in settings.load(tmp_path, tmp_path).environment().items():
        monkeypatch.setenv(name, value)


def test_an_inbox_that_is_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path), "--inbox", str(tmp_path / "nowhere")])
    assert ended.exit_code == 2
    assert "nowhere is no folder" in ended.output


def test_a_second_run_says_who_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOCK_WAIT_SECONDS", 0)
    here = settings.load(tmp_path, tmp_path)
    with here.lock_file.open("w") as first:
        first.write("process 1: a long backfill")
        first.flush()
        fcntl.flock(first, fcntl.LOCK_EX)
        ended = CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path), "--inbox", str(tmp_path)])
    assert ended.exit_code == cli.EX_BUSY
    assert "a long backfill" in ended.output


def test_the_demo_has_samples_of_its_own_received_the_morning_after_their_day(tmp_path: Path) -> None:
    cli._deliver_samples(tmp_path)
    files = sorted(tmp_path.glob("*/*"))
    assert len(files) == 71
    received = datetime.fromtimestamp(files[0].stat().st_mtime, BEIJING)
    assert f"{received:%Y-%m-%d %H:%M}" == "2015-01-03 03:00"
    files[0].write_text("kept")
    cli._deliver_samples(tmp_path)
    assert files[0].read_text() == "kept"


def test_a_taken_port_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(cli.main, ["dashboard", "--home", str(tmp_path), "--port", str(port)])
    assert ended.exit_code == 1
    assert f"port {port} is taken" in ended.output
    assert "--port" in ended.output
