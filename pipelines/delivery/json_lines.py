"""JSON objects of one shape, one a line → columns, many lines at once.

Belongs here: the quick way for lines that one program wrote alike, and the proof that each line was read rightly. Does
not belong here: every other line, which its caller decodes one at a time (`json_reading`).

The library that reads the lines drops doubled and unknown keys, rounds numbers and misreads half characters. So nothing
that it says is believed: every line is written again from the values read, in the same style, and only a line that is
the same byte for byte counts as read. A doubled key, a nested value, another order of keys or another spelling makes it
differ.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.delivery.text_table import ROW_NUMBER

_CHUNK_BYTES = 1 << 24
_SHAPED_BY = 100
"""The first lines of a chunk, whose keys are its columns."""
_LINE_END, _SPACE = 0x0A, 0x20
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
# JSON's grammar. Longer numbers are left to the caller.
_PLAIN = r"(?:-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,4})?|true|false)"

# No JSON, no objects, half a character in a key.
_NOT_ALIKE = (
    *(ValueError, TypeError, AttributeError, RecursionError),
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
)


@dataclass(frozen=True)
class Alike:
    """The lines of a chunk that were read.

    frame: `_row_number` (Int64: the line, counted from 1 over all chunks) and one String column per key; null where the
    key has no value or is absent. first_at: the first of these lines that has the key. others: numbers and bytes of the
    lines that were not read.
    """

    frame: pl.DataFrame
    first_at: Mapping[str, int]
    others: Sequence[tuple[int, bytes]]


@dataclass(frozen=True)
class _Shape:
    """How a chunk's lines are written. texts: keys with quoted values; omitting: keys that are left out if they have no
    value."""

    keys: tuple[str, ...]
    comma: str
    colon: str
    texts: frozenset[str]
    omitting: frozenset[str]

    @property
    def plain(self) -> list[str]:
        return [key for key in self.keys if key not in self.texts]

    def before(self, key: str) -> str:
        return f"{'{' if key == self.keys[0] else self.comma}{_quoted(key)}{self.colon}"


def chunks_of_lines(text: bytes) -> Iterator[bytes]:
    """A text whose lines each end with LF, the last one too, in chunks of some megabytes."""
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin + _CHUNK_BYTES) + 1 or len(text)
        yield text[begin:end]
        begin = end


def chunks_of_rows(text: bytes, begin: int, end: int, between: bytes) -> Iterator[bytes]:
    """The objects of a list, which stand from begin to end, as such chunks. Raises ValueError as `lines_of_rows`.

    A chunk is changed while the processor's cache has it: for a document of 160 MB that takes half of the time.
    """
    while begin < end:
        at = text.find(between, begin + _CHUNK_BYTES, end)
        yield lines_of_rows(text[begin : at + 1] if at >= 0 else text[begin:end].rstrip(), between)
        begin = at + len(between) - 1 if at >= 0 else end


def lines_of_rows(rows: bytes, between: bytes) -> bytes:
    """Consecutive objects of a list, a line each. between: how one ends and the next begins (`}`, a comma, `{`,
    blanks). Raises ValueError if there is a line end elsewhere."""
    # Less than half the time of replacing and counting.
    objects = rows.split(between)
    lines = b"".join((b"}\n{".join(objects), b"\n"))
    if np.count_nonzero(np.frombuffer(lines, np.uint8) == _LINE_END) != len(objects):
        raise ValueError("line ends within an object")
    return lines


def read_alike(chunks: Iterable[bytes]) -> list[Alike] | None:
    """Lines that each end with LF; null if they are not lines of objects in one shape, or if any is no JSON."""
    found: list[Alike] = []
    number = 1
    for chunk in chunks:
        one = _read_chunk(chunk, number)
        if one is None:
            return None
        found.append(one)
        number += one.frame.height + len(one.others)
    return found


def _read_chunk(chunk: bytes, number: int) -> Alike | None:
    signs = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(signs == _LINE_END) + 1
    # JSON has no control characters within a string.
    if np.count_nonzero(signs < _SPACE) != len(ends):
        return None
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(chunk)]
    lines = pl.Series(pa.Array.from_buffers(pa.large_binary(), len(ends), buffers))
    try:
        keys = _keys([json.loads(line) for line in lines.head(_SHAPED_BY)])
        schema = dict.fromkeys(keys, pl.String)
        frame = pl.read_ndjson(io.BytesIO(chunk), schema=schema) if keys else pl.DataFrame()
        if frame.height != lines.len():
            return None
        frame = frame.with_columns(lines.cast(pl.String).alias(ROW_NUMBER))
        shape = _shape(frame, keys)
        frame, is_read = _proven(frame, shape)
    except _NOT_ALIKE:
        return None
    others = [(number + i, lines[i]) for i in (~is_read).arg_true()]
    numbers = pl.int_range(number, number + frame.height, eager=True).alias(ROW_NUMBER)
    read = frame.with_columns(numbers, *(_number_text(key) for key in shape.plain)).filter(is_read)
    first_at = {}
    for key in keys:
        having = read[ROW_NUMBER].filter(read[key].is_not_null()) if key in shape.omitting else read[ROW_NUMBER]
        if having.len():
            first_at[key] = int(having[0])
    return Alike(read.select(ROW_NUMBER, *keys), first_at, others)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _keys(records: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """All keys of some records: each after the key that it follows where it is first seen."""
    keys: list[str] = []
    for record in records:
        at = 0
        for key in record:
            if key not in keys:
                keys.insert(at, key)
            at = keys.index(key) + 1
    return () if ROW_NUMBER in keys else tuple(keys)


def _shape(frame: pl.DataFrame, keys: tuple[str, ...]) -> _Shape:
    """The style of a chunk by its first line, and of each key by the first line with a value and the first without."""
    lines = frame[ROW_NUMBER]
    first = lines[0]
    colon = next(": " if first.startswith(f"{{{_quoted(key)}: ") else ":" for key in keys)
    comma = ", " if any(f", {_quoted(key)}{colon}" in first for key in keys[1:]) else ","
    texts, omitting = [], []
    for key in keys:
        is_null = frame[key].is_null()
        filled, empty = is_null.arg_min(), is_null.arg_max()
        if filled is not None and not is_null[filled] and isinstance(json.loads(lines[filled]).get(key), str):
            texts.append(key)
        if empty is not None and is_null[empty] and f"{_quoted(key)}{colon}null" not in lines[empty]:
            omitting.append(key)
    return _Shape(keys, comma, colon, frozenset(texts), frozenset(omitting))


def _proven(frame: pl.DataFrame, shape: _Shape) -> tuple[pl.DataFrame, pl.Series]:
    """The values, and which lines are the same when they are written again from them."""
    is_same = _is_same(frame, shape, pl.col)
    if is_same.all():
        return frame, is_same
    # Few lines have escaped characters, or numbers such as 5.0, which the library shortens: to look for them in all
    # lines costs more than to write those again.
    left = frame.filter(~is_same).with_columns(
        pl.col(ROW_NUMBER).str.extract(pl.escape_regex(f"{_quoted(key)}{shape.colon}") + f"({_PLAIN})").alias(key)
        for key in shape.plain
    )
    places = (~is_same).arg_true()
    values = [frame[key].clone().scatter(places, left[key]) for key in shape.plain]
    return frame.with_columns(values), is_same.clone().scatter(places, _is_same(left, shape, _escaped))


def _is_same(frame: pl.DataFrame, shape: _Shape, value_of: Callable[[str], pl.Expr]) -> pl.Series:
    is_plain = [pl.col(key).str.contains(f"^{_PLAIN}$").fill_null(value=True) for key in shape.plain]
    is_same = pl.col(ROW_NUMBER) == _written(frame, shape, value_of)
    return frame.select(pl.all_horizontal(is_same, *is_plain).fill_null(value=False)).to_series()


def _written(frame: pl.DataFrame, shape: _Shape, value_of: Callable[[str], pl.Expr]) -> pl.Expr:
    """The lines as JSON of the frame's values; value_of: a text as it stands between quotes."""
    pieces: list[pl.Expr] = []
    for key in shape.keys:
        before, quote = shape.before(key), '"' if key in shape.texts else ""
        value = [pl.lit(before + quote), value_of(key), pl.lit(quote)]
        if frame[key].null_count():
            value = [pl.concat_str(value).fill_null(pl.lit("" if key in shape.omitting else f"{before}null"))]
        pieces += value
    return pl.concat_str(*pieces, pl.lit("}\n"))


def _escaped(key: str) -> pl.Expr:
    return pl.col(key).str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))


def _number_text(key: str) -> pl.Expr:
    """Numbers in the spelling of `json_reading`: 5.0 is 5, and the whole number -0 is 0."""
    whole = pl.col(key).str.replace(r"^(-?[0-9]+)\.0+$", "${1}")
    return pl.when(pl.col(key) == "-0").then(pl.lit("0")).otherwise(whole).alias(key)
