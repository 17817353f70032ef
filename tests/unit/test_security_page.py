"""docs/security.md: each item of the ASVS names tests, and they exist.

Belongs here: the page. Does not belong here: what the tests check (tests/gate/, tests/pages/).
"""

import ast
import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "security.md"
NEEDS_NO_TEST = (
    "not met",
    "not tested",
    "does not apply",
    "this page",
    "what is recorded",
    "the table above",
    "hints or questions",
)
"""Words of items that are a document, or that say themselves that nothing keeps them."""
CHAPTERS = ("3.3", "3.4", "3.5", "6.2", "6.3", "6.4", "7.1", "7.2", "7.3", "7.4", "7.5", "8.1", "8.2", "8.3", "8.4",
            "16.1", "16.2", "16.3", "16.4", "16.5")  # fmt: skip


def items(text: str) -> list[tuple[str, str, str]]:
    """Item, how it is kept, and its tests: the lines of the page's last table."""
    lines = [line.strip("|").split(" | ") for line in text.splitlines() if re.match(r"\| \d+\.\d", line)]
    return [(cells[0].strip(), cells[1], cells[2].strip() if len(cells) > 2 else "") for cells in lines]


def named_tests(cell: str) -> list[tuple[Path, list[str]]]:
    """Files, and how the names of their tests begin; one that is whole has a $ at its end."""
    found = []
    for part in cell.split(";"):
        file, *names = re.findall(r"`([^`]+)`", part)
        path = PROJECT_DIR / (f"{file}" if "/" in file else f"tests/gate/{file}.py")
        found.append((path, [name.removesuffix("…") if name.endswith("…") else f"{name}$" for name in names]))
    return found


def missing(cell: str) -> list[str]:
    """The named tests that are not there."""
    wrong = []
    for path, names in named_tests(cell):
        if not path.is_file():
            wrong.append(str(path))
            continue
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        there = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        wrong += [name for name in names if not any(re.match(f"test_{name}", one) for one in there)]
    return wrong


ITEMS = items(PAGE.read_text(encoding="utf-8"))


def test_every_chapter_that_applies_has_its_items() -> None:
    assert {re.match(r"\d+\.\d+", item)[0] for item, _, _ in ITEMS} == set(CHAPTERS)  # type: ignore[index]


@pytest.mark.parametrize(("item", "how", "named"), ITEMS, ids=[item for item, _, _ in ITEMS])
def test_an_item_names_tests_that_exist(item: str, how: str, named: str) -> None:
    if "`" in named:
        assert missing(named) == []
    else:
        assert any(word in how for word in NEEDS_NO_TEST), f"{item} has no test"


def test_a_test_that_does_not_exist_is_found() -> None:
    assert missing("`test_audit`: `no_such_test…`; `test_nothing`: `x`") == [
        "no_such_test", str(PROJECT_DIR / "tests/gate/test_nothing.py"),
    ]  # fmt: skip
    assert missing("`test_oidc`: `a_provider_that_does_not`") == ["a_provider_that_does_not$"]
