"""The XML of a sheet, independent of the workbook library: what that library does not report.

Belongs here: the independent count of records, formulas without a result, percentages, merged cells, error cells, the
extent that a sheet claims. Does not belong here: values (`workbook_process`). Runs in the child process.
"""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pipelines.delivery.signs import NO_RESULT, PERCENTAGE, is_blank

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = b"http://purl.oclc.org/ooxml/"
_PERCENT_IDS = ("9", "10")  # built-in formats 0% and 0.00%

# Rows and values as all common programs spell them; any other spelling is left to the XML parser, which is ten times
# slower.
_ROW = re.compile(rb"<row(?=[\s/>])([^>]*?)(/?)>")
_ROW_END = b"</row>"
# All that ends like a reference in a common sheet.
_NO_REFERENCES = (b'xmlns:r="', b'header="', b'footer="')
_FAR = re.compile(rb' r="(?:[A-Z]{3}|[G-Z][A-Z]|[A-Z]*\d{6})')
_ROW_AT = re.compile(rb'\br="(\d+)"')
_VALUE = re.compile(rb"<[vt](?: [^>]*)?>\s*[^<\s]")
_BLANK_SIGN = (
    rb"(?:\xc2[\x85\xa0\xad]|\xe1\x9a\x80|\xe1\xa0\x8e|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]"
    rb"|\xe3\x80\x80|\xef\xbb\xbf)"
)
_BLANK_TEXT = re.compile(rb"<t(?: [^>]*)?(?:/>|>(?:\s|" + _BLANK_SIGN + rb")*</t>)")
_BLANK_VALUE = re.compile(rb">\s*" + _BLANK_SIGN + rb"(?:\s|" + _BLANK_SIGN + rb")*</[vt]>")
_UNCOMMON = ((b"!", b"<!"), (b"#", b"&#"), (b":", b":row"))
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERROR_TYPE = re.compile(rb"(<(?:\w+:)?c\b[^>]*?\bt=)([\"'])e\2")
_PERHAPS_BELOW_ZERO = re.compile(rb">\s*[-&]|<!\[")
_STYLE = re.compile(rb"\bs=[\"'](\d+)[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")


@dataclass(frozen=True)
class Merged:
    """A merged area: rows and columns from 1, both ends included."""

    reference: str
    top: int
    left: int
    bottom: int
    right: int


def is_strict(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook is in the Strict form of the standard, which the library cannot read."""
    return _STRICT in archive.read("xl/workbook.xml")


def part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of a sheet's XML in the archive; raises StopIteration if the workbook does not name one."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    relation = next(node.get(_RELATION) for node in book.iter(f"{_MAIN}sheet") if node.get("name") == sheet)
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(node.get("Target") or "" for node in links if node.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def is_near(xml: bytes) -> bool:
    """Whether it is sure, at half the cost of the extent, that the sheet claims no cell beyond column FZ and row 99999:
    18 million cells."""
    return _is_common(xml) and not _FAR.search(xml)


def claimed_extent(xml: bytes) -> tuple[int, int]:
    """The last column and row in which the sheet claims to have a cell."""
    before = b" r" if _is_common(xml) else rb"\br"
    columns = set(re.findall(before + rb'="([A-Z]*)\d+"', xml))
    rows = set(re.findall(before + rb'="[A-Z]*(\d+)"', xml))
    return max((column_number(letters.decode()) for letters in columns), default=0), max(map(int, rows), default=0)


def _is_common(xml: bytes) -> bool:
    """Whether a blank stands before every reference: a search for something that begins with plain characters takes a
    third of the time."""
    return sum(map(xml.count, (b' r="', *_NO_REFERENCES))) == xml.count(b'r="')


def blank_strings(archive: zipfile.ZipFile) -> set[str]:
    """Numbers of the shared strings that show nothing."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return set()
    xml = archive.read("xl/sharedStrings.xml")
    if not _BLANK_TEXT.search(xml) and not any(sign in xml for sign in (b"<!", b"&#", b":si")):
        return set()
    strings = [node for _, node in ET.iterparse(io.BytesIO(xml)) if node.tag == f"{_MAIN}si"]
    return {str(i) for i, node in enumerate(strings) if is_blank("".join(node.itertext()))}


def percent_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """Numbers of the cell styles that show a number as a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    xml = archive.read("xl/styles.xml")
    if b"%" not in xml and not re.search(rb"numFmtId=[\"'](?:9|10)[\"']", xml):
        return frozenset()
    root = ET.fromstring(xml)
    formats = {node.get("numFmtId"): node.get("formatCode") or "" for node in root.iter(f"{_MAIN}numFmt")}
    percent = {number for number, code in formats.items() if "%" in _without_literals(code)}
    styles = [xf.get("numFmtId") for group in root.iter(f"{_MAIN}cellXfs") for xf in group]
    return frozenset(
        str(i)
        for i, number in enumerate(styles)
        if number in percent or (number in _PERCENT_IDS and number not in formats)
    )


def _without_literals(code: str) -> str:
    """A number format without its literal parts: quoted texts, escaped and padding characters, colours."""
    return re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code)


def with_errors_as_text(xml: bytes) -> bytes:
    """The sheet with its error cells as texts: the library knows seven errors and fails for the whole sheet at any
    other."""
    has_errors = b't="e"' in xml or b"t='e'" in xml
    return _ERROR_TYPE.sub(rb'\1"str"', xml) if has_errors else xml


def scan(
    xml: bytes, blank: Collection[str], percent: Collection[str], header_row: int
) -> tuple[int, dict[tuple[int, int], str]]:
    """The number of rows below the header row that have a cell with a value; and by (row, column) the cells that cannot
    be read reliably: NO_RESULT, PERCENTAGE."""
    is_plain = (
        not blank and not any(byte in xml and sign in xml for byte, sign in _UNCOMMON) and not _has_blank_values(xml)
    )
    if is_plain and not _has_formulas(xml) and not _uses(xml, percent):
        return _count_rows(xml, header_row), {}
    count = 0
    unreadable: dict[tuple[int, int], str] = {}
    for row_at, cells in _rows(xml):
        filled = False
        for column_at, cell in cells:
            if problem := _unreadable(cell, percent):
                unreadable[row_at, column_at] = problem
                filled = True
            elif not filled:
                text = "".join(leaf.text or "" for leaf in cell.iter() if leaf.tag in (f"{_MAIN}v", f"{_MAIN}t"))
                filled = not is_blank(text) and not (cell.get("t") == "s" and text in blank)
        count += filled and row_at > header_row
    return count, unreadable


def below_zero(xml: bytes) -> set[tuple[int, int]]:
    """By (row, column), the cells with a number below 0."""
    if not _PERHAPS_BELOW_ZERO.search(xml):
        return set()
    return {
        (row_at, column_at)
        for row_at, cells in _rows(xml)
        for column_at, cell in cells
        if cell.get("t", "n") == "n" and (cell.findtext(f"{_MAIN}v") or "").lstrip().startswith("-")
    }


def _rows(xml: bytes) -> Iterator[tuple[int, list[tuple[int, ET.Element]]]]:
    """The number of each row and its cells with the numbers of their columns."""
    row_at = 0
    for _, node in ET.iterparse(io.BytesIO(xml)):
        if node.tag != f"{_MAIN}row":
            continue
        row_at = int(node.get("r") or row_at + 1)
        cells, column_at = [], 0
        for cell in node.iter(f"{_MAIN}c"):
            column_at = column_number(cell.get("r") or "") or column_at + 1
            cells.append((column_at, cell))
        yield row_at, cells
        node.clear()


# To look for a single byte, or whether all are ASCII, takes a tenth of the time of other searches; a sheet whose texts
# are shared strings needs no more.


def _has_blank_values(xml: bytes) -> bool:
    return not xml.isascii() and _BLANK_VALUE.search(xml) is not None


def _has_formulas(xml: bytes) -> bool:
    begin, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
    if 0 <= begin < end and xml.find(b"f", begin, end) < 0:
        return _FORMULA.search(xml[:begin]) is not None or _FORMULA.search(xml[end:]) is not None
    return (b"<f" in xml or b":f" in xml) and _FORMULA.search(xml) is not None


def _uses(xml: bytes, styles: Collection[str]) -> bool:
    return bool(styles) and any(number.decode() in styles for number in set(_STYLE.findall(xml)))


def _unreadable(cell: ET.Element, percent: Collection[str]) -> str | None:
    value, kind = cell.find(f"{_MAIN}v"), cell.get("t", "n")
    # An empty text is a result if the cell says that it is a text.
    has_result = value is not None and (bool(value.text) or kind == "str")
    if cell.find(f"{_MAIN}f") is not None and not has_result:
        return NO_RESULT
    return PERCENTAGE if kind == "n" and has_result and cell.get("s") in percent else None


def _count_rows(xml: bytes, header_row: int) -> int:
    count, row_at, at = 0, 0, 0
    while row := _ROW.search(xml, at):
        at, has_cells = row.end(), not row[2]
        if has_cells:
            end = xml.find(_ROW_END, at)
            if end < 0:
                break
        said = _ROW_AT.search(row[1])
        row_at = int(said[1]) if said else row_at + 1
        if has_cells:
            count += row_at > header_row and _VALUE.search(xml, at, end) is not None
            at = end
    return count


def merged_rows(xml: bytes, header_row: int) -> Iterator[Merged]:
    """Merged areas below the header row that span more than one row."""
    for left, top, right, bottom in _MERGED.findall(xml) if b"mergeCell" in xml else ():
        area = Merged(
            f"{left.decode()}{int(top)}:{right.decode()}{int(bottom)}",
            int(top), column_number(left.decode()), int(bottom), column_number(right.decode()),
        )  # fmt: skip
        if header_row < area.top < area.bottom:
            yield area


def column_number(reference: str) -> int:
    """AB7 → 28; 0 if a cell has no reference."""
    letters = reference.rstrip("0123456789")
    return sum((ord(letter) - 64) * 26**i for i, letter in enumerate(reversed(letters)))


def column_letters(number: int) -> str:
    """28 → AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
