"""Bytes → text rows with their positions: csv, xlsx, ndjson, json.

Belongs here: decoding strictly, structure (records, fields, sheets), an independent count of the records, and a
reason where a file is not what its contract says. Does not belong here: what a value means (`checking`), which file
is which delivery (`landing`). Nothing is repaired silently: what cannot be read whole is `Held`.

polars' own CSV reader pads short rows and accepts cut files, so the structure is counted apart from the parsing: the
delimiters and line ends outside quotes must be exactly those of `records × columns`.
"""

import codecs
import csv
import io
import json
import os
import re
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

import polars as pl

from pipelines.contract import Feed
from pipelines.settings import WORKBOOK_MEMORY_BYTES, WORKBOOK_SECONDS, WORKBOOK_TRIES

ROW_NUMBER = "_row_number"

_PIPE_BYTES = 1 << 20
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


class Held(Exception):
    """A file that is loaded not at all, with the reason that its sender can act on. Quotes no value of a row."""


@dataclass(frozen=True)
class TextTable:
    """A file's records as text.

    frame: `_row_number` (Int64: the line, sheet row or position where the record begins) and one String column a
    header, in the file's order; null where a field is empty. row_count comes from a count that knows nothing of the
    parsing. notes are findings that hold nothing back. erased: records taken out since a person asked to be forgotten,
    in neither of both.
    """

    frame: pl.DataFrame
    row_count: int
    notes: tuple[str, ...] = ()
    ends_with_newline: bool = True
    erased: int = 0


def read(path: Path, feed: Feed) -> TextTable:
    """The records of `feed` in the file at `path`; raises Held where the file cannot be read whole.

    A workbook is read in a child process that is started for it: `Workbooks` reads many with one.
    """
    if feed.format == "xlsx":
        with Workbooks() as workbooks:
            (found,) = workbooks.read(path, [feed])
        if isinstance(found, Held):
            raise found
        return found
    data = path.read_bytes()
    _refuse_disguise(data, feed)
    reader = {"csv": _read_csv, "ndjson": _read_ndjson, "json": _read_json}[feed.format]
    return _counted(reader(data, feed))


def _counted(table: TextTable) -> TextTable:
    if table.frame.height != table.row_count:
        raise Held(f"the records cannot be told apart: {table.row_count} were counted, {table.frame.height} were read")
    return table


def _refuse_disguise(data: bytes, feed: Feed) -> None:
    """The first bytes decide what a file is, not its name."""
    for magic, what in ((_ZIP, "a ZIP or Excel file"), (_OLE, "an old Excel file"), (_PDF, "a PDF")):
        if data.startswith(magic):
            raise Held(f"is {what}, not {feed.format}")
    if data.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] == b"<" and feed.format != "csv":
        raise Held(f"is HTML or XML, not {feed.format}")


# ---------------------------------------------------------------- csv


def _read_csv(data: bytes, feed: Feed) -> TextTable:
    text = one_line_end(to_utf8(data, feed.encoding))
    if b"\x00" in text:
        raise Held(f"line {text[: text.index(0)].count(10) + 1}: a NUL byte")
    ends_with_newline = text.endswith(b"\n")
    if not ends_with_newline or text.endswith(b"\n\n"):
        # Empty lines after the last record are no records; inside the file an empty line is one of another width.
        text = text.rstrip(b"\n") + b"\n"
    if text[:64].isspace() and not text.strip():
        raise Held("is empty: there is no header")
    try:
        header = next(csv.reader(io.StringIO(_first_record(text).decode()), delimiter=feed.delimiter), [])
    except UnicodeDecodeError:
        raise Held(f"line 1: cannot be decoded as {feed.encoding}") from None
    except csv.Error:
        raise Held("line 1: the header cannot be read") from None
    if not header:
        raise Held("line 1: there is no header")
    headers = _headers(header)
    with ThreadPoolExecutor(1) as pool:
        # polars lets Python count meanwhile: 1.1 s instead of 1.35 for a million events. The count is judged first.
        parsing = pool.submit(_parse_csv, text, feed.delimiter)
        line_ends, delimiters, whole = _structure(text, feed.delimiter.encode())
    if not whole:
        raise Held("is cut off inside a quoted field")
    records = line_ends - 1
    if delimiters != (len(headers) - 1) * line_ends:
        raise Held(_odd_line(text, feed, len(headers)))
    try:
        frame = parsing.result()
    except pl.exceptions.PolarsError as error:
        # The library's text quotes the record: only its kind may be shown.
        raise Held(_odd_line(text, feed, len(headers), type(error).__name__)) from None
    if frame.height != records and len(headers) > 1:
        raise Held(_odd_line(text, feed, len(headers)))
    frame.columns = headers
    return TextTable(_numbered(frame, _line_numbers(frame, text)), records, ends_with_newline=ends_with_newline)


def _parse_csv(text: bytes, delimiter: str) -> pl.DataFrame:
    return pl.read_csv(text, infer_schema=False, separator=delimiter, truncate_ragged_lines=False, raise_if_empty=False)


def one_line_end(text: bytes) -> bytes:
    """LF for every CR LF, and for CR where nothing else ends the lines."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
        if b"\n" not in text:
            text = text.replace(b"\r", b"\n")
    return text


def to_utf8(data: bytes, encoding: str) -> bytes:
    """The file in UTF-8. What is UTF-8 already is not copied: polars refuses invalid bytes, then their line is sought
    (a second decoding of 400 MB costs 0.6 s)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Held(f"is UTF-16, its contract says {encoding}")
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Held(f"line {line}: cannot be decoded as {encoding}") from None
    except UnicodeEncodeError as error:
        line = str(error.object).count("\n", 0, error.start) + 1
        raise Held(f"line {line}: holds half of a character") from None


def _check_utf8(text: bytes, encoding: str) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise Held(f"line {line}: cannot be decoded as {encoding}") from None


def _structure(text: bytes, delimiter: bytes) -> tuple[int, int, bool]:
    """Line ends and delimiters outside quotes, and whether the last quote is closed (RFC 4180: a doubled quote toggles
    twice). Independent of any parser."""
    if b'"' not in text:
        return text.count(b"\n"), text.count(delimiter), True
    pieces = text.split(b'"')
    outside = pieces[::2]
    return (
        sum(piece.count(b"\n") for piece in outside),
        sum(piece.count(delimiter) for piece in outside),
        len(pieces) % 2 == 1,
    )


def _first_record(text: bytes) -> bytes:
    end = text.index(b"\n")
    while text.count(b'"', 0, end) % 2 and b"\n" in text[end + 1 :]:
        end = text.index(b"\n", end + 1)
    return text[:end]


def _headers(header: Iterable[str]) -> list[str]:
    """The headers, those without a name numbered. Doubled ones are told by their place: a file whose header is missing
    has a person's data there."""
    headers = [name.strip() for name in header]
    times = Counter(headers)
    doubled = [i for i, name in enumerate(headers, 1) if name and times[name] > 1]
    if doubled:
        raise Held(f"the header names columns {', '.join(map(str, doubled))} alike")
    if ROW_NUMBER in headers:
        raise Held(f"a column is named {ROW_NUMBER}")
    named = set(headers)
    for i, name in enumerate(headers):
        if not name:
            headers[i] = next(free for n in count(i + 1) if (free := f"column {n}") not in named)
            named.add(headers[i])
    return headers


def _odd_line(text: bytes, feed: Feed, width: int, problem: str = "") -> str:
    """Which line is of another width than the header: found by the standard library's parser, only on failure."""
    _check_utf8(text, feed.encoding)
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=feed.delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if len(fields) != width:
                return f"line {line}: {len(fields)} fields, the header has {width}"
            line = reader.line_num + 1
    except csv.Error:
        return f"line {line}: the quoting is broken"
    return f"the records cannot be told apart{': ' + problem if problem else ''}"


def _line_numbers(frame: pl.DataFrame, text: bytes) -> pl.Series:
    """The line on which each record begins; the header is line 1."""
    first = 2 + _first_record(text).count(b"\n")
    if b'"' not in text or not frame.width:
        return pl.int_range(first, first + frame.height, eager=True)
    inside = frame.select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cast(pl.Int64)).to_series()
    return pl.int_range(first, first + frame.height, eager=True) + inside.fill_null(0).cum_sum().shift(1, fill_value=0)


def _numbered(frame: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return frame.insert_column(0, numbers.cast(pl.Int64).alias(ROW_NUMBER))


# ---------------------------------------------------------------- ndjson, json


def _read_ndjson(data: bytes, feed: Feed) -> TextTable:
    text = to_utf8(data, feed.encoding)
    _check_utf8(text, feed.encoding)
    lines = text.split(b"\n")
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _json(line, f"line {number}")
        if not isinstance(record, dict):
            raise Held(f"line {number}: is no JSON object")
        records.append(record)
        numbers.append(number)
    return _from_records(records, numbers, sum(1 for line in lines if line.strip()), feed)


def _read_json(data: bytes, feed: Feed) -> TextTable:
    text = to_utf8(data, feed.encoding)
    _check_utf8(text, feed.encoding)
    document = _json(text, "the document")
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not isinstance(document, dict):
        raise Held("is no JSON object with a list 'rows'")
    named = str(document.get("feed", feed.name)).rpartition(".")[2]
    if named != feed.name:
        raise Held(f"says that it is another feed, not {feed.name}")
    for i, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Held(f"row {i}: is no JSON object")
    return _from_records(rows, list(range(1, len(rows) + 1)), _count_objects(text), feed)


def _count_objects(text: bytes) -> int:
    """Objects that lie directly in a list of the document: counted by braces outside strings, not by parsing."""
    found, depth = 0, 0
    for sign in re.findall(rb"[\[\]{}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)):
        found += sign == b"{" and depth == 2
        depth += 1 if sign in b"[{" else -1
    return found


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's own and no JSON."""
    raise ValueError(constant)


# One for all lines: `json.loads` with an argument makes a decoder each time, a third of the time that a line takes.
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _json(text: bytes, where: str) -> Any:
    try:
        return _DECODER.decode(text.decode())
    except (ValueError, RecursionError):
        raise Held(f"{where}: is not JSON") from None


def _from_records(records: list[dict[str, Any]], numbers: list[int], counted: int, feed: Feed) -> TextTable:
    known = [column.header for column in feed.columns]
    # An empty delivery has no record to show its keys.
    keys = list(dict.fromkeys(key for record in records for key in record)) if records else known
    # A key is absent from a record where it has no value: only the records as a whole show what the file lacks.
    names = [_text(key) or f"column {i}" for i, key in enumerate(keys, 1)]
    if ROW_NUMBER in names or len(set(names)) < len(names):
        raise Held(f"a key has no name of its own, or is named {ROW_NUMBER}")
    frame = pl.DataFrame(
        [
            pl.Series(ROW_NUMBER, numbers, dtype=pl.Int64),
            *(
                _text_column(name, [record.get(key) for record in records])
                for name, key in zip(names, keys, strict=True)
            ),
        ]
    )
    return TextTable(frame, counted)


def _text_column(name: str, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String, strict=True)
    except (TypeError, OverflowError, UnicodeEncodeError):
        # Not texts alone, or not all of their characters are any.
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    """A JSON value as an export would spell it; a whole number has no fraction."""
    if value is None:
        return None
    if isinstance(value, str):
        # Half of a surrogate pair is no character and no library stores it.
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- xlsx


class Workbooks:
    """Reads workbooks in a child process with limits on memory and time, since a workbook can abort its reader.

    One child reads many of them: starting one costs 0.4 s. A workbook that ends its child, or takes too long, is tried
    again in a fresh one and then held; the others are read by the next child.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Workbooks":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, path: Path, feeds: Sequence[Feed]) -> list[TextTable | Held]:
        """The records of each feed, or why its sheet is held; all sheets in one reading of the file."""
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            return [Held("is empty: there is no workbook")] * len(feeds)
        if start == _OLE:
            return [Held("is an old or encrypted Excel file, not xlsx")] * len(feeds)
        if start != _ZIP:
            return [Held("is no Excel workbook")] * len(feeds)
        found: list[TextTable | Held] = []
        for feed, answer in zip(feeds, self._answers(path, feeds), strict=True):
            try:
                found.append(_from_sheet(answer, feed))
            except Held as held:
                found.append(held)
        return found

    def whole(self, path: Path) -> dict[str, pl.DataFrame]:
        """Every sheet that can be read, from its first row on: `_row_number`, then a String column a cell. Raises Held
        where the workbook cannot be read."""
        try:
            child = self._child or self._start()
            assert child.stdin
            assert child.stdout
            child.stdin.write(json.dumps([str(path), None]).encode() + b"\n")
            child.stdin.flush()
            deadline = time.monotonic() + WORKBOOK_SECONDS
            found = {}
            for name in json.loads(_message(child.stdout, deadline)[1]):
                kind, message = _message(child.stdout, deadline)
                if kind != b"refused":
                    found[name] = pl.read_ipc(io.BytesIO(message)).drop("_record_count")
            return found
        except (EOFError, BrokenPipeError, TimeoutError) as error:
            self._end()
            raise Held("the workbook cannot be read") from error

    def _answers(self, path: Path, feeds: Sequence[Feed]) -> list[pl.DataFrame | str]:
        """A table or a refusal a feed. The sheet at which the child dies for the third time is the one to blame."""
        answers: list[pl.DataFrame | str] = []
        failures = 0
        while len(answers) < len(feeds):
            try:
                self._ask(path, feeds[len(answers) :], answers)
            except (EOFError, BrokenPipeError, TimeoutError) as error:
                self._end()
                failures += 1
                if failures == WORKBOOK_TRIES or isinstance(error, TimeoutError):
                    answers.append(str(error) or "the workbook cannot be read")
                    failures = 0
        return answers

    def _ask(self, path: Path, feeds: Sequence[Feed], answers: list[pl.DataFrame | str]) -> None:
        """Puts each answer into `answers` as it comes, so that what was read before a crash is not asked for again."""
        child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        request = [str(path), [[feed.sheet or "", feed.header_row] for feed in feeds]]
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        deadline = time.monotonic() + WORKBOOK_SECONDS
        for _ in feeds:
            kind, message = _message(child.stdout, deadline)
            answers.append(message.decode() if kind == b"refused" else pl.read_ipc(io.BytesIO(message)))

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "pipelines.workbook", str(WORKBOOK_MEMORY_BYTES)]
        # What the child says as it dies may quote a cell: only its silence is reported.
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def _message(stream: IO[bytes], deadline: float) -> tuple[bytes, bytes]:
    """The child's next message: what it is, and its bytes."""
    head = b""
    while not head.endswith(b"\n"):
        head += _receive(stream, 1, deadline)
    kind, size = head.split()
    return kind, _receive(stream, int(size), deadline)


def _receive(stream: IO[bytes], size: int, deadline: float) -> bytes:
    """Exactly `size` bytes; raises EOFError where the child has ended, TimeoutError where it takes too long."""
    parts: list[bytes] = []
    while size > 0:
        if not select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"the workbook took longer than {WORKBOOK_SECONDS} s to read")
        part = os.read(stream.fileno(), min(size, _PIPE_BYTES))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _from_sheet(answer: pl.DataFrame | str, feed: Feed) -> TextTable:
    if isinstance(answer, str):
        raise Held(answer)
    frame = answer.select(pl.exclude(ROW_NUMBER, "_record_count"))
    header, rows = frame.head(1), answer.slice(1)
    names = _headers([value or "" for value in header.row(0)])
    body = rows.select(pl.exclude(ROW_NUMBER, "_record_count")).rename(dict(zip(frame.columns, names, strict=True)))
    counted = int(answer["_record_count"][0])
    body = _numbered(body, rows[ROW_NUMBER])
    total = body.height and (body.row(-1)[1] or "").strip() == "合计"
    if total:
        notes = _check_total(body, feed)
        return _counted(TextTable(body.head(-1), counted - 1, notes))
    return _counted(TextTable(body, counted))


def _check_total(body: pl.DataFrame, feed: Feed) -> tuple[str, ...]:
    """A wrong sum in the total row is reported and rejects nothing."""
    notes = []
    for column in feed.columns:
        if column.kind not in ("integer", "number") or column.header not in body.columns:
            continue
        values = body[column.header].cast(pl.Float64, strict=False)
        told, summed = values[-1], values.head(-1).sum()
        if told is not None and abs(told - summed) > 0.005:
            notes.append(f"the total row says {told:g} {column.header}, the rows sum to {summed:g}")
    return tuple(notes)
