"""Running a measured program, and formatting the results. Standard library only: this process must stay small, or Linux
reports every child as at least as large."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What one program printed and when (seconds since 1970), how long it ran, processor time including its children,
    and the peak memory of the largest process."""

    lines: tuple[tuple[float, str], ...]
    started: float
    ended: float
    processor: float
    peak_mib: float

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    def numbers(self) -> dict[str, float]:
        """The program's last line, which is JSON."""
        found: dict[str, float] = json.loads(self.lines[-1][1])
        return found


def run(command: Sequence[str], code: Path = PROJECT_DIR) -> Outcome:
    """Runs a program to its end; its errors go to the terminal, a failure ends the benchmark.

    `code` precedes the installed checkout. An installation named by the environment is hidden from the program, so that
    it sends no alerts.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIHE_")}
    environment["PYTHONPATH"] = str(code)
    started = time.time()
    process = subprocess.Popen(command, cwd=code, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    lines = tuple((time.time(), line.rstrip("\n")) for line in process.stdout)
    _, status, used = os.wait4(process.pid, 0)
    ended = time.time()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("\n".join([*(line for _, line in lines), f"{command}: exit code {process.returncode}"]))
    return Outcome(lines, started, ended, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def python(module: str, *arguments: object, executable: Path | None = None) -> Outcome:
    """Runs a module of the benchmarks with this Python or another one."""
    return run([str(executable or sys.executable), "-m", f"tests.benchmarks.{module}", *map(str, arguments)])


def spread(values: Sequence[float], digits: int = 2) -> str:
    """min – **median** – max."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{low:,.{digits}f} – **{middle:,.{digits}f}** – {high:,.{digits}f}"


def peak(outcomes: Sequence[Outcome]) -> str:
    return f"{max(outcome.peak_mib for outcome in outcomes):,.0f} MiB"


def verdict(ratios: Sequence[float], aim: float) -> str:
    """How the median compares with the aim; within 2 % it counts as equal."""
    middle = statistics.median(ratios)
    if abs(middle / aim - 1) < 0.02:
        return "at the aim"
    return "reached" if middle < aim else f"missed by {100 * (middle / aim - 1):.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Where and when this was measured, and how busy the machine was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ("duckdb", "polars", "pyarrow", "dagster", "dbt-core", "dbt-duckdb", "streamlit")
    return (
        f"{datetime.now():%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores ({_processor()}), {memory:.0f} GiB of memory,"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries)
        + f". Load average of the machine before: {os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def interleaved(runs: int, sides: Mapping[str, Callable[[], Outcome]]) -> dict[str, list[Outcome]]:
    """A B A B …, so that other load on the machine affects all sides equally."""
    found: dict[str, list[Outcome]] = {name: [] for name in sides}
    for i in range(runs):
        for name, side in sides.items():
            outcome = side()
            found[name].append(outcome)
            print(f"  run {i + 1} of {runs}  {name:<16} {outcome.seconds:6.1f} s in all", flush=True)
    return found
