"""The section on the roll-up with two districts."""

import sys
from pathlib import Path

import pytest

from . import compare_rollup, run
from .conftest import Found


def test_what_a_roll_up_costs_is_measured(
    district: tuple[Path, Path, str], tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    options = ["--only", "rollup", "--home", str(district[0]), "--districts", "2", "--runs", "1", "--page", str(page)]
    monkeypatch.setattr(sys, "argv", ["run", *options])
    run.main()
    numbers = found["2 districts"][0].numbers()
    assert min(numbers.values()) > 0 and sum(numbers[stage] for stage in compare_rollup.STAGES) <= numbers["all"]
    written = page.read_text(encoding="utf-8")
    assert "## Roll-up" in written and all(f"\n| {title} |" in written for title in compare_rollup.STAGES.values())
