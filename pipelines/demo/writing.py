"""Rows → the bytes of an export, in the format of the feed's contract: csv, xlsx, ndjson, json.

Belongs here: headers, the platforms' words for codes, spelling of values, file formats. Does not belong here: which
rows (the modules of flows), the paths of files (`simulate`). The same rows always give the same bytes.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import xlsxwriter

from pipelines.contracts.model import Column, Feed, Kind

PLAIN_TIME = "%Y-%m-%d %H:%M:%S"
_JSON_TIME = "%Y-%m-%dT%H:%M:%S+08:00"
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
# Workbooks contain their day of creation; the same rows must give the same bytes.
_MADE_AT = datetime(2020, 1, 1)
# Sums at the foot of a sheet, if they are meaningful.
_TOTALS: Mapping[str, tuple[str, ...]] = {
    "smart_community.community": ("households", "population"),
    "smart_community.residential_area": ("households", "buildings"),
    "smart_community.building": ("households",),
    "smart_community.grid": ("households",),
    "property_selfgov.project": ("budget_yuan", "spent_yuan"),
    "co_building.fund_txn": ("amount_yuan",),
}
TOTAL = "合计"


@dataclass(frozen=True)
class Sheet:
    """The rows of one feed as text under the export's headers, in the order of its columns."""

    feed: Feed
    text: pl.DataFrame
    is_total_wrong: bool = False


def as_text(rows: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Typed rows (codes, dates, numbers, with the contract's names) as the export spells them, and our own columns.

    A contract's column that the rows lack is empty; columns whose names begin with `_` are kept, others left out.
    """
    is_json = feed.format in ("json", "ndjson")
    columns = [
        _text_of(column, is_json) if column.name in rows.columns else pl.lit(None, dtype=pl.String).alias(column.name)
        for column in feed.columns
    ]
    return rows.select(*columns, pl.col("^_.*$"))


def _text_of(column: Column, is_json: bool) -> pl.Expr:
    value = pl.col(column.name)
    if column.codes is not None:
        words = {code: word for word, code in column.codes.items()}
        # A code that the contract does not list is written unchanged: the intake reports it.
        return value.cast(pl.String).replace_strict(words, default=value, return_dtype=pl.String)
    match column.kind:
        case Kind.TIMESTAMP:
            return value.dt.strftime(_JSON_TIME if is_json else PLAIN_TIME)
        case Kind.DATE:
            return value.dt.strftime("%Y-%m-%d")
        case _:
            return value.cast(pl.String)


def with_headers(text: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Only the contract's columns, under the export's headers."""
    return text.select(pl.col(column.name).alias(column.header) for column in feed.columns)


def file_bytes(sheets: Sequence[Sheet], exported_at: datetime) -> bytes:
    """The bytes of one file; a workbook may have several feeds, the other formats have one."""
    feed, text = sheets[0].feed, sheets[0].text
    match feed.format:
        case "csv":
            # The platform with the old encoding runs on Windows.
            ends = "\r\n" if feed.encoding == "gb18030" else "\n"
            return text.write_csv(separator=feed.delimiter, line_terminator=ends).encode(feed.encoding)
        case "ndjson":
            return "".join(f"{one}\n" for one in _objects(text, feed)).encode()
        case "json":
            head = json.dumps(feed.id), json.dumps(exported_at.strftime(_JSON_TIME))
            rows = ",\n".join(_objects(text, feed))
            return f'{{"feed": {head[0]}, "exported_at": {head[1]}, "rows": [\n{rows}\n]}}\n'.encode()
        case _:
            return _workbook(sheets)


def _objects(text: pl.DataFrame, feed: Feed) -> pl.Series:
    """Each row as a JSON object: numbers and booleans unquoted, all others quoted, null if there is no value."""
    plain = {
        column.header: {Kind.INTEGER: _NUMBER, Kind.NUMBER: _NUMBER, Kind.BOOLEAN: "^(?:true|false)$"}.get(column.kind)
        for column in feed.columns
    }
    parts: list[pl.Expr] = []
    for place, name in enumerate(text.columns):
        value = pl.col(name)
        escaped = value.str.replace_many(["\\", '"', "\n"], ["\\\\", '\\"', "\\n"])
        shown = pl.lit('"') + escaped + '"'
        if (pattern := plain.get(name)) is not None:
            shown = pl.when(value.str.contains(pattern)).then(value).otherwise(shown)
        parts += [pl.lit(f"{', ' if place else '{'}{json.dumps(name, ensure_ascii=False)}: "), shown.fill_null("null")]
    # polars 2.1 panics when it joins text of a column that has an empty chunk.
    return text.rechunk().select(pl.concat_str(*parts, pl.lit("}")).alias("object")).to_series()


def _workbook(sheets: Sequence[Sheet]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _MADE_AT, "author": "演示数据"})
    title = book.add_format({"bold": True, "align": "center", "font_size": 14})
    head = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for sheet in sheets:
        feed, text = sheet.feed, sheet.text
        page = book.add_worksheet(feed.sheet or feed.title)
        page.merge_range(0, 0, 0, text.width - 1, f"渭滨区{feed.title}", title)
        page.write_row(feed.header_row - 1, 0, text.columns, head)
        kinds = {column.header: column.kind for column in feed.columns}
        # One of the two platforms with workbooks writes real dates, the other writes them as text.
        has_dates = feed.platform == "property_selfgov"
        for place, name in enumerate(text.columns):
            kind = kinds.get(name, Kind.STRING)
            for row, value in enumerate(text[name], feed.header_row):
                if value is None:
                    continue
                if kind in (Kind.INTEGER, Kind.NUMBER) and value.lstrip("-").replace(".", "", 1).isdigit():
                    page.write_number(row, place, float(value))
                elif has_dates and kind is Kind.DATE and len(value) == 10 and value[4] == "-":
                    page.write_datetime(row, place, date.fromisoformat(value), day)
                elif has_dates and kind is Kind.TIMESTAMP and len(value) == 19 and value[4] == "-":
                    page.write_datetime(row, place, datetime.fromisoformat(value), moment)
                else:
                    page.write_string(row, place, value)
        _write_total(page, sheet)
    book.close()
    return buffer.getvalue()


def _write_total(page: "xlsxwriter.worksheet.Worksheet", sheet: Sheet) -> None:
    feed, text = sheet.feed, sheet.text
    summed = _TOTALS.get(feed.id, ())
    if not summed or text.is_empty():
        return
    row = feed.header_row + text.height
    page.write_string(row, 0, TOTAL)
    for place, column in enumerate(feed.columns):
        if column.name in summed:
            total = float(text[column.header].cast(pl.Float64).to_numpy().sum()) * (1.1 if sheet.is_total_wrong else 1)
            page.write_number(row, place, round(total, column.decimals or 0))
