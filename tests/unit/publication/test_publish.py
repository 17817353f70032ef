"""A small hand-made working database, published: the pointer, the file, what is refused, readers that stay
on a file."""

import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import publish, query, restated
from pipelines.publication.generation_file import NotPublishable
from pipelines.publication.publish import current
from pipelines.settings import GENERATIONS_KEPT, Settings

NOW = datetime(2024, 1, 6, 6, 30, 15)
FORMULA = "=cmd|'/c calc'!A0"
COUNTED = "file_name, rows_counted, rows_loaded, rows_rejected, rows_duplicate, rows_superseded"

WORKING = f"""
create schema marts; create schema meta; create schema ledger; create schema raw; create schema staging;
create table raw.secret as select 'planted' as v;
create table ledger.delivery as select 1 as delivery_id;
create table staging.stg as select 1 as v;
create table marts.dim_date as
    select unnest(generate_series(date '2024-01-01', date '2024-01-05', interval 1 day))::date as date_day;
create table marts.kpi_daily (kpi_id varchar, org_code varchar, value integer, org_level varchar default 'district',
    kpi_date date default date '2024-01-05', numerator double default 1, denominator double default 1);
insert into marts.kpi_daily (kpi_id, org_code, value) values ('b', '990101', 2), ('a', '990101', 1);
create view marts.kpi_view as select kpi_id from marts.kpi_daily;
create table meta.delivery (file_name varchar, rows_counted bigint, rows_loaded bigint, rows_rejected bigint,
    rows_duplicate bigint, rows_superseded bigint, platform varchar default 'p', feed varchar default 'f',
    business_date date default date '2024-01-05', sha256 varchar default 'x', state varchar default 'loaded');
insert into meta.delivery ({COUNTED}) values ('a.csv', 10, 5, 2, 2, 1), ('b.csv', 0, 0, 0, 0, 0);
create table marts.dim_org as
    select * from (values ('district', '990101', '{FORMULA.replace("'", "''")}', null::varchar))
    t(org_level, org_code, org_name, parent_code);
create table marts.dim_code as select null::varchar as feed, 'pillar' as column_name, 'safe' as code, '平安' as zh;
create table meta.feed as select 'p' as platform, '平台' as platform_title, 'f' as feed, '数据' as title,
    null::varchar as table_name;
create table marts.kpi_definition as select 'a' as kpi_id, 'safe' as pillar, '-结案率' as zh, '@en' as en,
    'percent' as unit,
    'flow' as kind, 'up' as direction, true as is_headline, 'p.f' as feeds, '某局' as owner,
    70.0::double as red_line, 90.0::double as target, 98.0::double as stretch, null::double as band_low,
    null::double as band_high, '+分子' as numerator_zh, '分母' as denominator_zh, null::varchar as caveats_zh;
create table marts.kpi_target as select 'a' as kpi_id, 'district' as org_level, '990101' as org_code,
    date '2024-01-03' as valid_from, null::date as valid_to, 75.0::double as red_line, 95.0::double as target,
    98.0::double as stretch, null::double as band_low, null::double as band_high, 2.0::double as weight;
create table marts.kpi_period as select 'a' as kpi_id, 'district' as org_level, '990101' as org_code,
    date '2024-01-05' as as_of, '30d' as period, 3.0 as numerator, 4.0 as denominator, 75::double as value, 4.0 as n,
    75.0 as value_smoothed, 30.0 as low90, 95.0 as high90, null::double as previous_value, 65.0 as score,
    'small_n' as status, null::varchar as band;
insert into marts.kpi_period by name select * replace ('month' as period) from marts.kpi_period;
create table marts.index_daily as select 'district' as org_level, '990101' as org_code, date '2024-01-05' as as_of,
    'safe' as pillar, 65.0 as score, 0.5 as coverage;
"""
# As dbt's manifest has them; of the last one there is no table.
DESCRIPTIONS = [
    ("marts", "kpi_daily", "", "指标日值 · It's one row a KPI, org and day"),
    ("marts", "kpi_daily", "value", '值 · "Value"; null where the denominator is 0'),
    ("marts", "kpi_view", "", "视图 · A view"),
    ("marts", "kpi_view", "kpi_id", "指标 · KPI"),
    ("marts", "kpi_period", "value", "数值 · Value"),
    ("work", "measure", "", "明细 · Not published"),
]


def change(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.working_db)) as connection:
        connection.execute(sql)


def describe(settings: Settings, *more: tuple[str, str, str, str]) -> None:
    settings.descriptions.parent.mkdir(parents=True, exist_ok=True)
    settings.descriptions.write_text(json.dumps([*DESCRIPTIONS, *more]), encoding="utf-8")


def published(settings: Settings) -> publish.Publication:
    return publish.publish(settings, "v1", is_demo=False)


def ask(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def test_the_pointer_says_what_the_file_says(working: Settings) -> None:
    made = published(working)
    pointer = json.loads((working.published / "current.json").read_text(encoding="utf-8"))
    assert pointer == {
        "generation": "20240106-063015",
        "file": "sihe-20240106-063015.duckdb",
        "built_at": "2024-01-06 06:30:15",
        "data_from": "2024-01-01",
        "data_through": "2024-01-05",
    }
    assert current(working.published) == pointer
    assert made.file == working.published / pointer["file"]
    assert ask(made.file, "select generation, built_at, is_demo, code_version from meta.build") == [
        ("20240106-063015", NOW, False, "v1")
    ]
    assert str(ask(made.file, "select data_from, data_through from meta.build")[0][1]) == "2024-01-05"


def test_the_link_for_people_leads_to_the_same_file(working: Settings) -> None:
    made = published(working)
    link = working.published / "current.duckdb"
    assert link.is_symlink()
    assert str(link.readlink()) == made.file.name
    assert ask(link, "select count(*) from marts.kpi_daily") == [(2,)]


def test_only_marts_and_meta_are_published_in_order_with_their_comments(working: Settings) -> None:
    made = published(working)
    tables = ask(made.file, "select schema_name || '.' || table_name from duckdb_tables() order by 1")
    assert [name for (name,) in tables] == [
        "marts.dim_code", "marts.dim_date", "marts.dim_org", "marts.index_daily", "marts.kpi_daily",
        "marts.kpi_definition", "marts.kpi_period", "marts.kpi_restatement", "marts.kpi_target",
        "meta.build", "meta.catalog", "meta.delivery", "meta.feed",
    ]  # fmt: skip
    assert set(made.row_counts) == {name for (name,) in tables} - {"meta.build", "meta.catalog"}
    assert (made.row_counts["marts.dim_date"], made.row_counts["marts.kpi_daily"]) == (5, 2)
    assert ask(made.file, "select kpi_id from marts.kpi_daily") == [("a",), ("b",)]
    comments = {row[0]: row[1] for row in ask(made.file, "select table_name, comment from duckdb_tables()")}
    assert comments["kpi_daily"] == "指标日值 · It's one row a KPI, org and day"
    described = ask(made.file, "select table_name || '.' || column_name, comment from duckdb_columns()")
    columns = {row[0]: row[1] for row in described}
    assert columns["kpi_daily.value"] == '值 · "Value"; null where the denominator is 0'
    assert columns["build.is_demo"]
    assert b"planted" not in made.file.read_bytes()


def test_views_stay_views_under_whatever_name_the_file_is_opened(working: Settings) -> None:
    change(working, "create view marts.a_view_of_it as select * from marts.kpi_view where kpi_id = 'a'")
    made = published(working)
    views = ask(made.file, "select view_name, comment from duckdb_views() where schema_name = 'marts' order by 1")
    assert [view for view in views if view[0] != "kpi_target_current"] == [
        ("a_view_of_it", None), ("kpi_restated", restated._SAYS[""]), ("kpi_view", "视图 · A view")
    ]  # fmt: skip
    assert ("指标 · KPI",) in ask(made.file, "select comment from duckdb_columns() where table_name = 'kpi_view'")
    assert ask(made.file, "select kpi_id from marts.a_view_of_it") == [("a",)]
    with duckdb.connect() as reader:
        reader.execute(f"attach '{made.file}' as district (read_only)")
        assert reader.execute("select count(*) from district.marts.kpi_view").fetchall() == [(2,)]


def test_a_view_that_is_slow_as_a_whole_is_a_function_and_says_the_same(working: Settings) -> None:
    change(
        working,
        "create view marts.kpi_evidence as select kpi_id, org_code, kpi_date, sum(value) as numerator"
        " from marts.kpi_daily group by all",
    )
    describe(
        working,
        ("marts", "kpi_evidence", "", "指标依据：每行 · One row a number"),
        ("marts", "kpi_evidence", "kpi_id", "指标 · KPI"),
    )
    whole = [("a", "990101", 1), ("b", "990101", 2)]
    asked = "select kpi_id, org_code, numerator::integer from marts.kpi_evidence({}) order by 1"
    made = published(working)
    assert ask(made.file, asked.format("null, null, null, null")) == whole
    assert ask(made.file, asked.format("'b', '990101', '2024-01-05', date '2024-01-05'")) == whole[1:]
    assert ask(made.file, asked.format("null, null, null, '2024-01-04'")) == []
    assert ask(made.file, asked.format("null, null, '2024-01-06', null")) == []
    assert ask(made.file, asked.format("null, '990102', null, null")) == []
    assert ask(made.file, "select 指标 from zh.指标依据('b', null, null, null)") == [("b",)]
    described = ask(
        made.file, "select data_type, description from meta.catalog where table_name = 'marts.kpi_evidence'"
    )
    assert described[0][0] == "function"
    assert "marts.kpi_evidence(of_kpi, of_org, from_day, to_day)" in str(described[0][1])
    assert described[1:] != []
    with pytest.raises(duckdb.CatalogException, match=r"is a function: marts\.kpi_evidence\(of_kpi, of_org"):
        query.ask(working.published, "from marts.kpi_evidence limit 3")


CODED = """
create or replace table marts.dim_code (feed varchar, column_name varchar, code varchar, zh varchar, en varchar);
insert into marts.dim_code values
    ('p.event', 'status', 'open', '处置中', 'open'), ('p.event', 'status', 'done', '已''结案', 'done'),
    ('p.event', 'source', 'other', '其他', 'other'), ('p.case', 'source', 'other', '其他', 'other'),
    ('p.case', 'status', 'open', '待办', 'open'), (null, 'level', 'street', '镇街', 'street'),
    ('stage', 'status', 'open', '未到', 'open');
create or replace table meta.feed as select 'p' as platform, '' as platform_title, '' as title, 'event' as feed,
    'fct_event' as table_name;
create table marts.fct_event as select * from (
    values ('open', 'street', 1), ('done', null, 2), ('odd', 'x', 3)) as t (status, level, number);
create table marts.stage as select 'open' as status;
create table marts.spot as select 'open' as status, 'other' as source;
"""


def test_views_in_chinese_say_words_for_codes_and_the_marts_keep_the_codes(working: Settings) -> None:
    change(working, CODED)
    made = published(working)
    # A code that the contract no longer has stays as it is.
    rows = [("处置中", "镇街", 1), ("已'结案", None, 2), ("odd", "x", 3)]
    assert ask(made.file, "select status, level, number from zh.fct_event order by 3") == rows
    assert ask(made.file, "select status, level from marts.fct_event order by number limit 1") == [("open", "street")]
    assert ask(made.file, "from zh.stage") == [("未到",)]
    # A table of no feed: only words that all feeds agree on.
    assert ask(made.file, "from zh.spot") == [("open", "其他")]
    assert ask(made.file, "select distinct code from zh.dim_code where feed = 'stage'") == [("open",)]


def test_a_table_with_validity_has_a_view_of_what_is_in_force(working: Settings) -> None:
    change(
        working,
        "create table marts.dim_grid as select * from (values ('g1', 1, date '2024-01-01', date '2024-01-03'),"
        " ('g1', 2, date '2024-01-03', null), ('g2', 1, date '2024-01-01', date '2024-01-02'))"
        " as t (grid_code, workers, valid_from, valid_to)",
    )
    describe(
        working,
        ("marts", "dim_grid", "", "网格：每个版本一行 · Grids: one row a grid and version"),
        ("marts", "dim_grid", "workers", "人数 · Workers"),
    )
    made = published(working)
    assert ask(made.file, "select grid_code, workers from marts.dim_grid_current") == [("g1", 2)]
    assert ask(made.file, 'select "人数" from zh."网格（现行）"') == [(2,)]
    said = "select zh, grain, data_type from meta.catalog where table_name = 'marts.dim_grid_current' and position = 0"
    assert ask(made.file, said) == [("网格（现行）", "an entry in force", "view")]


def test_a_view_over_what_is_not_published_is_refused(working: Settings) -> None:
    change(working, "create view marts.leak as select v from raw.secret")
    with pytest.raises(NotPublishable, match=r"marts\.leak cannot be read from published tables alone"):
        published(working)
    assert current(working.published) is None


def test_the_file_is_read_only_and_of_a_version_that_older_tools_open(working: Settings) -> None:
    made = published(working)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o444
    (tags,) = ask(made.file, "select tags from duckdb_databases() where database_name not in ('system', 'temp')")
    assert "v1.5" in str(tags[0])
    assert not list(working.published.glob("*.wal"))


@pytest.mark.parametrize(
    "sql",
    [
        "update meta.delivery set rows_loaded = 4 where file_name = 'a.csv'",
        f"insert into meta.delivery ({COUNTED}) values ('c.csv', 1, 0, 0, 0, 0)",
        f"insert into meta.delivery ({COUNTED}) values ('c.csv', 0, 1, 0, 0, 0)",
    ],
)
def test_rows_without_a_fate_refuse_publication_and_the_one_before_stays(
    working: Settings, clock: list[datetime], sql: str
) -> None:
    first = published(working)
    before = sorted(file.name for file in working.published.iterdir()), current(working.published)
    change(working, sql)
    clock[0] += timedelta(hours=1)
    with pytest.raises(NotPublishable, match="1 deliveries have rows without a fate"):
        published(working)
    assert before == (sorted(file.name for file in working.published.iterdir()), current(working.published))
    assert ask(first.file, "select count(*) from meta.delivery") == [(2,)]


def test_nothing_is_published_where_the_ledger_is_missing(working: Settings) -> None:
    change(working, "drop table meta.delivery")
    with pytest.raises(duckdb.Error):
        published(working)
    assert current(working.published) is None
    assert [file for file in working.published.iterdir() if not file.name.startswith(".")] == []


def test_nothing_is_not_published_over_something(working: Settings, clock: list[datetime]) -> None:
    """Only a part of the home was restored: what is published, and not what it was made from."""
    first = published(working)
    change(working, "delete from marts.dim_date; delete from marts.kpi_daily; delete from meta.delivery")
    clock[0] += timedelta(hours=1)
    with pytest.raises(NotPublishable, match="has data through 2024-01-05: was only a part of the home restored"):
        published(working)
    assert (current(working.published) or {}).get("generation") == first.generation
    # A new home has nothing published either.
    shutil.rmtree(working.published)
    assert published(working).data_through is None


@pytest.mark.parametrize("step", ["_check", "_sync", "_point_to"])
def test_a_crash_at_any_step_leaves_the_publication_before_and_the_next_run_publishes(
    working: Settings, clock: list[datetime], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = published(working)
    clock[0] += timedelta(hours=1)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publish, step, crash)
        with pytest.raises(KeyboardInterrupt):
            published(working)
    pointer = current(working.published)
    assert pointer is not None
    assert pointer["generation"] == first.generation
    clock[0] += timedelta(hours=1)
    assert (current(working.published) or {})["generation"] != published(working).generation
    assert not list(working.published.glob(".sihe-*"))


def test_leftovers_of_a_killed_run_are_swept_away(working: Settings) -> None:
    working.published.mkdir()
    for name in (".sihe-20240101-000000.tmp", ".sihe-20240101-000000.tmp.wal", ".current.json.tmp"):
        (working.published / name).write_bytes(b"half")
    (working.published / ".current.duckdb.tmp").symlink_to("nowhere")
    published(working)
    assert sorted(file.name for file in working.published.iterdir()) == [
        "current", "current.duckdb", "current.json", "sihe-20240106-063015", "sihe-20240106-063015.duckdb",
    ]  # fmt: skip


def test_a_generation_is_never_changed_again(working: Settings, clock: list[datetime]) -> None:
    first = published(working)
    bytes_of_first, at = first.file.read_bytes(), first.file.stat().st_mtime_ns
    same_second = published(working)
    clock[0] += timedelta(days=1)
    change(working, "insert into marts.kpi_daily (kpi_id, org_code, value) values ('c', '990101', 3)")
    later = published(working)
    assert len({first.file, same_second.file, later.file}) == 3
    assert (first.file.read_bytes(), first.file.stat().st_mtime_ns) == (bytes_of_first, at)
    assert ask(later.file, "select count(*) from marts.kpi_daily") == [(3,)]


def test_a_reader_with_the_old_file_open_keeps_reading_it(
    working: Settings, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it cannot be detected as open: the reader is this process, or another machine."""
    monkeypatch.setattr(publish, "GENERATION_GRACE_SECONDS", -1)
    working = replace(working, generations_bytes=0)
    first = published(working)
    with duckdb.connect(str(first.file), read_only=True) as reader:
        for i in range(GENERATIONS_KEPT + 1):
            clock[0] += timedelta(minutes=1)
            change(working, f"insert into marts.kpi_daily (kpi_id, org_code, value) values ('n{i}', '990101', {i})")
            published(working)
        assert not first.file.exists()
        assert reader.execute("select kpi_id, value from marts.kpi_daily").fetchall() == [("a", 1), ("b", 2)]
    assert ask(working.published / "current.duckdb", "select count(*) from marts.kpi_daily") == [
        (GENERATIONS_KEPT + 3,)
    ]


def test_a_home_that_was_copied_with_its_links_followed_publishes(working: Settings) -> None:
    published(working)
    link = working.published / "current"
    link.unlink()
    link.mkdir()
    (link / "kpis.xlsx").write_bytes(b"copied")
    made = published(working)
    assert str(link.readlink()) == made.file.stem


def test_without_room_old_generations_go_and_the_newest_few_stay(working: Settings, clock: list[datetime]) -> None:
    working, names = replace(working, generations_bytes=0), []
    for _ in range(GENERATIONS_KEPT + 2):
        clock[0] += timedelta(minutes=1)
        made = published(working)
        moment = clock[0].timestamp()
        os.utime(made.file, (moment, moment))
        names.append(made.file.name)
    assert sorted(file.name for file in working.published.glob("sihe-*.duckdb")) == names[-GENERATIONS_KEPT:]
    copies = {file.name for file in working.published.glob("sihe-*") if file.is_dir()}
    assert copies == {name.removesuffix(".duckdb") for name in names[-GENERATIONS_KEPT:]}
    assert (current(working.published) or {})["file"] == names[-1]


def test_a_home_with_a_quote_in_its_name_can_publish(working: Settings) -> None:
    odd = replace(working, home=working.home.parent / "it's home")
    working.home.rename(odd.home)
    assert ask(published(odd).file, "select count(*) from marts.dim_date") == [(5,)]


def test_demo_data_are_marked_as_such(working: Settings) -> None:
    made = publish.publish(working, "v1", is_demo=True)
    assert ask(made.file, "select is_demo from meta.build") == [(True,)]


def test_before_the_first_publication_there_is_no_pointer(tmp_path: Path) -> None:
    assert current(tmp_path) is None


def test_a_figure_in_doubt_is_not_published_as_better(settings: Settings) -> None:
    settings.working_db.parent.mkdir(parents=True)
    figures = """
    delete from marts.kpi_period;
    insert into marts.kpi_period by name
    select 'a' as kpi_id, 'community' as org_level, org_code, as_of, period, band
    from (values ('990101001001'), ('990101001002')) as orgs (org_code)
    cross join (values (date '2024-01-04'), (date '2024-01-05')) as days (as_of)
    cross join (values ('7d', 'better'), ('30d', 'better'), ('month', 'worse'), ('year', null)) as bands (period, band);
    create table marts.kpi_doubt as select 'a' as kpi_id, 'community' as org_level, '990101001001' as org_code,
        date '2024-01-05' as as_of, 'instant_close' as sentinel;
    """
    change(settings, WORKING + figures)
    file = published(settings).file
    doubted = "org_code = '990101001001' and as_of = date '2024-01-05'"
    query = "select {}, period, band, count(*) from marts.kpi_period where band is not null group by all order by all"
    assert ask(file, query.format(doubted)) == [
        (False, "30d", "better", 3), (False, "7d", "better", 3), (False, "month", "worse", 3),
        (True, "30d", "same", 1), (True, "7d", "same", 1), (True, "month", "worse", 1),
    ]  # fmt: skip
