"""The description of a publication: names, grain and descriptions from comments, and the texts in dbt's yml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.publication import catalog
from pipelines.publication.catalog import Entry
from pipelines.settings import DBT_DIR

PUBLISHED = """
create schema marts; create schema meta;
create table marts.kpi_daily (kpi_id varchar, n double, "Order" date, extra bigint);
insert into marts.kpi_daily values ('a', 1.5, date '2024-01-01', 7);
create view marts.kpi_newest as select kpi_id, n from marts.kpi_daily;
comment on table marts.kpi_daily is '指标日值：每个指标一行 · One row a KPI and day on which it''s known.';
comment on column marts.kpi_daily.kpi_id is '指标编码 · KPI id';
comment on column marts.kpi_daily.n is '面积(平方公里) · Area: square kilometres · more';
comment on column marts.kpi_daily."Order" is '指标编码 · The same words again';
comment on view marts.kpi_newest is '最新 · Newest: one row a KPI (the newest one).';
"""


@pytest.fixture
def described() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(PUBLISHED)
        catalog.describe(connection)
        yield connection


def entry(table: str, column: str = "", comment: str = "") -> Entry:
    return Entry("marts", table, column, 0, "varchar", comment)


def test_every_table_view_and_column_is_in_the_catalog_and_so_is_the_catalog(
    described: duckdb.DuckDBPyConnection,
) -> None:
    rows = described.execute(
        "select table_name, column_name, position, data_type, zh from meta.catalog where table_name not like 'meta.%'"
    ).fetchall()
    assert rows == [
        ("marts.kpi_daily", None, 0, "table", "指标日值"),
        ("marts.kpi_daily", "kpi_id", 1, "varchar", "指标编码"),
        ("marts.kpi_daily", "n", 2, "double", "面积(平方公里)"),
        ("marts.kpi_daily", "Order", 3, "date", "指标编码（Order）"),
        ("marts.kpi_daily", "extra", 4, "bigint", "extra"),
        ("marts.kpi_newest", None, 0, "view", "最新"),
        ("marts.kpi_newest", "kpi_id", 1, "varchar", "kpi_id"),
        ("marts.kpi_newest", "n", 2, "double", "n"),
    ]
    own = described.execute("select count(*), count(description) from meta.catalog where table_name = 'meta.catalog'")
    assert own.fetchall() == [(9, 9)]


def test_descriptions_are_the_two_halves_of_the_comment_and_the_grain_is_in_it(
    described: duckdb.DuckDBPyConnection,
) -> None:
    rows = described.execute(
        "select description_zh, description, grain from meta.catalog where table_name like 'marts.%'"
        " and (column_name is null or column_name in ('n', 'extra')) order by table_name, position"
    ).fetchall()
    assert rows == [
        ("指标日值：每个指标一行", "One row a KPI and day on which it's known.", "a KPI and day on which it's known"),
        ("面积(平方公里)", "Area: square kilometres · more", None),
        (None, None, None),
        ("最新", "Newest: one row a KPI (the newest one).", "a KPI"),
        (None, None, None),
    ]


def test_views_under_chinese_names_show_the_same_rows_and_say_where_they_come_from(
    described: duckdb.DuckDBPyConnection,
) -> None:
    assert described.execute(
        'select 指标编码, "面积(平方公里)", 指标编码（Order）, extra from zh.指标日值'
    ).fetchall() == (described.execute("select * from marts.kpi_daily").fetchall())
    assert described.execute("select 指标编码 from zh.指标日值, zh.最新 where 指标编码 = kpi_id").fetchall() == [("a",)]
    assert described.execute("select comment from duckdb_views() where view_name = '指标日值'").fetchall() == [
        ("marts.kpi_daily：指标日值：每个指标一行 · One row a KPI and day on which it's known.",)
    ]
    assert described.execute(
        "select comment from duckdb_columns() where schema_name = 'zh' and column_name = '面积(平方公里)'"
    ).fetchall() == [("n：面积(平方公里) · Area: square kilometres · more",)]


def test_a_name_that_is_taken_gets_the_english_one_behind_it_whatever_its_case() -> None:
    entries = [entry("a", comment="KPI表 · x"), entry("b", comment="kpi表 · x"), entry("c", comment="")]
    assert list(catalog.chinese_names(entries).values()) == ["KPI表", "kpi表（b）", "c"]


def test_the_same_column_name_in_two_tables_is_no_clash() -> None:
    entries = [entry("a", "x", "日期 · Day"), entry("b", "x", "日期 · Day")]
    assert list(catalog.chinese_names(entries).values()) == ["日期", "日期"]


# ---------------------------------------------------------------- the words in the yml


def models() -> list[dict[str, Any]]:
    files = [file for folder in ("marts", "meta") for file in (DBT_DIR / "models" / folder).rglob("*.yml")]
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(files)]
    return [model for document in documents for model in document.get("models", [])]


MODELS = {model["name"]: model for model in models()}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_published_model_is_described_in_both_languages_with_its_grain(name: str) -> None:
    model = MODELS[name]
    table = entry(name, comment=model["description"])
    columns = [entry(name, column["name"], column["description"]) for column in model["columns"]]
    for one in (table, *columns):
        assert one.description_zh.partition("：")[0].strip(), one
        assert one.description.strip(), one
    assert table.grain, model["description"]
    names = catalog.chinese_names(columns)
    assert [one.column for one in columns if names[one] != one.description_zh.partition("：")[0].strip()] == []


def test_no_two_published_models_have_the_same_chinese_name() -> None:
    files = [file.stem for folder in ("marts", "meta") for file in (DBT_DIR / "models" / folder).rglob("*.sql")]
    assert sorted(files) == sorted(MODELS)
    heads = [model["description"].partition("：")[0].partition(" · ")[0] for model in MODELS.values()]
    assert len(set(heads)) == len(heads)


def test_every_question_has_its_answer_and_is_asked_in_both_languages() -> None:
    folder: Path = DBT_DIR / "analyses"
    asked = yaml.safe_load((folder / "_recipes.yml").read_text(encoding="utf-8"))["analyses"]
    assert sorted(one["name"] for one in asked) == sorted(file.stem for file in folder.glob("*.sql"))
    assert len(asked) >= 20
    for one in asked:
        texts = [one["description"], *([one["config"]["meta"]["empty"]] if "config" in one else [])]
        assert all(len(text.split(" · ")) == 2 for text in texts), one["name"]
