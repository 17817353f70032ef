"""The architecture, checked in the sources: who imports whom, who reads the environment, what is at the top level.

Belongs here: rules about the code as a whole. Does not belong here: what the code does.
"""

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR

PIPELINES = sorted((PROJECT_DIR / "pipelines").rglob("*.py"))
DASHBOARDS = sorted((PROJECT_DIR / "dashboards").rglob("*.py"))

# The packages ("rooms") of `pipelines`, and which others each may import from; a module at the top level is a room of
# its own. No room imports, even indirectly, from a room that imports from it.
BASE = frozenset({"settings", "progress", "timings", "documents", "machine_errors", "keys", "markdown"})
MAY_USE: dict[str, frozenset[str]] = {
    **dict.fromkeys([*BASE, "exposures", "model_versions"], frozenset()),
    "timings": frozenset({"progress"}),
    "contracts": frozenset({"settings", "documents"}),
    "districts": frozenset({"settings", "documents"}),
    "delivery": frozenset({"settings", "progress", "timings", "keys", "contracts"}),
    "warehouse": frozenset({"settings", "progress", "keys", "contracts"}),
    "registry": frozenset({"settings", "documents", "warehouse"}),
    "intake": BASE | {"contracts", "delivery", "warehouse"},
    "drafting": frozenset({"documents", "contracts", "delivery"}),
    "collecting": frozenset({"documents", "contracts", "delivery"}),
    "bundling": frozenset(),
    "checking": frozenset({"keys", "contracts", "delivery", "intake", "reasons", "drafting"}),
    "lake": frozenset({"settings", "contracts"}),
    "publication": frozenset({"settings", "progress", "warehouse", "districts"}),
    "alerts": frozenset({"settings", "documents"}),
    "reasons": frozenset(),
    "dbt_process": frozenset(),
    "dbt_bridge": frozenset(
        {
            "settings", "documents", "contracts", "districts", "warehouse", "registry", "exposures", "model_versions",
            "reasons",
        }
    ),
    "installation": BASE | {
        "contracts", "delivery", "districts", "warehouse", "registry", "intake", "publication", "alerts", "dbt_bridge",
    },
    "orchestration": BASE | {
        "contracts", "delivery", "warehouse", "registry", "intake", "publication", "alerts", "dbt_bridge",
        "installation", "night", "collecting", "lake",
    },
    "night": frozenset({
        "settings", "markdown", "contracts", "delivery", "warehouse", "intake", "registry", "publication", "alerts",
        "reasons", "installation", "districts", "collecting",
    }),
    "definitions": frozenset({"installation", "orchestration"}),
    "rollup": frozenset({
        "settings", "contracts", "districts", "registry", "warehouse", "publication", "dbt_bridge",
    }),
    "gate": frozenset({"settings", "documents", "machine_errors", "districts", "publication", "orchestration"}),
    "demo": frozenset({"settings", "contracts", "districts"}),
    "commands": BASE | {
        "contracts", "districts", "delivery", "warehouse", "registry", "intake", "drafting", "checking", "publication",
        "alerts", "dbt_bridge", "installation", "orchestration", "definitions", "demo", "night", "reasons",
        "gate", "collecting", "bundling", "rollup", "lake",
    },
}  # fmt: skip
SHELL = "orchestration"
# These import the Dagster layer when they are called, not when they are imported.
CALLERS = {
    "commands.cli",
    "commands.runs",
    "orchestration.code_server",
    "orchestration.code_keeper",
    "orchestration.run_records",
}
# The rooms of the dashboard, and which others each may import from.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "settings": frozenset(),
    "language": frozenset(),
    "theme": frozenset(),
    "downloads": frozenset(),
    "figures": frozenset({"settings", "language"}),
    "reader": frozenset({"figures", "language", "downloads", "settings"}),
    "components": frozenset({"reader", "figures", "language", "downloads", "theme"}),
    "page": frozenset({"components", "reader", "figures", "language", "downloads"}),
    "screens": frozenset({"page", "components", "reader", "figures", "language", "downloads", "theme"}),
    "app": frozenset({"page", "components", "reader", "figures", "language", "theme"}),
    "warming": frozenset({"reader", "figures", "language"}),
    "serve": frozenset({"warming", "language", "reader", "settings"}),
}
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 500, 60
TOP_LEVEL = {
    "pipelines", "dbt_project", "dashboards", "tests", "workspace.yaml", "pyproject.toml", "README.md",
    "docs", "constraints.txt", "Makefile",
}  # fmt: skip
# Git ignores these; tools create and delete them.
MADE_BY_TOOLS = {"var", "screenshots", "__pycache__"}


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(PROJECT_DIR / "pipelines").with_suffix("").parts)


def imports(node: ast.AST) -> Iterator[str]:
    """Dotted names imported under a node: `from pipelines import intake` gives pipelines.intake."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            module = "pipelines" if found.level else found.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in found.names)


def top_imports(file: Path) -> set[str]:
    """What importing the module imports: nothing inside its functions."""
    statements = [node for node in tree(file).body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {name for statement in statements for name in imports(statement)}


def library(name: str) -> str:
    return name.partition(".")[0]


MODULES = {name_of(file): file for file in PIPELINES if file.name != "__init__.py"}


def siblings(names: set[str]) -> set[str]:
    """The modules that dotted names belong to: pipelines.contract and pipelines.contract.Feed belong to contract."""
    found = [name.removeprefix("pipelines.") for name in names if library(name) == "pipelines"]
    return {module for name in found for module in (name, name.rpartition(".")[0])} & set(MODULES)


def test_every_module_is_in_a_room() -> None:
    assert {library(module) for module in MODULES} == set(MAY_USE)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_from_rooms_that_its_own_may_use(module: str) -> None:
    room = library(module)
    used = {library(name) for name in siblings(set(imports(tree(MODULES[module]))))}
    assert used - {room} - MAY_USE[room] == set()


def test_no_rooms_import_each_other_in_a_circle() -> None:
    left = dict(MAY_USE)
    while free := [room for room, needs in left.items() if not needs & set(left)]:
        for room in free:
            del left[room]
    assert left == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    left = {module: siblings(set(imports(tree(file)))) for module, file in MODULES.items()}
    while free := [module for module, needs in left.items() if not needs & set(left)]:
        for module in free:
            del left[module]
    assert left == {}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_the_shell_imports_dagster(module: str) -> None:
    if (library(module) == SHELL and module not in CALLERS) or module == "definitions":
        return
    brought = top_imports(MODULES[module]) if module in CALLERS else set(imports(tree(MODULES[module])))
    assert {name for name in brought if library(name).startswith("dagster")} == set()


def test_a_command_that_runs_nothing_does_not_import_dagster() -> None:
    """It would cost two seconds of five, also through another module."""
    seen, waiting = set[str](), {"commands.cli"}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= siblings(top_imports(MODULES[module])) - seen
    assert {module for module in seen if library(module) == SHELL} <= CALLERS


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("commands.servers", {"dagster", "polars", "duckdb", "streamlit", "uvicorn"}),
        ("gate.server", {"dagster", "polars", "duckdb", "authlib"}),
    ],
)
def test_a_process_that_lives_for_months_imports_what_it_needs(module: str, heavy: set[str]) -> None:
    seen, waiting = set[str](), {module}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= siblings(top_imports(MODULES[module])) - seen
    assert {library(name) for module in seen for name in top_imports(MODULES[module])} & heavy == set()


@pytest.mark.parametrize("module", [name for name in MODULES if library(name) in ("settings", "contracts", "delivery")])
def test_what_comes_before_the_warehouse_knows_no_database(module: str) -> None:
    assert "duckdb" not in {library(name) for name in imports(tree(MODULES[module]))}


def readings_of_the_environment(file: Path) -> int:
    names = {"environ", "environb", "getenv", "putenv", "unsetenv"}
    return sum(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and bool(names & {a.name for a in node.names}))
        for node in ast.walk(tree(file))
    )


def test_only_settings_read_the_environment() -> None:
    found = {str(file.relative_to(PROJECT_DIR)) for file in PIPELINES + DASHBOARDS if readings_of_the_environment(file)}
    # dbt_bridge passes its own environment to dbt.
    assert found == {"pipelines/settings.py", "pipelines/dbt_bridge.py", "dashboards/settings.py"}


def readings_of_the_clock(file: Path) -> int:
    return sum(
        isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and ast.unparse(node.value) in ("datetime", "date", "datetime.datetime", "datetime.date")
        for node in ast.walk(tree(file))
    )


def test_one_place_of_each_house_reads_the_clock() -> None:
    """Everything else is given a clock, or the time: a test gives its own."""
    found = {str(file.relative_to(PROJECT_DIR)) for file in PIPELINES + DASHBOARDS if readings_of_the_clock(file)}
    assert found == {"pipelines/settings.py", "dashboards/figures/periods.py"}
    calls = [
        f"{file.name}:{node.lineno}"
        for file in PIPELINES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("beijing_now")
    ]
    assert calls == []


def test_what_is_handed_on_to_children_is_not_decided_by() -> None:
    file = PROJECT_DIR / "pipelines" / "dbt_bridge.py"
    handed_on = [
        value
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if key is None and ast.unparse(value) == "os.environ"
    ]
    assert len(handed_on) == readings_of_the_environment(file) == 1


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: str(file.relative_to(PROJECT_DIR / "dashboards")))
def test_the_dashboard_knows_nothing_of_the_pipelines_and_one_module_the_database(file: Path) -> None:
    libraries = {library(name) for name in imports(tree(file))}
    assert not libraries & {"pipelines", "dagster", "dbt"}
    assert ("duckdb" in libraries) == (file == PROJECT_DIR / "dashboards" / "figures" / "published.py")


def room_of(file: Path) -> str:
    return file.relative_to(PROJECT_DIR / "dashboards").with_suffix("").parts[0]


def dashboard_name(file: Path) -> str:
    parts = file.relative_to(PROJECT_DIR / "dashboards").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# The script next to the fonts is run by hand.
PAGES = {dashboard_name(file): file for file in DASHBOARDS if room_of(file) != "static"}


def needs(file: Path) -> set[str]:
    """The modules of the dashboard that a module imports."""
    return {name for name in imports(tree(file)) if name in PAGES} - {dashboard_name(file)}


def test_every_module_of_the_dashboard_is_in_a_room() -> None:
    assert {room_of(file) for file in PAGES.values()} == set(MAY_IMPORT)


@pytest.mark.parametrize("module", sorted(PAGES))
def test_a_room_of_the_dashboard_imports_only_from_rooms_that_it_may(module: str) -> None:
    room = room_of(PAGES[module])
    assert {library(name) for name in needs(PAGES[module])} - {room} - MAY_IMPORT[room] == set()


def test_no_modules_of_the_dashboard_import_each_other_in_a_circle() -> None:
    # Importing from a package also runs the package; that does not count as a dependency on its parts.
    left = {
        module: {name for name in needs(file) if not module.startswith(f"{name}.")} for module, file in PAGES.items()
    }
    while free := [module for module, wanted in left.items() if not wanted & set(left)]:
        for module in free:
            del left[module]
    assert left == {}


def test_no_page_uses_another_but_the_wall_that_shows_the_overviews_panels() -> None:
    used = {
        (module.split(".")[1], name.split(".")[1])
        for module, file in PAGES.items()
        for name in needs(file)
        if module.startswith("screens.") and name.startswith("screens.")
    }
    assert {(page, other) for page, other in used if page != other} == {("wall", "overview")}


@pytest.mark.parametrize("file", PIPELINES + DASHBOARDS, ids=lambda file: str(file.relative_to(PROJECT_DIR)))
def test_modules_and_functions_stay_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    functions = [node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [one.name for one in functions if (one.end_lineno or 0) - one.lineno + 1 > MOST_LINES_OF_A_FUNCTION]
    assert long == []


PROSE = [*PROJECT_DIR.glob("pipelines/**/*.yaml"), *(PROJECT_DIR / "dashboards").rglob("*.sql")]
PRODUCT = [
    *PIPELINES,
    *DASHBOARDS,
    *PROSE,
    *(file for file in (PROJECT_DIR / "dashboards").iterdir() if file.is_file()),
    *(file for kind in ("sql", "yml", "csv") for file in (PROJECT_DIR / "dbt_project").rglob(f"*.{kind}")),
]


def test_only_the_demo_knows_its_district() -> None:
    """Another district's house says nothing of it, in no example either."""
    knows = re.compile("渭滨|宝鸡|weibin|6103", re.IGNORECASE)
    found = {
        str(file.relative_to(PROJECT_DIR))
        for file in PRODUCT
        if "demo" not in file.parts and knows.search(file.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_the_lengths_of_codes_are_said_once_a_language() -> None:
    """In Python in districts/codes.py and figures/codes.py, in SQL in macros/codes.sql."""
    in_python = r"(?:code|org|grid|area)\w*\W*\[(?::(?:6|9|12|15)|(?:6|9|12):)\]"
    in_sql = r"substr\((?:[^()]|\([^()]*\))*, 1, (?:6|9|12|15)\)"
    cut = re.compile(f"{in_python}|{in_sql}")
    examples = ("org.code[:9]", 'row["community_code"][:9]', "grid[12:]", "substr(coalesce(a, b), 1, 6)")
    assert all(cut.search(example) for example in examples)
    found = {str(file.relative_to(PROJECT_DIR)) for file in PRODUCT if cut.search(file.read_text(encoding="utf-8"))}
    assert found == set()


def test_definitions_stay_tiny() -> None:
    assert len(MODULES["definitions"].read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("file", PIPELINES + DASHBOARDS, ids=lambda file: str(file.relative_to(PROJECT_DIR)))
def test_every_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(tree(file)) or not file.read_text(encoding="utf-8").strip()


def test_the_top_level_holds_only_what_belongs_there() -> None:
    found = {entry.name for entry in PROJECT_DIR.iterdir() if not entry.name.startswith(".")}
    generated = MADE_BY_TOOLS | {name for name in found if name.endswith(".egg-info")}
    assert found - generated - TOP_LEVEL == set()


def test_there_are_no_folders_that_streamlit_or_dagster_would_take_for_pages_or_projects() -> None:
    assert not (PROJECT_DIR / "dashboards" / "pages").exists()
    assert (PROJECT_DIR / "workspace.yaml").is_file()


def test_how_long_something_took_is_told_by_the_macros_of_durations_alone() -> None:
    """They leave out what ends before it begins. Limits are literal, and days of a calendar are not durations."""
    models = (PROJECT_DIR / "dbt_project" / "models").rglob("*.sql")
    subtracts = re.compile(r"datediff|date_diff|date_sub|datesub|microseconds_between|epoch", re.IGNORECASE)
    found = {file.stem for file in models if subtracts.search(file.read_text(encoding="utf-8"))}
    assert found == {"fct_service_log", "dim_date", "kpi_target", "kpi_week", "kpi_compared"}


# Words that a reader from another country has to look up. Code in backticks is not prose.
ARCHAIC = re.compile(r"\b(?:anew|lest|owes|tells|thereof|whence|whoever)\b", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
SQL_COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def prose_of(file: Path) -> str:
    """What a file says to readers: docstrings and comments of Python, comments of SQL, all of a page in Markdown."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".sql":
        return "\n".join(SQL_COMMENT.findall(text))
    if file.suffix == ".md":
        return CODE.sub("", text)
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(tree(file)) if isinstance(node, DOCUMENTED)]
    tokens = tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return CODE.sub("", "\n".join([*docstrings, *comments]))


WRITTEN = [
    PROJECT_DIR / "README.md",
    *(PROJECT_DIR / "docs").glob("*.md"),
    *(PROJECT_DIR / "dashboards" / "queries").rglob("*.sql"),
    *(
        file
        for folder in ("macros", "models", "tests")
        for file in (PROJECT_DIR / "dbt_project" / folder).rglob("*.sql")
    ),
    *(file for folder in ("pipelines", "dashboards", "tests") for file in (PROJECT_DIR / folder).rglob("*.py")),
]


def test_prose_has_no_archaic_words() -> None:
    found = {str(file.relative_to(PROJECT_DIR)): ARCHAIC.findall(prose_of(file)) for file in WRITTEN}
    assert {file: words for file, words in found.items() if words} == {}


def test_archaic_words_are_found_in_every_kind_of_prose(tmp_path: Path) -> None:
    said = {
        "a.py": '"""Whoever reads `anew`."""\n\nx = "anew"  # lest it fails\n',
        "a.sql": "select anew -- it tells\n{# what it owes #}\nfrom whence",
        "a.md": "Made anew, `lest`.\n\n```\nwhoever\n```\n",
    }
    for name, text in said.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {name: [word.lower() for word in ARCHAIC.findall(prose_of(tmp_path / name))] for name in said}
    assert found == {"a.py": ["whoever", "lest"], "a.sql": ["tells", "owes"], "a.md": ["anew"]}
