"""The pages of the dashboard, as menu.toml lists them.

Here: names, titles and order of the pages. Not here: what a page shows (its module in screens/), where a click leads
(navigation.py).
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "menu.toml"


@dataclass(frozen=True)
class Page:
    name: str
    group: str
    """Head of the menu that the page is under; empty: none."""
    title_zh: str
    title_en: str
    is_first: bool

    @property
    def path(self) -> str:
        """Its address below the dashboard's; the first page has none."""
        return "" if self.is_first else self.name

    def title(self, lang: str) -> str:
        return self.title_zh if lang == "zh" else self.title_en


def _load() -> dict[str, Page]:
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["page"]
    return {
        one["name"]: Page(one["name"], one["group"], one["title"][0], one["title"][1], number == 0)
        for number, one in enumerate(listed)
    }


PAGES = _load()
"""By name, in the order of the menu."""


def groups() -> dict[str, list[Page]]:
    """The pages by the head of the menu that they are under."""
    found: dict[str, list[Page]] = {}
    for page in PAGES.values():
        found.setdefault(page.group, []).append(page)
    return found
