"""Reads sheets of workbooks in a process with limited memory: `python -m pipelines.delivery.workbook_process BYTES`.

Belongs here: code that must run in a separate process, because a workbook can exhaust memory or abort its reader. The
other side is `workbook_reader.Workbooks`.

A line of standard input is a request, `[path, is_whole, [[sheet, header_row, kinds], …]]`; an empty one asks for the
answer `ready 0`. The answer on standard output is one message per sheet: a line `table N` or `refused N`, then N bytes.
is_whole asks for the whole workbook: a message `names N`, the list of its sheets, then one message per sheet, starting
with its first row; the sheets of the request only say which kinds of columns there are. A table is a `Sheet`, a refusal
the reason in UTF-8.

The child imports no polars: without it, it starts in 0.07 s of processor time in place of 0.21 s.
"""

import gc
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from pathlib import Path

import python_calamine

from pipelines.delivery import sheet_xml
from pipelines.delivery.cells import DATE, cell_text, text_of
from pipelines.delivery.sheet_xml import Merged, column_letters
from pipelines.delivery.signs import is_blank, plain_header, without_unseen
from pipelines.delivery.workbook_messages import Sheet, Wanted

# Far more than any register has, far less than a forged sheet claims.
MAX_CELLS = 20_000_000
MAX_UNPACKED_BYTES = 1 << 30
MERGED_SHOWN = 5
_SAVE_AGAIN = "open it in Excel or WPS and save it again as xlsx"
_DAMAGES: Mapping[type[BaseException], str] = {
    KeyError: "its part of the file is missing",
    StopIteration: "the workbook does not say which part it is",
    zipfile.BadZipFile: "its part of the file is cut off or changed",
}


class Refused(Exception):
    """A workbook or a sheet that cannot be used, with the reason."""


def read_sheets(data: bytes, sheets: Sequence[Wanted]) -> Iterator[Sheet | Refused]:
    """The sheets of a workbook, in that order: each without empty rows, or why it cannot be used. A fault of the whole
    workbook is returned for every sheet."""
    try:
        archive, book = _open(data)
    except Refused as refused:
        yield from [refused] * len(sheets)
        return
    for wanted in sheets:
        try:
            yield _read_sheet(archive, book, wanted)
        except Refused as refused:
            yield refused


def _open(data: bytes) -> tuple[zipfile.ZipFile, python_calamine.CalamineWorkbook]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = archive.namelist()
    except zipfile.BadZipFile:
        raise Refused("is cut off or no Excel workbook: export it again as xlsx") from None
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise Refused("unpacks to more than 1 GiB: deliver fewer rows, or another format")
    if "xl/workbook.xml" not in names:
        raise Refused("is no Excel workbook: export it as xlsx")
    try:
        if sheet_xml.is_strict(archive):
            raise Refused("is in the Strict form of xlsx: save it again as xlsx (not Strict)")
        return archive, python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Refused:
        raise
    except Exception:
        # The library's message may quote a cell.
        raise Refused(f"the workbook is damaged: {_SAVE_AGAIN}") from None


def _read_sheet(archive: zipfile.ZipFile, book: python_calamine.CalamineWorkbook, wanted: Wanted) -> Sheet:
    sheet, header_row = wanted.sheet, 0 if wanted.is_whole else wanted.header_row
    if sheet not in book.sheet_names:
        raise Refused(f"has no sheet '{sheet}': name the sheet so")
    try:
        part = sheet_xml.part_of(archive, sheet)
        xml = archive.read(part)
        right, bottom = (0, 0) if sheet_xml.is_near(xml) else sheet_xml.claimed_extent(xml)
        if right * bottom > MAX_CELLS:
            # A cell at XFD1048576 makes a reader allocate the whole sheet.
            raise Refused(f"the sheet claims {right} columns and {bottom} rows: delete what stands far from the table")
        if (readable := sheet_xml.with_errors_as_text(xml)) != xml:
            book = _with_part(archive, part, readable)
        # The library parses without Python's lock: what it does not report is looked for meanwhile.
        with ThreadPoolExecutor(1) as beside:
            try:
                looking = beside.submit(_unreported, archive, xml, readable, header_row)
            except RuntimeError as error:
                raise MemoryError("no thread can be started") from error
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            count, unreadable, merged = looking.result()
    except (Refused, MemoryError):  # too little memory is no damage
        raise
    except Exception as error:
        what = next((text for kind, text in _DAMAGES.items() if isinstance(error, kind)), "it is no sound XML")
        raise Refused(f"the sheet '{sheet}' is damaged ({what}): {_SAVE_AGAIN}") from None
    header: list[str | None] = []
    if header_row:
        header = [cell_text(value) for value in rows[header_row - 1]] if len(rows) >= header_row else []
        header = header[: max((i + 1 for i, name in enumerate(header) if name), default=0)]
        if not header:
            raise Refused(f"the sheet '{sheet}' has no header in row {header_row}: write the columns' names there")
    # Most cells are texts: a call for each costs as much as everything that the call does.
    cells = [
        [text_of(value) if isinstance(value, str) else cell_text(value) for value in row] for row in rows[header_row:]
    ]
    _heed_kinds(cells, rows, readable, wanted, header_row)
    _put_unreadable(cells, unreadable, header_row)
    filled = [_is_filled(row) for row in cells]
    _fill_merged(cells, filled, merged, header_row)
    width = len(header) if header_row else max(map(len, cells), default=0)
    numbers, texts, blank = _shown(cells, filled, header_row, width)
    if header_row:
        numbers, texts = [header_row, *numbers], [header, *texts]
    return Sheet(numbers, list(zip(*texts, strict=True)), count, blank, _merged_note(merged))


def _unreported(
    archive: zipfile.ZipFile, xml: bytes, readable: bytes, header_row: int
) -> tuple[int, dict[tuple[int, int], str], list[Merged]]:
    """The number of records, the cells that cannot be read reliably, the merged areas."""
    percent = sheet_xml.percent_styles(archive)
    count, unreadable = sheet_xml.scan(readable, sheet_xml.blank_strings(archive), percent, header_row)
    return count, unreadable, list(sheet_xml.merged_rows(xml, header_row))


def _with_part(archive: zipfile.ZipFile, part: str, xml: bytes) -> python_calamine.CalamineWorkbook:
    """The workbook with another XML in place of one part."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for entry in archive.infolist():
            changed.writestr(entry.filename, xml if entry.filename == part else archive.read(entry))
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.getvalue()))


def _heed_kinds(
    cells: Sequence[list[str | None]], rows: Sequence[Sequence[object]], xml: bytes, wanted: Wanted, header_row: int
) -> None:
    """Reads cells again that stand in columns in which their type matters."""
    names = rows[wanted.header_row - 1] if wanted.kinds and 0 < wanted.header_row <= len(rows) else []
    headers = [plain_header(without_unseen(cell_text(name) or "")) for name in names]
    below_zero: set[tuple[int, int]] | None = None
    for column, header in enumerate(headers):
        kind = wanted.kinds.get(header)
        for row in range(wanted.header_row, len(rows)) if kind else ():
            value = rows[row][column]
            if isinstance(value, str) or (kind == DATE and not isinstance(value, time)):
                continue
            if kind == DATE:
                # The library returns a time for a number below 0 too, which Excel shows as no date at all.
                below_zero = sheet_xml.below_zero(xml) if below_zero is None else below_zero
                if (row + 1, column + 1) in below_zero:
                    continue
            cells[row - header_row][column] = cell_text(value, kind)


def _put_unreadable(cells: list[list[str | None]], unreadable: Mapping[tuple[int, int], str], header_row: int) -> None:
    """Puts the placeholders of unreadable cells in their places, which may be outside of what the reader returned."""
    for (row, column), problem in unreadable.items():
        if row > header_row:
            cells += [[] for _ in range(row - header_row - len(cells))]
            line = cells[row - header_row - 1]
            line += [None] * (column - len(line))
            line[column - 1] = problem


def _is_filled(row: Sequence[str | None]) -> bool:
    """Whether the row shows anything. Most rows have a cell of plain characters, which is found immediately."""
    for cell in row:
        if cell and cell.strip():
            return cell.isascii() or any(one and not is_blank(one) for one in row)
    return False


def _fill_merged(
    cells: list[list[str | None]], filled: Sequence[bool], merged: Sequence[Merged], header_row: int
) -> None:
    """Gives the value of a merged cell to every row that it spans and that has a value of its own."""
    for area in merged:
        top = area.top - header_row - 1
        value = cells[top][area.left - 1] if top < len(cells) and area.left <= len(cells[top]) else None
        for row in range(top + 1, min(area.bottom - header_row, len(cells))):
            if filled[row]:
                cells[row][area.left - 1] = value


def _merged_note(merged: Sequence[Merged]) -> str:
    if not merged:
        return ""
    shown = ", ".join(area.reference for area in merged[:MERGED_SHOWN])
    more = ", …" if len(merged) > MERGED_SHOWN else ""
    return f"merged cells, their value counts for every row: {shown}{more} ({len(merged)} in all)"


def _shown(
    cells: Sequence[list[str | None]], filled: Sequence[bool], header_row: int, width: int
) -> tuple[list[int], list[list[str | None]], list[int]]:
    """The rows below the header that show something, with their numbers in the sheet; and the numbers of the others."""
    numbers: list[int] = []
    texts: list[list[str | None]] = []
    last = max((i for i, is_filled in enumerate(filled) if is_filled), default=-1)
    blank: list[int] = []
    for i, row in enumerate(cells):
        number = i + header_row + 1
        if not filled[i]:
            # Below the table, only rows with text deserve a note.
            if i < last or any(row):
                blank.append(number)
            continue
        for column, cell in enumerate(row[width:], width + 1):
            if cell and not is_blank(cell):
                place = f"cell {column_letters(column)}{number}"
                raise Refused(f"{place}: a value stands right of the header: name its column, or delete it")
        numbers.append(number)
        texts.append(row[:width] if len(row) >= width else [*row, *[None] * (width - len(row))])
    return numbers, texts, blank


def main() -> None:
    """Answers requests until standard input ends."""
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    memory = int(sys.argv[1])
    memory = memory if allowed == resource.RLIM_INFINITY else min(memory, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Collecting cycles while millions of cells are made takes a sixth of the time, and cells are in no cycle.
    gc.disable()
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        if not line.strip():
            _try_out()
            out.write(b"ready 0\n")
            out.flush()
            continue
        path, is_whole, sheets = json.loads(line)
        data = Path(path).read_bytes()
        wanted = [Wanted(name, row, kinds, is_whole) for name, row, kinds in sheets]
        if is_whole:
            known = {one.sheet: one for one in wanted}
            wanted = [known.get(name) or Wanted(name, 0, is_whole=True) for name in _names(data)]
            message = json.dumps([one.sheet for one in wanted]).encode()
            out.write(f"names {len(message)}\n".encode() + message)
        for answer in read_sheets(data, wanted):
            if isinstance(answer, Refused):
                kind, message = "refused", str(answer).encode()
            else:
                kind, message = "table", answer.encoded()
            out.write(f"{kind} {len(message)}\n".encode() + message)
            out.flush()
        gc.collect()


def _try_out() -> None:
    """Does what every workbook needs: with too little memory, the process ends here."""
    with ThreadPoolExecutor(1) as beside:
        beside.submit(Sheet([1], [["x"]], 1, [], "").encoded).result()


def _names(data: bytes) -> list[str]:
    try:
        return list(_open(data)[1].sheet_names)
    except Refused:
        return []


if __name__ == "__main__":
    main()
