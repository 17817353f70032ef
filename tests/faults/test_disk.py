"""A full disk, a read-only one, missing rights: a clear message, the last publication is still readable, and the next
run continues automatically.

Belongs here: errors of the machine. A real small disk if this user may mount one, else a limit on the size of every
file that a real process writes. Does not belong here: damage (`test_working_database`), kills (`test_kills`).
"""

import ctypes
import errno
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner

from pipelines import alerts, machine_errors, settings
from pipelines.commands import cli
from pipelines.gate.store import Store
from pipelines.settings import Settings
from tests.conftest import SIHE
from tests.faults.site import Site, take
from tests.walk.published import checksums

MiB = 1 << 20
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


def no_file_above(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


# ---------------------------------------------------------------- no room


@pytest.mark.parametrize("size", [0, 100, 3_000, 20_000])
def test_an_intake_without_room_is_gone_on_with_when_there_is(taken: Site, site: Site, size: int) -> None:
    """In any place: archive, journal, database."""
    ran = site.step("take", before=no_file_above(size))
    assert ran.returncode not in (0, None)
    assert "File too large" in ran.stderr or "file too large" in ran.stderr.lower()
    assert (machine_errors.told(ran.stderr, site.settings.home) or "").startswith("磁盘已满")
    take(site.here)
    assert site.state() == taken.state()
    assert site.received() == taken.received()
    assert not list(site.settings.archive.glob(".incoming-*"))


def test_a_publication_without_room_leaves_the_one_before(published: Site) -> None:
    home = published.settings.home
    before, pointer = checksums(home), (home / "published" / "current.json").read_bytes()
    names = sorted(file.name for file in (home / "published").iterdir())
    ran = published.step("publish", before=no_file_above(MiB))
    assert ran.returncode != 0
    assert "file too large" in ran.stderr.lower()
    assert (home / "published" / "current.json").read_bytes() == pointer
    assert sorted(file.name for file in (home / "published").iterdir()) == names
    assert published.step("publish").returncode == 0
    assert checksums(home) == before


def test_without_room_the_doctor_answers_and_nothing_is_half_written(published: Site, tmp_path: Path) -> None:
    home = published.settings.home
    Store(home).close()
    dagster = home / "dagster" / "dagster.yaml"
    assert CliRunner().invoke(cli.main, ["user", "list", "--home", str(home)]).exit_code == 0
    ran = limited(home, 0, "doctor")
    lines = [line.split(maxsplit=2) for line in ran.stdout.splitlines()]
    assert ran.returncode == 1 and ran.stderr == ""
    assert {"versions", "disk", "KPIs", "publication"} <= {what for _, what, _ in lines}
    (said,) = (text for state, what, text in lines if (state, what) == ("fail", "working"))
    assert "磁盘已满 · the disk is full" in said
    # What is as it should be is not written again, and what is not is written whole.
    assert dagster.read_bytes() == (settings.DAGSTER_DIR / "dagster.yaml").read_bytes()
    dagster.write_text("another")
    assert limited(home, 0, "doctor").returncode == 1
    assert dagster.read_text() == "another"
    ran = limited(home, 0, "export", "--to", str(tmp_path / "to"))
    assert ran.returncode == 1 and not list((tmp_path / "to").iterdir())


def test_an_error_of_the_machine_is_told_of_the_home_that_the_command_is_about(published: Site) -> None:
    home = published.settings.home
    (name,) = (file.stem.removeprefix("sihe-") for file in (home / "published").glob("sihe-*.duckdb"))
    ran = limited(home, 0, "generations", "--pin", name)
    assert ran.returncode == 1 and f"free at {home})" in ran.stderr
    assert not (home / "published" / "pins.json").exists()


def limited(home: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in which no file may be longer."""
    command = [str(SIHE), *arguments, "--home", str(home)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, preexec_fn=no_file_above(size)
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 8 MiB if this user may mount one, else None."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    yield folder if mounted.returncode == 0 else None
    if mounted.returncode == 0:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_the_command_says_so_and_goes_on_when_there_is_room(
    taken: Site, site: Site, small_disk: Path | None
) -> None:
    home = small_disk / "home" if small_disk else site.settings.home
    if small_disk:
        shutil.copytree(site.settings.home, home)
        (small_disk / "filler").write_bytes(b"x" * (8 * MiB - 50_000))
    here = Site(replace(site.here, settings=Settings(home, site.settings.inbox, site.settings.contracts)))
    # Without a mount: the same limit on every file of the process.
    ran = here.step("take", before=None if small_disk else no_file_above(50_000))
    assert ran.returncode != 0
    said = machine_errors.told(ran.stderr, home)
    assert said is not None
    assert said.startswith("磁盘已满 · the disk is full")
    assert "what is published stays" in said
    if small_disk:
        (small_disk / "filler").unlink()
    assert take(here.here) > 0
    assert here.state() == taken.state()


# ---------------------------------------------------------------- read-only, no rights


def without_roots_rights() -> None:
    """From the next exec on, root is also bound by the modes of files."""
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.parametrize(
    ("place", "mode"),
    [("warehouse/sihe.duckdb", 0o000), ("warehouse/sihe.duckdb", 0o400), ("sihe.lock", 0), (".", 0o500)],
)
def test_a_place_that_may_not_be_written_is_said_in_a_line(after: Site, place: str, mode: int) -> None:
    path = after.settings.home / place
    before = path.stat().st_mode
    path.chmod(mode)
    ran = subprocess.run(
        [str(SIHE), "status", "--home", str(after.settings.home)], capture_output=True, text=True, check=False,
        timeout=60, preexec_fn=without_roots_rights,
    )  # fmt: skip
    path.chmod(before)
    assert "Traceback" not in ran.stderr
    assert (ran.returncode, "没有权限 · this user may not write or read there" in ran.stderr) == (1, True), ran.stderr
    assert after.lines()
    assert not after.settings.set_aside.exists()


@pytest.mark.parametrize("place", ["archive", "journal", "journal/deliveries.ndjson"])
def test_an_intake_that_may_not_write_leaves_all_as_it_was(taken: Site, site: Site, place: str) -> None:
    assert site.lines() == []
    path = site.settings.home / place
    path.mkdir(exist_ok=True) if place == "archive" else None
    before = path.stat().st_mode
    path.chmod(0o400)
    ran = site.step("take", before=without_roots_rights)
    path.chmod(before)
    assert ran.returncode != 0
    assert (machine_errors.told(ran.stderr, site.settings.home) or "").startswith("没有权限")
    assert [line for line in site.lines() if line.feed] == []
    take(site.here)
    assert site.state() == taken.state()


def test_a_file_of_the_inbox_that_may_not_be_read_is_not_taken_and_the_others_are(
    site: Site, taken: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's upload: loaded as soon as it can be read."""
    refused = next(site.settings.inbox.rglob("service_centre_duty_shift_20240105.csv"))
    opened = os.open

    def refuse(path: str | Path, *arguments: int, **named: int) -> int:
        if Path(path) == refused:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        take(site.here)
    assert refused.name not in {line.file_name for line in site.lines()}
    take(site.here)
    assert site.state() == taken.state()


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "磁盘已满 · the disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/x/y"), "磁盘只读 · the disk is read-only"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/y"), "没有权限"),
        (OSError(errno.EMFILE, "Too many open files"), "too many open files: raise the limit"),
        (MemoryError(), "内存不足"),
        (RuntimeError("can't start new thread"), "内存不足"),
        (ImportError("x.so: failed to map segment from shared object"), "内存不足"),
        (duckdb.IOException('IO Error: Could not write file "x": No space left on device'), "磁盘已满"),
        ("Database Error in model kpi_daily: could not write: disk quota exceeded", "磁盘已满"),
        ("The dbt CLI process with command\n\n`dbt build`\n\nfailed with exit code `-9`.", "被强行结束"),
        ("The dbt CLI process with command\n\n`dbt build`\n\nfailed with exit code `1`.", None),
        (duckdb.CatalogException("Table does not exist"), None),
        (ValueError("a row is wrong"), None),
    ],
)
def test_what_the_machine_refuses_is_told_from_what_is_wrong(
    error: BaseException | str, said: str | None, tmp_path: Path
) -> None:
    told = machine_errors.told(error, tmp_path)
    assert (told is None) == (said is None)
    assert said is None or (told is not None and said in told)
    if isinstance(error, OSError) and error.filename:
        assert "(/x/y)" in (told or "")


@pytest.mark.parametrize(("free", "said"), [(1 << 20, "磁盘已满 · the disk is full (1 MiB free"), (1 << 30, None)])
def test_an_error_of_sqlite_without_a_cause_is_a_full_disk_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str | None
) -> None:
    """The file of locks beside a database cannot grow: with room, it is a failing disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    told = machine_errors.told(sqlite3.OperationalError("disk I/O error"), tmp_path)
    assert (told or "").startswith(said or "")
    assert (told is None) == (said is None)


def test_the_cause_of_an_error_counts_too(tmp_path: Path) -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as cause:
            raise RuntimeError("the step failed") from cause
    except RuntimeError as error:
        assert machine_errors.told(error, tmp_path)


def test_an_alert_that_cannot_be_written_stops_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.settings.alerts_file.mkdir(parents=True)
    assert alerts.send(site.settings, alerts.of_recovery("a test"))
    assert "recovered by itself" in caplog.text


def test_a_home_in_place_of_which_a_file_lies_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    for ran in (
        CliRunner().invoke(cli.main, ["run", "--home", str(tmp_path / "home")]),
        CliRunner().invoke(cli.main, ["run"], env={"SIHE_HOME": str(tmp_path / "home")}),
    ):
        assert ran.exit_code == 2
        assert ran.output.splitlines()[-1].endswith("home' is a file.")
