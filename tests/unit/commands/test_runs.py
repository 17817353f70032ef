"""Progress of long work: a bar on a terminal, nothing in a pipe; and what a build says that published nothing."""

import json
import os
import pty
import signal
import subprocess
import sys
from datetime import datetime
from types import SimpleNamespace

import pytest
from dagster._utils.interrupts import capture_interrupts

from pipelines.commands import runs, status
from pipelines.installation import House
from pipelines.settings import PROJECT_DIR
from tests.unit.helpers import put

WORK = """
from pipelines import progress
from pipelines.commands import runs
for length in (0, 4):
    with runs.bar(length):
        for _ in range(3):
            progress.tell("files", rows=1500)
        progress.reached("taking.copied")
        progress.reached("copying.begun")
    print("done", length, flush=True)
"""


def work(stderr: int) -> subprocess.CompletedProcess[str]:
    """Work of unknown length, then of four files, three of which are done."""
    return subprocess.run(
        [sys.executable, "-c", WORK],
        stdout=subprocess.PIPE, stderr=stderr, text=True, check=True, cwd=PROJECT_DIR, timeout=60,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip


def test_a_terminal_shows_how_many_of_how_many_and_the_rows() -> None:
    ours, theirs = pty.openpty()
    try:
        assert work(theirs).stdout == "done 0\ndone 4\n"
    finally:
        os.close(theirs)
    seen = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                seen += part
        except OSError:  # the other end is closed: everything was read
            pass
    text = seen.decode()
    assert "3/4" in text
    assert "4,500 rows" in text
    assert "copying what readers see" in text
    assert "/0" not in text


def test_a_pipe_stays_plain() -> None:
    ran = work(subprocess.PIPE)
    assert (ran.stdout, ran.stderr) == ("done 0\ndone 4\n", "")


def ended(*errors: object) -> SimpleNamespace:
    """What Dagster says of a run: a step that went well, and failed ones with these errors."""
    events = [SimpleNamespace(is_step_failure=False)]
    for error in errors:
        failure = SimpleNamespace(error=error)
        events.append(SimpleNamespace(is_step_failure=True, step_key="models", step_failure_data=failure))
    return SimpleNamespace(all_events=events)


def error(name: str, message: str, cause: object = None) -> SimpleNamespace:
    return SimpleNamespace(cls_name=name, message=message, cause=cause)


def test_a_failed_step_says_its_cause() -> None:
    outer = error("DagsterExecutionStepExecutionError", "in a step", error("OSError", "disk full\n"))
    assert runs._failures(ended(outer, None)) == ["models: disk full", "models: unknown"]


@pytest.mark.parametrize("is_cause", [False, True])
def test_a_build_that_somebody_stopped_has_not_failed(is_cause: bool) -> None:
    """No alert goes out, and the exit code is that of Ctrl-C."""
    stopped = error("DagsterExecutionInterruptedError", "")
    with pytest.raises(KeyboardInterrupt):
        runs._failures(ended(error("DagsterExecutionStepExecutionError", "", stopped) if is_cause else stopped))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_dagster_sets_aside_is_not_forgotten_with_the_job(sign: signal.Signals) -> None:
    """It comes while Dagster records a job's last step: no step follows that would raise it."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(KeyboardInterrupt), runs._no_signal_forgotten(), capture_interrupts():
            os.kill(os.getpid(), sign)
        with runs._no_signal_forgotten(), capture_interrupts():
            pass
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_build_that_published_nothing_has_failed(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dagster skips the publication, and calls the run a success, where a model was left out."""
    monkeypatch.setattr(runs, "_execute", lambda *_args, **_named: True)
    assert runs.build(house) is False
    assert "nothing was published" in capsys.readouterr().out


def test_a_publication_without_data_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def publish_nothing(*_args: object, **_named: object) -> bool:
        pointer = {"generation": "g1", "data_from": None, "data_through": None}
        house.settings.published.mkdir(parents=True, exist_ok=True)
        (house.settings.published / "current.json").write_text(json.dumps(pointer), encoding="utf-8")
        return True

    monkeypatch.setattr(runs, "_execute", publish_nothing)
    assert runs.build(house) is True
    assert "published generation g1: no data yet\n" in capsys.readouterr().out


def test_the_days_of_a_publication_are_said() -> None:
    assert status.days_of("2026-01-01", "2026-01-05") == "data from 2026-01-01 through 2026-01-05"
    assert status.days_of(None, None) == "no data yet"


def test_an_inbox_of_linked_files_is_not_an_empty_one(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of an archive by `cp -l` looks like a right one."""
    monkeypatch.setattr(runs, "_finish", lambda *_, **__: True)
    given = put(house.settings.inbox, "2024-01-05", "a.csv", b"x", datetime(2024, 1, 6))
    (house.settings.inbox / "b.csv").hardlink_to(given)
    runs.take_build_publish(house, None, None)
    assert "left     2 files have a second name (hard links) and are not taken: copy them" in capsys.readouterr().out
