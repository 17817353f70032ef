"""Queries to a small publication: what a query cannot do, the format of results, copies on request."""

import csv
import io
import stat
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner

from pipelines.commands import cli
from pipelines.publication import copies, publish
from pipelines.publication import query as asking
from pipelines.publication.query import Answer
from pipelines.settings import Settings
from tests.formulas import FORMULAS, TEXTS
from tests.unit.publication.test_publish import FORMULA, NOW, WORKING, describe


@pytest.fixture
def published(settings: Settings) -> Path:
    """The publication of the hand-made working database."""
    settings.working_db.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.working_db)) as connection:
        connection.execute(WORKING)
    describe(settings)
    publish.publish(replace(settings, clock=lambda: NOW), "v1", is_demo=True)
    return settings.published


@pytest.mark.parametrize(
    "query",
    [
        "insert into marts.kpi_daily values ('c', '990101', 3)",
        "drop table marts.kpi_daily",
        "create table marts.other as select 1",
        "copy marts.kpi_daily to '{folder}/stolen.csv'",
        "select * from read_text('{folder}/current.json')",
        "attach '{folder}/new.duckdb'",
        "export database '{file}.tmp' (format parquet)",
        "explain analyze EXPORT DATABASE '{file}.tmp'",
        "prepare written as export database '{file}.tmp'",
        "attach '{file}.tmp/new.duckdb' as new (read_only false)",
        "set enable_external_access = true",
        "select * from nowhere",
        "not sql",
    ],
)
def test_a_question_changes_nothing_and_reaches_nothing_else(published: Path, query: str) -> None:
    before = sorted(file.name for file in published.iterdir())
    file = (published / "current.duckdb").resolve()
    with pytest.raises(duckdb.Error):
        asking.ask(published, query.format(folder=published, file=file))
    assert sorted(file.name for file in published.iterdir()) == before


def test_a_question_is_answered_from_the_generation_that_the_pointer_names(published: Path) -> None:
    answer = asking.ask(published, "select kpi_id, value from marts.kpi_daily")
    assert answer == Answer(["kpi_id", "value"], [("a", 1), ("b", 2)])
    cut = asking.ask(published, "select kpi_id from marts.kpi_daily", most_rows=1)
    assert (cut.rows, cut.is_cut) == ([("a",)], True)


def test_text_is_shown_in_columns_cut_where_it_is_long_and_gives_a_terminal_no_orders() -> None:
    answer = Answer(["名称", "n"], [("英达路社区" * 20, 1.5), ("a\x1b[31m\nb", 12), (None, None)])
    head, rule, long, odd, empty = asking.as_text(answer, widest=11).split("\n")
    assert (head, rule) == ("名称           n", "-----------  ---")
    assert (long, odd, empty) == ("英达路社区…  1.5", "a [31m b      12", "")


def test_an_answer_without_rows_is_its_head() -> None:
    assert asking.as_text(Answer(["a", "b"], [])) == "a  b\n-  -"


def test_csv_has_every_row_and_no_formula() -> None:
    rows = [(FORMULA, -1.5), ("a\nb", None), ("x", date(2024, 1, 5)), ("y", Decimal("-2.50")), (timedelta(-1), True)]
    text = asking.as_csv(Answer(["=a", "b"], rows))
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=a", "b"], [f"'{FORMULA}", "-1.5"], ["a\nb", ""], ["x", "2024-01-05"], ["y", "-2.50"],
        ["'-1 day, 0:00:00", "True"],
    ]  # fmt: skip


def test_no_way_out_takes_a_formula_along_and_all_leave_other_text_alone(tmp_path: Path) -> None:
    """As names of columns and as cells: a result as CSV, files of whole tables, a workbook's cell."""
    texts = [*FORMULAS, *TEXTS]
    out = [*(f"'{text}" for text in FORMULAS), *TEXTS]
    assert [copies.safe(text) for text in texts] == out
    assert list(csv.reader(io.StringIO(asking.as_csv(Answer(texts, [tuple(texts)])), newline=""))) == [out, out]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.said (nth integer, text varchar, less decimal(9, 2), ago interval, list varchar[])"
        )
        connection.executemany(
            "insert into marts.said values (?, ?, -2.5, interval '-1' day, ['=1'])", list(enumerate(texts))
        )
        copies.write_csv(connection, tmp_path)
    with (tmp_path / "marts" / "said.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["nth"]))
    assert [row["text"] for row in rows] == out
    assert {(row["less"], row["ago"], row["list"]) for row in rows} == {("-2.50", "'-1 day", "['=1']")}


def test_names_of_columns_are_no_formulas_in_files_of_whole_tables(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute('create table marts.odd ("=1+1" integer, "＠x" varchar)')
        copies.write_csv(connection, tmp_path)
    assert (tmp_path / "marts" / "odd.csv").read_text(encoding="utf-8") == "\ufeff'=1+1,'＠x\n"


def test_the_catalog_is_asked_by_any_name_of_a_table(published: Path) -> None:
    tables = asking.catalog(published, None)
    assert ("marts.kpi_daily", "指标日值", "a KPI, org and day") in tables.rows
    by_name = asking.catalog(published, "kpi_daily")
    assert by_name == asking.catalog(published, "marts.kpi_daily") == asking.catalog(published, "指标日值")
    assert by_name == asking.catalog(published, "zh.指标日值")
    assert [row[0] for row in by_name.rows][:4] == ["marts.kpi_daily", "kpi_id", "org_code", "value"]
    assert asking.catalog(published, "nothing").rows == []


def test_an_export_holds_every_table_and_is_made_once(published: Path, tmp_path: Path) -> None:
    made = asking.export(published, tmp_path / "out", "parquet")
    assert made == tmp_path / "out" / "sihe-20240106-063015-parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(f"select * from '{made}/marts/kpi_daily.parquet'").fetchall()
    assert rows == asking.ask(published, "from marts.kpi_daily").rows
    copies = {str(file.relative_to(made)) for file in made.rglob("*") if file.is_file()}
    tables = asking.ask(published, "select table_name from meta.catalog where data_type = 'table'").rows
    assert copies == {f"{str(name).replace('.', '/')}.parquet" for (name,) in tables}
    with pytest.raises(FileExistsError):
        asking.export(published, tmp_path / "out", "parquet")
    assert [file.name for file in (tmp_path / "out").iterdir()] == [made.name]


def test_csv_files_open_in_a_spreadsheet_with_chinese_and_without_formulas(published: Path, tmp_path: Path) -> None:
    made = asking.export(published, tmp_path, "csv")
    raw = (made / "marts" / "dim_org.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbforg_level,")
    assert list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))) == [
        {"org_level": "district", "org_code": "990101", "org_name": f"'{FORMULA}", "parent_code": ""}
    ]


def test_the_workbook_has_the_kpis_month_by_month_with_a_cover_and_no_formula(published: Path) -> None:
    made = published / "sihe-20240106-063015" / "kpis.xlsx"
    book = openpyxl.load_workbook(made)
    assert book.sheetnames == ["封面", "全区", "镇街2024-01", "社区2024-01", "指数", "口径"]
    cover = {row[0].value: row[1].value for row in book["封面"].iter_rows(min_row=3)}
    assert cover["数据期间"] == "2024-01-01至2024-01-05"
    assert cover["数据性质"] == "演示数据，人物、事件与数字均为虚构"
    assert cover["数据来源"] == "平台，共1个数据集"
    heads, row = list(book["全区"].iter_rows(min_row=3, values_only=True))
    assert heads == ("类型", "指标", "计量单位", "2024年1月（1日至5日）")
    assert row == ("平安", "'-结案率", "percent", 75)
    assert book["全区"]["D4"].number_format == '0.0"*"', "the sample is small"
    assert [cell.value for cell in book["指数"][4]] == [
        "district",
        None,
        f"'{FORMULA}",
        None,
        65,
        None,
        None,
        None,
        None,
    ]
    defined = dict(zip(*(list(book["口径"].iter_rows(min_row=3, values_only=True))), strict=True))
    assert (defined["分子"], defined["数据来源"], defined["责任单位"]) == ("'+分子", "数据", "某局")
    # What is in force in the district on the newest day; what the KPI is defined with is said.
    assert (defined["红线"], defined["目标"], defined["卓越"]) == (75, 95, 98)
    assert defined["注意"] == "本地另定目标；指标登记值（红线/目标/卓越）为70/90/98。"
    kinds = {cell.data_type for page in book for cells in page.iter_rows() for cell in cells}
    assert kinds <= {"s", "n", "d"}
    assert stat.S_IMODE(made.stat().st_mode) == 0o444


def test_every_sheet_of_the_workbook_is_one_page_wide_with_its_heads_repeated(published: Path) -> None:
    book = openpyxl.load_workbook(published / "sihe-20240106-063015" / "kpis.xlsx")
    for page in book:
        assert page.print_area, page.title
        assert page.page_setup.paperSize == 9
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToHeight == 0, "as many pages as it needs"
        assert page.print_title_rows, page.title
        heads = [cell.value for cell in page[3] if cell.value]
        assert len(heads) == len(set(heads)), page.title


def test_the_commands_answer_and_say_what_is_wrong(published: Path, tmp_path: Path) -> None:
    def sihe(*arguments: str, home: Path = published.parent) -> tuple[int, str]:
        ended = CliRunner().invoke(cli.main, [*arguments, "--home", str(home)])
        return ended.exit_code, ended.output

    assert sihe("query", "select 1 as a, 'x' as b") == (0, "a  b\n-  -\n1  x\n")
    assert sihe("query", "select 1 as a, 'x' as b", "--csv") == (0, "a,b\n1,x\n")
    assert sihe("query", "select range as n from range(1001)")[1].endswith("\n1000\n"), "nothing is cut in a pipe"
    assert f" {'x' * 70}\n" in sihe("query", "select 1 as a, repeat('x', 70) as b")[1]
    many = sihe("query", "select range as n, '=1' as t from range(25_000)", "--csv")[1].splitlines()
    assert (len(many), many[:2], many[-1]) == (25_001, ["n,t", "0,'=1"], "24999,'=1")
    code, said = sihe("query", "drop table marts.kpi_daily")
    assert code == 1
    assert "read-only" in said
    assert "kpi_daily" in sihe("catalog")[1]
    assert sihe("catalog", "nothing")[0] == 2
    assert "did you mean 'kpi_daily'?" in sihe("catalog", "kpi_dayly")[1]
    for nothing in ("", " ", "/* only a remark */"):
        assert sihe("query", nothing) == (1, "Error: the query is empty\n")
    code, said = sihe("export", "--to", str(tmp_path / "out"), "--format", "xlsx")
    assert (code, Path(said.strip()).name) == (0, "sihe-20240106-063015-xlsx")
    assert sihe("export", "--to", str(tmp_path / "out"), "--format", "xlsx")[0] == 1
    (tmp_path / "empty").mkdir()
    for command in (("query", "select 1"), ("catalog",), ("export", "--to", str(tmp_path))):
        code, said = sihe(*command, home=tmp_path / "empty")
        assert (code, "nothing is published yet" in said) == (1, True)
