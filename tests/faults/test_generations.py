"""A generation, or the pointer, cannot be read: readers get the previous one, see a notice, and the next run publishes
again.

Belongs here: damage below `published/`. Does not belong here: the page's words (`tests/pages`).
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.commands import cli
from pipelines.publication import publish, query
from pipelines.settings import DASHBOARD_DIR, Settings
from pipelines.warehouse.database_file import stamp_of
from tests.faults.site import Site
from tests.unit.publication.test_publish import WORKING, change

Damage = Callable[[Path], object]


def in_the_middle(file: Path) -> None:
    """Damages the rows of a table: the file opens, and most of it can be read."""
    with duckdb.connect(str(file), read_only=True) as connection:
        (block,) = connection.execute("select max(block_id) from pragma_storage_info('marts.kpi_daily')").fetchall()[0]
    file.chmod(0o644)
    with file.open("r+b") as stream:
        stream.seek(12288 + block * 262144 + 50)
        stream.write(b"noise")


def overwritten(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"no database")


def cut_off(file: Path) -> None:
    file.chmod(0o644)
    os.truncate(file, 20_000)


DAMAGES: dict[str, Damage] = {
    "no database": overwritten,
    "cut off": cut_off,
    "rows": in_the_middle,
    "gone": Path.unlink,
    "the pointer": lambda file: (file.parent / "current.json").write_text("{"),
    "the pointer is gone": lambda file: (file.parent / "current.json").unlink(),
    "a pointer out of the folder": lambda file: (file.parent / "current.json").write_text('{"file": "../x.duckdb"}'),
}
OF_THE_POINTER = {name for name in DAMAGES if "pointer" in name}


@pytest.fixture
def two(site: Site) -> Settings:
    """An installation with two generations: the older has two rows in kpi_daily, the newer three."""
    site.settings.working_db.parent.mkdir(parents=True)
    change(site.settings, WORKING)
    publish.publish(site.settings, "v1", is_demo=False)
    change(site.settings, "insert into marts.kpi_daily (kpi_id, org_code, value) values ('c', '990101', 3)")
    publish.publish(site.settings, "v1", is_demo=False)
    return site.settings


def newest(settings: Settings) -> Path:
    return settings.published / str((publish.current(settings.published) or {})["file"])


@pytest.fixture
def dashboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The dashboard's reader, as Streamlit imports it; its open files are closed at the end."""
    monkeypatch.syspath_prepend(str(DASHBOARD_DIR))
    from figures import published

    yield published
    for connection in published._open.values():
        connection.close()
    published._open.clear()
    published._answers.clear()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_query_is_answered_by_the_generation_before_which_is_said(two: Settings, damage: str) -> None:
    file = newest(two)
    older = next(one for one in two.published.glob("sihe-*.duckdb") if one != file)
    DAMAGES[damage](file)
    expected = file if damage in OF_THE_POINTER else older
    answer = query.ask(two.published, "select sum(value) from marts.kpi_daily")
    assert (answer.rows, answer.stands_in) == ([(6,)] if expected == file else [(3,)], expected.stem[5:])
    ran = CliRunner().invoke(cli.main, ["query", "from meta.build", "--csv", "--home", str(two.home)])
    assert ran.exit_code == 0, ran.output
    if damage != "rows":  # this query does not read them
        assert f"the newest generation cannot be read: {expected.stem[5:]} stands in" in ran.output


def test_nothing_is_said_where_the_newest_generation_answers(two: Settings) -> None:
    assert query.ask(two.published, "select count(*) from marts.kpi_daily").stands_in is None


def test_what_is_wrong_with_the_question_is_not_blamed_on_the_file(two: Settings) -> None:
    with pytest.raises(duckdb.CatalogException):
        query.ask(two.published, "from marts.no_such_table")


def test_where_no_generation_can_be_read_it_is_said(two: Settings) -> None:
    for file in two.published.glob("sihe-*.duckdb"):
        overwritten(file)
    ran = CliRunner().invoke(cli.main, ["query", "from meta.build", "--home", str(two.home)])
    assert ran.exit_code == 1
    assert "not a valid DuckDB database file" in ran.output


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_dashboard_shows_the_generation_before_and_knows_that_it_stands_in(
    two: Settings, damage: str, dashboard: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SIHE_HOME", str(two.home))
    monkeypatch.setattr(dashboard, "QUERIES", tmp_path)
    dashboard._sql.cache_clear()  # type: ignore[attr-defined]
    (tmp_path / "build.sql").write_text("from meta.build")
    (tmp_path / "rows.sql").write_text("select sum(value)::int as n from marts.kpi_daily")
    file = newest(two)
    DAMAGES[damage](file)
    publication = dashboard.current()  # type: ignore[attr-defined]
    if damage == "rows":  # detected when they are read: from then on
        assert not publication.stands_in
        with pytest.raises(dashboard.Unavailable):  # type: ignore[attr-defined]
            dashboard.ask(publication, "rows")  # type: ignore[attr-defined]
        assert dashboard.is_damaged(publication)  # type: ignore[attr-defined]
        publication = dashboard.current()  # type: ignore[attr-defined]
    assert publication.stands_in
    expected = 6 if damage in OF_THE_POINTER else 3
    assert dashboard.ask(publication, "rows") == [{"n": expected}]  # type: ignore[attr-defined]
    dashboard._sql.cache_clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_next_run_publishes_again(after: Site, damage: str) -> None:
    """It compares what readers see with the ledger first."""
    settings = after.settings
    file = settings.published / "sihe-1.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts; create table marts.kpi_daily as from range(5)")
    (settings.published / "current.json").write_text('{"generation": "1", "file": "sihe-1.duckdb"}')

    def is_needed() -> bool:
        with after.here.writing("a test") as opened:
            opened.connection.execute("delete from ledger.change")
            return after.here.needs_build(opened)

    from pipelines import dbt_bridge

    with after.here.writing("a test") as opened:
        opened.note_build(dbt_bridge.code_version(settings), is_whole=True)
        opened.note_published("1", stamp_of(file))
    assert not is_needed()
    DAMAGES[damage](file)
    assert is_needed()
