"""The section on pages, toy-sized: a browser, a reader without one, and a few people."""

from pathlib import Path

import pytest

from . import compare_pages, measure
from .conftest import Found
from .measure import Outcome


def test_every_way_to_read_is_measured(
    home: Path, district: tuple[Path, Path, str], found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = measure.python

    def on_enough_data(module: str, program: str, place: Path, *numbers: object) -> Outcome:
        """The clicks go through a ranking, which needs weeks of events; every page by itself, all feeds."""
        return python(module, program, home if program == "browser" else place, *numbers)

    monkeypatch.setattr(measure, "python", on_enough_data)
    section = compare_pages.section(district[0], 3, 6, 1)

    browser, reruns, people = (found[side][0].numbers() for side in ("browser", "reruns", "people"))
    assert set(compare_pages.IN_BROWSER) <= set(browser)
    assert people["errors"] == 0
    for numbers in (browser, reruns, people):
        assert [name for name, value in numbers.items() if value <= 0 and name != "errors"] == []
    assert all(f"| {title} |" in section for title in compare_pages.IN_BROWSER.values())
    assert all(f"\n| {page} |" in section for page in ("overview", "events", "wall", "1", "8"))
    assert "| errors, all runs | 0 |" in section
