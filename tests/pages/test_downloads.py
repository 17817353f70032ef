"""Downloads: what a spreadsheet must not run, what it must not lose, and the scope that every file states."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import streamlit as st

import downloads
from downloads import Sheets, Table
from language import words
from reader import context
from reader.view import View
from tests.formulas import FORMULAS, TEXTS, begins_like_a_formula

SCOPE = [("时间", "近30日 2026-10-23 — 2026-11-21"), ("链接", "http://127.0.0.1:8501/?p=30d&vs=prev")]
SHEETS = Sheets("数据", "范围", ("12 个达标", "演示数据 · 渭滨区 · 近30日 · 数据截至 11月21日"), "第 &P 页")
TABLE = Table(
    ("名称", "数值", "日期", "时刻"),
    [("英达路社区", -3.5, date(2026, 11, 21), datetime(2026, 11, 21, 8, 15)), ("=cmd()", None, None, None)],
)


@pytest.mark.parametrize(
    ("here", "address", "link"),
    [
        ("http://127.0.0.1:8501/events", "https://zhili.example.cn", "https://zhili.example.cn/events?"),
        ("http://127.0.0.1:8501/", "https://zhili.example.cn/sihe/", "https://zhili.example.cn/sihe/?"),
        ("https://zhili.example.cn/events", "", "https://zhili.example.cn/events?"),
    ],
)
def test_a_file_s_link_is_that_which_others_open(
    monkeypatch: pytest.MonkeyPatch, here: str, address: str, link: str
) -> None:
    monkeypatch.setenv("SIHE_ADDRESS", address)
    monkeypatch.setattr(st, "context", SimpleNamespace(url=here))
    nothing: Any = None
    shown = context.Context(
        nothing, nothing, {}, View(org="990101001", period="7d"), words.Speaker("zh", {}), datetime(2026, 11, 29)
    )
    assert shown.link().startswith(link)
    assert "990101001" in shown.link() and "7d" in shown.link()
    assert not shown.link().endswith(words.Speaker("zh", {})("scope.link_local"))


def test_a_link_that_only_this_machine_opens_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIHE_ADDRESS", raising=False)
    monkeypatch.setattr(st, "context", SimpleNamespace(url="http://127.0.0.1:8501/events"))
    nothing: Any = None
    shown = context.Context(nothing, nothing, {}, View(), words.Speaker("zh", {}), datetime(2026, 11, 29))
    assert shown.link().startswith("http://127.0.0.1:8501/events")
    assert shown.link().endswith(shown.t("scope.link_local"))


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert downloads.safe(text) == f"'{text}"


@pytest.mark.parametrize("cell", [*TEXTS, None, -3, -2.5, Decimal("-2.50"), True, date(2026, 1, 1)])
def test_everything_else_stays(cell: downloads.Cell) -> None:
    assert downloads.safe(cell) is cell


def test_a_csv_opens_as_utf_8_and_states_its_scope() -> None:
    content = downloads.as_csv(TABLE, SCOPE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["名称", "数值", "日期", "时刻"]
    assert rows[1][:2] == ["英达路社区", "-3.5"]
    assert rows[2] == ["'=cmd()", "", "", ""]
    assert rows[4:] == [list(line) for line in SCOPE]


def test_no_cell_of_a_csv_begins_like_a_formula() -> None:
    table = Table(tuple(FORMULAS), [tuple(FORMULAS)])
    content = downloads.as_csv(table, [("=x", "＠y")]).decode("utf-8-sig")
    head, row, _, scope = csv.reader(io.StringIO(content, newline=""))
    assert head == row == [f"'{text}" for text in FORMULAS]
    assert scope == ["'=x", "'＠y"]


def test_a_workbook_keeps_types_and_runs_nothing() -> None:
    table = Table(
        tuple(FORMULAS),
        [
            tuple(FORMULAS),
            (1, -2.5, True, date(2026, 11, 21), datetime(2026, 11, 21, 8), Decimal("-2.50"), None, "http://x.example")
            + (None,) * (len(FORMULAS) - 8),
        ],
    )
    book = openpyxl.load_workbook(io.BytesIO(downloads.as_xlsx(table, SCOPE, SHEETS)))
    assert book.sheetnames == ["数据", "范围"]
    cells = [cell for row in book["数据"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert not [cell for cell in cells if isinstance(cell.value, str) and begins_like_a_formula(cell.value)]
    assert [cell.value for cell in book["数据"][5]][:6] == [
        1,
        -2.5,
        True,
        datetime(2026, 11, 21),
        datetime(2026, 11, 21, 8),
        -2.5,
    ]
    assert [[cell.value for cell in row] for row in book["范围"].iter_rows()] == [list(line) for line in SCOPE]


def test_an_empty_table_is_still_a_file() -> None:
    empty = Table(("名称",), [])
    assert openpyxl.load_workbook(io.BytesIO(downloads.as_xlsx(empty, SCOPE, SHEETS)))["数据"]["A3"].value == "名称"
    assert downloads.as_csv(empty, SCOPE).decode("utf-8-sig").startswith("名称")


def test_a_workbook_opens_as_a_report_and_prints_with_its_scope() -> None:
    table = Table(
        ("名称", "件数", "率（%）", "得分"),
        [("英达路社区", 11833, 89.1, 70.25), ("宝光社区", 2, 100.0, 1.0)],
    )
    sheet = openpyxl.load_workbook(io.BytesIO(downloads.as_xlsx(table, SCOPE, SHEETS)))["数据"]
    assert (sheet["A1"].value, sheet["A2"].value) == SHEETS.heading
    assert [sheet.cell(4, column).number_format for column in (2, 3, 4)] == ["#,##0", "#,##0.0", "#,##0.00"]
    assert {cell.font.name for row in sheet.iter_rows() for cell in row if cell.value} == {"微软雅黑"}
    assert sheet.print_title_rows == "$1:$3" and sheet.page_setup.orientation == "landscape"
    assert sheet.oddFooter.center.text == "第 &P 页"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("58 个社区中 24 个达标", "全区", "20261128"), "58 个社区中 24 个达标-全区-20261128"),
        (("一/二：<三>?", "", "."), "一 二： 三  -"),
    ],
)
def test_a_file_is_named_after_what_it_says(parts: tuple[str, ...], name: str) -> None:
    assert downloads.file_name(*parts) == name
