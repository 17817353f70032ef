"""Reads one sheet of a workbook, as a program of its own: `python -m pipelines.workbook FILE SHEET HEADER_ROW BYTES`.

Belongs here: what must run apart from everything else, since a workbook can exhaust memory or abort its reader.
Writes an Arrow file to standard output: `_row_number`, `_record_count`, then a String column a cell; its first row is
the header. Exit 3: the reason, in UTF-8. `_record_count` is counted in the sheet's XML, apart from the parsing.
"""

import datetime as dt
import io
import re
import resource
import sys
import xml.etree.ElementTree as ET
import zipfile
from typing import NoReturn

import polars as pl
import python_calamine

# Far more than any register has, far less than what a forged sheet claims.
MAX_CELLS = 20_000_000
MAX_UNPACKED_BYTES = 1 << 30
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _refuse(reason: str) -> NoReturn:
    sys.stdout.buffer.write(reason.encode())
    sys.exit(3)


def cell_text(value: object) -> str | None:
    """A cell as an export would spell it: a whole number by its digits, a date as ISO text, an empty cell as null."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).replace("_x000D_", "")


def scan_sheet(archive: zipfile.ZipFile, sheet: str, header_row: int) -> tuple[int, dict[tuple[int, int], str]]:
    """Counted in the sheet's own XML: rows below the header row with a cell that has a value, and the error cells.

    Error cells as (row, column) → text, such as #DIV/0!: the reader shows them as empty, which they are not.
    """
    part = _part_of(archive, sheet)
    blank = _blank_strings(archive)
    count, row_at = 0, 0
    errors: dict[tuple[int, int], str] = {}
    with archive.open(part) as stream:
        for _, node in ET.iterparse(stream):
            if node.tag != f"{_MAIN}row":
                continue
            row_at = int(node.get("r") or row_at + 1)
            filled, column_at = False, 0
            for cell in node.iter(f"{_MAIN}c"):
                column_at = _column_number(cell.get("r") or "") or column_at + 1
                text = "".join(leaf.text or "" for leaf in cell.iter() if leaf.tag in (f"{_MAIN}v", f"{_MAIN}t"))
                filled = filled or (bool(text.strip()) and not (cell.get("t") == "s" and text in blank))
                if cell.get("t") == "e":
                    errors[row_at, column_at] = text
            count += filled and row_at > header_row
            node.clear()
    return count, errors


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name in the archive of a sheet's XML."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    relation = next(node.get(_RELATION) for node in book.iter(f"{_MAIN}sheet") if node.get("name") == sheet)
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(node.get("Target") or "" for node in links if node.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _blank_strings(archive: zipfile.ZipFile) -> set[str]:
    """Numbers of the shared strings that hold nothing but spaces."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return set()
    with archive.open("xl/sharedStrings.xml") as stream:
        strings = [node for _, node in ET.iterparse(stream) if node.tag == f"{_MAIN}si"]
    return {str(i) for i, node in enumerate(strings) if not "".join(node.itertext()).strip()}


def _column_number(reference: str) -> int:
    """AB7 → 28; 0 where a cell has no reference."""
    letters = reference.rstrip("0123456789")
    return sum((ord(letter) - 64) * 26**i for i, letter in enumerate(reversed(letters)))


def read_sheet(data: bytes, sheet: str, header_row: int) -> pl.DataFrame:
    """The sheet from its header row on, empty rows left out; refuses what is unusable (exit 3)."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = archive.namelist()
    except zipfile.BadZipFile:
        _refuse("is cut off or no Excel workbook")
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        _refuse("unpacks to more than 1 GiB")
    if "xl/workbook.xml" not in names:
        _refuse("is no Excel workbook")
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:
        _refuse(f"the workbook cannot be read ({type(error).__name__})")
    if sheet not in book.sheet_names:
        _refuse(f"has no sheet '{sheet}'")
    _refuse_huge(archive, _part_of(archive, sheet))
    try:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except Exception as error:
        _refuse(f"the sheet '{sheet}' cannot be read ({type(error).__name__})")
    if len(rows) < header_row:
        _refuse(f"the sheet '{sheet}' has no header in row {header_row}")
    header = [cell_text(value) for value in rows[header_row - 1]]
    width = max((i + 1 for i, name in enumerate(header) if name), default=0)
    if width == 0:
        _refuse(f"the sheet '{sheet}' has no header in row {header_row}")
    count, errors = scan_sheet(archive, sheet, header_row)
    numbers, texts = [header_row], [header[:width]]
    for number, row in enumerate(rows[header_row:], header_row + 1):
        cells = [cell_text(value) or errors.get((number, i)) for i, value in enumerate(row, 1)]
        if any(cells[width:]):
            _refuse(f"row {number}: a value stands right of the header")
        if any(cell and cell.strip() for cell in cells):
            numbers.append(number)
            texts.append(cells[:width])
    columns = {f"c{i}": [row[i] for row in texts] for i in range(width)}
    return pl.DataFrame(
        {"_row_number": numbers, "_record_count": [count] * len(texts), **columns},
        schema={"_row_number": pl.Int64, "_record_count": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )


def _refuse_huge(archive: zipfile.ZipFile, part: str) -> None:
    """A cell at XFD1048576 makes a reader allocate the whole sheet: look at the claimed extent first."""
    right, bottom = 0, 0
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 22):
            for letters, digits in re.findall(rb'\br="([A-Z]{1,3})(\d{1,7})"', chunk):
                right = max(right, _column_number(letters.decode()))
                bottom = max(bottom, int(digits))
    if right * bottom > MAX_CELLS:
        _refuse(f"the sheet claims {right} columns and {bottom} rows")


def main() -> None:
    path, sheet, header_row, memory = sys.argv[1:5]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    with open(path, "rb") as file:  # noqa: PTH123
        data = file.read()
    buffer = io.BytesIO()
    read_sheet(data, sheet, int(header_row)).write_ipc(buffer)
    sys.stdout.buffer.write(buffer.getvalue())


if __name__ == "__main__":
    main()
