"""The dashboard's pages as dbt exposures: what each page reads, derived from the dashboard's sources.

Belongs here: following a page's functions to the queries they use, and the queries to their tables. Does not belong
here: the list of pages (`dashboards/menu.toml`), the queries (`dashboards/queries/*.sql`), running dbt (`dbt_bridge`).
"""

import ast
import re
import tomllib
from functools import cached_property
from pathlib import Path

import yaml

# Every page runs this: the frame around it.
FRAME = ("app", "main")
_ASK = {"ask", "ask_if_there", "ask_period", "ask_window"}
_TABLE = re.compile(r"\b(?:from|join)\s+(?:marts|meta)\.(\w+)")
_PART = re.compile(r"\{(\w+)\}")

Place = tuple[str, str]
"""A module below `dashboards/` by its dotted name, and a name at its top level; an empty name: the module itself."""


class Dashboard:
    """The sources of a dashboard, read as text: nothing is imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules = {_dotted(file.relative_to(folder)): file for file in folder.rglob("*.py")}
        self._read: dict[str, tuple[dict[str, ast.AST], dict[str, Place]]] = {}

    @cached_property
    def tables(self) -> dict[str, set[str]]:
        """The published tables that each query reads, without their schema, including the tables of its parts."""
        queries = self.folder / "queries"
        parts = {file.stem: _tables(file) for file in (queries / "parts").glob("*.sql")}
        return {
            file.stem: _tables(file).union(*(parts[name] for name in _PART.findall(file.read_text(encoding="utf-8"))))
            for file in queries.glob("*.sql")
        }

    def questions(self, *starts: Place) -> set[str]:
        """The queries used by everything these functions reach. A class counts as one unit: using it reaches all its
        methods."""
        seen: set[Place] = set()
        asked: set[str] = set()
        waiting = list(starts)
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            found, imported = self._module(place[0])
            node = found.get(place[1])
            if node is None:
                if place[1] in imported:
                    waiting.append(imported[place[1]])
                continue
            asked |= {name for name in _asked(node) if name in self.tables}
            waiting += self._used(place[0], node)
        return asked

    def _used(self, module: str, node: ast.AST) -> list[Place]:
        """The names that a function or class refers to, in its own module and in others."""
        found, imported = self._module(module)
        used = []
        for one in ast.walk(node):
            if isinstance(one, ast.Name):
                if one.id in found:
                    used.append((module, one.id))
                elif one.id in imported:
                    used.append(imported[one.id])
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in imported:
                target, name = imported[one.value.id]
                if not name:
                    used.append((target, one.attr))
        return used

    def _module(self, module: str) -> tuple[dict[str, ast.AST], dict[str, Place]]:
        """What a module defines at its top level, and the names that it imports."""
        if module not in self._read:
            tree = ast.parse(self.modules[module].read_text(encoding="utf-8"))
            self._read[module] = (_defined(tree), self._imported(tree))
        return self._read[module]

    def _imported(self, tree: ast.Module) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.modules:
                        found[alias.asname or alias.name] = (alias.name, "")
            elif isinstance(node, ast.ImportFrom) and node.module in self.modules:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found[alias.asname or alias.name] = (
                        (whole, "") if whole in self.modules else (node.module, alias.name)
                    )
        return found


def _tables(query: Path) -> set[str]:
    return set(_TABLE.findall(re.sub("--.*", "", query.read_text(encoding="utf-8"))))


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _defined(tree: ast.Module) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def _asked(node: ast.AST) -> set[str]:
    """The texts passed to `ask` in a function."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return {
        given.value
        for call in calls
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) in _ASK
        for given in call.args
        if isinstance(given, ast.Constant) and isinstance(given.value, str)
    }


def exposures_document(folder: Path, models: set[str]) -> str:
    """`exposures.yml`: one exposure per page, with the dbt models that its queries read.

    `folder`: the dashboard's. `models`: the names of dbt's models; tables made by publication (`meta.build`,
    `meta.catalog`) are not models.
    """
    dashboard = Dashboard(folder)
    pages = tomllib.loads((folder / "menu.toml").read_text(encoding="utf-8"))["page"]
    around = dashboard.questions(FRAME)
    exposures = []
    for page in pages:
        asked = dashboard.questions((f"screens.{page['name']}", "show"))
        shown = set().union(*(dashboard.tables[question] for question in asked))
        read = shown.union(*(dashboard.tables[question] for question in around))
        exposures.append(
            {
                "name": page["name"],
                "label": page["title"][0],
                "type": "dashboard",
                "description": " · ".join(page["question"]),
                "owner": {"name": page["owner"]},
                # What it shows itself; the frame of every page also searches.
                "config": {"meta": {"shows": sorted(shown & models)}},
                "depends_on": [f"ref('{name}')" for name in sorted(read & models)],
            }
        )
    head = "# Derived from dashboards/ before every parse: what a page asks, not this file, says what it reads.\n"
    return head + yaml.safe_dump({"version": 2, "exposures": exposures}, allow_unicode=True, sort_keys=False, width=160)
