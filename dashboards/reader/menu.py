"""The pages of the dashboard, as listed in menu.toml.

Belongs here: names, titles and order of the pages. Does not belong here: the content of a page (its module in
screens/), the target of a click (navigation.py).
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from figures import codes

FILE = Path(__file__).resolve().parent.parent / "menu.toml"


@dataclass(frozen=True)
class Page:
    name: str
    group: str
    """Heading of the menu group; empty: none."""
    title_zh: str
    title_en: str
    is_first: bool
    narrowest: str
    """The lowest level of a reader who can use it; empty: every one."""
    is_above: bool
    """Whether a city or province has it too: it needs no rows."""

    @property
    def path(self) -> str:
        """Its path below the dashboard's URL; empty for the first page."""
        return "" if self.is_first else self.name

    def fits(self, scope: str) -> bool:
        """Whether a reader of a scope can use it."""
        return not (self.narrowest == "street" and len(scope) > codes.STREET)

    def title(self, lang: str) -> str:
        return self.title_zh if lang == "zh" else self.title_en


def _load() -> dict[str, Page]:
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["page"]
    return {
        one["name"]: Page(
            one["name"],
            one["group"],
            one["title"][0],
            one["title"][1],
            number == 0,
            one.get("narrowest", ""),
            one.get("above", False),
        )
        for number, one in enumerate(listed)
    }


PAGES = _load()
"""By name, in the order of the menu."""


def of_level(*, is_above: bool) -> list[Page]:
    """Above the districts there are no rows: pages that need them are not there."""
    return [page for page in PAGES.values() if page.is_above or not is_above]


def groups() -> dict[str, list[Page]]:
    """The pages by heading of their menu group."""
    found: dict[str, list[Page]] = {}
    for page in PAGES.values():
        found.setdefault(page.group, []).append(page)
    return found
