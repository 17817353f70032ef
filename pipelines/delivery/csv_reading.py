"""csv → text rows with their line numbers: RFC 4180, strictly.

Belongs here: the structure of a csv (records, fields, quotes), checked independently of the parser, and where it is
broken. Does not belong here: encodings (`decoding`), the meaning of values (`row_rules`).

polars' own reader pads short rows, accepts truncated files and reads quotes at any position. So the structure is
checked first, from the positions of the quotes: a field is quoted as a whole with every quote inside doubled, or has no
quote at all. Then the number of delimiters and line ends outside quotes must be exactly that of `records × columns`.
"""

import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contracts.model import Feed
from pipelines.delivery.decoding import check_utf8, one_line_end, to_utf8
from pipelines.delivery.signs import BLANK, is_blank
from pipelines.delivery.text_table import Held, TextTable, header_names, left_out, numbered

_PIECE_BYTES = 1 << 18  # Larger pieces do not fit into the processor's cache.
_WORTH_A_THREAD = 1 << 20
_QUOTE, _LINE_END, _RETURN = b'"\n\r'
_AT_BEGIN = np.zeros(1, np.int64)
_SEP_LINE = re.compile(rb'"?sep=.?"?', re.IGNORECASE)

_Signs = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Structure:
    """Line ends and delimiters outside quotes, and line ends inside. fault: the position of the first character that
    breaks RFC 4180, and what is wrong there with what to do; null if the text has no fault."""

    line_ends: int
    delimiters: int
    quoted_line_ends: int = 0
    fault: tuple[int, str] | None = None


_UNDOUBLED = 'a quote within a quoted field is not doubled: write "" for every quote inside'
_UNQUOTED = 'a quote stands in a field that is not quoted: quote the whole field and write "" for the quote'
_UNCLOSED = "the quoted field that begins here has no closing quote: the file is cut off, or a quote is not doubled"
_LONE_RETURN = "a carriage return stands within a line: end every line alike, or quote the field"


def read_csv(data: bytes, feed: Feed) -> TextTable:
    """The records of a csv; raises Held if it cannot be read completely."""
    table, blank = read_records(data, feed)
    return replace(table, notes=(left_out("lines", blank),)) if blank else table


def read_records(data: bytes, feed: Feed) -> tuple[TextTable, list[int]]:
    """The records of a csv, and the lines of the blank ones that were left out; raises Held if it cannot be read
    completely."""
    text = one_line_end(to_utf8(data, feed.encoding))
    if b"\x00" in text:
        raise Held(f"line {_line_of(text, text.index(0))}: a NUL byte: is this a csv in {feed.encoding}?")
    ends_with_newline = text.endswith(b"\n")
    if not ends_with_newline or text.endswith(b"\n\n"):
        # Empty lines after the last record are not records.
        text = text.rstrip(b"\n") + b"\n"
    if text[:64].isspace() and not text.strip():
        raise Held("is empty: there is no header (export it even where there are no rows)")
    if _SEP_LINE.fullmatch(text[: text.index(b"\n")]):
        raise Held("line 1: Excel's 'sep=' line stands above the header: export without it")
    headers, frame, structure, text = _parsed(text, feed)
    numbers = _line_numbers(frame, text, structure)
    frame, blank = _without_blank_records(numbered(frame, numbers), headers)
    records = structure.line_ends - 1
    if blank:
        records -= sum(1 for _ in _blank_lines(text, feed.delimiter))
    return TextTable(frame, records, ends_with_newline=ends_with_newline), blank


def _parsed(text: bytes, feed: Feed) -> tuple[list[str], pl.DataFrame, Structure, bytes]:
    """Headers, records, structure and the text they were read from, in which empty lines have the width of
    the others."""
    with ThreadPoolExecutor(1) as pool:
        # polars releases the GIL while Python counts: 1.1 s instead of 1.35 for a million events. The structure is
        # checked first.
        parsing = pool.submit(_parse, text, feed.delimiter) if len(text) > _WORTH_A_THREAD else None
        found = structure_of(text, feed.delimiter.encode())
        if found.fault:
            check_utf8(text, feed.encoding)
            raise Held(f"line {_line_of(text, found.fault[0])}: {found.fault[1]}")
        headers = _headers(text, feed)
        width = len(headers)
        if found.delimiters != (width - 1) * found.line_ends:
            return _parsed_with_wide_blank_lines(text, feed, width)
        try:
            frame = parsing.result() if parsing else _parse(text, feed.delimiter)
        except pl.exceptions.PolarsError:
            # An empty line and one of too many delimiters may have the right number together.
            return _parsed_with_wide_blank_lines(text, feed, width)
    if frame.height != found.line_ends - 1 and width > 1:
        raise Held(_odd_line(text, feed, width))
    frame.columns = headers
    return headers, frame, found, text


def _parsed_with_wide_blank_lines(
    text: bytes, feed: Feed, width: int
) -> tuple[list[str], pl.DataFrame, Structure, bytes]:
    """The same for a text in which some line has another width than the header; raises Held if it is no blank one."""
    check_utf8(text, feed.encoding)
    widened = _with_wide_blank_lines(text, feed.delimiter, width)
    if widened is None:
        # Not the library's message, which quotes the record.
        raise Held(_odd_line(text, feed, width))
    return _parsed(widened, feed)


def _parse(text: bytes, delimiter: str) -> pl.DataFrame:
    return pl.read_csv(text, infer_schema=False, separator=delimiter, truncate_ragged_lines=False, raise_if_empty=False)


def structure_of(text: bytes, delimiter: bytes) -> Structure:
    """Checks the quotes of a text whose lines all end with LF, including the last one. Independent of any parser.

    An opening quote follows a delimiter, a line end or the beginning of the text; a closing one is followed by a
    delimiter or a line end; between them quotes come in pairs. In such a text every quote switches between inside and
    outside, so a position is inside if the count of quotes before it is odd.
    """
    signs, has_returns = np.frombuffer(text, np.uint8), b"\r" in text
    is_edge = np.zeros(256, np.bool_)
    is_edge[[_QUOTE, _LINE_END, delimiter[0]]] = True
    line_ends, delimiters, quoted_line_ends, is_inside, opened_at = 0, 0, 0, False, 0
    for begin in range(0, len(text), _PIECE_BYTES):
        piece = signs[begin : begin + _PIECE_BYTES]
        line_ends += int(np.count_nonzero(piece == _LINE_END))
        delimiters += int(np.count_nonzero(piece == delimiter[0]))
        quotes = np.flatnonzero(piece == _QUOTE)
        if not (len(quotes) or is_inside or has_returns):
            continue
        opening, closing = quotes[int(is_inside) :: 2], quotes[int(not is_inside) :: 2]
        quoted = _between(piece, quotes, is_inside=is_inside)
        quoted_line_ends += int(np.count_nonzero(quoted == _LINE_END))
        delimiters -= int(np.count_nonzero(quoted == delimiter[0]))
        returns = np.flatnonzero(piece == _RETURN) if has_returns else quotes[:0]
        returns = returns[(np.searchsorted(quotes, returns) + is_inside) % 2 == 0][:1] + begin
        opening, closing = opening + begin, closing + begin
        # The beginning of the text counts as a line end. A closing quote is never the last character: the last one is a
        # line end.
        before = np.where(opening > 0, signs[opening - 1], _LINE_END)
        faults = [
            (int(positions[0]), problem)
            for positions, problem in (
                (opening[~is_edge[before]], _UNQUOTED),
                (closing[~is_edge[signs[closing + 1]]], _UNDOUBLED),
                (returns, _LONE_RETURN),
            )
            if len(positions)
        ]
        if faults:
            return Structure(line_ends - quoted_line_ends, delimiters, quoted_line_ends, min(faults))
        fields = opening[before != _QUOTE]
        opened_at = int(fields[-1]) if len(fields) else opened_at
        is_inside ^= len(quotes) % 2 == 1
    fault = (opened_at, _UNCLOSED) if is_inside else None
    return Structure(line_ends - quoted_line_ends, delimiters, quoted_line_ends, fault)


def _between(piece: _Signs, quotes: npt.NDArray[np.int64], *, is_inside: bool) -> _Signs:
    """The signs of the piece that are within quotes. is_inside: whether its first one is."""
    # Runs between quotes, alternately outside and inside; a quote belongs to the run that it begins.
    lengths = np.diff(quotes, prepend=0, append=len(piece))
    first = int(not is_inside)
    of_runs = lengths[first::2]
    count = int(of_runs.sum())
    if count > len(piece) // 4:
        is_in_run = (np.arange(len(lengths)) + is_inside) % 2 == 1
        found: _Signs = piece[np.repeat(is_in_run, lengths)]
        return found
    # Few: a mask of the whole piece would cost ten times as much.
    begins = np.concatenate((_AT_BEGIN, quotes))[first::2]
    few: _Signs = piece[np.arange(count) + np.repeat(begins - (np.cumsum(of_runs) - of_runs), of_runs)]
    return few


def count_of(text: bytes, sign: int) -> int:
    """How often the text has a byte: three times as fast as `bytes.count`."""
    signs = np.frombuffer(text, np.uint8)
    pieces = (signs[begin : begin + _PIECE_BYTES] for begin in range(0, len(text), _PIECE_BYTES))
    return sum(int(np.count_nonzero(piece == sign)) for piece in pieces)


def _headers(text: bytes, feed: Feed) -> list[str]:
    try:
        header = next(csv.reader(io.StringIO(_first_record(text).decode()), delimiter=feed.delimiter), [])
    except UnicodeDecodeError:
        check_utf8(text, feed.encoding)
        raise
    except csv.Error:
        # The quotes are correct: the remaining cause is a field longer than the library accepts.
        raise Held("line 1: the header cannot be read: is it a header line?") from None
    if not header:
        raise Held("line 1: there is no header: delete the empty lines above it")
    return header_names(header, feed)


def _first_record(text: bytes) -> bytes:
    """The header's record, which may have line ends within quotes. The quotes of the text have been checked."""
    end, quotes = -1, 0
    while True:
        begin, end = end + 1, text.index(b"\n", end + 1)
        quotes += text.count(b'"', begin, end)
        if quotes % 2 == 0:
            return text[:end]


def _blank_lines(text: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """Number (from 1) and count of delimiters of each line outside quotes and below the header that has nothing but
    delimiters, blanks and quotes around blanks. Works on lines, independent of the parser."""
    is_inside = False
    header_ends = 1 + _first_record(text).count(b"\n")
    for number, line in enumerate(text.decode().split("\n")[:-1], 1):
        quotes = line.count('"')
        is_whole = not is_inside and quotes % 2 == 0 and number > header_ends
        if is_whole and all(map(_is_blank_field, line.split(delimiter))):
            yield number, line.count(delimiter)
        is_inside ^= quotes % 2 == 1


def _is_blank_field(field: str) -> bool:
    bare = field[1:-1] if len(field) > 1 and field[0] == field[-1] == '"' else field
    return '"' not in bare and is_blank(bare)


def _with_wide_blank_lines(text: bytes, delimiter: str, width: int) -> bytes | None:
    """The text with every blank line as wide as the header, so that lines keep their numbers; null if no blank line has
    another width."""
    odd = [number for number, delimiters in _blank_lines(text, delimiter) if delimiters != width - 1]
    if not odd:
        return None
    lines = text.split(b"\n")
    for number in odd:
        lines[number - 1] = delimiter.encode() * (width - 1)
    return b"\n".join(lines)


def _without_blank_records(frame: pl.DataFrame, headers: list[str]) -> tuple[pl.DataFrame, list[int]]:
    """The records without the blank ones, and the lines of the blank ones."""
    candidates = frame
    for name in headers:
        # Column by column: after one or two columns hardly any record is left.
        values = candidates[name]
        candidates = candidates.filter(values.is_null() | (values.str.contains(BLANK) & ~values.str.contains("\n")))
        if not candidates.height:
            return frame, []
    lines = candidates.to_series(0)
    return frame.filter(~frame.to_series(0).is_in(lines.implode())), lines.to_list()


def _odd_line(text: bytes, feed: Feed, width: int) -> str:
    """The first line whose width differs from the header's. Uses the parser of the standard library, only after a
    failure."""
    check_utf8(text, feed.encoding)
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=feed.delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if len(fields) != width:
                return (
                    f"line {line}: {len(fields)} fields, the header has {width}: quote a field that holds a delimiter,"
                    " and write nothing above the header or below the rows"
                )
            line = reader.line_num + 1
    except csv.Error:
        return f"line {line}: a field is longer than {csv.field_size_limit()} signs: is a quote missing?"
    return "the lines cannot be told apart: export the file again"


def _line_of(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


def _line_numbers(frame: pl.DataFrame, text: bytes, found: Structure) -> pl.Series:
    """The line where each record begins; the header is line 1."""
    first = 2 + _first_record(text).count(b"\n")
    if not found.quoted_line_ends or not frame.width:
        return pl.int_range(first, first + frame.height, eager=True)
    inside = frame.select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cast(pl.Int64)).to_series()
    return pl.int_range(first, first + frame.height, eager=True) + inside.fill_null(0).cum_sum().shift(1, fill_value=0)
