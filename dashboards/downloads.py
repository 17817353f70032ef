"""Tables as files: XLSX first, CSV with a byte order mark for those who need it, both with their scope and safe to open
in a spreadsheet.

Belongs here: tables, scope, bytes. Does not belong here: the content of the tables (the pages), buttons
(components/panel.py).
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from unicodedata import category

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | None

# Some spreadsheets take a cell that begins like this for a formula: Excel treats full-width characters as ASCII, tabs
# and line ends hide one, and blanks and invisible characters may be removed before the file is opened.
RISKY = tuple("=+-@＝＋－＠")
ENDS = ("\t", "\r", "\n")
UNSEEN_KINDS = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: int = 0
    """How many rows there are, where a query lists only the first of them."""

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


Scope: TypeAlias = Sequence[tuple[str, str]]
"""What a file is about, one line each: period, area, comparison, data as of, definition version, link."""


def safe(cell: Cell) -> Cell:
    """Adds a leading apostrophe to text that a spreadsheet could take for a formula. Numbers stay numbers."""
    if cell is None or isinstance(cell, int | float | Decimal | date):
        return cell
    text = str(cell)
    seen = next((sign for sign in text if sign not in UNSEEN and category(sign) not in UNSEEN_KINDS), "")
    return f"'{text}" if seen in RISKY or text.startswith(ENDS) else text


def as_csv(table: Table, scope: Scope) -> bytes:
    """The table, an empty line, the scope. With a BOM: without it Excel reads Chinese in the wrong encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe(column) for column in table.columns])
    for row in table.rows:
        writer.writerow(["" if cell is None else safe(cell) for cell in row])
    writer.writerow([])
    for label, text in scope:
        writer.writerow([safe(label), safe(text)])
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True)
class Sheets:
    """What a workbook says around its table. heading: title, and one line with area, days and data as of."""

    table: str
    scope: str
    heading: tuple[str, str]
    page: str = "&P / &N"
    """At the foot of every printed page."""


HEAD = 2
"""The row of the column heads, from 0: the heading is above it."""


def as_xlsx(table: Table, scope: Scope, sheets: Sheets) -> bytes:
    """A report: a sheet with the heading and the table, ready to print, and one with the scope."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "微软雅黑", "font_size": 10},
    }
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        page = book.add_worksheet(sheets.table)
        page.write_string(0, 0, str(safe(sheets.heading[0])), book.add_format({"bold": True, "font_size": 14}))
        page.write_string(1, 0, str(safe(sheets.heading[1])), book.add_format({"font_color": "#64727F"}))
        page.freeze_panes(HEAD + 1, 0)
        for column, label in enumerate(table.columns):
            cells = [row[column] for row in table.rows]
            page.write_string(HEAD, column, str(safe(label)), head)
            page.set_column(column, column, min(48, max(_width(cell) for cell in (label, *cells[:200])) + 2))
            form = book.add_format({"num_format": number_format(cells), "valign": "top"})
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"})
            day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
            for number, cell in enumerate(cells, HEAD + 1):
                _write(page, number, column, cell, moment if isinstance(cell, datetime) else day, form)
        if table.rows:
            page.autofilter(HEAD, 0, HEAD + len(table.rows), len(table.columns) - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0, HEAD)
        page.set_footer(f"&C{sheets.page}")
        notes = book.add_worksheet(sheets.scope)
        notes.set_column(0, 0, 16)
        notes.set_column(1, 1, 90)
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for number, (label, text) in enumerate(scope):
            notes.write_string(number, 0, str(safe(label)), head)
            notes.write_string(number, 1, str(safe(text)), wrapped)
    return out.getvalue()


def number_format(cells: Sequence[Cell]) -> str:
    """Thousands, and as many decimals as a column of values needs: none, one or two."""
    numbers = [cell for cell in cells if isinstance(cell, float | Decimal)]
    decimals = next((n for n in (0, 1) if all(round(cell, n) == cell for cell in numbers)), 2)
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def file_name(*parts: str) -> str:
    """A name that every system accepts."""
    text = "-".join(part for part in parts if part)
    return "".join(" " if sign in '\\/:*?"<>|' or not sign.isprintable() else sign for sign in text).strip(" .")


def _write(page: Worksheet, row: int, column: int, cell: Cell, dated: Format, form: Format) -> None:
    if isinstance(cell, datetime):
        page.write_datetime(row, column, cell, dated)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), dated)
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        page.write_number(row, column, cell, form)
    elif cell is not None:
        page.write_string(row, column, str(safe(cell)))


def _width(cell: Cell) -> int:
    """Width in columns of a monospaced font: a Chinese character takes two."""
    text = "" if cell is None else f"{cell}"
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
