"""Makes exports of invented values: the files that tests put into an inbox.

Belongs here: rows and files that more than one test module needs. Does not belong here: assertions about them.
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from pipelines.contracts.model import Column, Feed, Kind
from pipelines.settings import BEIJING
from pipelines.warehouse.ledger import Line

Row = Mapping[str, object]

# Division code 99 is not assigned; the names belong to no real person.
EVENT: Row = {
    "event_id": "SJ20240105000001",
    "source": "网格巡查",
    "category": "市容环境",
    "subcategory": "乱堆物料",
    "urgency": "一般",
    "community_code": "990101001001",
    "reported_at": "2024-01-05 08:15:30",
    "level": "社区",
    "is_excluded": "否",
    "status": "处置中",
    "rework_count": "0",
    "updated_at": "2024-01-05 09:00:00",
}
POINT: Row = {
    "point_code": "ZD00001",
    "point_name": "一号站",
    "community_code": "990101001001",
    "point_type": "党群服务站",
    "functions": "3",
    "opened_on": "2020-01-01",
}
CASE: Row = {
    "case_id": "BJ20240105000001",
    "point_code": "ZD00001",
    "item_code": "A1",
    "item_name": "居住证明",
    "channel": "窗口",
    "accepted_at": "2024-01-05 09:00:00",
    "promised_at": "2024-01-08 09:00:00",
    "trips": "1",
    "status": "办理中",
    "updated_at": "2024-01-05 09:00:00",
}
VISIT: Row = {
    "visit_id": "ZF20240105000001",
    "worker_id": "W000001",
    "grid_code": "990101001001001",
    "household_id": "HH001",
    "visit_type": "日常走访",
    "started_at": "2024-01-05 09:00:00",
    "on_site": "是",
    "problems_found": "0",
}
REPORT: Row = {
    "report_id": "SP20240105000001",
    "reporter_openid": "open-1",
    "reporter_type": "resident",
    "grid_code": "990101001001001",
    "category": "environment",
    "photos": 2,
    "reported_at": "2024-01-05T08:15:30+08:00",
    "status": "submitted",
    "updated_at": "2024-01-05T08:15:30+08:00",
}
TEAM: Row = {
    "team_id": "VT00001",
    "team_name": "甲队",
    "community_code": "990101001001",
    "founded_on": "2020-01-01",
}
COMMUNITY: Row = {
    "community_code": "990101001001",
    "community_name": "甲社区",
    "street_code": "990101001",
    "street_name": "甲街道",
    "community_type": "混合型",
    "households": 1200,
    "population": 3100,
    "area_km2": 1.5,
    "is_benchmark": "是",
}
MEETING: Row = {
    "meeting_id": "HY0000000001",
    "meeting_type": "五方联席会",
    "street_code": "990101001",
    "held_at": "2024-01-05 09:00:00",
    "units_invited": 5,
    "units_attended": 4,
    "residents_attended": 12,
    "topics": 2,
    "updated_at": "2024-01-05 10:00:00",
}


ORG_CODES = {
    "street_code": "990101001",
    "community_code": "990101001001",
    "grid_code": "990101001001001",
    "area_code": "990101001001A001",
    "building_code": "990101001001A001B001",
}


def row_of(feed: Feed, number: int = 1, **values: object) -> Row:
    """A row that its contract accepts, with a different key for each number; every column that is not personal has a
    value."""
    row = {column.name: _value_of(column, number) for column in feed.columns if not column.privacy or column.required}
    return {**row, **values}


def _value_of(column: Column, number: int) -> object:
    if column.name in ORG_CODES:
        return ORG_CODES[column.name][:-3] + f"{number:03}" if column.is_key else ORG_CODES[column.name]
    if column.pattern is not None:
        return re.sub(r"\[[^]]+\]\{(\d+)\}", lambda size: f"{number:0{size[1]}}", column.pattern).strip("^$")
    if column.codes is not None:
        return next(iter(column.codes))
    least = column.minimum or 0
    return {
        Kind.STRING: f"甲{number}",
        Kind.INTEGER: max(int(least), 1),
        Kind.NUMBER: max(least, 1.0),
        Kind.BOOLEAN: True,
        Kind.TIMESTAMP: "2024-01-05 08:00:00",
        Kind.DATE: "2024-01-05",
    }[column.kind]


def export(inbox: Path, feed: Feed, day: date, rows: Sequence[Row], received_at: datetime, revision: str = "") -> Path:
    """A delivery in the feed's own format, with the name and in the folder of its contract."""
    stem, _, ending = feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}").rpartition(".")
    return put(inbox, f"{day}", f"{stem}{revision}.{ending}", export_bytes(feed, rows), received_at)


def export_bytes(feed: Feed, rows: Sequence[Row]) -> bytes:
    match feed.format:
        case "csv":
            return csv_bytes(feed, rows)
        case "ndjson":
            return ndjson_bytes(feed, rows)
        case "json":
            return json_bytes(feed, rows)
        case _:
            return workbook_bytes({feed.sheet or "": sheet_of(feed, rows)})


def header_of(feed: Feed) -> list[str]:
    return [column.header for column in feed.columns]


def values_of(feed: Feed, row: Row) -> list[object]:
    assert set(row) <= {column.name for column in feed.columns}
    return [row.get(column.name) for column in feed.columns]


def csv_text(feed: Feed, rows: Sequence[Row], end: str = "\n") -> str:
    lines = [header_of(feed), *(["" if v is None else str(v) for v in values_of(feed, row)] for row in rows)]
    return "".join(feed.delimiter.join(line) + end for line in lines)


def csv_bytes(feed: Feed, rows: Sequence[Row], end: str = "\n") -> bytes:
    return csv_text(feed, rows, end).encode(feed.encoding)


def json_rows(feed: Feed, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Objects as a platform writes them: times with their offset."""
    columns = {column.name: column for column in feed.columns}
    return [
        {
            columns[name].header if name in columns else name: _json_value(columns.get(name), value)
            for name, value in row.items()
        }
        for row in rows
    ]


def _json_value(column: Column | None, value: object) -> object:
    is_time = column is not None and column.kind is Kind.TIMESTAMP and isinstance(value, str)
    return re.sub(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$", r"\1T\2+08:00", str(value)) if is_time else value


def ndjson_bytes(feed: Feed, rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in json_rows(feed, rows)).encode()


def json_bytes(feed: Feed, rows: Sequence[Row], **more: Any) -> bytes:
    document = {"feed": feed.id, "exported_at": "2024-01-06T02:00:00+08:00", "rows": json_rows(feed, rows), **more}
    return json.dumps(document, ensure_ascii=False).encode()


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook with the given cells; a sheet's first row is its title, merged as the platforms do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook_bytes(sheets))
    return path


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if rows and len(rows) > 1:
            sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=max(2, len(rows[1])))
    stream = io.BytesIO()
    book.save(stream)
    return _without_time(stream)


def _without_time(workbook: io.BytesIO) -> bytes:
    """The same workbook in bytes that do not depend on when it was saved: workers compare what they made."""
    written = io.BytesIO()
    with zipfile.ZipFile(workbook) as saved, zipfile.ZipFile(written, "w") as archive:
        for name in saved.namelist():
            data = saved.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"[-0-9]{10}T[:0-9]{8}Z", b"2024-01-01T00:00:00Z", data)
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def sheet_of(feed: Feed, rows: Sequence[Row], *more: Sequence[object]) -> list[Sequence[object]]:
    """Title, header, rows, and any further rows below."""
    return [[f"{feed.title}导出"], header_of(feed), *(values_of(feed, row) for row in rows), *more]


def put(inbox: Path, folder: str, name: str, data: bytes, received_at: datetime) -> Path:
    """A file in the inbox, received at that time (Beijing)."""
    path = inbox / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = received_at.replace(tzinfo=BEIJING).timestamp()
    os.utime(path, (moment, moment))
    return path


def polars_type(column: Column) -> pl.DataType:
    """The type of a checked value, before privacy."""
    if column.decimals is not None:
        return pl.Decimal(18, column.decimals)
    return {
        Kind.STRING: pl.String(),
        Kind.INTEGER: pl.Int64(),
        Kind.NUMBER: pl.Float64(),
        Kind.BOOLEAN: pl.Boolean(),
        Kind.TIMESTAMP: pl.Datetime("us"),
        Kind.DATE: pl.Date(),
    }[column.kind]


def ledger_line(number: int, day: date, rows: int, feed: str = "service_case", **changes: object) -> Line:
    """A ledger line of the service centre: one accepted file with this many rows."""
    made = Line(
        delivery_id=number,
        platform="service_centre",
        feed=feed,
        business_date=day,
        revision=1,
        folder="d",
        file_name=f"{feed}_{number}.csv",
        sha256=f"{number:064}",
        received_at=datetime(2024, 1, 6, 3),
        state="loaded",
        taken_at=datetime(2024, 1, 6, 5),
        rows_counted=rows,
        rows_loaded=rows,
    )
    return replace(made, **changes)  # type: ignore[arg-type]
