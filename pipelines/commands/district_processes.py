"""`sihe run` of the districts that a city runs, a process each: one that fails or is killed touches its own alone.

Belongs here: starting them, how many at once, stopping them with the process that started them, how each ended. Does
not belong here: which districts (`city`), what a run does (`runs`), the process itself (`district_process`).
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.settings import Settings, command_of, environment_of_child

GRACE_SECONDS = 10
EX_FINDINGS = 3
_MOST_SAID = 10


@dataclass(frozen=True)
class Ended:
    """How a run ended. printed: what it has printed; said: its errors."""

    at: str
    exit_code: int
    said: Sequence[str]
    printed: Sequence[str] = ()

    @property
    def is_well(self) -> bool:
        return self.exit_code in (0, EX_FINDINGS)


def run_each(
    homes: Mapping[str, Settings],
    arguments: Sequence[str],
    at_once: int,
    begun: Callable[[str], None],
    done: Callable[[str, Ended], None],
) -> dict[str, Ended]:
    """Runs `sihe run` in each of these homes, so many at once, and returns how each ended; the last one of each is kept
    in its home. At an interruption it stops those that run, and raises."""
    waiting, running, ended = list(homes), dict[str, subprocess.Popen[bytes]](), dict[str, Ended]()

    def end(code: str, one: Ended) -> None:
        ended[code] = one
        _keep(homes[code], one)
        done(code, one)

    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                code = waiting.pop(0)
                begun(code)
                try:
                    running[code] = _started(homes[code], arguments)
                except OSError as error:  # the disk is full, or the home is not this user's
                    end(code, Ended(_now(homes[code]), 1, [str(error)]))
            for code, process in list(running.items()):
                if process.poll() is not None:
                    del running[code]
                    end(code, _ended(homes[code], process))
            time.sleep(0.05)
    finally:
        _stop(list(running.values()))
    return ended


def last(home: Settings) -> Ended | None:
    """How the last run that a city started ended; None if there was none."""
    try:
        return Ended(**json.loads(_record(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _started(home: Settings, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    _output(home).parent.mkdir(parents=True, exist_ok=True)
    command = command_of("pipelines.commands.district_process", "run", *arguments)
    with _output(home).open("wb") as output, _errors(home).open("wb") as errors:
        return subprocess.Popen(
            [*command, "--home", str(home.home), "--inbox", str(home.inbox)],
            stdin=subprocess.PIPE, stdout=output, stderr=errors, start_new_session=True,
            env=environment_of_child(home),
        )  # fmt: skip


def _ended(home: Settings, process: "subprocess.Popen[bytes]") -> Ended:
    if process.stdin is not None:
        process.stdin.close()
    said = _lines(_errors(home))
    if process.returncode < 0:
        said = [*said, f"it was stopped by signal {-process.returncode}"]
    return Ended(_now(home), process.returncode, said[:_MOST_SAID], _lines(_output(home)))


def _stop(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    for sign, seconds in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGKILL, 5)):
        for process in processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(process.poll() is None for process in processes):
            time.sleep(0.05)


def _keep(home: Settings, one: Ended) -> None:
    told = {name: value for name, value in asdict(one).items() if name != "printed"}
    with contextlib.suppress(OSError):
        temporary = _record(home).with_suffix(".part")
        temporary.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        temporary.replace(_record(home))


def _now(home: Settings) -> str:
    return f"{home.clock():%Y-%m-%d %H:%M:%S}"


def _lines(file: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return []


def _output(home: Settings) -> Path:
    return home.logs / "city-run.log"


def _errors(home: Settings) -> Path:
    return home.logs / "city-run.err"


def _record(home: Settings) -> Path:
    return home.logs / "city-run.json"
