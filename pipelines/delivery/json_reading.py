"""ndjson and json → text rows with their positions.

Belongs here: decoding JSON strictly (no duplicate keys, no NaN), what a document states about itself, an independent
count of its records. Does not belong here: encodings (`decoding`), the meaning of values (`row_rules`).
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.decoding import check_utf8, to_utf8
from pipelines.delivery.signs import NO_VALUE, without_unseen
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_TOTALS = ("total", "count", "row_count")
_ERRORS = ("error", "errors")


def read_ndjson(data: bytes, feed: Feed) -> TextTable:
    """One object per line; raises Held if a line is not an object."""
    text = to_utf8(data, feed.encoding)
    check_utf8(text, feed.encoding)
    lines = text.split(b"\n")
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _decoded(line, f"line {number}")
        if not isinstance(record, dict):
            raise Held(f"line {number}: is no JSON object: write one object a line")
        # As many keys as occurrences of `":`: no key is duplicated. Nested objects, and texts that contain `":`, need a
        # second look.
        if line.count(b'":') != len(record) and (doubled := _keys_said_twice(_PAIRS_DECODER.decode(line.decode()))):
            faults.append((number, _said_twice(doubled, feed)))
        records.append(record)
        numbers.append(number)
    return _from_records(records, numbers, sum(1 for line in lines if line.strip()), feed, faults)


def read_json(data: bytes, feed: Feed) -> TextTable:
    """A document with a list `rows`; raises Held if it is not one, belongs to another feed, or reports a failure."""
    text = to_utf8(data, feed.encoding)
    check_utf8(text, feed.encoding)
    document = _decoded(text, "the document")
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(document, dict) or (not isinstance(rows, list) and not _failure(document)):
        raise Held('is no JSON object with a list \'rows\': export {"feed": …, "rows": [ … ]}')
    if failure := _failure(document):
        raise Held(failure)
    assert isinstance(rows, list)
    named = document.get("feed", feed.id)
    if not isinstance(named, str) or without_unseen(named).strip() != feed.id:
        raise Held(f"says that it is another feed, not {feed.id}: deliver each feed in its own file")
    for i, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Held(f"row {i}: is no JSON object: write one object a row")
    _check_totals(document, len(rows))
    faults: list[tuple[int, str]] = []
    if text.count(b'":') != len(document) + sum(map(len, rows)):
        faults = _doubled_in_rows(text, feed)
    return _from_records(rows, list(range(1, len(rows) + 1)), _count_rows(text, len(rows)), feed, faults)


def _failure(document: Mapping[str, Any]) -> str | None:
    """Why a document is an error response and not a delivery, if it says so."""
    if document.get("success") in (False, "false"):
        return "says that its export failed (success: false): export it again"
    for name in _ERRORS:
        value = document.get(name)
        if value and value not in NO_VALUE:
            return f"says that its export failed ({name}): export it again"
    return None


def _check_totals(document: Mapping[str, Any], rows: int) -> None:
    for name in _TOTALS:
        value = document.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            continue
        try:
            said = float(value)
        except ValueError:
            continue
        if said != rows:
            raise Held(f"says {name} {said:g}, but has {rows} rows: it is one page of several, or cut: export all rows")


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


def _from_records(
    records: list[dict[str, Any]], numbers: list[int], counted: int, feed: Feed, faults: list[tuple[int, str]]
) -> TextTable:
    known = [column.header for column in feed.columns]
    # An empty delivery has no records that show its keys.
    keys = list(dict.fromkeys(key for record in records for key in record)) if records else known
    # A record omits keys without a value: only all records together show which columns the file lacks.
    names = [without_unseen(_text(key) or "").strip() or f"column {i}" for i, key in enumerate(keys, 1)]
    if ROW_NUMBER in names or len(set(names)) < len(names):
        raise Held(f"a key has no name of its own, or is named {ROW_NUMBER}: give each key its own name")
    frame = pl.DataFrame(
        [
            pl.Series(ROW_NUMBER, numbers, dtype=pl.Int64),
            *(
                _text_column(name, [record.get(key) for record in records])
                for name, key in zip(names, keys, strict=True)
            ),
        ]
    )
    return TextTable(frame, counted, faults=tuple(faults))


def _text_column(name: str, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String, strict=True)
    except (TypeError, OverflowError, UnicodeEncodeError):
        # Not only texts, or some of their characters are invalid.
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    """A JSON value as a csv export would spell it."""
    if value is None:
        return None
    if isinstance(value, str):
        # Half of a surrogate pair is not a character, and no library stores it.
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
