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


def as_xlsx(table: Table, scope: Scope, sheet: str, scope_sheet: str) -> bytes:
    """One sheet with the table, one with the scope."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        for column, label in enumerate(table.columns):
            page.write_string(0, column, str(safe(label)), head)
            longest = max([_width(label), *(_width(row[column]) for row in table.rows[:200])])
            page.set_column(column, column, min(48, longest + 2))
        for number, row in enumerate(table.rows, 1):
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, moment)
                elif isinstance(cell, date):
                    page.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, bool):
                    page.write_boolean(number, column, cell)
                elif isinstance(cell, int | float | Decimal):
                    page.write_number(number, column, cell)
                else:
                    page.write_string(number, column, str(safe(cell)))
        if table.rows:
            page.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        notes = book.add_worksheet(scope_sheet)
        notes.set_column(0, 0, 16)
        notes.set_column(1, 1, 90)
        for number, (label, text) in enumerate(scope):
            notes.write_string(number, 0, str(safe(label)), head)
            notes.write_string(number, 1, str(safe(text)))
    return out.getvalue()


def _width(cell: Cell) -> int:
    """Width in columns of a monospaced font: a Chinese character takes two."""
    text = "" if cell is None else f"{cell}"
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
