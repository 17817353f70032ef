"""The service files of docs/systemd: their commands exist and start.

Belongs here: the installation described in `docs/operations.md`. Does not belong here: what the servers do.
"""

import configparser
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pipelines.gate.people import People
from pipelines.gate.rules import PROFILES
from pipelines.gate.store import Store
from pipelines.settings import PROJECT_DIR
from tests.conftest import SIHE
from tests.faults.site import Site

UNITS = sorted((PROJECT_DIR / "docs" / "systemd").glob("*.service"))


def command(unit: Path) -> list[str]:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit, encoding="utf-8")
    program, *arguments = shlex.split(parsed["Service"]["ExecStart"])
    assert program == "/opt/sihe/.venv/bin/sihe"
    return [str(SIHE), *arguments]


def test_there_is_one_for_each_server() -> None:
    assert [unit.stem for unit in UNITS] == ["sihe-daemon", "sihe-serve"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_options_are_those_of_the_command(unit: Path) -> None:
    ran = subprocess.run([*command(unit), "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_is_well_formed(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "WantedBy=multi-user.target" in text
    analyze = shutil.which("systemd-analyze")
    if analyze:  # on a machine with systemd, systemd itself checks them
        text = text.replace("/opt/sihe/.venv/bin/sihe", str(SIHE)).replace("/opt/sihe", str(PROJECT_DIR))
        (tmp_path / unit.name).write_text(text.replace("User=sihe", "User=root"), encoding="utf-8")
        ran = subprocess.run(
            [analyze, "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False, timeout=60
        )
        assert (ran.returncode, ran.stderr) == (0, "")


def test_a_service_ends_with_all_that_it_started_at_sigterm(site: Site) -> None:
    (unit,) = (unit for unit in UNITS if unit.stem == "sihe-serve")
    store = Store(site.settings.home)
    People(store, PROFILES["standard"]).add("wang", "admin", "990102")
    store.close()
    process = subprocess.Popen(
        [*command(unit)[:2], "--port", "18743"], env={**os.environ, "SIHE_HOME": str(site.settings.home)},
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert "gate" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - started < 18  # of twenty that systemd gives it; nine at most on an idle machine
    assert subprocess.run(["pgrep", "--session", str(process.pid)], check=False, capture_output=True).stdout == b""


def exposure(unit: Path) -> float:
    """As systemd says it: 0 is none, 10 is all."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return 0.0
    ran = subprocess.run(
        [analyze, "security", "--offline=true", str(unit)], capture_output=True, text=True, check=False, timeout=60
    )
    return float(ran.stdout.rpartition("level for ")[2].split(": ")[1].split()[0])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_can_reach_little_besides_its_home(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert all(line in text for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "User=sihe\n"))
    assert exposure(unit) <= 1.5
