"""A home of all feeds published both ways: with its facts in the file, and in Parquet files beside it.

Belongs here: that readers find the same, and that a scope's database leads to none of the files. Does not belong here:
generations made from one another, `sihe query` (tests/unit/publication/test_facts.py).
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from figures import published
from pipelines import settings
from pipelines.publication import facts, publish
from tests.conftest import made_once
from tests.pages import planted
from tests.pages.conftest import markup
from tests.pages.test_pages import Opener
from tests.walk.published import ask, checksums, differences

NAMED = "name: 某区\ntitle: {zh: 某区驾驶舱, en: Some}\nletter: 某\n"
NOW = datetime(2026, 1, 1, 8)
PARQUET, DATABASE = "parquet", "database"


@pytest.fixture(scope="session")
def both(odd: tuple[Path, Path, str], of_session: Path) -> Mapping[str, Path]:
    """Homes with the same working database, by where their facts are published. Not to be changed."""
    root = of_session / "facts"
    homes = {where: root / where for where in (PARQUET, DATABASE)}
    with made_once(root) as is_first:
        if is_first:
            (code,) = ask(odd[0], "select min(org_code) from marts.dim_org where org_level = 'district'")[0]
            for where, home in homes.items():
                shutil.copytree(odd[0], home, symlinks=True, ignore=shutil.ignore_patterns("published", "archive"))
                here = replace(settings.load(home, home / "inbox"), clock=lambda: NOW)
                here.district_file.write_text(f'code: "{code}"\n{NAMED}facts: {where}\n', encoding="utf-8")
                publish.publish(here, "v1", is_demo=False)
    return homes


@pytest.fixture(scope="module")
def tables(both: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The generation whose file has all tables."""
    path = str((both[DATABASE] / "published" / "current.duckdb").resolve())
    with duckdb.connect(path, read_only=True, config=published.OPTIONS) as connection:
        yield connection


@pytest.fixture(scope="module", params=("street", "community"))
def scope(request: pytest.FixtureRequest, tables: duckdb.DuckDBPyConnection) -> str:
    """The area with the most events of its level."""
    busiest = f"select mode({request.param}_code) from marts.fct_event where is_known_community"
    return str(tables.execute(busiest).fetchall()[0][0])


def facts_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, set[str]]]:
    return [(name, set(of)) for schema, name, of in planted.tables(connection) if name.startswith("fct_")]


def scoped(home: Path, scope: str, monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """The database that a scope's queries are asked."""
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current(scope)
    assert publication
    return published._views(publication.identity, scope)


def test_every_table_view_and_function_says_the_same(
    both: Mapping[str, Path], tables: duckdb.DuckDBPyConnection
) -> None:
    in_files, in_tables = checksums(both[PARQUET]), checksums(both[DATABASE])
    assert in_files.keys() == in_tables.keys()
    other = {name for name, said in in_files.items() if said != in_tables[name]}
    assert other == {"meta.catalog"} and len(facts_of(tables)) > 15
    assert differences(both[PARQUET], both[DATABASE]) == ["meta.catalog.data_type"]
    kinds = "select data_type, count(*) from meta.catalog where column_name is null and table_name like 'marts.fct_%'"
    assert ask(both[PARQUET], f"{kinds} group by 1") == [("view", len(facts_of(tables)))]


def test_names_comments_and_chinese_views_are_the_same(both: Mapping[str, Path]) -> None:
    columns = "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal"
    assert ask(both[PARQUET], f"{columns} order by all") == ask(both[DATABASE], f"{columns} order by all")
    said = (
        "select schema_name, name, comment from (select database_name, schema_name, table_name as name, comment from"
        " duckdb_tables() union all select database_name, schema_name, view_name, comment from duckdb_views()"
        " where not internal) order by all"
    )
    assert ask(both[PARQUET], said) == ask(both[DATABASE], said)
    names = ask(both[PARQUET], "select view_name from duckdb_views() where schema_name = 'zh' and not internal")
    for (name,) in names:
        rows = f'select count(*), sum(hash(one::varchar)::hugeint) from zh."{name}" as one'
        is_same = ask(both[PARQUET], rows) == ask(both[DATABASE], rows)
        assert is_same or name == "目录", name


def test_a_scope_has_its_own_rows_and_all_of_them(
    both: Mapping[str, Path], scope: str, tables: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = scoped(both[PARQUET], scope, monkeypatch)
    counted = 0
    for name, columns in facts_of(tables):
        foreign = planted.foreign("marts", name, columns, scope)
        own = tables.execute(f"select * from marts.{name} where not ({foreign}) order by all").fetchall()
        assert connection.execute(f"select * from marts.{name} order by all").fetchall() == own, name
        counted += len(own)
    assert counted > 20
    for view in ("marts.open_event", "marts.event_funnel", "zh.事件"):
        of_tables = scoped(both[DATABASE], scope, monkeypatch).execute(f"from {view} order by all").fetchall()
        assert connection.execute(f"from {view} order by all").fetchall() == of_tables


def test_a_scopes_database_leads_to_no_file(
    both: Mapping[str, Path], scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = scoped(both[PARQUET], scope, monkeypatch).cursor()
    file = (both[PARQUET] / "published" / "current.duckdb").resolve()
    names = "select database_name from duckdb_databases() where starts_with(database_name, 'generation_')"
    (source,) = connection.execute(names).fetchall()[0]
    with duckdb.connect() as reader:
        reader.execute(f"attach '{file}' as one (read_only); use one")
        path = facts.files(reader)[0]
    assert (file.parent / path).is_file()
    monkeypatch.chdir(file.parent)
    for attempt in (
        f"from '{path}'", f"from '{file.parent / path}'", f"from '{file.stem}/marts/dim_org.parquet'",
        f"from {source}.marts.fct_event", f"from {source}.zh.事件", f"copy (select 1) to '{path}'",
        "from glob('*')", "set allowed_directories = ['/']",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error):
            connection.execute(attempt).fetchall()


def test_pages_are_the_same(both: Mapping[str, Path], tables: duckdb.DuckDBPyConnection, opened: Opener) -> None:
    (event,) = tables.execute(
        "select min(event_id) from marts.fct_event where is_countable and is_known_community"
    ).fetchall()[0]
    for page, params in (("events", {}), ("visits", {}), ("events", {"event": event})):
        seen = [opened(both[where], page, **params) for where in (PARQUET, DATABASE)]
        assert not seen[0].exception
        assert markup(seen[0]) == markup(seen[1]), page


def test_a_generation_whose_facts_are_lost_gives_way_to_the_one_before(
    both: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(both[PARQUET] / "published", home / "published", symlinks=True)
    file = (home / "published" / "current.duckdb").resolve()
    older = file.with_name("sihe-20200101-000000.duckdb")
    shutil.copy2(both[DATABASE] / "published" / "current.duckdb", older)
    shutil.rmtree(file.with_suffix("") / "marts")
    monkeypatch.setenv("SIHE_HOME", str(home))
    newest = published.current()
    assert newest and newest.identity[0] == str(file)
    with pytest.raises(published.Unavailable):
        published.ask(newest, "event_one", event="x")
    instead = published.current()
    assert instead and (instead.identity[0], instead.stands_in) == (str(older), True)
