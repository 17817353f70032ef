"""Facts that are published as Parquet only answer what tables of the file would, and lead to nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import facts, publish, query
from pipelines.publication.generation_file import NotPublishable
from pipelines.publication.workbook import WORKBOOK
from pipelines.settings import GENERATION_GRACE_SECONDS, GENERATIONS_KEPT, Settings
from tests.unit.publication.test_continuing import FACTS, copies, forget, history, number
from tests.unit.publication.test_publish import WORKING, change, describe, published

DISTRICT = 'code: "990101"\nname: 某区\ntitle: {zh: 某区, en: Some}\nletter: 某\n'
MONTH = "marts/fct_event/2023-10.parquet"


@pytest.fixture
def make(settings: Settings, clock: list[datetime]) -> Callable[..., Settings]:
    """A home with a working database of some facts, which publishes them in files or in the database."""

    def made(name: str = "home", where: str = "parquet") -> Settings:
        here = replace(settings, home=settings.home.parent / name, clock=lambda: clock[0])
        here.working_db.parent.mkdir(parents=True)
        here.district_file.write_text(f"{DISTRICT}facts: {where}\n", encoding="utf-8")
        change(here, WORKING + FACTS)
        describe(
            here,
            ("marts", "fct_event", "", "事件：每件一行 · One row an event"),
            ("marts", "fct_event", "said", "说了什么 · What was said"),
        )
        return here

    return made


@pytest.fixture
def here(make: Callable[..., Settings]) -> Settings:
    return make()


def content(file: Path) -> dict[str, object]:
    """Everything that a reader finds, rows without their order; the catalog's word for a fact is that of a table."""
    with duckdb.connect(str(file), read_only=True) as reader:
        facts.beside(reader, file.parent)
        names = reader.execute(
            "select schema_name, name from (select schema_name, table_name as name from duckdb_tables()"
            " union all select schema_name, view_name from duckdb_views() where not internal) order by all"
        ).fetchall()
        found: dict[str, object] = {}
        for schema, name in names:
            rows = reader.execute(f'select * from {schema}."{name}"').fetchall()
            found[f"{schema}.{name}"] = sorted(repr(row).replace("'view'", "'table'") for row in rows)
        found["columns"] = reader.execute(
            "select schema_name, table_name, column_name, column_index, data_type, comment from duckdb_columns()"
            " where not internal order by all"
        ).fetchall()
        found["said"] = reader.execute(
            "select schema_name, table_name, comment from duckdb_tables() union all"
            " select schema_name, view_name, comment from duckdb_views() where not internal order by all"
        ).fetchall()
        return found


def tables(file: Path) -> set[str]:
    with duckdb.connect(str(file), read_only=True) as reader:
        found = reader.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        return {name for (name,) in found}


def later(clock: list[datetime]) -> None:
    clock[0] += timedelta(hours=1)


@pytest.mark.parametrize("seed", range(2))
def test_after_any_history_files_and_tables_say_the_same(
    make: Callable[..., Settings], clock: list[datetime], seed: int
) -> None:
    """The files of one home are continued, those of the other are written again every night."""
    in_files, whole, in_database = make("files"), make("whole"), make("database", "database")
    for night, changes in enumerate([[], *history(seed)], start=1):
        later(clock)
        for one in changes:
            for home in (in_files, whole, in_database):
                change(home, one)
        if night > 1:
            forget(whole)
        made, again, of_tables = (published(home) for home in (in_files, whole, in_database))
        assert number(in_files) == night
        assert made.row_counts == again.row_counts == of_tables.row_counts, changes
        assert content(made.file) == content(again.file) == content(of_tables.file), changes
        assert copies(made.file) == copies(again.file), changes
        assert copies(made.file).keys() == copies(of_tables.file).keys()
        assert tables(of_tables.file) - tables(made.file) == {"fct_event", "fct_rare"}


def test_months_that_did_not_change_are_the_same_files(here: Settings, clock: list[datetime]) -> None:
    first = published(here).file.with_suffix("")
    later(clock)
    change(here, "insert into marts.fct_event values ('e', 1, '', [], 1, date '2023-12-31')")
    second = published(here).file.with_suffix("")
    made, was = second / "marts" / "fct_event", first / "marts" / "fct_event"
    same = {copy.name for copy in made.iterdir() if copy.samefile(was / copy.name)}
    assert same == {"2023-09.parquet", "2023-10.parquet", "2023-11.parquet", "2024-01.parquet", "no-day.parquet"}
    assert not list(second.parent.glob(".sihe-*"))


def test_a_moved_folder_goes_on_working(here: Settings, tmp_path: Path) -> None:
    made = published(here)
    before = content(made.file)
    moved = tmp_path / "moved to 'another' [place]"
    shutil.move(here.published, moved)
    assert content(moved / made.file.name) == before
    assert query.ask(moved, "select count(*) from marts.fct_event").rows == [(901,)]
    ask = (
        "import duckdb; print(duckdb.connect('current.duckdb').sql('select count(*) from marts.fct_event').fetchall())"
    )
    ran = subprocess.run([sys.executable, "-c", ask], cwd=moved, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[(901,)]"


@pytest.mark.parametrize("size", [1, 3000])
@pytest.mark.parametrize("generations", [1, 2])
def test_a_damaged_file_of_a_fact_is_not_linked(
    here: Settings, clock: list[datetime], generations: int, size: int
) -> None:
    for _ in range(generations):
        later(clock)
        made = published(here)
    sound = content(made.file)
    file = made.file.with_suffix("") / MONTH
    file.chmod(0o644)
    with file.open("r+b") as stream:
        stream.seek(100)
        was = stream.read(1)
        stream.seek(100)
        stream.write((b"\x5a" if was == b"\xa5" else b"\xa5") * size)
    later(clock)
    after = published(here)
    # One byte may be another value: then the month differs, and is written again.
    assert number(here) == 1 or (generations, size) == (1, 1)
    assert content(after.file)["marts.fct_event"] == sound["marts.fct_event"]


def test_a_lost_file_of_a_fact_is_written_again_and_readers_get_the_generation_before(
    here: Settings, clock: list[datetime]
) -> None:
    older = published(here)
    later(clock)
    change(here, "delete from marts.fct_rare")
    newer = published(here)
    (newer.file.with_suffix("") / MONTH).unlink()
    answer = query.ask(here.published, "select count(*) from marts.fct_event")
    assert (answer.rows, answer.stands_in) == ([(901,)], older.generation)
    later(clock)
    published(here)
    assert query.ask(here.published, "select count(*) from marts.fct_event").stands_in is None


def test_the_other_choice_is_written_whole(here: Settings, clock: list[datetime]) -> None:
    for where in ("database", "parquet"):
        later(clock)
        published(here)
        here.district_file.write_text(f"{DISTRICT}facts: {where}\n", encoding="utf-8")
        later(clock)
        made = published(here)
        assert ("fct_event" in tables(made.file), number(here)) == (where == "database", 1)


def test_old_generations_are_deleted_with_their_facts(here: Settings, clock: list[datetime]) -> None:
    little = replace(here, generations_bytes=0)
    for _ in range(GENERATIONS_KEPT + 2):
        later(clock)
        made = published(little)
        long_ago = clock[0].timestamp() - 10 * GENERATION_GRACE_SECONDS
        os.utime(made.file, (long_ago, long_ago))
    kept = sorted(file.stem for file in here.published.glob("sihe-*.duckdb"))
    assert len(kept) <= GENERATIONS_KEPT + 1
    assert sorted(folder.name for folder in here.published.glob("sihe-*") if folder.is_dir()) == kept
    publish.remove_older(here.published)
    assert [folder.name for folder in here.published.glob("sihe-*") if folder.is_dir()] == [made.file.stem]


def test_an_erasure_writes_every_file_again(here: Settings, clock: list[datetime]) -> None:
    token = "token-of-a-person"
    change(here, f"insert into marts.fct_event values ('{token}', 1, '', [], 1, date '2023-12-31')")
    first = published(here).file
    change(here, f"delete from marts.fct_event where event_id = '{token}'")
    here.tombstones.parent.mkdir(parents=True, exist_ok=True)
    here.tombstones.write_text('{"token": "x"}\n', encoding="utf-8")
    later(clock)
    made = published(here).file
    assert number(here) == 1
    linked = [copy for copy in made.with_suffix("").rglob("*.parquet") if copy.stat().st_nlink > 1]
    assert linked == []
    assert any(token in row for row in copies(first)["marts.fct_event"])
    assert not any(token in row for rows in copies(made).values() for row in rows)


# ---------------------------------------------------------------- what a query reaches


def test_a_query_reads_its_own_facts_and_no_other_file(here: Settings, clock: list[datetime]) -> None:
    older = published(here).file.stem
    later(clock)
    change(here, "delete from marts.fct_rare")
    now = published(here).file.stem
    folder = here.published
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert query.ask(folder, "select count(*) from zh.事件").rows == [(901,)]
    assert query.ask(folder, "select count(*) from marts.late").rows == [(499,)]
    one, own = f"{folder}/{older}/{MONTH}", f"{folder}/{now}/{MONTH}"
    for attempt in (
        f"from '{one}'", f"from '{older}/{MONTH}'", f"from '{folder}/{now}/../{older}/{MONTH}'",
        f"from glob('{folder}/*')", "from read_text('/etc/hostname')",
        f"from '{folder}/{now}/marts/dim_thing.parquet'", f"from '{folder}/{now}/marts/fct_event/*.parquet'",
        f"from read_text('{folder}/{now}/.made_of.json')", f"from read_text('{folder}/current.json')",
        f"from read_blob('{folder}/{now}/{WORKBOOK}')", f"attach '{folder}/{older}.duckdb'",
        f"copy (select 1) to '{own}'", f"copy (select 1) to '{own}' (use_tmp_file false)",
        f"with a as (copy (select 1) to '{own}' (use_tmp_file false)) select 1",
        f"explain analyze copy (select 1) to '{own}' (use_tmp_file false)", f"/* 复制 */ COPY (select 1) to '{own}'",
        f"prepare a as copy (select 1) to '{own}' (use_tmp_file false)", f"set file_search_path = '{folder}/{older}'",
        "set allowed_paths = ['/etc/hostname']", f"export database '{folder}/{now}'",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error):
            query.ask(folder, attempt)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    assert query.ask(folder, "select 'copy' as said, 1 as \"copy\" -- copy").rows == [("copy", 1)]


def test_an_export_has_the_facts(here: Settings, tmp_path: Path) -> None:
    made = published(here)
    out = query.export(here.published, tmp_path, "parquet")
    with duckdb.connect() as reader:
        rows = reader.execute(f"from '{out}/marts/fct_event.parquet'").fetchall()
    assert sorted(map(repr, rows)) == copies(made.file)["marts.fct_event"]
    assert (query.export(here.published, tmp_path, "csv") / "marts" / "fct_rare.csv").exists()


# ---------------------------------------------------------------- what is refused


def test_a_type_that_parquet_does_not_have_is_refused(here: Settings) -> None:
    change(here, "create table marts.fct_huge as select 1::hugeint as much")
    with pytest.raises(NotPublishable, match=r"marts\.fct_huge\.much: Parquet has DOUBLE in place of HUGEINT"):
        published(here)
    assert not list(here.published.glob("*sihe-*"))


def test_a_path_that_duckdb_takes_for_two_is_refused(make: Callable[..., Settings]) -> None:
    with pytest.raises(NotPublishable, match="the path can have no comma"):
        published(make("a,b"))
    assert tables(published(make("c,d", "database")).file) >= {"fct_event"}
