"""Bad inputs written by hand, one line each: what is delivered, and the expected state and reasons.

Belongs here: the table and the functions that make its bytes. Does not belong here: loading them (`test_poison`),
random bytes (`fuzz`). Every file is the only one of its feed and business date; all are loaded in the same
transactions, so each fault occurs together with all others.
"""
# One line per case, of any length.
# ruff: noqa: E501

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.delivery.privacy import pseudonym
from pipelines.delivery.sheet_xml import column_letters
from pipelines.keys import Key
from pipelines.settings import PROJECT_DIR
from tests.unit.helpers import (
    Row,
    csv_bytes,
    csv_text,
    header_of,
    json_bytes,
    json_rows,
    ndjson_bytes,
    row_of,
    sheet_of,
    values_of,
    workbook_bytes,
)

SAMPLES = PROJECT_DIR / "tests" / "samples"
UGLY = {name: next((SAMPLES / "ugly").glob(f"*_{name}_*")).read_bytes() for name in ("alipay", "jd", "wechat")}
CONTRACTS, _ = load_contracts(PROJECT_DIR / "pipelines" / "contracts")
KEY = Key(bytes(range(32)))
FEEDS: dict[str, Feed] = {feed.id: feed for contract in CONTRACTS for feed in contract.feeds}

POINT, CASE = "service_centre.service_point", "service_centre.service_case"
EVENT, HOTLINE, VISIT = "command_centre.event", "command_centre.hotline_order", "home_visit.visit"
REPORT, TEAM, VOLUNTEER = "snap_report.report", "volunteer.volunteer_team", "volunteer.volunteer"
COMMUNITY, WORKER, CARE = "smart_community.community", "smart_community.grid_worker", "smart_community.care_household"
FUND, MEETING = "co_building.fund_txn", "co_building.joint_meeting"

LOADED, HELD = "loaded", "held"


# Large files are made only when needed.
Bytes = bytes | Callable[[], bytes]


@dataclass(frozen=True)
class Case:
    """fates: rows loaded, rejected, duplicate, superseded. says: the delivery's reason, then every rejected row's
    reasons; for a held one only the beginning of its reason, without the advice. stored: the value in `column` of the
    row loaded last."""

    name: str
    feed: str
    data: Bytes
    state: str
    fates: tuple[int, int, int, int]
    says: tuple[str, ...]
    column: str = ""
    stored: object = None


def held(name: str, feed: str, data: Bytes | str, says: str) -> Case:
    return Case(name, feed, _bytes(data), HELD, (0, 0, 0, 0), (says,))


def taken(name: str, feed: str, data: Bytes | str, fates: str, *says: str) -> Case:
    loaded, rejected, duplicate, superseded = map(int, fates.split())
    return Case(name, feed, _bytes(data), LOADED, (loaded, rejected, duplicate, superseded), says)


def refused(name: str, feed: str, column: str, value: object, *reasons: str) -> Case:
    """A row with that value next to a good one: only that row is rejected, for these reasons of its column."""
    says = "; ".join(f"{column}: {reason}" for reason in reasons)
    return Case(name, feed, export(feed, {}, {column: value}), LOADED, (1, 1, 0, 0), (says,))


def stored(name: str, feed: str, column: str, value: object, kept: object, *says: str) -> Case:
    """An odd but valid value: the row is loaded, and this is the stored value."""
    return Case(name, feed, export(feed, {}, {column: value}), LOADED, (2, 0, 0, 0), says, column, kept)


def _bytes(data: Bytes | str) -> Bytes:
    return data.encode() if isinstance(data, str) else data


# ---------------------------------------------------------------- what makes bytes


def rows(feed: str, *changes: Row) -> list[Row]:
    return [row_of(FEEDS[feed], number, **change) for number, change in enumerate(changes, 1)]


def export(feed: str, *changes: Row) -> bytes:
    """A delivery of good rows with these changes, in its feed's own format."""
    one, made = FEEDS[feed], rows(feed, *changes)
    match one.format:
        case "csv":
            # Quoted if necessary: a value may contain anything.
            return written(one, made).encode(one.encoding, "surrogatepass")
        case "ndjson":
            return ndjson_bytes(one, made)
        case "json":
            return json_bytes(one, made)
        case _:
            return book(feed, sheet_of(one, made))


def written(feed: Feed, made: Sequence[Row]) -> str:
    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return '"' + str(text).replace('"', '""') + '"' if set(str(text)) & set(',"\n\r') else str(text)

    lines = [header_of(feed), *([cell(value) for value in values_of(feed, row)] for row in made)]
    return "".join(",".join(line) + "\n" for line in lines)


def book(feed: str, sheet: Sequence[Sequence[object]], **more: Sequence[Sequence[object]]) -> bytes:
    """A workbook of the feed's platform: this sheet, and empty ones of the feeds that come in the same file."""
    one = FEEDS[feed]
    others = [other for other in FEEDS.values() if other.file_template == one.file_template and other is not one]
    return workbook_bytes({one.sheet or "": sheet, **{o.sheet or "": sheet_of(o, []) for o in others}, **more})


def cells(feed: str, **at: object) -> bytes:
    """A workbook of two good rows in which these cells, A1=…, are replaced."""
    stream = io.BytesIO(export(feed, {}, {}))
    opened = openpyxl.load_workbook(stream)
    for place, value in at.items():
        opened[FEEDS[feed].sheet or ""][place] = value
    again = io.BytesIO()
    opened.save(again)
    return again.getvalue()


def parts(data: bytes, **changes: bytes) -> bytes:
    """A workbook with parts of its archive replaced, by the beginning of their file names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            stem = entry.filename.rpartition("/")[2].partition(".")[0]
            if changes.get(stem) != b"":
                new.writestr(entry.filename, changes.get(stem, old.read(entry)))
    return stream.getvalue()


def sheet_xml(body: str, head: str = "") -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?>{head}<worksheet xmlns="{namespace}"><sheetData>{body}</sheetData></worksheet>'.encode()
    )


def letter(feed: str, column: str) -> str:
    """The letter of a column in its sheet."""
    return column_letters([one.name for one in FEEDS[feed].columns].index(column) + 1)


def cell_xml(feed: str, place: str, xml: str) -> bytes:
    """A workbook of two good rows in which a cell has this XML."""
    data = cells(feed, **{place: "&"})
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    changed, count = re.subn(rf'<c r="{place}"[^>]*?(?:/>|>.*?</c>)', lambda _: xml, sheet)
    assert count == 1
    return parts(data, sheet1=changed.encode())


def error_cell(feed: str, place: str, error: str) -> bytes:
    return cell_xml(feed, place, f'<c r="{place}" t="e"><v>{error}</v></c>')


def formatted(feed: str, **at: tuple[object, str]) -> bytes:
    """A workbook of two good rows with these values and number formats."""
    opened = openpyxl.load_workbook(io.BytesIO(export(feed, {}, {})))
    for place, (value, number_format) in at.items():
        cell = opened[FEEDS[feed].sheet or ""][place]
        cell.value, cell.number_format = value, number_format
    return _saved(opened)


def day_cell(feed: str, place: str, xml: str) -> bytes:
    """A workbook of two good rows in which a cell with a date's format contains this XML."""
    data = formatted(feed, **{place: (7, "yyyy-mm-dd")})
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    changed, count = re.subn(rf'(<c r="{place}" s="[0-9]+")[^>]*><v>7</v>', rf"\1>{xml}", sheet)
    assert count == 1
    return parts(data, sheet1=changed.encode())


def merged(feed: str, area: str) -> bytes:
    opened = openpyxl.load_workbook(io.BytesIO(export(feed, {}, {})))
    opened[FEEDS[feed].sheet or ""].merge_cells(area)
    return _saved(opened)


def blank_between(feed: str) -> bytes:
    opened = openpyxl.load_workbook(io.BytesIO(export(feed, {}, {})))
    sheet = opened[FEEDS[feed].sheet or ""]
    sheet.insert_rows(4)
    sheet["B4"] = "\u3000"
    return _saved(opened)


def strict(data: bytes) -> bytes:
    """The workbook in the Strict form of the standard: other namespaces."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            for name in (b"spreadsheetml", b"officeDocument"):
                was = b"http://schemas.openxmlformats.org/" + name + b"/2006/"
                part = part.replace(was, b"http://purl.oclc.org/ooxml/" + name + b"/")
            new.writestr(entry.filename, part)
    return stream.getvalue()


def _saved(opened: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    opened.save(stream)
    return stream.getvalue()


def hidden(feed: str) -> bytes:
    opened = openpyxl.load_workbook(io.BytesIO(export(feed, {}, {})))
    opened.create_sheet("草稿").append(["x"])
    opened[FEEDS[feed].sheet or ""].sheet_state = "hidden"
    stream = io.BytesIO()
    opened.save(stream)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(1100):
                part.write(b" " * (1 << 20))
    return stream.getvalue()


def lying(megabytes: int) -> bytes:
    """A sheet that unpacks to this size and claims to be a thousand bytes."""
    data = parts(SHEET, sheet1=sheet_xml(" " * (megabytes << 20)))
    claimed = zipfile.ZipFile(io.BytesIO(data)).getinfo("xl/worksheets/sheet1.xml").file_size
    return data.replace(claimed.to_bytes(4, "little"), (1000).to_bytes(4, "little"))


def line(**changes: object) -> str:
    """One object of the reports, as a line."""
    return json.dumps(json_rows(FEEDS[REPORT], rows(REPORT, changes))[0], ensure_ascii=False)


LAUGHS = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10)
) + "]>"  # fmt: skip

P = FEEDS[POINT]
GOOD = csv_bytes(P, rows(POINT, {}, {}))
TEXT = GOOD.decode()
HEADER, FIRST, SECOND = TEXT.splitlines()
WIDTH = len(P.columns)
NEEDED = "required columns are missing: "
ALL_NEEDED = NEEDED + ", ".join(column.header for column in P.columns if column.required)
EVENTS = csv_bytes(FEEDS[EVENT], rows(EVENT, {}, {}))
SHEET = export(COMMUNITY, {}, {})
N = len(FEEDS[COMMUNITY].columns)
LEFT_OUT = "empty lines, left out: 3 (1 in all)"
NONE_MEANT = "dates that mean none (such as 1970-01-01, 1900-01-01, 0001-01-01), read as no value: 办结时间 1"
DIGITS_GONE = "a number cell of more than 15 digits, digits are gone"
NO_IDENTIFIER = "an identifier in a cell that is neither text nor a whole number"
# What a cell with a date's format contains.
DAY_0 = {
    "zero": "<v>0</v>",
    "a formula's result": "<f>Sheet2!A1</f><v>0</v>",
    "with a time": "<v>0.333</v>",
    "the last moment before day 1": "<v>0.99999999999</v>",
    "day 1": "<v>1</v>",
    "day 1 with a time": "<v>1.5</v>",
    "the last of all": "<v>2958465.99999</v>",
}
QUOTED = "".join(",".join(f'"{field}"' for field in one.split(",")) + "\n" for one in TEXT.splitlines())
ALL_QUOTED = "".join(
    ",".join(f'"{field}"' for field in one.split(",")) + "\n"
    for one in csv_text(
        FEEDS[VISIT], rows(VISIT, *[{"sentiment_text": text} for text in ("正常", '反映5"管', "正常", '6"管')])
    ).splitlines()
)
ID = "61030319900101"  # and four digits more
PHONE = "13912345678"


def without(name: str, feed: str = POINT) -> str:
    """The good rows without a column."""
    keep = [i for i, column in enumerate(FEEDS[feed].columns) if column.name != name]
    return "".join(
        ",".join(line.split(",")[i] for i in keep) + "\n"
        for line in csv_text(FEEDS[feed], rows(feed, {}, {})).splitlines()
    )


def swapped() -> str:
    return "".join(",".join(reversed(line.split(","))) + "\n" for line in TEXT.splitlines())


# fmt: off
CSV = [
    held("zero bytes", POINT, b"", "is empty: there is no header"),
    held("only a BOM", POINT, b"\xef\xbb\xbf", "is empty: there is no header"),
    held("only line ends", POINT, "\n\r\n\n", "is empty: there is no header"),
    held("only spaces", POINT, "   \n", "is empty: there is no header"),
    held("only NULs", POINT, b"\0" * 4096, "line 1: a NUL byte"),
    taken("a header and no rows", POINT, HEADER + "\n", "0 0 0 0"),
    taken("a header without a line end", POINT, HEADER, "0 0 0 0"),
    held("no header", POINT, f"{FIRST}\n{SECOND}\n", "the header names columns 2, 6, 9, 10 alike"),
    taken("the header twice", POINT, f"{HEADER}\n{HEADER}\n{FIRST}\n", "1 1 0 0", "point_code: pattern ^ZD[0-9]{5}$; community_code: pattern ^[0-9]{12}$; area_code: pattern ^[0-9]{12}A[0-9]{3}$; point_type: enum; floor_area_m2: type number; functions: type integer; opened_on: type date; closed_on: type date; longitude: type number; latitude: type number"),
    held("a title above the header", POINT, "服务站点导出\n" + TEXT, "line 2: 12 fields, the header has 1"),
    held("a title as wide as the header", POINT, "服务站点导出" + "," * (WIDTH - 1) + "\n" + TEXT, ALL_NEEDED),
    held("an empty line above the header", POINT, "\n" + TEXT, "line 1: there is no header"),
    held("Excel's sep= line", POINT, "sep=,\n" + TEXT, "line 1: Excel's 'sep=' line stands above the header"),
    held("a comment above the header", POINT, "# export of 2024-01-05\n" + TEXT, "line 2: 12 fields, the header has 1"),
    held("UTF-16, little-endian", POINT, b"\xff\xfe" + TEXT.encode("utf-16-le"), "is UTF-16, its contract says utf-8"),
    held("UTF-16, big-endian", POINT, b"\xfe\xff" + TEXT.encode("utf-16-be"), "is UTF-16, its contract says utf-8"),
    held("UTF-16 without a mark", POINT, TEXT.encode("utf-16-le"), "line 1: a NUL byte"),
    held("UTF-32", POINT, TEXT.encode("utf-32"), "is UTF-16, its contract says utf-8"),
    held("GB18030 where UTF-8 is due", POINT, TEXT.encode("gb18030"), "line 1: cannot be decoded as utf-8"),
    held("Big5 where UTF-8 is due", POINT, TEXT.replace("启", "期").replace("线", "期").replace("务", "期").encode("big5", "ignore"), "line 1: cannot be decoded as utf-8"),
    held("UTF-8 where GB18030 is due", EVENT, EVENTS.decode("gb18030").encode(), "line 1: cannot be decoded as gb18030"),
    taken("UTF-8 with a mark where GB18030 is due", EVENT, b"\xef\xbb\xbf" + EVENTS.decode("gb18030").encode(), "2 0 0 0"),
    taken("UTF-8 without the mark that is due", VISIT, csv_bytes(FEEDS[VISIT], rows(VISIT, {}, {}))[3:], "2 0 0 0"),
    taken("a mark that nobody asked for", POINT, b"\xef\xbb\xbf" + GOOD, "2 0 0 0"),
    taken("two marks", POINT, b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD, "2 0 0 0"),
    taken("a mark in GB18030", EVENT, "\ufeff".encode("gb18030") + EVENTS, "2 0 0 0"),
    held("a byte of Latin-1", POINT, GOOD.replace("甲1".encode(), b"caf\xe9"), "line 2: cannot be decoded as utf-8"),
    held("a character cut in two", POINT, GOOD.replace("甲1".encode(), "甲".encode()[:2]), "line 2: cannot be decoded as utf-8"),
    held("an overlong slash", POINT, GOOD.replace("甲1".encode(), b"\xc0\xaf"), "line 2: cannot be decoded as utf-8"),
    held("half a surrogate pair", POINT, GOOD.replace("甲1".encode(), b"\xed\xa0\x80"), "line 2: cannot be decoded as utf-8"),
    held("bytes beyond Unicode", POINT, GOOD.replace("甲1".encode(), b"\xf5\x80\x80\x80"), "line 2: cannot be decoded as utf-8"),
    held("a byte of no GB18030", EVENT, EVENTS.replace("甲2".encode("gb18030"), b"\xff"), "line 3: cannot be decoded as gb18030"),
    held("GB18030 cut in four bytes", EVENT, EVENTS.replace("甲2".encode("gb18030"), b"\x81\x30\x81"), "line 3: cannot be decoded as gb18030"),
    stored("a rare character of four bytes", EVENT, "subcategory", "𠀀𪚥", "𠀀𪚥"),
    taken("CR LF", POINT, TEXT.replace("\n", "\r\n"), "2 0 0 0"),
    taken("CR alone", POINT, TEXT.replace("\n", "\r"), "2 0 0 0"),
    taken("CR LF and LF mixed", POINT, TEXT.replace("\n", "\r\n", 1), "2 0 0 0"),
    held("LF CR", POINT, TEXT.replace("\n", "\n\r"), "line 2: a carriage return stands within a line"),
    taken("empty lines at the end", POINT, TEXT + "\n\n\r\n", "2 0 0 0"),
    taken("an empty line inside", POINT, TEXT.replace(SECOND, "\n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("a line of spaces inside", POINT, TEXT.replace(SECOND, "  \n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("a line of delimiters inside", POINT, TEXT.replace(SECOND, "," * (WIDTH - 1) + "\n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("a line of three delimiters", POINT, TEXT.replace(SECOND, ",,,\n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("a line of blanks of every kind", POINT, TEXT.replace(SECOND, "\u3000,\xa0,\u200b" + "," * (WIDTH - 3) + "\n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("a line of empty quoted fields", POINT, TEXT.replace(SECOND, ",".join(['""'] * WIDTH) + "\n" + SECOND), "2 0 0 0", LEFT_OUT),
    taken("an empty line and one of twice the delimiters", POINT, TEXT + "\n" + "," * (2 * WIDTH - 2) + "\n", "2 0 0 0", "empty lines, left out: 4, 5 (2 in all)"),
    taken("lines of delimiters below", POINT, TEXT + "," * (WIDTH - 1) + "\n" + ",\n" * 9, "2 0 0 0", "empty lines, left out: 4, 5, 6, 7, 8, … (10 in all)"),
    held("a carriage return in a field", POINT, TEXT.replace("甲2", "甲\r2"), "line 3: a carriage return stands within a line"),
    taken("no line end at the end", POINT, TEXT.rstrip("\n"), "2 0 0 0"),
    held("cut in the header", POINT, TEXT.splitlines()[0][:-1], "line 1: is cut off: the header is incomplete"),
    held("cut after a header of the contract", POINT, ",".join(TEXT.splitlines()[0].split(",")[:-1]), "line 1: is cut off: the header is incomplete"),
    held("cut after a delimiter of the header", POINT, ",".join(TEXT.splitlines()[0].split(",")[:-1]) + ",", "line 1: is cut off: the header is incomplete"),
    taken("a whole header without a line end", POINT, TEXT.splitlines()[0], "0 0 0 0"),
    taken("a header without an optional column, with its line end", POINT, ",".join(TEXT.splitlines()[0].split(",")[:-1]) + "\n", "0 0 0 0"),
    held("cut in the last field", CASE, export(CASE, {}, {})[:-4], "line 3: is cut off: the last record is incomplete"),
    held("cut in the middle of a line", POINT, TEXT[: -len(SECOND) // 2], "line 3: 5 fields, the header has 12"),
    held("cut inside quotes", POINT, TEXT[: -len(SECOND) - 1] + '"ZD0', "line 3: the quoted field that begins here has no closing quote"),
    held("a line too short", POINT, TEXT.replace(",甲2", "", 1), "line 3: 11 fields, the header has 12"),
    held("a line too long", POINT, TEXT.replace(",甲2", ",甲2,", 1), "line 3: 13 fields, the header has 12"),
    held("one too short, one too long", POINT, TEXT.replace(",甲1", "", 1).replace(",甲2", ",甲2,", 1), "line 2: 11 fields, the header has 12"),
    held("a delimiter behind every row", POINT, f"{HEADER}\n{FIRST},\n{SECOND},\n", "line 2: 13 fields, the header has 12"),
    taken("a delimiter behind every line", POINT, TEXT.replace("\n", ",\n"), "2 0 0 0", "unknown columns, not loaded: 'column 13'"),
    held("tabs", POINT, TEXT.replace(",", "\t"), ALL_NEEDED),
    held("semicolons", POINT, TEXT.replace(",", ";"), ALL_NEEDED),
    held("bars", POINT, TEXT.replace(",", "|"), ALL_NEEDED),
    held("full-width commas", POINT, TEXT.replace(",", "，"), ALL_NEEDED),
    taken("a column more", POINT, f"{HEADER},备注\n{FIRST},x\n{SECOND},y\n", "2 0 0 0", "unknown columns, not loaded: '备注'"),
    taken("two columns more of one name", POINT, f"{HEADER},备注,备注\n{FIRST},x,y\n{SECOND},,\n", "2 0 0 0", "unknown columns, not loaded: '备注', '备注 (14)'"),
    held("two columns of one name, the contract's", POINT, f"{HEADER},站点名称\n{FIRST},x\n", "the header names columns 2, 13 alike"),
    taken("a column more, named after a person", POINT, f"{HEADER},备注{PHONE}\n{FIRST},x\n{SECOND},y\n", "2 0 0 0", "unknown columns, not loaded: '备注[电话]'"),
    taken("a column more, named like SQL", POINT, f"{HEADER},x'); drop table raw--\n{FIRST},\n{SECOND},\n", "2 0 0 0", "unknown columns, not loaded: \"x'); drop table raw--\""),
    taken("an optional column less", POINT, without("theme"), "2 0 0 0"),
    held("a required column less", POINT, without("point_type"), NEEDED + "站点类型"),
    held("the key less", POINT, without("point_code"), NEEDED + "站点编码"),
    held("a required column renamed", POINT, TEXT.replace("站点类型", "类型"), NEEDED + "站点类型"),
    taken("columns the other way round", POINT, swapped(), "2 0 0 0"),
    held("a column twice", POINT, TEXT.replace("特色主题", "站点名称"), "the header names columns 2, 6 alike"),
    held("a column twice, once full-width", HOTLINE, "12345工单,１２３４５工单\nx,y\n".encode("gb18030"), NEEDED + ", ".join(c.header for c in FEEDS[HOTLINE].columns if c.required)),
    taken("padded headers", POINT, TEXT.replace("站点编码", " 站点编码\u3000").replace("功能数", "\t功能数 "), "2 0 0 0"),
    taken("full-width headers", VISIT, csv_text(FEEDS[VISIT], rows(VISIT, {})).replace("编号", "编号　"), "1 0 0 0"),
    taken("quoted headers", POINT, ",".join(f'"{name}"' for name in HEADER.split(",")) + f"\n{FIRST}\n", "1 0 0 0"),
    taken("a header with a zero-width space", POINT, TEXT.replace("站点编码", "站点\u200b编码"), "2 0 0 0"),
    taken("a header without a name", POINT, TEXT.replace("特色主题", ""), "2 0 0 0", "unknown columns, not loaded: 'column 6'"),
    held("a header of the reader's own", POINT, TEXT.replace("特色主题", "_row_number"), "a column is named _row_number"),
    held("a hundred thousand columns", POINT, ",".join(f"c{i}" for i in range(100_000)) + "\n", ALL_NEEDED),
    held("a quote inside a field", POINT, TEXT.replace("甲2", '甲"2', 1), "line 3: a quote stands in a field that is not quoted"),
    held("two quotes inside a field", POINT, TEXT.replace(",甲2", ',甲"2"', 1), "line 3: a quote stands in a field that is not quoted"),
    held("an inch mark in two rows", POINT, TEXT.replace(",甲", ',甲5"'), "line 2: a quote stands in a field that is not quoted"),
    held("undoubled quotes in two rows, all fields quoted", POINT, QUOTED.replace("甲1", '甲5"管').replace("甲2", '甲6"管'), "line 2: a quote within a quoted field is not doubled"),
    held("undoubled quotes that keep the count", VISIT, ALL_QUOTED, "line 3: a quote within a quoted field is not doubled"),
    held("a quote behind a blank", POINT, TEXT.replace(",甲2", ', "甲2"', 1), "line 3: a quote stands in a field that is not quoted"),
    held("a blank behind a quote", POINT, TEXT.replace(",甲2", ',"甲2" ', 1), "line 3: a quote within a quoted field is not doubled"),
    held("single quotes around a doubled one", POINT, TEXT.replace(",甲2", ",'甲\"2'", 1), "line 3: a quote stands in a field that is not quoted"),
    held("a quote at the end of the file", POINT, TEXT.rstrip("\n") + '"\n', "line 3: a quote stands in a field that is not quoted"),
    taken("all fields quoted", POINT, QUOTED, "2 0 0 0"),
    held("text behind a closing quote", POINT, TEXT.replace(",甲2", ',"甲"2', 1), "line 3: a quote within a quoted field is not doubled"),
    held("quotes that hide a delimiter", POINT, TEXT.replace(",甲2,", ',"甲"2,"",', 1), "line 3: a quote within a quoted field is not doubled"),
    held("backslashes before quotes", POINT, TEXT.replace(",甲2", ',"甲\\"2"', 1), "line 3: a quote within a quoted field is not doubled"),
    stored("a line end in a field", POINT, "point_name", "甲\n站", "甲\n站"),
    stored("a delimiter in a field", POINT, "point_name", "甲,站", "甲,站"),
    stored("a quote, doubled", POINT, "point_name", '甲"站', '甲"站'),
    held("a NUL in a field", POINT, TEXT.replace("甲2", "甲\x002"), "line 3: a NUL byte"),
    stored("a line separator of Unicode", POINT, "point_name", "甲\u2028站\x85", "甲\u2028站"),
    stored("form feed and vertical tab", POINT, "point_name", "甲\x0c站\x0b站", "甲站站"),
    taken("the end mark of DOS", POINT, TEXT + "\x1a", "2 0 0 0", "empty lines, left out: 4 (1 in all)"),
    taken("a cell of ten megabytes", POINT, lambda: TEXT.replace(",甲2", "," + "长" * (10 << 20), 1).encode(), "1 1 0 0", "point_name: maxLength 80"),
    held("HTML", POINT, "<html><table><tr><td>站点编码</td></tr></table></html>", "is HTML or XML, not csv"),
    held("XML of Excel 2003", POINT, '<?xml version="1.0"?><Workbook><Row><Cell/></Row></Workbook>', "is HTML or XML, not csv"),
    held("a PDF", POINT, b"%PDF-1.7\n" + GOOD, "is a PDF, not csv"),
    held("a ZIP", POINT, b"PK\x03\x04" + GOOD, "is a ZIP or Excel file, not csv"),
    held("a workbook named csv", POINT, SHEET, "is a ZIP or Excel file, not csv"),
    held("an old workbook named csv", POINT, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504, "is an old Excel file, not csv"),
    held("gzip", POINT, gzip.compress(GOOD, mtime=0), "line 1: a NUL byte"),
    held("a PNG", POINT, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 3: a NUL byte"),
    held("JSON named csv", POINT, json_bytes(P, rows(POINT, {})), "is JSON, not csv"),
    held("a dump of SQL", POINT, "INSERT INTO t VALUES (1);\nDROP TABLE t;\n", ALL_NEEDED),
    held("a web server's error", POINT, "502 Bad Gateway\n", ALL_NEEDED),
    taken("a total row in a csv", POINT, f"{TEXT}合计" + "," * (WIDTH - 1) + "\n", "2 1 0 0", "point_code: pattern ^ZD[0-9]{5}$; point_name: required; community_code: required; point_type: required; functions: required; opened_on: required"),
    held("a feed's file under another's name", CASE, GOOD, NEEDED + ", ".join(c.header for c in FEEDS[CASE].columns if c.required and c.name != "point_code")),
    held("Alipay's export as events", EVENT, UGLY["alipay"], "line 12: 0 fields, the header has 1"),
    held("Alipay's export as visits", VISIT, UGLY["alipay"], "line 2: cannot be decoded as utf-8-sig"),
    held("JD's export as events", EVENT, UGLY["jd"], "line 11: 0 fields, the header has 1"),
    held("JD's export as visits", VISIT, UGLY["jd"], "line 11: 0 fields, the header has 1"),
    held("WeChat's export as events", EVENT, UGLY["wechat"], "line 7: cannot be decoded as gb18030"),
    held("WeChat's export as cases", CASE, UGLY["wechat"], "line 18: a quote within a quoted field is not doubled"),
]

VALUES = [
    refused("29 February of a common year", CASE, "accepted_at", "2025-02-29 08:00:00", "type timestamp"),
    stored("29 February of a leap year", CASE, "accepted_at", "2024-02-29 08:00:00", datetime(2024, 2, 29, 8)),
    refused("24 o'clock", CASE, "accepted_at", "2024-01-05 24:00:00", "type timestamp"),
    refused("a leap second", CASE, "accepted_at", "2016-12-31 23:59:60", "type timestamp"),
    refused("month 13", CASE, "accepted_at", "2024-13-05 08:00:00", "type timestamp"),
    refused("day 0", CASE, "accepted_at", "2024-01-00 08:00:00", "type timestamp"),
    refused("the year 0", CASE, "accepted_at", "0000-01-05 08:00:00", "type timestamp"),
    stored("the year 25", CASE, "accepted_at", "0025-01-05 08:00:00", datetime(25, 1, 5, 8)),
    stored("the last second of all", CASE, "completed_at", "9999-12-31 23:59:59", None, NONE_MEANT),
    stored("the last second but a day", CASE, "completed_at", "9999-12-30 23:59:59", datetime(9999, 12, 30, 23, 59, 59)),
    *[stored(f"a date that means none, {value}", CASE, "completed_at", value, None, NONE_MEANT) for value in ("0001-01-01", "0001-01-01 00:00:00", "1899-12-30 00:00:00", "1899/12/31", "1900年1月1日", "1970-01-01", "1970-01-01 08:00:00", "1970-01-01T00:00:00Z", "1969-12-31T16:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "19700101080000")],
    *[stored(f"a day that means none, {value}", POINT, "closed_on", value, None, NONE_MEANT.replace("办结时间", "停用日期")) for value in ("1970-01-01", "1970-01-01T00:00:00Z", "1970-01-01T08:00:00+08:00", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59", "1900-01-01 08:00:00", "1900/1/1 8:00", "1899-12-30 07:59:31.200000", "0001-01-01 08:05:43", "0001-01-01T00:00:00Z")],
    *[refused(f"a day with a time next to one that means none, {value}", POINT, "closed_on", value, "type date") for value in ("9999-12-30 23:59:59", "1900-01-02 00:00:01", "1899-12-29 23:59:59", "0001-01-02 08:05:43")],
    refused("a day with a time", POINT, "closed_on", "1970-01-01T00:00:01Z", "type date"),
    stored("a day after Excel's first", CASE, "completed_at", "1900-01-02 00:00:00", datetime(1900, 1, 2)),
    stored("the last second of 1969", CASE, "completed_at", "1969-12-31 23:59:59", datetime(1969, 12, 31, 23, 59, 59)),
    Case("a required date that means none", POINT, export(POINT, {}, {"opened_on": "1970-01-01"}), LOADED, (1, 1, 0, 0), ("dates that mean none (such as 1970-01-01, 1900-01-01, 0001-01-01), read as no value: 启用日期 1", "opened_on: required")),
    taken("updated a day and a second after receipt", CASE, export(CASE, {}, {"updated_at": "2025-09-02 03:00:01"}), "1 1 0 0", "updated_at: later than 24 hours after the file was received"),
    stored("updated a day after receipt", CASE, "updated_at", "2025-09-02 03:00:00", datetime(2025, 9, 2, 3)),
    refused("beyond the calendar, by its offset", CASE, "completed_at", "9999-12-30T23:59:59-24:00", "type timestamp"),
    refused("two digits of a year", CASE, "accepted_at", "24-01-05 08:00:00", "type timestamp"),
    refused("the American order", CASE, "accepted_at", "01/05/2024 08:00", "type timestamp"),
    refused("上午", CASE, "accepted_at", "2024-01-05 上午8:00", "type timestamp"),
    refused("PM", CASE, "accepted_at", "2024-01-05 08:00 PM", "type timestamp"),
    refused("seconds since 1970", CASE, "accepted_at", "1704412800", "type timestamp"),
    refused("Excel's day number", CASE, "accepted_at", "45296.333", "type timestamp"),
    refused("words for a day", CASE, "accepted_at", "昨天", "type timestamp"),
    refused("an offset that is none", CASE, "accepted_at", "2024-01-05T08:00:00+25:00", "type timestamp"),
    stored("年月日", CASE, "accepted_at", "2024年1月5日 8时5分", datetime(2024, 1, 5, 8, 5)),
    stored("eight digits", CASE, "accepted_at", "20240105", datetime(2024, 1, 5)),
    stored("fourteen digits", CASE, "accepted_at", "20240105081530", datetime(2024, 1, 5, 8, 15, 30)),
    stored("full-width digits of a time", CASE, "accepted_at", "２０２４-０１-０５ ０８:００:００", datetime(2024, 1, 5, 8)),
    stored("a time of Greenwich", CASE, "accepted_at", "2024-01-05T00:00:00Z", datetime(2024, 1, 5, 8)),
    stored("a date with blanks around", POINT, "opened_on", "  2024/1/5 ", date(2024, 1, 5)),
    refused("a date with a time of day", POINT, "opened_on", "2024-01-05 08:00:00", "type date"),
    stored("an optional date 无", POINT, "closed_on", "无", None),
    refused("a required date 无", POINT, "opened_on", "无", "required"),
    refused("a required value of blanks", POINT, "point_name", " \u3000 ", "required"),
    refused("a required value NULL", POINT, "point_name", "NULL", "required"),
    *[refused(f"a required value {word!r}", POINT, "point_name", word, "required") for word in ("null", "None", "NONE", "nan", "NaN", "nil", "undefined", "n/a", "\\N", "—", "\u200b", "\ufeff\u3000")],
    stored("a word that only begins so", POINT, "point_name", "nullam", "nullam"),
    stored("NaN", POINT, "floor_area_m2", "NaN", None),
    *[refused(f"an error of Excel, {error}", POINT, column, error, "an error value of a spreadsheet") for column, error in (("floor_area_m2", "#DIV/0!"), ("theme", "#N/A"), ("point_name", "#REF!"), ("opened_on", "#VALUE!"), ("community_code", "#NAME?"), ("theme", "#SPILL!"), ("theme", "#GETTING_DATA"), ("theme", "########"))],
    stored("a text that begins with #", POINT, "point_name", "#1站", "#1站"),
    refused("inf", POINT, "floor_area_m2", "inf", "type number"),
    refused("1e308", POINT, "floor_area_m2", "1e308", "maximum 20000"),
    refused("1e999", POINT, "floor_area_m2", "1e999", "type number"),
    refused("minus zero point one", POINT, "floor_area_m2", "-0.1", "minimum 0"),
    stored("minus zero", POINT, "floor_area_m2", "-0", 0.0),
    stored("the limit itself", POINT, "floor_area_m2", "20000", 20000.0),
    refused("a hair above the limit", POINT, "floor_area_m2", "20000.0001", "maximum 20000"),
    refused("万", POINT, "floor_area_m2", "1.2万", "type number"),
    refused("thousands", POINT, "floor_area_m2", "1,200", "type number"),
    refused("a per cent", POINT, "floor_area_m2", "12%", "type number"),
    refused("a unit", POINT, "floor_area_m2", "120平方米", "type number"),
    refused("hexadecimal", POINT, "functions", "0x10", "type integer"),
    refused("a fraction where none is", POINT, "functions", "3.5", "type integer"),
    stored("three, with a point", POINT, "functions", "3.0", 3),
    stored("full-width digits of a number", POINT, "functions", "１２", 12),
    stored("a plus sign", POINT, "functions", "+3", 3),
    refused("19 digits", POINT, "functions", "9" * 19, "type integer"),
    refused("18 digits", POINT, "functions", "9" * 18, "maximum 50"),
    refused("digits of another script", POINT, "functions", "٣", "type integer"),
    refused("a number in words", POINT, "functions", "三", "type integer"),
    refused("an unknown type", POINT, "point_type", "外星站", "enum"),
    refused("a code where its word is due", POINT, "point_type", "station", "enum"),
    stored("a word with blanks around", POINT, "point_type", " 党群服务站 ", "station"),
    refused("a key too short", POINT, "point_code", "ZD1", "pattern ^ZD[0-9]{5}$"),
    refused("a key with a line end behind it", POINT, "point_code", "ZD00002\nZD00003", "pattern ^ZD[0-9]{5}$"),
    stored("a full-width key", POINT, "point_code", "ＺＤ０００７７", "ZD00077"),
    refused("a key of letters that look alike", POINT, "point_code", "ZD0000О", "pattern ^ZD[0-9]{5}$"),
    refused("a Boolean by English", VISIT, "on_site", "yes", "enum"),
    refused("a name of 81 characters", POINT, "point_name", "站" * 81, "maxLength 80"),
    stored("a name of 80 characters", POINT, "point_name", "站" * 80, "站" * 80),
    stored("emoji and joined signs", POINT, "point_name", "👨‍👩‍👧‍👦站🏳️‍🌈", "👨👩👧👦站🏳️🌈"),
    stored("signs that nobody sees", POINT, "point_name", "\ufeff甲\u200b\xad站\u2060\x07", "甲站"),
    stored("signs that nobody sees in a code", POINT, "point_code", "ZD\u200b00078\u202c", "ZD00078"),
    stored("signs that nobody sees in a number", POINT, "functions", "\u200e12", 12),
    stored("signs that nobody sees in a word", POINT, "point_type", "党群\u200b服务站", "station"),
    stored("signs that nobody sees in a phone number", VISIT, "sentiment_text", "请打139\u200b1234\u200d5678", "请打[电话]"),
    stored("signs that nobody sees in an ID number", VISIT, "sentiment_text", f"证{ID}\u200b1234", "证[证件号]"),
    stored("right-to-left marks", POINT, "point_name", "\u202e站甲\u202c", "站甲"),
    stored("SQL", POINT, "point_name", "'; drop table raw.x; --", "'; drop table raw.x; --"),
    stored("a script", POINT, "point_name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    stored("a formula", POINT, "point_name", "=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
    stored("a path", POINT, "point_name", "../../etc/passwd", "../../etc/passwd"),
    stored("a template", POINT, "point_name", "{{ 7 * 7 }}${jndi:ldap://x}", "{{ 7 * 7 }}${jndi:ldap://x}"),
    stored("a community that nobody knows", POINT, "community_code", "999999999999", "999999999999"),
    stored("completed before it was accepted", CASE, "completed_at", "2020-01-01 00:00:00", datetime(2020, 1, 1)),
    stored("accepted in the far future", CASE, "accepted_at", "2099-01-01 00:00:00", datetime(2099, 1, 1)),
    stored("an amount of half a cent's neighbour", FUND, "amount_yuan", "0.01", "0.01"),
    stored("an amount that a program has added up", FUND, "amount_yuan", "0.30000000000000004", "0.30"),
    stored("an area that a program has added up", POINT, "floor_area_m2", "0.30000000000000004", 0.3),
    stored("a limit that a program has added up", POINT, "floor_area_m2", "20000.000000000004", 20000.0),
    refused("a hair that a program can see", POINT, "floor_area_m2", "20000.0000000001", "maximum 20000"),
    refused("an amount of half a cent", FUND, "amount_yuan", "0.005", "multipleOf 0.01", "minimum 0.01"),
    refused("an amount of nothing", FUND, "amount_yuan", "0", "minimum 0.01"),
    stored("an ID number whose check digit is wrong", CASE, "applicant_id_number", ID + "1234", pseudonym(ID + "1234", KEY), "1 申请人证件号 with a wrong check digit"),
    *[stored(f"a caller as {phone!r}", HOTLINE, "caller_phone", phone, pseudonym(PHONE, KEY)) for phone in (PHONE, f"'{PHONE}", f"{PHONE}.0", f"{PHONE}.00", f"+86{PHONE}", f"(+86){PHONE}", f"（+86）{PHONE}", f"0086 {PHONE}", "139 1234 5678", "139-1234-5678", "139.1234.5678", "139·1234·5678", "１３９１２３４５６７８", "139\u200b1234\u200b5678")],
    *[stored(f"a landline as {phone!r}", HOTLINE, "caller_phone", phone, pseudonym("09173212345", KEY)) for phone in ("0917-3212345", "09173212345", "(0917)3212345", "0917 321 2345", "+86 917 3212345", "0086-917-3212345")],
    *[refused(f"a caller as {phone}", HOTLINE, "caller_phone", phone, "scientific notation, digits are gone") for phone in ("1.39E+10", "1.39123E10", "1E+10")],
    refused("a reference in scientific notation", POINT, "community_code", "9.90101E+11", "scientific notation, digits are gone"),
    stored("a reference with a fraction of nothing", POINT, "community_code", "990101001001.0", "990101001001"),
    stored("a reference behind an apostrophe", POINT, "community_code", "'990101001001", "990101001001"),
    stored("a household that looks like an exponent", VISIT, "household_id", "3E10", pseudonym("3E10", KEY)),
    *[stored(f"a number in a text as {phone!r}", VISIT, "sentiment_text", f"请打{phone}", "请打[电话]") for phone in ("(+86)13912345678", "0086-139-1234-5678", "139·1234·5678", "139.1234.5678", "一三九一二三四五六七八", "幺三九〇〇零一二三四五", "１３９ １２３４ ５６７８", "0917-3212345", "（0917）3212345")],
    stored("a year in Chinese digits", VISIT, "sentiment_text", "二〇二六年一月三十一日", "二〇二六年一月三十一日"),
    stored("a phone with +86 in a text", VISIT, "sentiment_text", "请打+86 139-1234-5678", "请打[电话]"),
    stored("an ID number and a card in a text", VISIT, "sentiment_text", f"{ID}1234，6222021234567890123", "[证件号]，[银行卡]"),
    refused("a phone number where a count is due", VISIT, "problems_found", PHONE, "maximum 50"),
    taken("a row twice", POINT, TEXT + SECOND + "\n", "2 0 1 0"),
    taken("a row twice, in another spelling", POINT, TEXT + SECOND.replace("2024-01-05", "2024年1月5日") + "\n", "2 0 1 0"),
    taken("a key twice, with another name", POINT, TEXT + SECOND.replace("甲2", "乙") + "\n", "2 0 0 1"),
    taken("a key twice, once in a rejected row", POINT, TEXT + SECOND.replace("党群服务中心", "x") + "\n", "2 1 0 0", "point_type: enum"),
    taken("all rows rejected", POINT, TEXT.replace("党群服务中心", "x"), "0 2 0 0", "point_type: enum"),
    refused("every rule of a value broken", POINT, "longitude", "-1000", "minimum 73"),
]

NDJSON = [
    taken("zero bytes of ndjson", REPORT, b"", "0 0 0 0"),
    taken("only empty lines of ndjson", REPORT, "\n\n \n", "0 0 0 0"),
    taken("an object without a line end", REPORT, line(), "1 0 0 0"),
    taken("CR LF in ndjson", REPORT, line() + "\r\n", "1 0 0 0"),
    taken("a mark before ndjson", REPORT, "\ufeff" + line() + "\n", "1 0 0 0"),
    held("a cut object", REPORT, line() + "\n" + line()[:40], "line 2: is not JSON"),
    held("a list", REPORT, line() + "\n[1]\n", "line 2: is no JSON object"),
    held("a number", REPORT, line() + "\n5\n", "line 2: is no JSON object"),
    held("null", REPORT, "null\n", "line 1: is no JSON object"),
    held("a list of objects on many lines", REPORT, f"[\n{line()}\n]\n", "line 1: is not JSON"),
    held("two objects on a line", REPORT, line() + line() + "\n", "line 1: is not JSON"),
    held("an object over two lines", REPORT, line().replace(",", ",\n", 1), "line 1: is not JSON"),
    held("NaN in JSON", REPORT, line()[:-1] + ', "x": NaN}\n', "line 1: is not JSON"),
    held("a trailing comma", REPORT, line()[:-1] + ",}\n", "line 1: is not JSON"),
    held("single quotes", REPORT, line().replace('"', "'"), "line 1: is not JSON"),
    held("lists in lists in lists", REPORT, '{"a":' + "[" * 100_000 + "]" * 100_000 + "}\n", "line 1: is not JSON"),
    held("UTF-16 ndjson", REPORT, line().encode("utf-16"), "is UTF-16, its contract says utf-8"),
    held("GB18030 ndjson", REPORT, line(description="甲乙").encode("gb18030"), "line 1: cannot be decoded as utf-8"),
    held("a raw control sign in a text", REPORT, line(description="甲\x01乙").replace("\\u0001", "\x01"), "line 1: is not JSON"),
    held("an empty object alone", REPORT, "{}\n", NEEDED + ", ".join(c.header for c in FEEDS[REPORT].columns if c.required)),
    taken("an empty object beside a full one", REPORT, line() + "\n{}\n", "1 1 0 0", "; ".join(f"{c.name}: required" for c in FEEDS[REPORT].columns if c.required)),
    taken("a key twice in an object", REPORT, line()[:-1] + ', "photos": 7}\n', "0 1 0 0", "photos: appears twice in one object"),
    taken("a key twice, with a blank before its colon", REPORT, line()[:-1] + ', "photos" : 7}\n', "0 1 0 0", "photos: appears twice in one object"),
    taken("a key twice in an object within", REPORT, line()[:-1] + ', "x": {"a": 1, "a": 2}}\n', "0 1 0 0", "unknown columns, not loaded: 'x'", "a key that is unknown: appears twice in one object"),
    taken("a time without an offset", REPORT, line().replace("+08:00", ""), "1 0 0 0", "times without an offset, read as Beijing time: reported_at 1, replied_at 1, updated_at 1"),
    refused("a count in scientific notation", REPORT, "photos", "1E+10", "type integer"),
    stored("a number that a program has added up", REPORT, "longitude", 107.10000000000001, 107.1),
    taken("a key that nobody knows", REPORT, line()[:-1] + ', "weather": {"t": [1, 2]}}\n', "1 0 0 0", "unknown columns, not loaded: 'weather'"),
    taken("a key of nothing", REPORT, line()[:-1] + ', "": 1}\n', "1 0 0 0", "unknown columns, not loaded: 'column 15'"),
    held("a key of the reader's own", REPORT, line()[:-1] + ', "_row_number": 1}\n', "a key has no name of its own, or is named _row_number"),
    refused("a list for a count", REPORT, "photos", [1, 2], "type integer"),
    refused("true for a count", REPORT, "photos", True, "type integer"),
    stored("a count as a text", REPORT, "photos", "7", 7),
    stored("a count with a point", REPORT, "photos", 7.0, 7),
    refused("a count of 1e400 in JSON", REPORT, "photos", 10**400, "type integer"),
    Case("half a surrogate pair in a text", REPORT, line(description="丙").replace("丙", "丙\\ud800").encode(), LOADED, (1, 0, 0, 0), ("half of a character, read as '?': description 1",), "description", "丙?"),
    taken("half a surrogate pair in a key", REPORT, line().replace('"report_id": "', '"report_id": "甲\\ud83d'), "0 1 0 0", "report_id: pattern ^SP[0-9]{14}$; report_id: half of a character"),
    taken("half a surrogate pair in a person's token", REPORT, line(reporter_openid="oX").replace("oX", "oX\\udc00"), "0 1 0 0", "reporter_openid: half of a character"),
    taken("half a surrogate pair in a key that nobody knows", REPORT, line()[:-1] + ', "weather": "\\ud83d"}\n', "1 0 0 0", "unknown columns, not loaded: 'weather'"),
    stored("a whole surrogate pair", REPORT, "description", "甲\U0001f600", "甲\U0001f600"),
    refused("a list for a text", REPORT, "description", ["甲"], "a list or an object in place of a value"),
    refused("an empty object for a text", REPORT, "description", {}, "a list or an object in place of a value"),
    refused("a list for a person's token", REPORT, "reporter_openid", ["oX"], "a list or an object in place of a value"),
    stored("a NUL in JSON", REPORT, "description", "甲\x00乙", "甲乙"),
    refused("null for a required value", REPORT, "status", None, "required"),
    refused("a time of no zone that is none", REPORT, "reported_at", "2024-01-05T25:00:00+08:00", "type timestamp"),
]

JSON = [
    held("zero bytes of JSON", TEAM, b"", "the document: is not JSON"),
    held("a list for a document", TEAM, "[]", "is no JSON object with a list 'rows'"),
    held("no rows", TEAM, '{"feed": "volunteer_team"}', "is no JSON object with a list 'rows'"),
    held("rows that are an object", TEAM, '{"rows": {}}', "is no JSON object with a list 'rows'"),
    held("no feed", TEAM, '{"rows": []}', "does not say which feed it is"),
    held("rows of numbers", TEAM, '{"feed": "volunteer.volunteer_team", "rows": [1]}', "row 1: is no JSON object"),
    held("another feed by its own words", TEAM, '{"feed": "volunteer.activity", "rows": []}', "says that it is another feed, not volunteer.volunteer_team"),
    held("another district's feed", TEAM, '{"feed": "other_district.volunteer_team", "rows": []}', "says that it is another feed, not volunteer.volunteer_team"),
    held("half of a feed's name", TEAM, '{"feed": "volunteer_team", "rows": []}', "says that it is another feed, not volunteer.volunteer_team"),
    held("a feed that is a list", TEAM, '{"feed": ["volunteer.volunteer_team"], "rows": []}', "says that it is another feed, not volunteer.volunteer_team"),
    held("an error's envelope", TEAM, '{"success": false, "message": "timeout", "rows": []}', "says that its export failed (success: false)"),
    held("an error's envelope without rows", TEAM, '{"error": {"code": 500}}', "says that its export failed (error)"),
    held("an error beside rows", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), error="timeout"), "says that its export failed (error)"),
    taken("an envelope that says all is well", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), success=True, error=None, errors=[], total=1, count="1", row_count=1.0), "1 0 0 0"),
    held("success that is written otherwise", TEAM, '{"feed": "volunteer.volunteer_team", "Success": "False", "rows": []}', "says that its export failed (success: false)"),
    held("a status of failure", TEAM, '{"feed": "volunteer.volunteer_team", "status": "error", "message": "timeout", "rows": []}', "says that its export failed (status)"),
    held("the code of a server's error", TEAM, '{"feed": "volunteer.volunteer_team", "code": 500, "msg": "error", "rows": []}', "says that its export failed (code)"),
    held("an error's message", TEAM, '{"feed": "volunteer.volunteer_team", "error_message": "timeout", "rows": []}', "says that its export failed (errormessage)"),
    held("an error's number", TEAM, '{"feed": "volunteer.volunteer_team", "errCode": 40001, "rows": []}', "says that its export failed (errcode)"),
    taken("all is well in other words", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), status="ok", code=200, errcode=0, errmsg="ok", Success="true", error="none", total=None), "1 0 0 0"),
    held("a total in words", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), total="many"), "says a total that is no number, but has 1 rows"),
    held("a total that is true", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), total=True), "says a total that is no number, but has 1 rows"),
    held("a total in a list", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), count=[1]), "says a count that is no number, but has 1 rows"),
    held("a page of several", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), total=240), "says total 240, but has 1 rows"),
    held("a row_count of more", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), row_count=2), "says row_count 2, but has 1 rows"),
    taken("objects beside the rows", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), meta={"page": {"of": 1}}, links=[{"a": 1}, {"b": 2}]), "1 0 0 0"),
    taken("the word rows among other values", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), sort="rows", order=["rows", {"rows": [{}, {}]}]), "1 0 0 0"),
    taken("a key twice in a row", TEAM, export(TEAM, {}, {}).replace(b'"team_name"', b'"brand": "x", "team_name"', 1), "1 1 0 0", "brand: appears twice in one object"),
    taken("no rows in the list", TEAM, '{"feed": "volunteer.volunteer_team", "rows": []}', "0 0 0 0"),
    held("a cut document", TEAM, export(TEAM, {}, {})[:-30], "the document: is not JSON"),
    held("two documents", TEAM, export(TEAM, {}) * 2, "the document: is not JSON"),
    held("HTML for JSON", TEAM, "<html>", "is HTML or XML, not json"),
    held("a workbook for JSON", TEAM, SHEET, "is a ZIP or Excel file, not json"),
    held("a document of a billion braces", TEAM, '{"rows":' + "[{" * 50_000, "the document: is not JSON"),
    taken("objects within a row", TEAM, json_bytes(FEEDS[TEAM], [{**rows(TEAM, {})[0], "brand": {"a": [{"b": {}}]}}]), "0 1 0 0", "brand: a list or an object in place of a value"),
    taken("objects within a row, in a key that nobody knows", TEAM, json_bytes(FEEDS[TEAM], [{**rows(TEAM, {})[0], "more": {"a": [{"b": {}}]}}]), "1 0 0 0", "unknown columns, not loaded: 'more'"),
    taken("braces within texts", TEAM, export(TEAM, {"brand": "{[}"}, {"brand": '\\"{'}), "2 0 0 0"),
    held("rows twice in a document", TEAM, export(TEAM, {})[:-1] + b', "rows": []}', "says 'rows' twice"),
    held("a count that is not the rows'", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), count=7, note="x"), "says count 7, but has 1 rows"),
    taken("more than rows in the document", TEAM, json_bytes(FEEDS[TEAM], rows(TEAM, {}), note="x", total={"hours": 3}), "1 0 0 0"),
]

XLSX = [
    held("zero bytes of a workbook", COMMUNITY, b"", "is empty: there is no workbook"),
    held("a csv named xlsx", COMMUNITY, GOOD, "is no Excel workbook"),
    held("HTML named xlsx", COMMUNITY, "<html><table/></html>", "is no Excel workbook"),
    held("an old or encrypted workbook", COMMUNITY, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504, "is an old or encrypted Excel file"),
    held("a workbook cut in half", COMMUNITY, SHEET[: len(SHEET) // 2], "is cut off or no Excel workbook"),
    held("a ZIP of something else", COMMUNITY, parts(SHEET, workbook=b""), "is no Excel workbook"),
    held("a workbook without its sheet's part", COMMUNITY, parts(SHEET, sheet1=b""), "the sheet '社区' is damaged (its part of the file is missing)"),
    held("a workbook whose sheet is no XML", COMMUNITY, parts(SHEET, sheet1=b"<worksheet"), "the sheet '社区' is damaged (it is no sound XML)"),
    held("a workbook that is no XML", COMMUNITY, parts(SHEET, workbook=b"<<<"), "the workbook is damaged"),
    held("another sheet's name", COMMUNITY, workbook_bytes({"Sheet1": sheet_of(FEEDS[COMMUNITY], [])}), "has no sheet '社区'"),
    held("an empty sheet", COMMUNITY, workbook_bytes({"社区": []}), "the sheet '社区' has no header in row 2"),
    held("a title alone", COMMUNITY, workbook_bytes({"社区": [["社区导出"]]}), "the sheet '社区' has no header in row 2"),
    held("no title above the header", COMMUNITY, book(COMMUNITY, sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {}))[1:]), "the header names columns 2, 4, 6, 7, 8 alike"),
    taken("a header and no rows in a sheet", COMMUNITY, export(COMMUNITY), "0 0 0 0"),
    taken("empty rows between and below", COMMUNITY, book(COMMUNITY, [*sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {})), [None], [" "], *[list(values_of(FEEDS[COMMUNITY], row)) for row in rows(COMMUNITY, {}, {})[1:]], []]), "2 0 0 0", "empty rows, left out: 4, 5 (2 in all)"),
    taken("two columns more of one name in a sheet", COMMUNITY, book(COMMUNITY, [[*line, *more] for line, more in zip(sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {}, {})), [(), ("备注", "备注"), (1, 2), ()], strict=True)]), "2 0 0 0", "unknown columns, not loaded: '备注', '备注 (13)'"),
    held("a value right of the header", COMMUNITY, cells(COMMUNITY, Z4="x"), "cell Z4: a value stands right of the header"),
    held("a cell in the last corner", COMMUNITY, cells(COMMUNITY, XFD1048576="x"), "the sheet claims 16384 columns and 1048576 rows"),
    held("a zip bomb", COMMUNITY, bomb, "unpacks to more than 1 GiB"),
    held("a bomb that lies of its size", COMMUNITY, lambda: lying(64), "the sheet '社区' is damaged (its part of the file is cut off or changed)"),
    held("a billion laughs", COMMUNITY, parts(SHEET, sheet1=sheet_xml('<row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c></row>', LAUGHS)), "the sheet '社区' is damaged (it is no sound XML)"),
    held("a row number beyond all", COMMUNITY, parts(SHEET, sheet1=sheet_xml('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')), "the sheet claims 1 columns and 99999999999 rows"),
    held("a cell of no column", COMMUNITY, parts(SHEET, sheet1=sheet_xml('<row r="2"><c r="ÄÖ"><v>1</v></c></row>')), "the sheet '社区' is damaged (it is no sound XML)"),
    held("a text that the table of texts lacks", COMMUNITY, parts(SHEET, sheet1=sheet_xml('<row r="2"><c r="A2" t="s"><v>999999</v></c></row>')), "the sheet '社区' is damaged (it is no sound XML)"),
    taken("a hidden sheet and a draft", COMMUNITY, hidden(COMMUNITY), "2 0 0 0"),
    taken("a right total row", COMMUNITY, book(COMMUNITY, sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {}, {}), ["合计"])), "2 0 0 0"),
    taken("a wrong total row", COMMUNITY, book(COMMUNITY, sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {}, {}), ["合计", None, None, None, None, 99])), "2 0 0 0", "the total row says 99 户数, the rows sum to 2"),
    taken("a total row with an unseen sign", COMMUNITY, book(COMMUNITY, sheet_of(FEEDS[COMMUNITY], rows(COMMUNITY, {}, {}), ["合\u200b计\u200e"])), "2 0 0 0"),
    taken("a total row alone", COMMUNITY, book(COMMUNITY, sheet_of(FEEDS[COMMUNITY], [], ["合计"])), "0 0 0 0"),
    taken("a total row in the middle", COMMUNITY, cells(COMMUNITY, A3="合计"), "1 1 0 0", "community_code: pattern ^[0-9]{12}$"),
    taken("an error cell", COMMUNITY, cells(COMMUNITY, F4="#DIV/0!"), "1 1 0 0", "households: an error value of a spreadsheet"),
    taken("an error cell in an optional column", COMMUNITY, cells(COMMUNITY, K4="#N/A"), "1 1 0 0", "contact_phone: an error value of a spreadsheet"),
    taken("an error cell in a text", COMMUNITY, cells(COMMUNITY, B4="#REF!"), "1 1 0 0", "community_name: an error value of a spreadsheet"),
    taken("an error that the reader does not know", COMMUNITY, error_cell(COMMUNITY, "F4", "#GETTING_DATA"), "1 1 0 0", "households: an error value of a spreadsheet"),
    taken("an error of a newer Excel", COMMUNITY, error_cell(COMMUNITY, "B4", "#SPILL!"), "1 1 0 0", "community_name: an error value of a spreadsheet"),
    taken("a formula that nobody computed", COMMUNITY, cells(COMMUNITY, F4="=1+1"), "1 1 0 0", "households: a formula without a stored result"),
    taken("a formula that nobody computed in an optional column", COMMUNITY, cells(COMMUNITY, K4="=1+1"), "1 1 0 0", "contact_phone: a formula without a stored result"),
    taken("a formula that nobody computed in a text", COMMUNITY, cells(COMMUNITY, B4='="甲"&"社区"'), "1 1 0 0", "community_name: a formula without a stored result"),
    taken("a formula of an empty text", COMMUNITY, cell_xml(COMMUNITY, "K4", '<c r="K4" t="str"><f>IF(1,"","x")</f><v></v></c>'), "2 0 0 0"),
    taken("a formula with its result", COMMUNITY, cell_xml(COMMUNITY, "F4", '<c r="F4"><f>1+6</f><v>7</v></c>'), "2 0 0 0"),
    taken("an empty value without a formula", COMMUNITY, cell_xml(COMMUNITY, "K4", '<c r="K4"><v/></c>'), "2 0 0 0"),
    taken("a percentage", COMMUNITY, formatted(COMMUNITY, F4=(0.95, "0%")), "1 1 0 0", "households: a number formatted as a percentage"),
    taken("a percentage of a format of its own", COMMUNITY, formatted(COMMUNITY, H4=(0.5, '0.0%;[Red]-0.0%')), "1 1 0 0", "area_km2: a number formatted as a percentage"),
    taken("a per cent sign that is only shown", COMMUNITY, formatted(COMMUNITY, F4=(95, '0"%"')), "2 0 0 0"),
    taken("a percentage in a text", COMMUNITY, formatted(COMMUNITY, B4=(0.5, "0%")), "1 1 0 0", "community_name: a number formatted as a percentage"),
    taken("a name merged over two rows", COMMUNITY, merged(COMMUNITY, "B3:B4"), "2 0 0 0", "merged cells, their value counts for every row: B3:B4 (1 in all)"),
    taken("cells merged beside each other", COMMUNITY, merged(COMMUNITY, "J3:K3"), "2 0 0 0"),
    taken("rows of blanks of every kind", COMMUNITY, cells(COMMUNITY, A5="\u3000", B6="\xa0", C7="\u200b", D8="\ufeff \u2003"), "2 0 0 0", "empty rows, left out: 5, 6, 7, 8 (4 in all)"),
    taken("a row of blanks between", COMMUNITY, blank_between(COMMUNITY), "2 0 0 0", "empty rows, left out: 4 (1 in all)"),
    held("Strict OOXML", COMMUNITY, strict(SHEET), "is in the Strict form of xlsx: save it again as xlsx (not Strict)"),
    held("a workbook that names no part for its sheet", COMMUNITY, parts(SHEET, workbook=zipfile.ZipFile(io.BytesIO(SHEET)).read("xl/workbook.xml").replace(b"r:id", b"r:ix")), "the workbook is damaged"),
    taken("a sum that a program has added up", FUND, cells(FUND, **{f"{letter(FUND, 'amount_yuan')}4": 0.1 + 0.2}), "2 0 0 0"),
    taken("a code in a number cell", COMMUNITY, cells(COMMUNITY, A4=990101001002), "2 0 0 0"),
    taken("a code in a number cell with a fraction", COMMUNITY, cells(COMMUNITY, A4=990101001002.5), "1 1 0 0", f"community_code: {NO_IDENTIFIER}"),
    taken("a code in a Boolean cell", WORKER, cells(WORKER, C4=True), "1 1 0 0", f"id_number: {NO_IDENTIFIER}"),
    taken("a code in a date cell", WORKER, cells(WORKER, C4=datetime(2024, 1, 5)), "1 1 0 0", f"id_number: {NO_IDENTIFIER}"),
    taken("a code that a program has added up", COMMUNITY, cell_xml(COMMUNITY, "A4", '<c r="A4"><v>990101001002.00001</v></c>'), "2 0 0 0"),
    taken("a percentage as a code", WORKER, formatted(WORKER, C4=(0.5, "0%")), "1 1 0 0", "id_number: a number formatted as a percentage"),
    taken("a number in a text cell", COMMUNITY, cells(COMMUNITY, F4="１２"), "2 0 0 0"),
    taken("a Boolean cell for 是", COMMUNITY, cells(COMMUNITY, I4=True), "1 1 0 0", "is_benchmark: enum"),
    taken("a date where a number is due", COMMUNITY, cells(COMMUNITY, F4=datetime(2024, 1, 5)), "1 1 0 0", "households: type integer"),
    taken("a real date", CARE, cells(CARE, F4=date(2024, 1, 5)), "2 0 0 0"),
    taken("a day number where a date is due", CARE, cells(CARE, F4=45296), "1 1 0 0", "registered_on: type date"),
    taken("a street that is not its community's", COMMUNITY, cells(COMMUNITY, C4="990101002"), "1 1 0 0", "street_code: is not the beginning of community_code"),
    taken("an ID number that Excel has rounded", WORKER, cells(WORKER, C4=610303199001011234), "1 1 0 0", f"id_number: {DIGITS_GONE}"),
    taken("an ID number that Excel has rounded, shown as a text", WORKER, formatted(WORKER, C4=(6.1030219770315e17, "@")), "1 1 0 0", f"id_number: {DIGITS_GONE}"),
    taken("an ID number in a text cell", WORKER, formatted(WORKER, C4=("610303199001011234", "@")), "2 0 0 0", "1 证件号码 with a wrong check digit"),
    taken("a number of 16 digits as a key", CARE, cells(CARE, A4=10**15), "1 1 0 0", f"household_id: {DIGITS_GONE}"),
    taken("a number of 15 digits as a key", CARE, cells(CARE, A4=10**15 - 1), "2 0 0 0"),
    taken("a number of 16 digits as a count", COMMUNITY, cells(COMMUNITY, F4=10**15), "1 1 0 0", "households: maximum 50000"),
    taken("a number of 16 digits as a name", COMMUNITY, cells(COMMUNITY, B4=10**15), "2 0 0 0"),
    *[taken(f"Excel's day 0, {what}", WORKER, day_cell(WORKER, "J4", xml), "2 0 0 0", NONE_MEANT.replace("办结时间", "离岗日期")) for what, xml in DAY_0.items()],
    taken("Excel's day 0 as a time", FUND, day_cell(FUND, f"{letter(FUND, 'booked_at')}4", "<v>0.333</v>"), "1 1 0 0", NONE_MEANT.replace("办结时间", "记账时间"), "booked_at: required"),
    taken("Excel's day 0 where a date is required", WORKER, day_cell(WORKER, "I4", "<v>0</v>"), "1 1 0 0", NONE_MEANT.replace("办结时间", "上岗日期"), "started_on: required"),
    *[taken(f"a day below 0, {value}", WORKER, day_cell(WORKER, "J4", f"<v>{value}</v>"), "1 1 0 0", "ended_on: type date") for value in ("-1", "-0.5")],
    taken("a time of day in a text", COMMUNITY, day_cell(COMMUNITY, "B4", "<v>0.25</v>"), "2 0 0 0"),
    taken("a time of day as a text where a date is due", WORKER, cells(WORKER, J4="08:00:00"), "1 1 0 0", "ended_on: type date"),
    taken("a cell of line ends", COMMUNITY, cells(COMMUNITY, B4="甲\n\r\n社区"), "2 0 0 0"),
    taken("a cell of 32,767 signs", COMMUNITY, cells(COMMUNITY, B4="甲" * 32_767), "1 1 0 0", "community_name: maxLength 60"),
    taken("a header in two lines", COMMUNITY, cells(COMMUNITY, K2="联系\n电话"), "2 0 0 0", "unknown columns, not loaded: '联系\\n电话'"),
    held("a header twice in a sheet", COMMUNITY, cells(COMMUNITY, K2="户数"), "the header names columns 6, 11 alike"),
    taken("a column without a name in a sheet", COMMUNITY, cells(COMMUNITY, K2=None, L2="备注", L4="x"), "2 0 0 0", "unknown columns, not loaded: 'column 11', '备注'"),
]
# fmt: on

CASES: Sequence[Case] = [*CSV, *VALUES, *NDJSON, *JSON, *XLSX]
