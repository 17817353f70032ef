"""The stories of the demo district, as the table in docs/demo.md has them.

Belongs here: reading the table. Does not belong here: following its links (test_stories.py, in a browser
tests/browser/test_stories.py).
"""

import re
from typing import NamedTuple

from pipelines.settings import PROJECT_DIR


class Story(NamedTuple):
    where: str
    clicks: list[str]
    """The first words of each link."""
    said: list[str]
    is_shown_later: bool
    """Only with more days than ten."""


def stories() -> list[Story]:
    page = (PROJECT_DIR / "docs" / "demo.md").read_text(encoding="utf-8")
    table = page.split("## Stories")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    code = re.compile(r"`([^`]+)`")
    return [Story(row[0], code.findall(row[4]), code.findall(row[5]), "(" in row[4]) for row in rows]
