"""Shared by the tests of the pages: the app's folder on the path, homes made from the real one, and functions to read a
page.

Belongs here: fixtures. Does not belong here: `home` itself, a home with a real published generation
(tests/conftest.py).
"""

import functools
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboards"
sys.path.insert(0, str(DASHBOARD))

from streamlit.components.v2 import manifest_scanner  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from figures import published as the_published  # noqa: E402

# Each AppTest reads the metadata of every installed package: 1 s of 1.5 s, although a server does it once.
_scanned = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(scope="session")
def full_home(odd: tuple[Path, Path, str]) -> Path:
    """A home of all feeds, from odd exports. Not to be changed."""
    return odd[0]


@pytest.fixture
def published(home: Path) -> Path:
    """The real generation's file."""
    return _file_of(home)


def _file_of(home: Path) -> Path:
    named = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))["file"]
    return home / "published" / str(named)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A home in which nothing was ever published."""
    return tmp_path / "nowhere"


@pytest.fixture
def republished(published: Path, tmp_path: Path) -> Callable[..., Path]:
    """A home with a copy of the real generation, changed by SQL and renamed: `republished("b", "update …")`."""
    return _copies_of(published, tmp_path)


@pytest.fixture
def full_republished(full_home: Path, tmp_path: Path) -> Callable[..., Path]:
    """The same of the home of all feeds."""
    return _copies_of(_file_of(full_home), tmp_path)


def _copies_of(published: Path, tmp_path: Path) -> Callable[..., Path]:
    def make(generation: str, *statements: str) -> Path:
        folder = tmp_path / "copy" / "published"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"sihe-{generation}.duckdb"
        shutil.copy(published, path)
        path.chmod(0o644)
        with duckdb.connect(str(path)) as connection:
            connection.execute("update meta.build set generation = ?", [generation])
            for statement in statements:
                connection.execute(statement)
        pointer = folder / "current.json"
        pointer.with_suffix(".new").write_text(
            json.dumps({"generation": generation, "file": path.name}), encoding="utf-8"
        )
        pointer.with_suffix(".new").replace(pointer)
        return folder.parent

    return make


@pytest.fixture
def empty(republished: Callable[..., Path]) -> Path:
    """A home whose warehouse is built but has no data: only definitions and feeds."""
    tables = (
        "marts.dim_org",
        "marts.dim_date",
        "marts.fct_event",
        "marts.kpi_daily",
        "meta.delivery",
        "meta.rejected_row",
    )
    return republished(
        "00000000T000000",
        *(f"delete from {table}" for table in tables),
        "update meta.build set data_from = null, data_through = null",
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the real app on a home: `opened(home, "definitions", p="7d")`."""
    monkeypatch.chdir(DASHBOARD)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _scanned)

    def run(where: Path, page: str = "overview", **params: str) -> AppTest:
        monkeypatch.setenv("SIHE_HOME", str(where))
        app = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=180)
        for name, value in params.items():
            app.query_params[name] = value
        if page != "overview":
            app.session_state["nav_target"] = (page, params)
        return app.run()

    yield run


def markup(app: AppTest) -> str:
    """Everything that the page shows as HTML, from st.html and from the live component, without the places where a line
    may end."""
    parts = [element.proto.body for element in app.get("html")]
    parts += [json.loads(element.proto.json)["markup"] for element in app.get("bidi_component") if element.proto.json]
    return "\n".join(part.replace("<wbr>", "") for part in parts if not part.startswith("<style>"))


def asked(app: AppTest) -> dict[str, str]:
    """The current query parameters: the test harness gives some values as lists."""
    return {name: value if isinstance(value, str) else value[0] for name, value in dict(app.query_params).items()}


def go(app: AppTest, where: str) -> AppTest:
    """Follows a link of the page, as a click does."""
    page, _, query = where.partition("?")
    parameters: dict[str, Any] = dict(pair.split("=") for pair in query.split("&") if pair)
    app.session_state["nav_target"] = (page, parameters)
    return app.run()


@pytest.fixture
def ask() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Runs a query of the dashboard on tables of this test: `ask("concerns", area=…, day=…)`."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")

        def run(question: str, /, *statements: str, **params: object) -> list[dict[str, Any]]:
            for statement in statements:
                connection.execute(statement)
            result = connection.execute(the_published._sql(question), params)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        yield run
