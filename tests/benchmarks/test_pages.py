"""The section on pages with few readers: a browser, a reader without a browser, and a few people at once."""

import sys
from pathlib import Path

import pytest

from . import compare_pages, measure, run
from .conftest import Found
from .measure import Outcome


def test_every_way_to_read_is_measured(
    home: Path, district: tuple[Path, Path, str], tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = measure.python

    def on_enough_data(module: str, program: str, place: Path, *numbers: object) -> Outcome:
        """The clicks go through a ranking, which needs weeks of events; the single pages need all feeds."""
        return python(module, program, home if program == "browser" else place, *numbers)

    monkeypatch.setattr(measure, "python", on_enough_data)
    page = tmp_path / "page.md"
    for part in ("pages", "scoped"):
        options = ["--only", part, "--home", str(district[0]), "--people", "2", "--seconds", "8", "--streets", "1"]
        monkeypatch.setattr(sys, "argv", ["run", *options, "--runs", "1", "--page", str(page)])
        run.main()

    sides = ("browser", "reruns", "scoped", "people")
    browser, reruns, scoped, people = (found[side][0].numbers() for side in sides)
    assert set(compare_pages.IN_BROWSER) <= set(browser)
    assert people["errors"] == 0
    for numbers in (browser, reruns, scoped, people):
        assert [name for name, value in numbers.items() if value <= 0 and name != "errors"] == []
    written = page.read_text(encoding="utf-8")
    assert written.startswith(run.HEAD) and "## Pages" in written and "## Scoped pages" in written
    assert all(f"| {title} |" in written for title in compare_pages.IN_BROWSER.values())
    assert all(f"\n| {name} |" in written for name in ("overview", "events", "wall", "1", "8"))
    assert "| the same, scoped |" in written and "| the page that costs most more: " in written
    assert "| errors, all runs | 0 |" in written
