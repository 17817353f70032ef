"""The sections on nights with little data: everything runs except `sihe run`; the session's district
replaces it.

A night costs a minute of processor time. The inputs of its stages, Dagster's records and dbt's results, are real: those
of the run that made the district.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from pipelines.commands import cli

from . import compare_nights, night, run
from .conftest import Found
from .measure import Outcome

PROCESSOR, PEAK = 60.0, 500.0


def outcome(home: Path, printed: str, files: int) -> Outcome:
    """The output of the run that made a home, as if it had loaded this many files of the night; its first lines have
    times in the seconds before Dagster's first event."""
    at = [event[0] for log in night._run_logs(home, 0) for event in night._events(log)]
    begun, ended = min(at), max(at)
    said = printed.splitlines()
    for place, line in enumerate(said):
        if line.startswith("taking "):
            line_of_the_night = re.sub(r"\d{4}-\d\d-\d\d", str(night.NIGHT), line)
            said[place] = re.sub(r"[0-9,]+ files", f"{files} files", line_of_the_night)
    times = [begun - 2, begun - 1, *[ended] * (len(said) - 2)]
    return Outcome(tuple(zip(times, said, strict=True)), begun - 3, ended + 1, PROCESSOR, PEAK)


@pytest.fixture
def stand_in(district: tuple[Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces each `sihe run` by a copy of the district; the page cache, which all workers use, keeps the
    libraries."""
    made, _, printed = district
    sihe, drop = night.sihe, night.drop_from_page_cache

    def copied(code: Path, command: str, *arguments: object) -> Outcome:
        if command != "run":
            return sihe(code, command, *arguments)
        # Raises for options that the command does not have.
        asked = cli.run.make_context("run", [str(argument) for argument in arguments]).params
        shutil.rmtree(asked["home"], ignore_errors=True)
        shutil.copytree(made, asked["home"], symlinks=True)
        arrived = asked["inbox"] / night.NIGHT.isoformat()
        return outcome(asked["home"], printed, len(list(arrived.glob("*"))))

    def dropped(folder: Path) -> None:
        if folder.is_relative_to(tmp_path):
            drop(folder)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(night, "sihe", copied)
    monkeypatch.setattr(night, "drop_from_page_cache", dropped)


def measured(monkeypatch: pytest.MonkeyPatch, page: Path, *options: str) -> str:
    """The page that `python -m tests.benchmarks.run` writes."""
    monkeypatch.setattr(sys, "argv", ["run", "--runs", "1", "--page", str(page), *options])
    run.main()
    return page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("stand_in")
def test_a_night_is_cut_into_its_stages_cold_and_warm(
    tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = measured(monkeypatch, tmp_path / "page.md", "--only", "night", "--days", "1")

    assert set(found) == {"cold", "warm"}
    for (one,) in found.values():
        numbers = one.numbers()
        assert set(numbers) == set(night.STAGES)
        # The remaining times are differences between several clocks.
        assert [name for name in numbers if not name.endswith("rest") and numbers[name] <= 0] == []
        assert sum(numbers.values()) == pytest.approx(one.seconds)
    assert page.startswith(run.HEAD) and "## Night" in page
    assert all(f"| {title} |" in page for title in night.STAGES.values())
    numbers = found["warm"][0].numbers()
    floor = sum(numbers[stage] for stage in ("start", "dagster import", "dbt start"))
    times = f"{found['warm'][0].seconds / floor:,.2f}"
    assert f"A warm night takes {times} – **{times}** – {times} times its floor; the aim is 2.5: " in page


@pytest.mark.usefixtures("stand_in")
def test_the_same_night_is_compared_by_the_age_of_the_warehouse(
    district: tuple[Path, Path, str], tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_nights, "AIM_TIMES", 2)
    page = measured(monkeypatch, tmp_path / "page.md", "--only", "growth", "--days", "1", "2")

    assert list(found) == ["1 days", "2 days"]
    rows = re.search(r"([0-9,]+) rows loaded", district[2])
    assert rows
    for days in (1, 2):
        assert f"\n| {days} | {rows[1]} | " in page
    assert "\n| 2 days | 1.00 – **1.00** – 1.00 | ≤ 1.2 | reached | " in page
