"""ndjson and json → text rows with their positions.

Belongs here: decoding JSON strictly (no duplicate keys, no NaN), what a document states about itself, an independent
count of its records. Does not belong here: encodings (`decoding`), many objects of one shape at once (`json_lines`),
the meaning of values (`row_rules`).

Python's decoder, an object at a time, decides: the quick way gives the same table or none, and a reason to hold a file
always comes from the slow one. 200,000 events take 1.5 s of processor time the quick way and 6.5 s the slow way.
"""

import contextlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from pipelines.contracts.model import Column, Feed, Kind
from pipelines.delivery.decoding import check_utf8, to_utf8
from pipelines.delivery.json_lines import Alike, chunks_of_lines, chunks_of_rows, read_alike
from pipelines.delivery.signs import NO_VALUE, plain_header, without_halves, without_unseen
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK_COLON = re.compile(rb'"[ \t\r\n]+:')
_HALF = re.compile("[\ud800-\udfff]")
_TOTALS = ("total", "count", "row_count")
# How services say that they failed, in keys without case, `_` and `-`.
_ERRORS = ("error", "errors", "errormessage", "errormsg", "errmsg", "exception", "errcode", "errorcode")
_STATES = ("status", "state", "result")
_NO_ERROR = ("0", "false", "none", "no", "ok", "success", "成功", "无")
_FAILURES = ("fail", "failed", "failure", "error", "失败", "错误")
_NO_SUCCESS = ("false", "0", "no", "n", "否", *_FAILURES)
_HTTP_ERRORS = range(400, 600)
# The quick way costs 5 ms even for one line.
_WORTH_COLUMNS = 1 << 17
_ROWS_BEGIN = re.compile(rb'"rows"\s*:\s*\[\s*(?=\{)')
_BETWEEN_ROWS = re.compile(rb"\}(\s*,\s*)\{")
# A reason to hold the file, half a character in a key, a key with the name of the row number.
_NOT_AT_ONCE = (Held, ValueError, pl.exceptions.PolarsError)

_Records: TypeAlias = list[tuple[int, dict[str, Any]]]
"""Objects with their positions."""
_Faults: TypeAlias = list[tuple[int, str]]


def read_ndjson(data: bytes, feed: Feed) -> TextTable:
    """One object per line; raises Held if a line is not an object."""
    text = to_utf8(data, feed.encoding)
    if (found := _lines_at_once(text, feed)) is not None:
        return found
    check_utf8(text, feed.encoding)
    lines = text.split(b"\n")
    records, faults = _decoded_lines([(i, line) for i, line in enumerate(lines, 1) if line.strip()], feed)
    return _from_records(records, sum(1 for line in lines if line.strip()), feed, faults)


def _decoded_lines(lines: Iterable[tuple[int, bytes]], feed: Feed) -> tuple[_Records, _Faults]:
    """The objects in numbered lines, each decoded by itself."""
    records: _Records = []
    faults: _Faults = []
    for number, line in lines:
        record = _decoded(line, f"line {number}")
        if not isinstance(record, dict):
            raise Held(f"line {number}: is no JSON object: write one object a line")
        faults += [(number, problem) for problem in _no_values(record, feed)]
        if not _has_keys(line, len(record)) and (doubled := _keys_said_twice(_PAIRS_DECODER.decode(line.decode()))):
            faults.append((number, _said_twice(doubled, feed)))
        records.append((number, record))
    return records, faults


def read_json(data: bytes, feed: Feed) -> TextTable:
    """A document with a list `rows`; raises Held if it is not one, belongs to another feed, or reports a failure."""
    text = to_utf8(data, feed.encoding)
    if (found := _rows_at_once(text, feed)) is not None:
        return found
    check_utf8(text, feed.encoding)
    document = _decoded(text, "the document")
    rows = _rows(document, feed)
    for i, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Held(f"row {i}: is no JSON object: write one object a row")
    _check_totals(document, len(rows))
    faults = [(i, problem) for i, row in enumerate(rows, 1) for problem in _no_values(row, feed)]
    if not _has_keys(text, len(document) + sum(map(len, rows))):
        faults += _doubled_in_rows(text, feed)
    return _from_records(list(enumerate(rows, 1)), _count_rows(text, len(rows)), feed, faults)


# ---------------------------------------------------------------- the quick way


def _lines_at_once(text: bytes, feed: Feed) -> TextTable | None:
    """The table of `read_ndjson`; null if the lines are too few, too different, or have a fault that holds the file."""
    if len(text) < _WORTH_COLUMNS:
        return None
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    alike = read_alike(chunks_of_lines(text if text.endswith(b"}\n") else text.rstrip(b"\n") + b"\n"))
    try:
        return _from_alike(alike, feed) if alike is not None else None
    except _NOT_AT_ONCE:
        return None


def _rows_at_once(text: bytes, feed: Feed) -> TextTable | None:
    """The table of `read_json`, under the same conditions.

    The document is cut into what stands around its rows and a line for each row. If the rest is a document with an
    empty list, and each line an object, then the whole is that document with these objects: so says JSON's grammar.
    """
    if len(text) < _WORTH_COLUMNS or not (begin := rows_begin(text)):
        return None
    end = text.rfind(b"]")
    if end < begin:
        return None
    try:
        alike = read_alike(chunks_of_rows(text, begin, end, between_rows(text, begin) or b"},{"))
        if alike is None:
            return None
        check_around(text[:begin] + text[end:], sum(one.frame.height + len(one.others) for one in alike), feed)
        return _from_alike(alike, feed)
    except _NOT_AT_ONCE:
        return None


def rows_begin(text: bytes) -> int:
    """Where the first object of the list `rows` begins; 0 if that is not found."""
    found = _ROWS_BEGIN.search(text)
    return found.end() if found else 0


def between_rows(text: bytes, begin: int) -> bytes:
    """How an object ends and the next one begins, as between the first two; empty if that is not found."""
    found = _BETWEEN_ROWS.search(text, begin)
    return found[0] if found else b""


def check_around(text: bytes, rows: int, feed: Feed) -> None:
    """Raises Held or ValueError if what stands around so many rows is no document of this feed with an empty list."""
    document = _decoded(text, "the document")
    if _keys_said_twice(_PAIRS_DECODER.decode(text.decode())) or _rows(document, feed):
        raise ValueError("keys that are said twice, or other rows")
    _check_totals(document, rows)


def _from_alike(alike: Sequence[Alike], feed: Feed) -> TextTable:
    """The table of all lines, those that are not alike decoded one at a time."""
    frames: list[pl.DataFrame] = []
    faults: _Faults = []
    odd: _Records = []
    count = 0
    first_at: dict[str, tuple[int, int]] = {}
    for one in alike:
        records, doubled = _decoded_lines(one.others, feed)
        seen = [(key, (line, place)) for place, (key, line) in enumerate(one.first_at.items())]
        seen += [(key, (line, place)) for line, record in records for place, key in enumerate(record)]
        for key, where in seen:
            first_at[key] = min(where, first_at.get(key, where))
        frame = one.frame
        if records:
            keys = list(dict.fromkeys(key for _, record in records for key in record))
            frame = pl.concat([frame, _frame_of(records, keys, keys)], how="diagonal").sort(ROW_NUMBER)
        frames.append(frame)
        faults += doubled
        odd += records
        count += len(one.others) + one.frame.height
    keys = sorted(first_at, key=first_at.__getitem__)
    names = _names(keys)
    frame = pl.concat(frames, how="diagonal").select(ROW_NUMBER, *keys)
    frame.columns = [ROW_NUMBER, *names]
    return TextTable(frame, count, _notes(odd, feed), faults=tuple(faults))


# ---------------------------------------------------------------- what a document says


def _rows(document: Any, feed: Feed) -> list[Any]:
    """The list of rows of a document of this feed that reports no failure."""
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(document, dict) or (not isinstance(rows, list) and not _failure(document)):
        raise Held('is no JSON object with a list \'rows\': export {"feed": …, "rows": [ … ]}')
    if failure := _failure(document):
        raise Held(failure)
    assert isinstance(rows, list)
    if "feed" not in document:
        raise Held(f'does not say which feed it is: export {{"feed": "{feed.id}", "rows": [ … ]}}')
    named = document["feed"]
    if not isinstance(named, str) or without_unseen(named).strip() != feed.id:
        raise Held(f"says that it is another feed, not {feed.id}: deliver each feed in its own file")
    return rows


def _failure(document: Mapping[str, Any]) -> str | None:
    """Why a document is an error response and not a delivery, if it says so."""
    for key, value in document.items():
        name = without_unseen(key).strip().casefold().replace("_", "").replace("-", "")
        word = _text(value) if isinstance(value, str | bool | int) else None
        word = word and without_unseen(word).strip().casefold()
        if name == "success" and word in _NO_SUCCESS:
            return "says that its export failed (success: false): export it again"
        if name in _ERRORS and value and value not in NO_VALUE and word not in _NO_ERROR:
            return f"says that its export failed ({name}): export it again"
        if name in _STATES and isinstance(value, str) and word in _FAILURES:
            return f"says that its export failed ({name}): export it again"
        if name == "code" and word and word.isdecimal() and int(word) in _HTTP_ERRORS:
            return f"says that its export failed ({name}): export it again"
    return None


def _check_totals(document: Mapping[str, Any], rows: int) -> None:
    for name in _TOTALS:
        value = document.get(name)
        if value is None or isinstance(value, dict) or (isinstance(value, str) and value.strip() in NO_VALUE):
            continue
        try:
            said = float(value) if isinstance(value, int | str) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            said = math.nan
        if said != rows:
            says = f"{name} {said:g}" if math.isfinite(said) else f"a {name} that is no number"
            raise Held(f"says {says}, but has {rows} rows: it is one page of several, or cut: export all rows")


def _no_values(record: Mapping[str, Any], feed: Feed) -> list[str]:
    """The rules for quarantine that an object breaks: a list or an object in place of a value; in an identifier, half
    of a surrogate pair, because different ones would become one. Unknown keys are left alone."""
    nested = [column for key, value in record.items() if isinstance(value, list | dict) for column in _known(key, feed)]
    nested = [column for column in nested if column.kind is Kind.STRING]  # others break their type
    half = [column for column in _halves(record, feed) if column.is_identifier]
    return [f"{one.name}: a list or an object in place of a value" for one in nested] + [
        f"{one.name}: half of a character" for one in half
    ]


def _notes(records: _Records, feed: Feed) -> tuple[str, ...]:
    """The note on texts with half of a surrogate pair, which no library stores."""
    found = (column for _, record in records for column in _halves(record, feed) if not column.is_identifier)
    times = Counter(column.header for column in found)
    if not times:
        return ()
    return (f"half of a character, read as '?': {', '.join(f'{header} {n}' for header, n in times.items())}",)


def _halves(record: Mapping[str, Any], feed: Feed) -> list[Column]:
    return [
        column
        for key, value in record.items()
        if isinstance(value, str) and not value.isascii() and _HALF.search(value)
        for column in _known(key, feed)
    ]


def _known(key: str, feed: Feed) -> list[Column]:
    """The column of a key, if the contract has it."""
    header = plain_header(without_unseen(key))
    return [one for one in feed.columns if header in map(plain_header, (one.header, *one.aliases))]


# ---------------------------------------------------------------- decoding


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's extensions, not JSON."""
    raise ValueError(constant)


def _number(literal: str) -> str:
    """A number with a fraction or an exponent, in its original spelling; 5.0 becomes 5. An exponent may hide lost
    digits, so it is not expanded."""
    whole, _, fraction = literal.partition(".")
    return whole if not fraction.strip("0") and "e" not in literal.lower() else literal


# One decoder for all lines: `json.loads` with an argument creates one each time, a third of the time per line.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_number)


class _Doubled(dict[str, Any]):
    """An object with the keys that occur twice in it."""

    keys_said_twice: tuple[str, ...] = ()


def _with_doubled(pairs: list[tuple[str, Any]]) -> _Doubled:
    found = _Doubled(pairs)
    found.keys_said_twice = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return found


_PAIRS_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_with_doubled)


def _decoded(text: bytes, where: str) -> Any:
    try:
        return _DECODER.decode(text.decode())
    except json.JSONDecodeError as error:
        raise Held(
            f"{where}: is not JSON (column {error.colno} of line {error.lineno}: {error.msg}): export it again"
        ) from None
    except (ValueError, RecursionError):
        raise Held(
            f"{where}: is not JSON (NaN and Infinity are none, nor is what is nested so deep): export it again"
        ) from None


def _has_keys(text: bytes, count: int) -> bool:
    """Whether there are so many keys as occurrences of `":`, so that no key is duplicated. Nested objects, texts that
    contain `":`, and blanks before a colon need a second look."""
    return text.count(b'":') == count and not _BLANK_COLON.search(text)


def _keys_said_twice(value: Any) -> list[str]:
    """Keys that occur twice in an object or in a nested one."""
    found = list(value.keys_said_twice) if isinstance(value, _Doubled) else []
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += _keys_said_twice(inner)
    return found


def _doubled_in_rows(text: bytes, feed: Feed) -> list[tuple[int, str]]:
    document = _PAIRS_DECODER.decode(text.decode())
    if doubled := set(document.keys_said_twice) & {"rows", "feed", *_TOTALS}:
        raise Held(f"says '{min(doubled)}' twice: which one is meant cannot be told: export it again")
    doubled_in = [(i, _keys_said_twice(row)) for i, row in enumerate(document["rows"], 1)]
    return [(i, _said_twice(keys, feed)) for i, keys in doubled_in if keys]


def _said_twice(keys: Sequence[str], feed: Feed) -> str:
    """The rule for quarantine. A key is external text, so the contract's name is used if the key has one."""
    names = {column.header: column.name for column in feed.columns}
    known = [names[key] for key in keys if key in names]
    return f"{known[0] if known else 'a key that is unknown'}: appears twice in one object"


def _count_rows(text: bytes, expected: int) -> int:
    """The number of objects directly in the list `rows`: counted by brackets outside strings, without parsing."""
    bare = _STRING.sub(b"", text)
    found, depth = 0, 0
    for sign in re.findall(rb"[\[\]{}]", bare):
        found += sign == b"{" and depth == 2
        depth += 1 if sign in b"[{" else -1
    return found if found == expected else _count_rows_by_name(text)


def _count_rows_by_name(text: bytes) -> int:
    """The same for documents with objects under other keys: those within the list that follows the key `rows`."""
    bare = _STRING.sub(lambda match: b"R" if match[0] == b'"rows"' else b"", text)
    found, depth, is_next, is_rows = 0, 0, False, False
    for sign in re.findall(rb"R\s*:|[\[\]{}]|,", bare):
        if sign.startswith(b"R"):
            is_next = is_next or depth == 1
        elif sign == b",":
            is_next = is_next and depth != 1
        elif sign in b"[{":
            found += sign == b"{" and depth == 2 and is_rows
            if depth == 1:
                is_rows = is_next and sign == b"["
            depth += 1
        else:
            depth -= 1
            is_rows = is_rows and depth > 1
    return found


# ---------------------------------------------------------------- records


def _from_records(records: _Records, counted: int, feed: Feed, faults: _Faults) -> TextTable:
    known = [column.header for column in feed.columns]
    # An empty delivery has no records that show its keys.
    keys = list(dict.fromkeys(key for _, record in records for key in record)) if records else known
    return TextTable(_frame_of(records, keys, _names(keys)), counted, _notes(records, feed), faults=tuple(faults))


def _names(keys: Sequence[str]) -> list[str]:
    """The headers of keys. A record omits keys without a value: only all records together show which columns the file
    lacks."""
    names = [without_unseen(_text(key) or "").strip() or f"column {i}" for i, key in enumerate(keys, 1)]
    if ROW_NUMBER in names or len(set(names)) < len(names):
        raise Held(f"a key has no name of its own, or is named {ROW_NUMBER}: give each key its own name")
    return names


def _frame_of(records: _Records, keys: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series(ROW_NUMBER, [number for number, _ in records], dtype=pl.Int64),
            *(
                _text_column(name, [record.get(key) for _, record in records])
                for name, key in zip(names, keys, strict=True)
            ),
        ]
    )


def _text_column(name: str, values: list[Any]) -> pl.Series:
    # The time in which polars looks for the type of a nested list grows with the cube of its depth.
    if not any(isinstance(value, list | dict) for value in values):
        # Errors: not only texts, or some of their characters are invalid.
        with contextlib.suppress(TypeError, OverflowError, UnicodeEncodeError):
            return pl.Series(name, values, dtype=pl.String, strict=True)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    """A JSON value as a csv export would spell it."""
    if value is None:
        return None
    if isinstance(value, str):
        return without_halves(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(value)
    return without_halves(json.dumps(value, ensure_ascii=False))
