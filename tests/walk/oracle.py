"""A second reading of an inbox that uses only the contracts of the product, and the resulting KPIs.

Belongs here: finding the deliveries, deciding which is in force, the outcome of every row, reading well-formed values.
Does not belong here: what a KPI counts (`recompute`), values in unusual spellings that only the product's own readers
accept. Plain Python, no DuckDB and no polars: clarity before speed.
"""

from __future__ import annotations

import csv
import io
import json
import re
import string as string_module
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import openpyxl

import pipelines
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Column, Contract, Feed, Kind
from tests.walk.recompute import Cell, Delivery, Exports, Key, recompute

BEIJING = timezone(timedelta(hours=8))
CONTRACTS = Path(pipelines.__file__).parent / "contracts"
UNFINISHED = (".part", ".tmp", ".filepart")
NO_VALUE = ("", "-", "—", "无", "null", "n/a", "none", "nan", "nil", "undefined", "\\n")  # in any case
MOMENTS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y%m%d%H%M%S",
)
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d")
TOTAL = "合计"

# Only full-width digits and letters.
TWINS = {ord(sign) + 0xFEE0: sign for sign in string_module.digits + string_module.ascii_letters}

Raw = dict[str, Any]
"""header → the value in the file"""


class Held(Exception):
    """A file or a sheet that is not loaded at all."""


class Broken(Exception):
    """A value that the contract forbids."""


@dataclass(frozen=True)
class File:
    """One file of the inbox whose name belongs to some feeds."""

    feeds: tuple[Feed, ...]
    business_date: date
    revision: int
    received_at: datetime
    data: bytes


@dataclass(frozen=True)
class Read:
    """The content of one accepted delivery: the loaded rows, and the counts of all rows and of the accepted ones."""

    file: File
    rows: tuple[dict[str, Any], ...]
    rows_counted: int
    rows_accepted: int


@cache
def contracts() -> tuple[Contract, ...]:
    found, errors = load_contracts(CONTRACTS)
    if errors:
        raise errors[0]
    return found


def oracle(*inboxes: Path) -> dict[Key, Cell]:
    """(kpi_id, org_level, org_code, day) → (numerator, denominator, value) of every KPI that follows from the files."""
    return recompute(exports(*inboxes))


def exports(*inboxes: Path) -> Exports:
    """The content of the deliveries in force; several inboxes are treated as one. It is not to be changed."""
    found = [(path, path.stat()) for inbox in inboxes for path in inbox.rglob("*")]
    return _exports(inboxes, frozenset((path, about.st_size, about.st_mtime_ns) for path, about in found))


@lru_cache(maxsize=1)
def _exports(inboxes: tuple[Path, ...], stamps: frozenset[tuple[Path, int, int]]) -> Exports:
    """stamps: of all files, for the cache: to read the workbooks of a month takes 20 s."""
    read: dict[str, dict[date, list[Read]]] = defaultdict(lambda: defaultdict(list))
    feeds = {feed.id: feed for contract in contracts() for feed in contract.feeds}
    for file in files_of(inboxes):
        for feed in file.feeds:
            try:
                delivery = take(feed, file)
            except Held:
                continue
            read[feed.id][file.business_date].append(delivery)
    deliveries: list[Delivery] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    registers: dict[str, dict[date, Sequence[dict[str, Any]]]] = {}
    for feed_id, feed in feeds.items():
        in_force: dict[date, Read] = {}
        for business_date, accepted in sorted(read[feed_id].items()):
            in_force[business_date] = max(accepted, key=lambda one: (one.file.revision, one.file.received_at))
            deliveries += [
                Delivery(
                    feed_id,
                    business_date,
                    one.file.received_at,
                    one is in_force[business_date],
                    one.rows_counted,
                    one.rows_accepted,
                )
                for one in accepted
            ]
        if feed.delivery == "snapshot":
            registers[feed_id] = {day: delivery.rows for day, delivery in in_force.items()}
        else:
            rows[feed_id] = current(feed, in_force.values())
    hours = {feed.id: contract.available_at for contract in contracts() for feed in contract.feeds}
    return Exports(rows, registers, deliveries, hours)


def current(feed: Feed, oldest_first: Iterable[Read]) -> list[dict[str, Any]]:
    """`changes`: the greatest updated_at, on a tie the later business date; `append`: the later business date."""
    held: dict[tuple[Any, ...], dict[str, Any]] = {}
    for delivery in oldest_first:
        for row in delivery.rows:
            key = key_of(feed, row)
            older = held.get(key)
            if older is None or feed.updated_by is None or row[feed.updated_by] >= older[feed.updated_by]:
                held[key] = row
    return list(held.values())


def key_of(feed: Feed, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in feed.key)


# ---------------------------------------------------------------- files


def files_of(inboxes: Iterable[Path]) -> list[File]:
    """The files of all feeds, each once: of files with the same bytes for the same date, the first received."""
    by_template: dict[str, list[Feed]] = defaultdict(list)
    for contract in contracts():
        for feed in contract.feeds:
            by_template[feed.file_template].append(feed)
    found: list[File] = []
    for path in (path for inbox in inboxes for path in inbox.rglob("*")):
        if not path.is_file() or path.name.endswith(UNFINISHED) or path.name.startswith("~$"):
            continue
        for template, feeds in by_template.items():
            start, end = template.split("{yyyymmdd}")
            stem, dot, suffix = end.rpartition(".")
            name = re.fullmatch(rf"{re.escape(start)}(\d{{8}}){re.escape(stem)}(?:_r(\d+))?{dot}{suffix}", path.name)
            if name:
                received = datetime.fromtimestamp(path.stat().st_mtime, BEIJING).replace(tzinfo=None)
                day = datetime.strptime(name[1], "%Y%m%d").date()
                found.append(File(tuple(feeds), day, int(name[2] or 1), received, path.read_bytes()))
    seen: set[tuple[str, date, bytes]] = set()
    kept: list[File] = []
    for file in sorted(found, key=lambda one: one.received_at):
        identity = (file.feeds[0].file_template, file.business_date, file.data)
        if identity not in seen:
            seen.add(identity)
            kept.append(file)
    return kept


def records(feed: Feed, data: bytes) -> list[Raw]:
    """The records of one file, or of the feed's sheet of a workbook; raises Held."""
    if feed.format == "ndjson":
        return from_lines(data.decode(feed.encoding))
    if not data:
        raise Held("zero bytes")
    if feed.format == "json":
        rows: list[Raw] = json.loads(data.decode(feed.encoding), parse_float=Decimal)["rows"]
        return rows
    table = from_workbook(feed, data) if feed.format == "xlsx" else from_csv(feed, data)
    header, *body = table
    if missing := {column.header for column in feed.columns if column.required} - set(header):
        raise Held(f"without {missing}")
    return [dict(zip(header, line, strict=True)) for line in body]


def from_lines(text: str) -> list[Raw]:
    lines = [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    if not all(isinstance(line, dict) for line in lines):
        raise Held("a line that is no object")
    return lines


def from_csv(feed: Feed, data: bytes) -> list[list[Any]]:
    try:
        text = data.decode(feed.encoding)
    except UnicodeDecodeError as error:
        raise Held("cannot be decoded") from error
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=feed.delimiter, strict=True))
    if any(len(line) != len(table[0]) for line in table):
        raise Held("a line with another number of fields")
    return table


def from_workbook(feed: Feed, data: bytes) -> list[list[Any]]:
    workbook = workbook_of(data)
    if feed.sheet not in workbook.sheetnames:
        raise Held("no such sheet")
    table = [list(line) for line in workbook[feed.sheet].iter_rows(min_row=feed.header_row, values_only=True)]
    if table[-1][0] == TOTAL:
        table.pop()
    return table


@lru_cache(maxsize=1)
def workbook_of(data: bytes) -> openpyxl.Workbook:
    """Opened once for all of its feeds, which are read one after another."""
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


# ---------------------------------------------------------------- rows


def take(feed: Feed, file: File) -> Read:
    """Every row's outcome: first rejected rows, then identical ones are duplicates, then one row per key is loaded."""
    raw_rows = records(feed, file.data)
    first: dict[tuple[Any, ...], dict[str, Any]] = {}
    duplicates = 0
    for raw in raw_rows:
        row = row_of(feed, raw, file.received_at)
        identity = tuple(sorted((header, repr(value)) for header, value in raw.items()))
        if row is not None:
            duplicates += identity in first
            first.setdefault(identity, row)
    loaded: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in first.values():
        older = loaded.get(key_of(feed, row))
        if older is None or feed.updated_by is None or row[feed.updated_by] >= older[feed.updated_by]:
            loaded[key_of(feed, row)] = row
    return Read(file, tuple(loaded.values()), len(raw_rows), len(loaded) + duplicates)


def row_of(feed: Feed, raw: Raw, received_at: datetime) -> dict[str, Any] | None:
    """The warehouse's names and values; None for a rejected row."""
    try:
        row = {column.name: value_of(column, raw.get(column.header)) for column in feed.columns}
    except Broken:
        return None
    if feed.updated_by and row[feed.updated_by] > received_at + timedelta(hours=24):
        return None
    community, street = row.get("community_code"), row.get("street_code")
    if feed.delivery == "snapshot" and community and street and not community.startswith(street):
        return None
    return row


def value_of(column: Column, raw: Any) -> Any:
    """A value as the warehouse stores it: codes, Beijing time, exact numbers; raises Broken."""
    text = raw.strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and (column.pattern or column.privacy or column.kind is not Kind.STRING):
        text = text.translate(TWINS)
    if column.codes is not None and text in column.codes:
        code = column.codes[text]
        return code == "true" if column.kind is Kind.BOOLEAN else code
    if text is None or (isinstance(text, str) and text.lower() in NO_VALUE):
        if column.required:
            raise Broken("missing")
        return None
    if column.codes is not None:
        raise Broken("enum")
    if column.kind is Kind.STRING:
        return string(column, text)
    if column.kind in (Kind.INTEGER, Kind.NUMBER):
        return number(column, text)
    if column.kind is Kind.TIMESTAMP:
        return moment(text)
    if column.kind is Kind.DATE:
        return day(text)
    if isinstance(text, bool):
        return text
    raise Broken("boolean")


def string(column: Column, value: Any) -> str:
    text = f"{value:.0f}" if isinstance(value, (int, float)) else str(value)
    if column.pattern and not re.search(column.pattern, text):
        raise Broken("pattern")
    if column.max_length is not None and len(text) > column.max_length:
        raise Broken("length")
    return text


def number(column: Column, value: Any) -> Any:
    """An int, a Fraction for values that KPIs add up, a float for coordinates."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise Broken("number") from None
    if column.minimum is not None and exact < Decimal(str(column.minimum)):
        raise Broken("range")
    if column.maximum is not None and exact > Decimal(str(column.maximum)):
        raise Broken("range")
    places = 0 if column.kind is Kind.INTEGER else column.decimals
    if places is not None and exact != round(exact, places):
        raise Broken("multipleOf")
    if column.name in ("longitude", "latitude"):
        return float(exact)
    return int(exact) if column.kind is Kind.INTEGER else Fraction(exact)


def moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    for form in MOMENTS:
        try:
            return datetime.strptime(str(value), form)
        except ValueError:
            continue
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise Broken("timestamp") from None
    return read.astimezone(BEIJING).replace(tzinfo=None) if read.tzinfo else read


def day(value: Any) -> date:
    for form in DATES:
        try:
            return datetime.strptime(str(value), form).date()
        except ValueError:
            continue
    read = moment(value)
    if read.time() != time():
        raise Broken("date")
    return read.date()
