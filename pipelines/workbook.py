"""Reads sheets of workbooks, as a program of its own: `python -m pipelines.workbook BYTES`, its memory limited.

Belongs here: what must run apart from everything else, since a workbook can exhaust memory or abort its reader; the
other side is `reading.Workbooks`. A line of standard input is a request, `[path, [[sheet, header_row], …]]`; it is
answered by one message a sheet on standard output: a line `table N` or `refused N`, then N bytes. `[path, null]` asks
for the whole workbook: a message `names N`, the list of its sheets, then one for each, from its first row on. A table
is an Arrow file: `_row_number`, `_record_count`, then a String column a cell; its first row is the header. What is
refused is the reason, in UTF-8. `_record_count` is counted in the sheet's XML, apart from the parsing.
"""

import datetime as dt
import io
import json
import re
import resource
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import python_calamine

# Far more than any register has, far less than what a forged sheet claims.
MAX_WHOLE = 10**21
MAX_CELLS = 20_000_000
MAX_UNPACKED_BYTES = 1 << 30
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


# Rows and values as every common writer spells them; any other spelling is left to the XML parser, ten times slower.
_ROW = re.compile(rb"<row(?=[\s/>])([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]*)(\d+)"')
_ROW_AT = re.compile(rb'\br="(\d+)"')
_VALUE = re.compile(rb"<[vt](?: [^>]*)?>\s*[^<\s]")
_BLANK = re.compile(rb"<t(?: [^>]*)?(?:/>|>\s*</t>)")
_UNCOMMON = (b't="e"', b"<!", b"&#", b":row")


class Refused(Exception):
    """A workbook or a sheet that cannot be used, with the reason."""


def cell_text(value: object) -> str | None:
    """A cell as an export would spell it: a whole number by its digits, a date as ISO text, an empty cell as null."""
    if isinstance(value, str):
        return value.replace("_x000D_", "") or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Excel keeps 15 digits: an ID number in a number cell is rounded already, which its check digit tells.
        return str(int(value)) if value.is_integer() and abs(value) < MAX_WHOLE else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _scan_sheet(xml: bytes, blank: set[str], header_row: int) -> tuple[int, dict[tuple[int, int], str]]:
    """Counted in the sheet's own XML: rows below the header row with a cell that has a value, and the error cells.

    Error cells as (row, column) → text, such as #DIV/0!: the reader shows them as empty, which they are not.
    """
    if not blank and not any(sign in xml for sign in _UNCOMMON):
        return _count_rows(xml, header_row), {}
    count, row_at = 0, 0
    errors: dict[tuple[int, int], str] = {}
    for _, node in ET.iterparse(io.BytesIO(xml)):
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


def _count_rows(xml: bytes, header_row: int) -> int:
    count, row_at = 0, 0
    for row in _ROW.finditer(xml):
        told = _ROW_AT.search(row[1])
        row_at = int(told[1]) if told else row_at + 1
        count += row_at > header_row and row[2] is not None and _VALUE.search(row[2]) is not None
    return count


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
    xml = archive.read("xl/sharedStrings.xml")
    if not _BLANK.search(xml) and not any(sign in xml for sign in (b"<!", b"&#", b":si")):
        return set()
    strings = [node for _, node in ET.iterparse(io.BytesIO(xml)) if node.tag == f"{_MAIN}si"]
    return {str(i) for i, node in enumerate(strings) if not "".join(node.itertext()).strip()}


def _column_number(reference: str) -> int:
    """AB7 → 28; 0 where a cell has no reference."""
    letters = reference.rstrip("0123456789")
    return sum((ord(letter) - 64) * 26**i for i, letter in enumerate(reversed(letters)))


def read_sheets(data: bytes, sheets: Sequence[tuple[str, int]]) -> Iterator[pl.DataFrame | Refused]:
    """Each (sheet, header row) of a workbook, in that order: the sheet from its header row on (all of it where that is
    0), empty rows left out, or why it cannot be used. What is wrong with the workbook is said of every sheet."""
    try:
        archive, book = _open(data)
    except Refused as refused:
        yield from [refused] * len(sheets)
        return
    for sheet, header_row in sheets:
        try:
            yield _read_sheet(archive, book, sheet, header_row)
        except Refused as refused:
            yield refused


def _open(data: bytes) -> tuple[zipfile.ZipFile, python_calamine.CalamineWorkbook]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = archive.namelist()
    except zipfile.BadZipFile:
        raise Refused("is cut off or no Excel workbook") from None
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise Refused("unpacks to more than 1 GiB")
    if "xl/workbook.xml" not in names:
        raise Refused("is no Excel workbook")
    try:
        return archive, python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:
        raise Refused(f"the workbook cannot be read ({type(error).__name__})") from None


def _read_sheet(
    archive: zipfile.ZipFile, book: python_calamine.CalamineWorkbook, sheet: str, header_row: int
) -> pl.DataFrame:
    if sheet not in book.sheet_names:
        raise Refused(f"has no sheet '{sheet}'")
    try:
        xml = archive.read(_part_of(archive, sheet))
        _refuse_huge(xml)
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        count, errors = _scan_sheet(xml, _blank_strings(archive), header_row)
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"the sheet '{sheet}' cannot be read ({type(error).__name__})") from None
    numbers: list[int] = []
    texts: list[list[str | None]] = []
    if header_row == 0:
        width = max(map(len, rows), default=0)
    else:
        if len(rows) < header_row:
            raise Refused(f"the sheet '{sheet}' has no header in row {header_row}")
        header = [cell_text(value) for value in rows[header_row - 1]]
        width = max((i + 1 for i, name in enumerate(header) if name), default=0)
        if width == 0:
            raise Refused(f"the sheet '{sheet}' has no header in row {header_row}")
        numbers, texts = [header_row], [header[:width]]
    for number, row in enumerate(rows[header_row:], header_row + 1):
        cells = [cell_text(value) for value in row]
        if errors:
            cells = [cell or errors.get((number, i)) for i, cell in enumerate(cells, 1)]
        if any(cells[width:]):
            raise Refused(f"row {number}: a value stands right of the header")
        if any(cell and cell.strip() for cell in cells):
            numbers.append(number)
            texts.append(cells[:width])
    columns = {f"c{i}": [row[i] for row in texts] for i in range(width)}
    return pl.DataFrame(
        {"_row_number": numbers, "_record_count": [count] * len(texts), **columns},
        schema={"_row_number": pl.Int64, "_record_count": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )


def _refuse_huge(xml: bytes) -> None:
    """A cell at XFD1048576 makes a reader allocate the whole sheet: look at the claimed extent first."""
    claimed = _REFERENCE.findall(xml)
    right = max((_column_number(letters.decode()) for letters in {letters for letters, _ in claimed}), default=0)
    bottom = max(map(int, {digits for _, digits in claimed}), default=0)
    if right * bottom > MAX_CELLS:
        raise Refused(f"the sheet claims {right} columns and {bottom} rows")


def main() -> None:
    """Answers requests until standard input ends."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        path, sheets = json.loads(line)
        data = Path(path).read_bytes()
        if sheets is None:
            sheets = [(name, 0) for name in _names(data)]
            message = json.dumps([name for name, _ in sheets]).encode()
            out.write(f"names {len(message)}\n".encode() + message)
        for answer in read_sheets(data, [(name, row) for name, row in sheets]):
            if isinstance(answer, Refused):
                kind, message = "refused", str(answer).encode()
            else:
                buffer = io.BytesIO()
                answer.write_ipc(buffer)
                kind, message = "table", buffer.getvalue()
            out.write(f"{kind} {len(message)}\n".encode() + message)
            out.flush()


def _names(data: bytes) -> list[str]:
    try:
        return list(_open(data)[1].sheet_names)
    except Refused:
        return []


if __name__ == "__main__":
    main()
