"""The scope under the pages: what policy.yaml says of every published table, and that a scope's database has nothing
else."""

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from figures import published, scope
from figures.scope import Entry, Published
from tests.pages import planted
from tests.pages.planted import MARK

STREET, COMMUNITY = "610302001", "610302001001"
SCOPES = (STREET, COMMUNITY)


@pytest.fixture(scope="module")
def home(district: tuple[Path, Path, str]) -> Path:
    return district[0]


@pytest.fixture(scope="module")
def file(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The generation itself."""
    path = str(next((home / "published").glob("sihe-*.duckdb")))
    with duckdb.connect(path, read_only=True, config=published.OPTIONS) as connection:
        yield connection


@pytest.fixture(scope="module", params=SCOPES)
def marked(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A scope, and a home in which all that is foreign to it is marked."""
    return request.param, planted.plant(home, tmp_path_factory.mktemp("planted"), request.param)


def views(home: Path, of: str, monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """The database that a scope's queries are asked."""
    monkeypatch.setenv("SIHE_HOME", str(home))
    publication = published.current(of)
    assert publication and publication.scope == of
    return published._views(publication.identity, of)


def named(connection: duckdb.DuckDBPyConnection, where: str = "true") -> list[tuple[str, str]]:
    """Tables, views and functions, with their schemas."""
    return connection.execute(
        "select schema_name, name from (select database_name, schema_name, table_name as name from duckdb_tables()"
        " union all select database_name, schema_name, view_name from duckdb_views() where not internal"
        " union all select database_name, schema_name, function_name from duckdb_functions()"
        f" where function_type = 'table_macro' and not internal) where {where} order by all"
    ).fetchall()


# ---------------------------------------------------------------- the policy


def test_every_published_table_view_and_function_has_an_entry(file: duckdb.DuckDBPyConnection) -> None:
    without = [f"{schema}.{name}" for schema, name in named(file) if scope.entry_of(schema, name) is None]
    assert without == [], "say in dashboards/policy.yaml what a street may read of it"


def test_every_entry_is_of_something_that_is_published(file: duckdb.DuckDBPyConnection) -> None:
    there = {f"{schema}.{name}" for schema, name in named(file)}
    said = {f"{schema}.{name}" for schema, of in scope.policy().items() for name in of if "*" not in name}
    assert said <= there


def test_what_is_made_again_is_a_view_or_a_function_and_nothing_else_is(file: duckdb.DuckDBPyConnection) -> None:
    plain = set(file.execute("select schema_name, table_name from duckdb_tables()").fetchall())
    assert {one for one in named(file) if not scope.is_made(*one)} == plain


def test_every_entry_gives_its_reason() -> None:
    assert all(len(entry.why) > 5 for of in scope.policy().values() for entry in of.values())


@pytest.mark.parametrize(
    ("name", "columns", "condition"),
    [
        ("fct_meal", ("meal_id", "community_code", "street_code", "district_code"), "coalesce"),
        ("fct_meal", ("meal_id", "community_code"), "community_code"),
        ("fct_fund", ("org_code", "community_code"), "starts_with(org_code, '610302001')"),
        ("fct_meal", ("meal_id", "grid_code"), "where false"),
        ("fct_meal", ("meal_id",), "where false"),
        ("dim_meal", ("meal_id", "community_code"), "community_code"),
        ("dim_meal", ("meal_id",), "where false"),
        ("kpi_monthly", ("kpi_id", "org_code"), None),
    ],
)
def test_a_new_fact_or_register_is_read_by_its_columns_and_any_other_new_table_not_at_all(
    name: str, columns: tuple[str, ...], condition: str | None
) -> None:
    made = scope.views([Published("marts", name, columns)], STREET, "source")
    assert [condition in text for text in made] == ([True] if condition else []) if condition else made == []


def test_the_current_versions_of_a_new_register_are_made_again() -> None:
    assert scope.is_made("marts", "dim_meal_current") and not scope.is_made("marts", "dim_meal")


@pytest.mark.parametrize(
    "code", ["", "6103", "610302", "61030200", "610302001001001", "610302001'--", "６１０３０２００１", "x"]
)
def test_a_scope_is_the_code_of_a_street_or_a_community(code: str) -> None:
    with pytest.raises(ValueError, match="a scope is the code"):
        scope.views([], code, "source")


@pytest.mark.parametrize(
    "said",
    [
        {"rows": "own"}, {"why": "no rows"}, {"rows": "all", "why": "no such kind"},
        {"rows": "own", "why": "misspelt", "colums": ["a"]}, {"rows": "of", "why": "of what?"},
        {"rows": "own", "why": "not of", "of": "a", "by": "b"},
    ],
)  # fmt: skip
def test_an_entry_that_nobody_understands_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"policy.yaml: marts.t: "):
        scope._entry("marts.t", said)


def test_an_entry_without_its_columns_hides_the_table() -> None:
    entries = (Entry("values", ""), Entry("own", "", area=("point_code",)), Entry("of", "", of="a", by="b"))
    assert [scope._condition(entry, Published("marts", "t", ("x",)), STREET) for entry in entries] == [None] * 3


# ---------------------------------------------------------------- what a scope reads


def test_no_table_view_or_function_says_anything_foreign(
    marked: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, file: duckdb.DuckDBPyConnection
) -> None:
    of, home = marked
    connection = views(home, of, monkeypatch)
    everything = named(connection, "database_name = 'memory'")
    functions = {one for one in everything if one[1] in ("index_change", "kpi_change", "kpi_evidence")}
    chinese = {"指数变化分解", "指标依据", "指标变化分解"}
    assert set(everything) == set(named(file)), "all of it is there"
    leaks = {}
    for schema, name in everything:
        if (schema, name) in functions or name in chinese:
            continue
        count = f"select count(*) from {schema}.\"{name}\" as one where contains(one::varchar, '{MARK}')"
        leaks[f"{schema}.{name}"] = connection.execute(count).fetchall()[0][0]
    day = connection.execute("select data_through from meta.build").fetchall()[0][0]
    calls = [f"{name}(null, null, '{day}', '{day}')" for name in ("marts.kpi_evidence", "zh.指标依据")]
    calls += [f"{name}(null, '{day}', '{day}')" for name in ("marts.kpi_change", "marts.index_change")]
    for call in calls:
        count = f"select count(*) from {call} as one where contains(one::varchar, '{MARK}')"
        leaks[call] = connection.execute(count).fetchall()[0][0]
    assert {where: rows for where, rows in leaks.items() if rows} == {}
    publication = published.current()
    assert publication
    there = "select count(*) from marts.fct_event as one where contains(one::varchar, ?)"
    assert published._file(publication.identity).execute(there, [MARK]).fetchall()[0][0] > 100


@pytest.mark.parametrize("of", SCOPES)
def test_nothing_of_ones_own_is_missing(
    of: str, home: Path, monkeypatch: pytest.MonkeyPatch, file: duckdb.DuckDBPyConnection
) -> None:
    connection = views(home, of, monkeypatch)
    for schema, table, columns in planted.tables(file):
        condition = planted.foreign(schema, table, set(columns), of)
        count = f"select count(*) from {schema}.{table}"
        own = file.execute(f"{count} where not ({condition})" if condition else count).fetchall()
        assert connection.execute(count).fetchall() == own, table


def test_the_evidence_of_own_numbers_is_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a KPI whose rows are supported by none of another area."""
    monkeypatch.setenv("SIHE_HOME", str(home))
    whole, part = published.current(), published.current(STREET)
    assert whole and part and whole.data_through
    asked = {"kpi": "event_on_time_close_rate", "area": STREET, "first": whole.data_from, "last": whole.data_through}
    rows = published.ask(whole, "evidence_rows", **asked)
    assert rows and published.ask(part, "evidence_rows", **asked) == rows
    assert published.ask(part, "evidence_rows", **{**asked, "area": "610302002"}) == []


# ---------------------------------------------------------------- nothing but the views


@pytest.mark.parametrize(
    "attempt",
    [
        "attach '{file}' as another", "select * from read_csv('/etc/hostname')", "copy (select 1) to '/tmp/x.csv'",
        "set threads = 1", "reset lock_configuration", "set enable_external_access = true", "load httpfs",
        "select * from '{file}'", 'select * from "sihe".marts.fct_event', "select * from generation.marts.fct_event",
        "select * from main.fct_event", "select * from marts.not_published",
    ],
)  # fmt: skip
def test_a_scopes_database_reaches_nothing_else(attempt: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = views(home, STREET, monkeypatch).cursor()
    file = next((home / "published").glob("sihe-*.duckdb"))
    with pytest.raises(duckdb.Error):
        connection.execute(attempt.format(file=file)).fetchall()


def test_the_generation_has_another_name_for_every_scope(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def source(of: str) -> set[str]:
        found = views(home, of, monkeypatch).execute("select database_name from duckdb_databases()").fetchall()
        return {name for (name,) in found if name.startswith("generation_")}

    one, other = (source(of) for of in SCOPES)
    assert len(one) == len(other) == 1 and one != other
    assert len(one.pop()) > 40


def test_no_query_names_a_database_or_asks_what_there_is() -> None:
    for query in published.QUERIES.rglob("*.sql"):
        text = query.read_text(encoding="utf-8").lower()
        assert not {
            word for word in ("duckdb_", "information_schema", "pragma", "generation_", "read_") if word in text
        }


def test_a_scope_is_a_part_of_what_answers_are_kept_by(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_HOME", str(home))
    readers = [published.current(of) for of in ("", STREET, COMMUNITY, "610302002")]
    for _ in range(2):
        counted = [len(published.ask(one, "grid_names")) for one in readers if one]
        assert len(set(counted)) == 4 and counted[0] > counted[1] > counted[2] > 0
    assert len({key[1] for key in published._answers if key[2] == "grid_names"}) == 4


def test_old_scopes_give_way_to_new_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "KEEP_SCOPED", 2)
    monkeypatch.setattr(published, "_scoped", OrderedDict())
    for of in (STREET, COMMUNITY, "610302002"):
        views(home, of, monkeypatch)
    assert [key[1] for key in published._scoped] == [COMMUNITY, "610302002"]
    assert published._making == {}
