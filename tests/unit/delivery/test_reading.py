"""Bytes to rows: what is read completely, with its line numbers, and what is held, with a reason that its sender can
act on."""

import datetime as dt
import io
import json
import sys
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pipelines.contracts.model import Feed
from pipelines.delivery import json_reading
from pipelines.delivery import workbook_process as sheet_reader
from pipelines.delivery.cells import DATE, IDENTIFIER, cell_text
from pipelines.delivery.reading import read
from pipelines.delivery.row_rules import Checked, check
from pipelines.delivery.signs import NO_WHOLE_NUMBER, ROUNDED, is_blank
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.workbook_messages import Sheet, Wanted
from pipelines.intake.digests import digest
from pipelines.keys import Key
from pipelines.settings import PROJECT_DIR
from tests.unit.helpers import (
    COMMUNITY,
    EVENT,
    MEETING,
    POINT,
    REPORT,
    TEAM,
    Row,
    csv_bytes,
    csv_text,
    export_bytes,
    header_of,
    json_bytes,
    ndjson_bytes,
    row_of,
    sheet_of,
    workbook,
)

SAMPLES = PROJECT_DIR / "tests" / "samples"
UGLY = sorted((SAMPLES / "ugly").glob("*.csv"))
SAMPLE_CSV = SAMPLES / "real_events" / "inbox" / "2015-01-20" / "command_centre_event_20150120.csv"
SAMPLE_XLSX = SAMPLES / "real_events" / "inbox" / "2015-01-02" / "smart_community_community_20150102.xlsx"


def table_of(tmp_path: Path, feed: Feed, data: bytes) -> TextTable:
    path = tmp_path / "file"
    path.write_bytes(data)
    return read(path, feed)


def reason(tmp_path: Path, feed: Feed, data: bytes, key: Key) -> str:
    """Why a file is held; no fault of a file may raise."""
    path = tmp_path / "file"
    path.write_bytes(data)
    found = digest(path, feed, key)
    assert found.held_because, "the file is not held"
    assert (found.row_count, found.loaded.height, found.rejected.height) == (0, 0, 0)
    return found.held_because


def points(count: int) -> list[Row]:
    return [{**POINT, "point_code": f"ZD{i:05}"} for i in range(count)]


# ---------------------------------------------------------------- csv


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "unended"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_every_line_end_gives_the_same_rows(
    tmp_path: Path, feeds: dict[str, Feed], end: str, last: bool, mark: bytes
) -> None:
    feed = feeds["service_centre.service_point"]
    text = csv_text(feed, points(3), end)
    table = table_of(tmp_path, feed, mark + (text if last else text.removesuffix(end)).encode())
    assert table.row_count == table.frame.height == 3
    assert table.frame[ROW_NUMBER].to_list() == [2, 3, 4]
    assert table.frame["站点编码"].to_list() == ["ZD00000", "ZD00001", "ZD00002"]
    assert table.frame["特色主题"].to_list() == [None] * 3
    assert table.frame.columns[1:] == header_of(feed)


@pytest.mark.parametrize("name", ["service_centre.service_point", "snap_report.report", "volunteer.volunteer_team"])
@pytest.mark.parametrize("contract", ["utf-16", "UTF-16LE", "utf_16_be"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_is_read_by_its_mark_where_the_contract_says_so(
    tmp_path: Path, feeds: dict[str, Feed], name: str, contract: str, order: str
) -> None:
    """Excel's "Unicode text", and what SQL Server writes."""
    feed = feeds[name]
    data = export_bytes(feed, [row_of(feed, number) for number in (1, 2)])
    written = ("\ufeff" + data.decode()).encode(f"utf-16-{order}")
    found = table_of(tmp_path, replace(feed, encoding=contract), written)
    assert found.frame.equals(table_of(tmp_path, feed, data).frame)


@pytest.mark.parametrize("place", ["桥南", "㐀㙍", "𠮷野家", "😀", "𰻝"])
def test_gb18030_is_decoded_with_its_rare_characters(tmp_path: Path, feeds: dict[str, Feed], place: str) -> None:
    feed = feeds["command_centre.event"]
    table = table_of(tmp_path, feed, csv_bytes(feed, [{**EVENT, "department": place}]))
    assert table.frame["责任单位"].to_list() == [place]


def quoted(field: str) -> str:
    return csv_text_with("一号站", field)


def csv_text_with(old: str, new: str, rows: int = 1) -> str:
    text = "站点编码,站点名称,社区编码,站点类型,功能数,启用日期\n"
    for i in range(rows):
        text += f"ZD{i:05},一号站,990101001001,党群服务站,3,2020-01-01\n"
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"一号站"', "一号站"),
        ('"一,号站"', "一,号站"),
        ('"一""号""站"', '一"号"站'),
        ('"一\n号站"', "一\n号站"),
        ('"一\n号\n\n站"', "一\n号\n\n站"),
        ('""', ""),
        ("'; drop table x; --", "'; drop table x; --"),
        ("=1+1", "=1+1"),
    ],
)
def test_quoted_fields_keep_what_is_in_them(tmp_path: Path, feeds: dict[str, Feed], field: str, value: str) -> None:
    table = table_of(tmp_path, feeds["service_centre.service_point"], quoted(field).encode())
    assert table.frame["站点名称"].to_list() == [value]


def test_rows_after_embedded_newlines_have_the_line_where_they_begin(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    text = csv_text_with("一号站", '"一\n号\n站"', rows=3)
    table = table_of(tmp_path, feeds["service_centre.service_point"], text.encode())
    assert table.frame[ROW_NUMBER].to_list() == [2, 5, 6]


def test_a_header_with_an_embedded_newline_moves_the_first_line(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    text = csv_text_with("启用日期", '启用日期,"备\n注"', rows=2).replace("2020-01-01", "2020-01-01,x")
    table = table_of(tmp_path, feeds["service_centre.service_point"], text.encode())
    assert table.frame[ROW_NUMBER].to_list() == [3, 4]


@pytest.mark.parametrize("data", [csv_text_with("", "", 0), csv_text_with("", "", 0).rstrip("\n")], ids=["LF", "bare"])
def test_a_header_and_no_rows_is_an_empty_delivery(tmp_path: Path, feeds: dict[str, Feed], data: str) -> None:
    table = table_of(tmp_path, feeds["service_centre.service_point"], data.encode())
    assert (table.row_count, table.frame.height) == (0, 0)


def test_empty_lines_at_the_end_are_no_records(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    data = csv_text_with("", "", 2) + "\n\n\r\n"
    assert table_of(tmp_path, feeds["service_centre.service_point"], data.encode()).row_count == 2


def test_blanks_around_headers_are_no_part_of_them(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    data = csv_text_with("站点名称,社区编码", " 站点名称 ,　社区编码　")
    assert "社区编码" in table_of(tmp_path, feeds["service_centre.service_point"], data.encode()).frame.columns


GOOD = csv_text_with("", "", 2).encode()
LINE_3 = b"ZD00001"
PAYMENT_PHONE = "13900000001"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "is empty", id="zero bytes"),
        pytest.param(b"\xef\xbb\xbf", "is empty", id="only a BOM"),
        pytest.param(b"\n \r\n\n", "is empty", id="blank lines only"),
        pytest.param(GOOD.replace(b"ZD00001,", b"ZD00001,x,"), "line 3: 7 fields, the header has 6", id="long line"),
        pytest.param(GOOD.replace(b"ZD00001,", b""), "line 3: 5 fields, the header has 6", id="short line"),
        pytest.param(b"\n" + GOOD, "", id="blank line before the header"),
        pytest.param(GOOD.replace(LINE_3, b"ZD\x00001"), "line 3: a NUL byte", id="NUL"),
        pytest.param(GOOD.replace(LINE_3, b"ZD\xff\xfe1"), "line 3: cannot be decoded as utf-8", id="invalid bytes"),
        pytest.param(GOOD.replace(b"ZD00001,", b"\xff"), "line 3", id="invalid bytes on a short line"),
        pytest.param(b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "UTF-16", id="UTF-16 LE"),
        pytest.param(b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "UTF-16", id="UTF-16 BE"),
        pytest.param(GOOD.decode().encode("utf-16-le"), "", id="UTF-16 without BOM"),
        pytest.param(GOOD.decode().encode("gb18030"), "", id="another encoding than its contract says"),
        pytest.param(
            GOOD.replace(b"ZD00001", b'"ZD00001'),
            "has no closing quote: the file is cut off, or a quote is not doubled",
            id="cut inside quotes",
        ),
        pytest.param(GOOD.replace(b"ZD00001,", b'"ZD0"0"001,"'), "", id="quotes that hide a delimiter"),
        pytest.param(GOOD.replace("站点名称".encode(), "站点编码".encode()), "columns 1, 2 alike", id="doubled"),
        pytest.param(GOOD.replace("站点名称".encode(), "名称".encode()), "missing: 站点名称", id="renamed required"),
        pytest.param(GOOD.replace(b",", b";"), "required columns are missing", id="semicolons"),
        pytest.param(GOOD.replace(b",", b"\t"), "required columns are missing", id="tabs"),
        pytest.param(GOOD.split(b"\n", 1)[1], "required columns are missing", id="no header"),
        pytest.param(b"PK\x03\x04" + GOOD, "a ZIP or Excel file", id="ZIP"),
        pytest.param(b"%PDF-1.7\n" + GOOD, "a PDF", id="PDF"),
        pytest.param(b"\xd0\xcf\x11\xe0" + GOOD, "an old Excel file", id="xls"),
        pytest.param(b"<html><table><tr><td>1</td></tr></table>", "", id="HTML"),
        pytest.param(GOOD.replace(b"\n", b"," + b"x" * 200_000 + b"\n", 1), "", id="a header of 200 kB"),
    ],
)
def test_an_unusable_csv_is_held_with_its_reason(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, data: bytes, says: str
) -> None:
    assert says in reason(tmp_path, feeds["service_centre.service_point"], data, key)


@pytest.mark.parametrize("names", [",", ",column 7", "_row_number,x", "Ａ,A"])
def test_strangely_named_columns_are_loaded_around_or_held(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, names: str
) -> None:
    data = GOOD.decode().replace("启用日期", f"启用日期,{names}").replace("2020-01-01", "2020-01-01,x,y")
    path = tmp_path / "file"
    path.write_text(data)
    found = digest(path, feeds["service_centre.service_point"], key)
    assert found.held_because or (found.loaded.height == 2 and len(found.notes) == 1)


@pytest.mark.parametrize("bad", [b"\xff\xff", b"\x81\x30\x81", b"\x80"])
def test_bytes_that_are_no_gb18030_are_held_with_their_line(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, bad: bytes
) -> None:
    feed = feeds["command_centre.event"]
    data = csv_bytes(feed, [EVENT, EVENT])
    assert reason(tmp_path, feed, data.replace(b"SJ2024", bad + b",2024", 2), key).startswith("line 2:")


def test_a_reason_quotes_no_value_of_a_row(tmp_path: Path, feeds: dict[str, Feed], key: Key) -> None:
    """A file without its header: the first row is in the header's place, with the same phone twice."""
    feed = feeds["command_centre.hotline_order"]
    line = ",".join(["RX20240105000001", PAYMENT_PHONE, "990101001001", PAYMENT_PHONE] + ["x"] * 11)
    assert PAYMENT_PHONE not in reason(tmp_path, feed, f"{line}\n{line}\n".encode("gb18030"), key)


@pytest.mark.parametrize("file", UGLY, ids=lambda file: file.name.split("_")[1])
@pytest.mark.parametrize("feed", ["command_centre.event", "service_centre.service_case", "home_visit.visit"])
def test_the_ugly_files_are_held(feeds: dict[str, Feed], key: Key, file: Path, feed: str) -> None:
    found = digest(file, feeds[feed], key)
    assert found.held_because
    assert found.row_count == 0


def fates(path: Path, feed: Feed) -> tuple[TextTable, Checked]:
    table = read(path, feed)
    return table, check(table, feed)


@pytest.mark.parametrize("part", range(20))
def test_a_csv_cut_at_any_twentieth_is_held_or_loses_no_row_that_is_there(
    tmp_path: Path, feeds: dict[str, Feed], part: int
) -> None:
    feed, whole = feeds["command_centre.event"], SAMPLE_CSV.read_bytes()
    cut = whole[: len(whole) * part // 20]
    path = tmp_path / "cut.csv"
    path.write_bytes(cut)
    try:
        table, checked = fates(path, feed)
    except Held:
        return
    # The file does not contain its length: the remaining lines must be complete, each with its outcome.
    assert table.row_count == cut.count(b"\n") - cut.endswith(b"\n")
    rows = checked.loaded.height + checked.rejected.height + checked.duplicate_count + checked.superseded_count
    assert rows == table.row_count
    _, uncut = fates(SAMPLE_CSV, feed)
    assert checked.loaded.rows() == uncut.loaded.head(checked.loaded.height).rows()


@pytest.mark.parametrize("column", ["updated_at", "longitude"])
def test_a_last_line_cut_in_the_middle_of_a_value_that_still_reads_is_not_loaded_as_if_whole(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, column: str
) -> None:
    """`2024-01-05 09:00:00` truncated to `2024-01-05 09` breaks its type; the whole file is held, instead of rejecting
    the row."""
    feed = feeds["command_centre.event"]
    data = csv_bytes(feed, [EVENT, {**EVENT, "event_id": "SJ20240105000002"}]).rstrip(b"\n")
    cut = {"updated_at": data[:-6], "longitude": data[: -len(",2024-01-05 09:00:00")]}[column]
    assert "line 3" in reason(tmp_path, feed, cut, key)


CELL = st.text(st.characters(codec="utf-8", exclude_characters='\x00\r"'), max_size=8)


@budget(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6))
def test_any_text_that_is_quoted_comes_back_as_it_was(
    tmp_path: Path, feeds: dict[str, Feed], cells: list[list[str]]
) -> None:
    text = "甲,乙\n" + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in cells)
    table = table_of(tmp_path, feeds["service_centre.service_point"], text.encode())
    # A blank record does not count, unless it contains a line end.
    shown = [row for row in cells if not is_blank("".join(row)) or "\n" in "".join(row)]
    assert table.frame.select("甲", "乙").rows() == [tuple(row) for row in shown]
    lines = [text[: text.index("\n") + 1]]
    starts = []
    for row in cells:
        if row in shown:
            starts.append(sum(line.count("\n") for line in lines) + 1)
        lines.append(",".join(row) + "\n")
    assert table.frame[ROW_NUMBER].to_list() == starts


@budget(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=120) | st.text(st.sampled_from(list('a,"\n\r甲\t')), max_size=40).map(str.encode))
@pytest.mark.parametrize(
    "feed", ["command_centre.event", "service_centre.service_point", "snap_report.report", "volunteer.volunteer_team"]
)
def test_no_bytes_at_all_make_the_reader_fail(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, feed: str, data: bytes
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    found = digest(path, feeds[feed], key)
    assert found.held_because or found.row_count == 0


# ---------------------------------------------------------------- ndjson, json


def test_ndjson_has_an_object_a_line(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    feed = feeds["snap_report.report"]
    data = ndjson_bytes(feed, [REPORT, {**REPORT, "report_id": "SP20240105000002", "longitude": 113.25}])
    table = table_of(tmp_path, feed, data.replace(b"\n", b"\r\n\n", 1))
    assert table.frame[ROW_NUMBER].to_list() == [1, 3]
    assert table.frame["lng"].to_list() == [None, "113.25"]
    assert table.row_count == 2


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf"], ids=["zero bytes", "a blank line", "a BOM"])
def test_an_ndjson_without_objects_is_an_empty_delivery(tmp_path: Path, feeds: dict[str, Feed], data: bytes) -> None:
    table = table_of(tmp_path, feeds["snap_report.report"], data)
    assert (table.row_count, check(table, feeds["snap_report.report"]).loaded.height) == (0, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2", "2"),
        ("2.0", "2"),
        ("2.5", "2.5"),
        ('"2"', "2"),
        ("true", "true"),
        ("null", None),
        ('"无"', "无"),
        ("113.123456789", "113.123456789"),
        ("123456789012345678", "123456789012345678"),
        ('"\\u7532"', "甲"),
        ('"\\ud83d\\ude00"', "😀"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_a_json_value_is_spelled_as_an_export_would(
    tmp_path: Path, feeds: dict[str, Feed], value: str, text: str | None
) -> None:
    feed = feeds["snap_report.report"]
    data = ndjson_bytes(feed, [REPORT]).replace(b'"photos": 2', b'"photos": ' + value.encode())
    assert table_of(tmp_path, feed, data).frame["photos"].to_list() == [text]


REPORTS = json.dumps(dict(REPORT)).encode() + b"\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(REPORTS + b"[1]\n", "line 2: is no JSON object", id="a list"),
        pytest.param(REPORTS + b'"x"\n', "line 2: is no JSON object", id="a string"),
        pytest.param(REPORTS + b"null\n", "line 2: is no JSON object", id="null"),
        pytest.param(REPORTS + REPORTS[:40], "line 2: is not JSON", id="cut off"),
        pytest.param(REPORTS.replace(b": 2", b": NaN"), "line 1: is not JSON", id="NaN"),
        pytest.param(REPORTS.replace(b"open-1", b"\xff"), "line 1: cannot be decoded", id="invalid bytes"),
        pytest.param(REPORTS.replace(b"open-1", b"\x00"), "line 1", id="NUL"),
        pytest.param(REPORTS.replace(b"\n", b"\r") * 2, "line 1: is not JSON", id="CR"),
        pytest.param(b"[" * 50_000, "line 1: is not JSON", id="nested deep"),
        pytest.param(REPORTS.replace(b"report_id", b"id"), "missing: report_id", id="required key in no record"),
        pytest.param(b"<html></html>", "HTML", id="HTML"),
        pytest.param(b"PK\x03\x04", "ZIP", id="ZIP"),
        pytest.param(REPORTS.decode().encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param(REPORTS.replace(b"{", b'{"_row_number": 1, '), "_row_number", id="our own name"),
    ],
)
def test_an_unusable_ndjson_is_held_with_its_reason(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, data: bytes, says: str
) -> None:
    assert says in reason(tmp_path, feeds["snap_report.report"], data, key)


@pytest.mark.parametrize("name", ['"\\ud800"', '"ｐｈｏｔｏｓ"', '""', '" photos"'])
def test_a_strange_key_never_makes_the_reader_fail(tmp_path: Path, feeds: dict[str, Feed], key: Key, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(REPORTS.replace(b'"photos": 2', b'"photos": 2, ' + name.encode() + b": 3"))
    found = digest(path, feeds["snap_report.report"], key)
    assert found.held_because or found.loaded["photos"].to_list() == [2]


@pytest.mark.parametrize("form", ["ndjson", "json"])
def test_an_object_of_any_depth_is_loaded_around_or_held(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, form: str
) -> None:
    """A depth at which the decoder ends, but not what walks the object after it, must not stop the run."""
    feed = feeds["snap_report.report"] if form == "ndjson" else feeds["volunteer.volunteer_team"]
    line = REPORTS if form == "ndjson" else json_bytes(feed, [TEAM])
    path, held = tmp_path / "file", set()
    for depth in range(900, sys.getrecursionlimit()):
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        path.write_bytes(line.replace(b"}", b', "x": ' + nested + b"}", 1))
        found = digest(path, feed, key)
        assert found.held_because or found.loaded.height == 1
        held.add(found.held_because)
    assert "cannot be parsed (RecursionError)" in str(held)


class _Polars:
    """The library, which must not look for the type of a nested list: that took 13 s for 3.5 KB of them."""

    def __getattr__(self, name: str) -> Any:
        return getattr(pl, name)

    def Series(self, name: str, values: Any, **others: Any) -> pl.Series:  # noqa: N802
        assert not any(isinstance(value, list | dict) for value in values)
        return pl.Series(name, values, **others)


def test_nested_lists_are_texts_before_they_are_a_column(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_reading, "pl", _Polars())
    path = tmp_path / "file"
    nested = b"".join(b', "x%d": ' % i + b"[" * depth + b"]" * depth for i, depth in enumerate((1, 2, 400)))
    path.write_bytes(REPORTS.replace(b"}", nested + b"}"))
    assert digest(path, feeds["snap_report.report"], key).row_count == 1


def test_half_of_a_character_within_a_list_rejects_nothing_else(
    tmp_path: Path, feeds: dict[str, Feed], key: Key
) -> None:
    path = tmp_path / "file"
    path.write_bytes(REPORTS.replace(b"}", rb', "x": ["\ud83d"], "y": {"\ud83d": "\ud83d"}}'))
    found = digest(path, feeds["snap_report.report"], key)
    assert (found.held_because, found.row_count) == (None, 1)


def test_json_is_one_document_with_rows(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    feed = feeds["volunteer.volunteer_team"]
    table = table_of(tmp_path, feed, json_bytes(feed, [TEAM, {**TEAM, "team_id": "VT00002", "brand": '{"}'}]))
    assert table.frame[ROW_NUMBER].to_list() == [1, 2]
    assert table.frame["brand"].to_list() == [None, '{"}']
    assert table_of(tmp_path, feed, json_bytes(feed, [])).row_count == 0


@pytest.mark.parametrize("value", [{"a": 1}, {"a": {"b": 1}}, [{"a": 1}, {"a": 2}], [], "{"])
def test_an_unknown_key_of_any_shape_is_loaded_around(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, value: object
) -> None:
    feed = feeds["volunteer.volunteer_team"]
    path = tmp_path / "file"
    path.write_bytes(json_bytes(feed, [{**TEAM, "tags": value}]))
    found = digest(path, feed, key)
    assert found.held_because is None
    assert found.loaded.height == 1
    assert "tags" in found.notes[0]


TEAMS = json.dumps({"feed": "volunteer.volunteer_team", "rows": [dict(TEAM)]}).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "not JSON", id="zero bytes"),
        pytest.param(TEAMS[:-1], "not JSON", id="cut off"),
        pytest.param(TEAMS.replace(b"rows", b"data"), "'rows'", id="no rows"),
        pytest.param(b"[]", "'rows'", id="a list"),
        pytest.param(TEAMS.replace(b"[{", b'["x", {'), "row 1: is no JSON object", id="a row that is text"),
        pytest.param(
            TEAMS.replace(b"volunteer.volunteer_team", b"volunteer.activity"), "another feed", id="other feed"
        ),
        pytest.param(TEAMS.replace(b'"feed"', b'"kind"'), "which feed it is", id="no feed"),
        pytest.param(TEAMS.replace(b"team_name", b"name"), "missing: team_name", id="required key in no record"),
        pytest.param(TEAMS.decode().encode("utf-16"), "UTF-16", id="UTF-16"),
    ],
)
def test_an_unusable_json_is_held_with_its_reason(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, data: bytes, says: str
) -> None:
    assert says in reason(tmp_path, feeds["volunteer.volunteer_team"], data, key)


@pytest.mark.parametrize("part", range(20))
@pytest.mark.parametrize("feed", ["snap_report.report", "volunteer.volunteer_team"])
def test_json_cut_at_any_twentieth_is_held_or_has_only_whole_rows(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, feed: str, part: int
) -> None:
    rows: list[Row] = [
        {**REPORT, "report_id": f"SP{i:014}"} if feed == "snap_report.report" else {**TEAM, "team_id": f"VT{i:05}"}
        for i in range(10)
    ]
    whole = ndjson_bytes(feeds[feed], rows) if feed == "snap_report.report" else json_bytes(feeds[feed], rows)
    cut = whole[: len(whole) * part // 20]
    path = tmp_path / "cut"
    path.write_bytes(cut)
    found = digest(path, feeds[feed], key)
    if found.held_because is None:
        assert feed == "snap_report.report"
        assert found.loaded.height == found.row_count == cut.count(b"\n") + (not cut.endswith(b"\n") and bool(cut))


# ---------------------------------------------------------------- xlsx


def cells_of(path: Path, sheet: str, header_row: int = 2) -> list[tuple[object, ...]]:
    """Of each of a sheet's rows: its number, the count of records, the note on merged cells, the cells. Read in this
    process: a child takes longer."""
    return rows_of(path, Wanted(sheet, header_row))


def rows_of(path: Path, wanted: Wanted) -> list[tuple[object, ...]]:
    (answer,) = sheet_reader.read_sheets(path.read_bytes(), [wanted])
    assert isinstance(answer, Sheet)
    beside = (answer.record_count, answer.merged)
    return [(number, *beside, *row) for number, *row in zip(answer.row_numbers, *answer.columns, strict=True)]


def refused(path: Path, sheet: str) -> str:
    (answer,) = sheet_reader.read_sheets(path.read_bytes(), [Wanted(sheet, 2)])
    assert isinstance(answer, sheet_reader.Refused)
    return str(answer)


def test_a_workbook_is_read_in_a_child_with_its_total_row_checked(
    tmp_path: Path, feeds: dict[str, Feed], key: Key
) -> None:
    feed = feeds["smart_community.community"]
    numbers = {**COMMUNITY, "community_code": 990101001002, "street_code": 990101001}
    total = ["合计", None, None, None, None, 2400, 6201, 3.0]
    path = workbook(tmp_path / "a.xlsx", {"社区": sheet_of(feed, [COMMUNITY, numbers], total)})
    found = digest(path, feed, key)
    assert (found.row_count, found.loaded.height, found.held_because) == (2, 2, None)
    assert found.loaded["community_code"].to_list() == ["990101001001", "990101001002"]
    assert found.loaded[ROW_NUMBER].to_list() == [3, 4]
    (note,) = found.notes
    assert "6201" in note
    assert "常住人口" in note


def test_a_right_total_row_is_neither_record_nor_finding(tmp_path: Path, feeds: dict[str, Feed], key: Key) -> None:
    feed = feeds["smart_community.community"]
    total = [" 合计 ", None, None, None, None, 1200, 3100, 1.5]
    path = workbook(tmp_path / "a.xlsx", {"社区": sheet_of(feed, [COMMUNITY], total)})
    found = digest(path, feed, key)
    assert (found.row_count, found.loaded.height, found.rejected.height, found.notes) == (1, 1, 0, ())


@pytest.mark.parametrize("told", ["１.５", " 1.5 ", "1.5\u200b", 1.5])
@pytest.mark.parametrize("area", ["１.５", " 1.5", "1.5\u200b"])
def test_a_total_is_summed_over_every_spelling_of_a_number(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, area: str, told: str | float
) -> None:
    feed = feeds["smart_community.community"]
    total = ["合计", None, None, None, None, 1200, 3100, told]
    sheet = sheet_of(feed, [{**COMMUNITY, "area_km2": area}], total)
    found = digest(workbook(tmp_path / "a.xlsx", {"社区": sheet}), feed, key)
    assert (found.loaded["area_km2"].to_list(), found.notes) == ([1.5], ())


def test_a_wrong_total_is_found_in_every_spelling(tmp_path: Path, feeds: dict[str, Feed], key: Key) -> None:
    feed = feeds["smart_community.community"]
    sheet = sheet_of(feed, [COMMUNITY], ["合计", None, None, None, None, 1200, 3100, "９９"])
    found = digest(workbook(tmp_path / "a.xlsx", {"社区": sheet}), feed, key)
    assert found.notes == ("the total row says 99 面积(平方公里), the rows sum to 1.5",)


@pytest.mark.parametrize("header", ["面积（平方公里）", " 面积(平方公里)", "面积"])
def test_a_total_is_checked_under_any_header_of_its_column(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, header: str
) -> None:
    feed = feeds["smart_community.community"]
    columns = [replace(one, aliases=("面积",)) if one.name == "area_km2" else one for one in feed.columns]
    feed = replace(feed, columns=tuple(columns))
    sheet = sheet_of(feed, [COMMUNITY], ["合计", None, None, None, None, 1200, 3100, 99])
    sheet[1] = [header if name == "面积(平方公里)" else name for name in header_of(feed)]
    found = digest(workbook(tmp_path / "a.xlsx", {"社区": sheet}), feed, key)
    assert found.notes == ("the total row says 99 面积(平方公里), the rows sum to 1.5",)


def test_real_dates_of_excel_are_dates_and_times(tmp_path: Path, feeds: dict[str, Feed], key: Key) -> None:
    feed = feeds["co_building.joint_meeting"]
    row = {**MEETING, "held_at": dt.datetime(2024, 1, 5, 8, 15, 30), "updated_at": dt.date(2024, 1, 6)}
    path = workbook(tmp_path / "a.xlsx", {"联席会议": sheet_of(feed, [row])})
    found = digest(path, feed, key)
    assert found.loaded["held_at"].to_list() == [dt.datetime(2024, 1, 5, 8, 15, 30)]
    assert found.loaded["updated_at"].to_list() == [dt.datetime(2024, 1, 6)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "is empty", id="zero bytes"),
        pytest.param(GOOD, "is no Excel workbook", id="text renamed"),
        pytest.param(b"\xd0\xcf\x11\xe0", "old or encrypted", id="xls renamed"),
        pytest.param(b"%PDF-1.7", "is no Excel workbook", id="PDF renamed"),
        pytest.param(b"PK\x03\x04" + b"\0" * 99, "is cut off or no Excel workbook", id="a ZIP that is none"),
    ],
)
def test_a_file_that_is_no_workbook_is_held(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, data: bytes, says: str
) -> None:
    assert says in reason(tmp_path, feeds["smart_community.community"], data, key)


def test_a_workbook_without_the_sheet_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"别的": [["标题"], ["甲"], ["1"]]})
    assert refused(path, "社区") == "has no sheet '社区': name the sheet so"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["标题"]], "no header in row 2"),
        ([], "no header in row 2"),
        ([["标题"], [None, None], ["1", "2"]], "no header in row 2"),
        ([["标题"], ["甲", "乙"], ["1", "2", "3"]], "cell C3: a value stands right of the header"),
    ],
)
def test_a_sheet_of_another_shape_is_refused(tmp_path: Path, rows: list[list[object]], says: str) -> None:
    assert says in refused(workbook(tmp_path / "a.xlsx", {"社区": rows}), "社区")


def test_a_cell_in_the_last_corner_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"社区": [["标题"], ["甲"], ["1"]]})
    book = openpyxl.load_workbook(path)
    book["社区"]["XFD1048576"] = "x"
    book.save(path)
    assert "16384 columns and 1048576 rows" in refused(path, "社区")


def test_a_zip_bomb_is_refused_by_what_it_claims(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"社区": [["标题"], ["甲"], ["1"]]})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(data)
    assert "more than 1 GiB" in refused(path, "社区")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    path = tmp_path / "a.xlsx"
    path.write_bytes(buffer.getvalue())
    assert refused(path, "社区") == "is no Excel workbook: export it as xlsx"


@pytest.mark.parametrize("part", range(1, 20))
def test_a_workbook_cut_at_any_twentieth_is_refused(tmp_path: Path, part: int) -> None:
    whole = SAMPLE_XLSX.read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: len(whole) * part // 20])
    assert refused(path, "社区") == "is cut off or no Excel workbook: export it again as xlsx"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("甲", "甲"),
        (990101001001, "990101001001"),
        (1.5, "1.5"),
        (2.0, "2"),
        (True, "true"),
        (dt.datetime(2024, 1, 5, 23, 59, 59), "2024-01-05 23:59:59"),
        (dt.date(2024, 1, 5), "2024-01-05 00:00:00"),
        ("007", "007"),
        (None, None),
    ],
)
def test_a_cell_is_spelled_as_an_export_would(tmp_path: Path, value: object, text: str | None) -> None:
    path = workbook(tmp_path / "a.xlsx", {"社区": [["标题"], ["甲", "乙"], ["x", value]]})
    cell = cells_of(path, "社区")[1][4]
    assert (cell or "").removesuffix(" 00:00:00") == (text or "").removesuffix(" 00:00:00")  # type: ignore[attr-defined]


NUMBERS = st.integers(-(10**20), 10**20).map(float) | st.floats(-1e17, 1e17) | st.sampled_from([1e15, -1e15, 1e15 - 1])


@budget(max_examples=200, deadline=None)
@given(value=NUMBERS)
def test_an_identifier_in_a_number_cell_is_its_digits_or_rejects_its_row(value: float) -> None:
    text, as_other = cell_text(value, IDENTIFIER), cell_text(value)
    rounded = Decimal(f"{value:.15g}")
    if abs(rounded) >= 10**15:
        assert text == ROUNDED
    elif rounded != int(rounded):
        assert text == NO_WHOLE_NUMBER
    else:
        assert text == as_other == str(int(rounded))


@pytest.mark.parametrize(
    ("value", "as_identifier", "as_date", "as_text"),
    [
        ("610303199001011234", "610303199001011234", "610303199001011234", "610303199001011234"),
        (6.1030219770315e17, ROUNDED, "610302197703149952", "610302197703149952"),
        (True, NO_WHOLE_NUMBER, "true", "true"),
        (dt.date(2024, 1, 5), NO_WHOLE_NUMBER, "2024-01-05", "2024-01-05"),
        (dt.time(0), NO_WHOLE_NUMBER, "1899-12-30 00:00:00", "00:00:00"),
        (dt.timedelta(hours=8), NO_WHOLE_NUMBER, "8:00:00", "8:00:00"),
        ("", None, None, None),
        (None, None, None, None),
    ],
)
def test_a_cell_is_read_by_its_column(
    value: object, as_identifier: str | None, as_date: str | None, as_text: str | None
) -> None:
    found = (cell_text(value, IDENTIFIER), cell_text(value, DATE), cell_text(value))
    assert found == (as_identifier, as_date, as_text)


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        ("916103001234567890", ("916103001234567890", [])),
        (916103001234567890, (None, ["credit_code: a number cell of more than 15 digits, digits are gone"])),
    ],
)
def test_digits_of_a_code_that_is_no_key_are_not_guessed(
    tmp_path: Path, feeds: dict[str, Feed], key: Key, code: object, fate: tuple[str | None, list[str]]
) -> None:
    """Excel keeps 15 digits; what is left of a credit code in a number cell would fit its pattern."""
    feed = feeds["property_selfgov.property_company"]
    row = {"company_code": "PM0001", "company_name": "甲物业", "credit_code": code, "has_party_org": "是"}
    found = digest(workbook(tmp_path / "a.xlsx", {"物业企业": sheet_of(feed, [row])}), feed, key)
    codes, reasons = found.loaded["credit_code"].to_list(), found.rejected["reasons"].to_list()
    assert (codes[0] if codes else None, reasons[0] if reasons else []) == fate


def test_the_columns_in_which_a_cell_s_type_matters_are_found_by_any_spelling_of_their_header(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["标题"],
        ["别的", " 编号（甲）\u200b", "日期"],
        [1.5, 1.5, "x"],
        ["x", None, dt.time(8)],
    ]
    path = workbook(tmp_path / "a.xlsx", {"社区": rows})
    kinds = {"编号(甲)": IDENTIFIER, "日期": DATE}
    for is_whole, skipped in ((False, 1), (True, 2)):
        found = [row[3:] for row in rows_of(path, Wanted("社区", 2, kinds, is_whole))[skipped:]]
        assert found == [("1.5", NO_WHOLE_NUMBER, "x"), ("x", None, "1899-12-30 08:00:00")]


@pytest.mark.parametrize("blank", [None, "", " ", "\t"], ids=["empty", "no text", "a space", "a tab"])
def test_a_blank_row_is_no_record_and_holds_nothing(tmp_path: Path, blank: str | None) -> None:
    path = workbook(tmp_path / "a.xlsx", {"社区": [["标题"], ["甲", "乙"], ["1", "2"], [blank, blank], ["3", "4"]]})
    rows = cells_of(path, "社区")
    records = [row for row in rows[1:] if any(str(cell or "").strip() for cell in row[3:])]
    assert [row[0] for row in records] == [3, 5]
    assert rows[0][1] == len(rows) - 1  # counted = read: otherwise the whole sheet is held


def test_an_error_cell_is_not_read_as_no_value(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"社区": [["标题"], ["甲", "乙"], ["1", "#DIV/0!"]]})
    assert cells_of(path, "社区")[1][3] is not None
