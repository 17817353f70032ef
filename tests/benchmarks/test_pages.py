"""The section on pages, toy-sized: a browser, a reader without one, and a few people, on the demo district."""

from pathlib import Path

from . import compare_pages
from .conftest import Found


def test_every_way_to_read_is_measured(district: tuple[Path, Path, str], found: Found) -> None:
    section = compare_pages.section(district[0], 3, 6, 1)

    browser, reruns, people = (found[side][0].numbers() for side in ("browser", "reruns", "people"))
    assert set(compare_pages.IN_BROWSER) <= set(browser)
    assert people["errors"] == 0
    for numbers in (browser, reruns, people):
        assert [name for name, value in numbers.items() if value <= 0 and name not in ("errors", "cores")] == []
    assert all(f"| {title} |" in section for title in compare_pages.IN_BROWSER.values())
    assert all(f"\n| {page} |" in section for page in ("overview", "events", "wall", "1", "8"))
    assert "| errors, all runs | 0 |" in section
