"""A generation made from the one before says what one that is written whole says, whatever happened in between."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import earlier, parts, publish
from pipelines.settings import Settings
from tests.unit.publication.test_publish import WORKING, ask, change, describe, published

FACTS = """
create table marts.fct_event as
select 'e' || i as event_id, i % 7 as community, 'text ' || i as said, [i, i % 3] as numbers, i / 4.0 as hours,
    date '2023-09-01' + (i % 150)::integer as business_date
from range(900) as rows (i);
insert into marts.fct_event values ('none', 1, null, null, null, null);
create table marts.fct_rare (case_id varchar, business_date date);
insert into marts.kpi_daily (kpi_id, org_code, value, kpi_date)
select 'k' || i % 5, '99010' || i % 9, i, date '2023-09-01' + (i // 20)::integer from range(2000) as rows (i);
create table marts.dim_thing as select i as thing, 'v' || i as name from range(50) as rows (i);
create table marts.dim_grid as select * from (values ('g1', 'c1', 3)) as t (grid_code, community_code, households);
create view marts.late as select event_id from marts.fct_event where hours > 100;
"""
# Each is one statement; `{n}`, `{day}`: a number and a day of the history.
CHANGES = (
    "insert into marts.fct_event select 'new{n}-' || i, i, 'x', [], null, date '{day}' from range({n} % 9) as r (i)",
    "update marts.fct_event set said = said || '!' where business_date = date '{day}'",
    "update marts.fct_event set business_date = date '{day}' where community = {n} % 7 and hours < 3",
    "update marts.fct_event set business_date = null where event_id = 'e{n}'",
    "delete from marts.fct_event where business_date between date '{day}' and date '{day}' + 40",
    "delete from marts.fct_event where event_id = 'e{n}'",
    "insert into marts.fct_event from marts.fct_event where event_id = 'e{n}'",
    "insert into marts.fct_rare values ('r{n}', date '{day}')",
    "delete from marts.fct_rare",
    "update marts.kpi_daily set numerator = numerator + 1 where kpi_date = date '{day}' and kpi_id = 'k1'",
    "delete from marts.kpi_daily where kpi_date = date '{day}'",
    "insert into marts.kpi_daily (kpi_id, org_code, value, kpi_date) values ('k1', '99010x{n}', {n}, date '{day}')",
    "update marts.dim_thing set name = 'w{n}' where thing = {n} % 50",
    "update marts.index_daily set as_of = date '{day}', score = {n} % 99",
    "update marts.kpi_period set as_of = date '{day}' where period = 'month'",
    "update marts.dim_date set date_day = date_day + 1",
    "insert into meta.delivery (file_name, rows_counted, rows_loaded, rows_rejected, rows_duplicate, rows_superseded)"
    " values ('f{n}.csv', 1, 1, 0, 0, 0)",
    "select 1",
)


@pytest.fixture
def working(settings: Settings, clock: list[datetime]) -> Settings:
    settings.working_db.parent.mkdir(parents=True)
    change(settings, WORKING + FACTS)
    describe(settings, ("marts", "fct_event", "", "事件：每件一行 · One row an event"))
    return replace(settings, clock=lambda: clock[0])


def number(settings: Settings) -> int:
    """How many generations the newest one is made of."""
    note = settings.published / "current" / earlier.NOTE
    return int(json.loads(note.read_text(encoding="utf-8"))["generations"])


def forget(settings: Settings) -> None:
    """The next generation is written whole."""
    (settings.published / "current" / earlier.NOTE).unlink(missing_ok=True)


def content(file: Path) -> dict[str, object]:
    """Everything that a reader finds, rows without their order."""
    with duckdb.connect(str(file), read_only=True) as reader:
        tables = [
            name
            for (name,) in reader.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        ]
        found: dict[str, object] = {
            name: sorted(map(repr, reader.execute(f"select * from {name}").fetchall())) for name in tables
        }
        for what, columns in (
            ("tables", "schema_name, table_name, comment"),
            ("columns", "schema_name, table_name, column_name, data_type, comment"),
            ("views", "schema_name, view_name, sql, comment"),
        ):
            asked = f"select {columns} from duckdb_{what}() where not internal order by all"
            found[what] = reader.execute(asked).fetchall()
        return found


def copies(file: Path) -> dict[str, list[str]]:
    """The rows of the Parquet copies by table."""
    folder, found = file.with_suffix(""), {}
    with duckdb.connect() as reader:
        for path in sorted(folder.glob("*/*")):
            pattern = path / "*.parquet" if path.is_dir() else path
            rows = reader.execute(f"select * from read_parquet('{pattern}', hive_partitioning = false)").fetchall()
            found[f"{path.parent.name}.{path.stem}"] = sorted(map(repr, rows))
    return found


def history(seed: int) -> Iterator[list[str]]:
    """The changes between two generations, some of them none."""
    chance = random.Random(seed)
    for _ in range(5):
        yield [
            chance.choice(CHANGES).format(
                n=chance.randrange(900), day=datetime(2023, 9, 1).date() + timedelta(days=chance.randrange(160))
            )
            for _ in range(chance.choice([0, 1, 1, 2, 5]))
        ]


@pytest.mark.parametrize("seed", range(2))
def test_after_any_history_both_ways_say_the_same(working: Settings, clock: list[datetime], seed: int) -> None:
    whole = replace(working, home=working.home.parent / "whole")
    whole.working_db.parent.mkdir(parents=True)
    change(whole, WORKING + FACTS)
    describe(whole, ("marts", "fct_event", "", "事件：每件一行 · One row an event"))
    published(working)
    published(whole)
    for night, changes in enumerate(history(seed), start=2):
        clock[0] += timedelta(hours=1)
        for one in changes:
            change(working, one)
            change(whole, one)
        forget(whole)
        made, otherwise = published(working), published(whole)
        assert (number(working), number(whole)) == (night, 1)
        assert made.row_counts == otherwise.row_counts, changes
        assert content(made.file) == content(otherwise.file), changes
        assert copies(made.file) == copies(otherwise.file), changes
        assert copies(made.file)["marts.fct_event"] == content(made.file)["marts.fct_event"]


def test_what_is_noted_of_a_generation_is_what_its_file_has(working: Settings, clock: list[datetime]) -> None:
    """Else the next one would keep parts that differ, or not continue it."""
    for changes in history(7):
        for one in changes:
            change(working, one)
        clock[0] += timedelta(hours=1)
        file = published(working).file
    note = json.loads((file.with_suffix("") / earlier.NOTE).read_text(encoding="utf-8"))
    noted = {name: {part: (rows, total) for part, rows, total in found} for name, found in note["prints"].items()}
    with duckdb.connect(str(file), read_only=True) as reader:
        found = parts.prints(reader, parts.of_tables(parts.tables(reader, file.stem)))
    read = {name: {part and part.isoformat(): one for part, one in of.items()} for name, of in found.items()}
    assert noted == {name: of for name, of in read.items() if name not in ("meta.build", "meta.catalog")}
    assert note["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_months_that_did_not_change_are_the_same_files(working: Settings, clock: list[datetime]) -> None:
    first = published(working).file.with_suffix("")
    clock[0] += timedelta(days=1)
    change(working, "insert into marts.fct_event values ('e', 1, '', [], 1, date '2023-12-31')")
    second = published(working).file.with_suffix("")
    same = {
        copy.relative_to(second).as_posix()
        for copy in second.rglob("*.parquet")
        if copy.samefile(first / copy.relative_to(second))
    }
    months = {f"2023-{month:02}" for month in (9, 10, 11, 12)} | {"2024-01", "no-day"}
    assert {Path(name).stem for name in same if name.startswith("marts/fct_event/")} == months - {"2023-12"}
    assert {"marts/dim_thing.parquet", "marts/fct_rare/no-day.parquet"} <= same
    assert "meta/build.parquet" not in same


def test_a_copy_that_somebody_deleted_is_written_again(working: Settings, clock: list[datetime]) -> None:
    first = published(working).file.with_suffix("")
    (first / "marts" / "fct_event" / "2023-10.parquet").unlink()
    clock[0] += timedelta(days=1)
    made = published(working).file
    assert number(working) == 2
    assert copies(made)["marts.fct_event"] == content(made)["marts.fct_event"]


@pytest.mark.parametrize(("generations", "size"), [(1, 300_000), (2, 300_000), (2, 1)])
@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_a_damaged_generation_is_not_continued(
    working: Settings, clock: list[datetime], generations: int, at: float, size: int
) -> None:
    """The first one is written as a whole. Of the second, made from it, the bytes are known: one is enough, also where
    nothing is stored."""
    for _ in range(generations):
        clock[0] += timedelta(days=1)
        newest = published(working).file
    sound = content(newest)
    newest.chmod(0o644)
    with newest.open("r+b") as stream:
        stream.seek(int(newest.stat().st_size * at))
        was = stream.read(1)
        stream.seek(-1, 1)
        stream.write((b"\x5a" if was == b"\xa5" else b"\xa5") * size)
    clock[0] += timedelta(days=1)
    made = published(working)
    found = content(made.file)
    assert number(working) == 1
    assert found["marts.fct_event"] == sound["marts.fct_event"]


@pytest.mark.parametrize(
    "otherwise",
    ["alter table marts.fct_event add column place varchar", "create table marts.more as select 1 as one",
     "create or replace view marts.late as select event_id from marts.fct_event where hours > 200",
     "drop view marts.late", "insert into marts.dim_code values (null, 'pillar', 'happy', '幸福')"],
)  # fmt: skip
def test_another_shape_is_written_whole(working: Settings, clock: list[datetime], otherwise: str) -> None:
    published(working)
    clock[0] += timedelta(days=1)
    change(working, otherwise)
    published(working)
    assert number(working) == 1


def test_another_code_or_description_is_written_whole(working: Settings, clock: list[datetime]) -> None:
    published(working)
    clock[0] += timedelta(days=1)
    publish.publish(working, "v2", is_demo=False)
    assert number(working) == 1
    describe(working, ("marts", "fct_event", "said", "说了什么 · What was said"))
    made = publish.publish(working, "v2", is_demo=False)
    assert number(working) == 1
    said = "select comment from duckdb_columns() where table_name = 'fct_event' and column_name = 'said'"
    assert ask(made.file, said) == [("说了什么 · What was said",)]


def test_after_an_erasure_no_byte_of_the_person_is_in_the_next_file(working: Settings, clock: list[datetime]) -> None:
    token = "token-of-a-person-who-asked-to-be-erased"
    change(working, f"insert into marts.fct_event values ('{token}', 1, '', [], 1, date '2023-12-31')")
    assert token.encode() in published(working).file.read_bytes()
    change(working, f"delete from marts.fct_event where event_id = '{token}'")
    working.tombstones.parent.mkdir(parents=True, exist_ok=True)
    working.tombstones.write_text('{"token": "x"}\n', encoding="utf-8")
    clock[0] += timedelta(days=1)
    assert token.encode() not in published(working).file.read_bytes()
    assert number(working) == 1


def test_the_file_grows_little_and_is_written_whole_now_and_then(
    working: Settings, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "_WHOLE_EVERY", 8)
    change(
        working,
        "create table marts.fct_many as select i as id, hash(i) as much, date '2023-09-01' + (i // 1700)::integer"
        " as business_date from range(200000) as rows (i)",
    )
    sizes, numbers = [], []
    for _ in range(10):
        clock[0] += timedelta(days=1)
        change(working, "update marts.fct_many set much = hash(much) where business_date >= date '2023-12-01'")
        sizes.append(published(working).file.stat().st_size)
        numbers.append(number(working))
    assert numbers == [*range(1, 9), 1, 2]
    assert max(sizes) < 1.6 * sizes[0]
