"""Tombstones of erased persons: their rows and mentions in a delivery, and its bytes without them.

Belongs here: pure work on tables and bytes, and the file of tombstones. A tombstone is a token, so nothing here has a
clear number; every number in a delivery is hashed and compared. Does not belong here: which deliveries exist
(`intake`), everything else that must be erased (`erasure`).

A row belongs to a person if its feed identifies persons (it has a pseudonymised column) and one of its pseudonymised or
dropped columns has the person's number. In the archive it is replaced by a record of marks: the file keeps its records
and line numbers, and reading it again counts the row as erased. A number at another place, in free text or in the
contact column of a community, is a mention: it is removed, and the row stays.
"""

import csv
import io
import json
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

from pipelines import keys
from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery import privacy
from pipelines.delivery.compression import contents
from pipelines.delivery.decoding import one_line_end, to_utf8
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, plain_header
from pipelines.delivery.workbook_reader import Workbooks, is_total
from pipelines.keys import Key

MARK = "[erased]"
_WORD = re.compile(r"[0-9A-Za-z_-]{4,}")
_LONG_NUMBER = r"[0-9０-９](?:[\s-]{0,3}[0-9０-９]){10}"
# A value without any match cannot contain a person's number.
_SUSPICIOUS = rf"[0-9A-Za-z０-９_-]{{4}}|{_LONG_NUMBER}"
_MOST_UNPACKED = 256 << 20
# What the standard library raises if an archive is damaged or is not an archive.
CANNOT_UNPACK = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, ValueError, RuntimeError, EOFError)


class CannotRewrite(RuntimeError):
    """A file contains a person and cannot be rewritten without them: it must not be kept."""


@dataclass(frozen=True)
class Tombstone:
    """A person to erase. done_at: when the erasure of all existing data was finished."""

    token: str
    kind: str
    key_id: str
    asked_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True)
class Forgotten:
    """The tokens of all persons to erase, and the key that made them."""

    tokens: frozenset[str]
    key: Key
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def is_named(self, value: str) -> bool:
        """Whether the whole value is one of their numbers, in any spelling."""
        if value not in self._known:
            self._known[value] = privacy.pseudonym(value, self.key) in self.tokens
        return self._known[value]

    def cleaned(self, text: str) -> str:
        """The text without their numbers: what redaction would find gets its label, any other value the mark."""
        if not self.tokens or not text:
            return text
        if self.is_named(text):
            return MARK
        pieces, at = [], 0
        for begin, end, label in privacy.numbers_in(text):
            if self.is_named(text[begin:end]):
                pieces += [text[at:begin], label]
                at = end
        text = "".join([*pieces, text[at:]])
        return _WORD.sub(lambda word: MARK if self.is_named(word[0]) else word[0], text)


# ---------------------------------------------------------------- tombstones


def tombstones(file: Path) -> list[Tombstone]:
    """All tombstones; for each the last line counts."""
    found: dict[str, Tombstone] = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        told = json.loads(line)
        done = told.get("done_at")
        told |= {"asked_at": datetime.fromisoformat(told["asked_at"]), "done_at": done and datetime.fromisoformat(done)}
        found[told["token"]] = Tombstone(**told)
    return list(found.values())


def put_up(file: Path, stones: Sequence[Tombstone]) -> None:
    """Writes tombstones and syncs them before it returns: from then on these persons do not come back."""
    lines = [
        {
            "token": stone.token,
            "kind": stone.kind,
            "key_id": stone.key_id,
            "asked_at": stone.asked_at.isoformat(),
            "done_at": stone.done_at and stone.done_at.isoformat(),
        }
        for stone in {**{one.token: one for one in tombstones(file)}, **{one.token: one for one in stones}}.values()
    ]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_name(f"{file.name}.tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def load(file: Path, key: Key) -> Forgotten:
    """The persons to erase, by this key; raises KeyUnusable if a tombstone was made with an unknown key."""
    tokens = {stone: key.renewed(stone.token, stone.key_id) for stone in tombstones(file)}
    if None in tokens.values():
        raise keys.KeyUnusable(f"{file}: was made with another key: restore the key that belongs to it")
    return Forgotten(frozenset(token for token in tokens.values() if token), key)


# ---------------------------------------------------------------- tables


def forget(table: TextTable, feed: Feed, forgotten: Forgotten) -> TextTable:
    """The delivery without the rows of persons to erase, and without records that were replaced by marks before."""
    gone = erased_before(table.frame, feed) | theirs(table.frame, feed, forgotten)
    count = int(gone.sum())
    if not count:
        return table
    numbers = set(table.frame.filter(gone)[ROW_NUMBER])
    return replace(
        table,
        frame=table.frame.filter(~gone),
        faults=tuple(fault for fault in table.faults if fault[0] not in numbers),
        row_count=table.row_count - count,
        erased=count,
        # The difference between a total and the remaining rows would reveal the removed row.
        notes=tuple(note for note in table.notes if not note.startswith("the total row")),
        ends_with_newline=table.ends_with_newline or bool(gone[-1]),
    )


def erased_before(frame: pl.DataFrame, feed: Feed) -> pl.Series:
    """Which records belonged to erased persons: all their values are marks."""
    # A record of JSON may lack any key; checking every cell of a large csv would cost a tenth of the intake.
    names = frame.columns[1:] if feed.format in ("json", "ndjson") else frame.columns[1:2]
    found = _none_of(frame)
    for name in names:
        if frame[name].str.contains(MARK, literal=True).any():
            found |= (frame[name].str.strip_chars() == MARK).fill_null(value=False)
    if found.any():
        all_marks = pl.all_horizontal((pl.exclude(ROW_NUMBER).str.strip_chars() == MARK).fill_null(value=True))
        found &= frame.select(all_marks).to_series()
    return found


def _none_of(frame: pl.DataFrame) -> pl.Series:
    return pl.Series(np.zeros(frame.height, np.bool_))


def theirs(frame: pl.DataFrame, feed: Feed, forgotten: Forgotten) -> pl.Series:
    """Which rows belong to persons to erase."""
    found = _none_of(frame)
    if forgotten and any(column.privacy is Treatment.PSEUDONYMISE for column in feed.columns):
        for name, column in _columns(frame, feed):
            if column and column.privacy in (Treatment.PSEUDONYMISE, Treatment.DROP):
                values = [value for value in frame[name].drop_nulls().unique() if forgotten.is_named(value)]
                found |= frame[name].is_in(values).fill_null(value=False)
    return found


def without_mentions(frame: pl.DataFrame, feed: Feed, forgotten: Forgotten) -> pl.DataFrame:
    """The rows with all other numbers of persons to erase removed."""
    if not forgotten:
        return frame
    changed = []
    for name, column in _columns(frame, feed):
        values = frame[name].drop_nulls().unique()
        values = values.filter(values.str.contains(_SUSPICIOUS))
        if column and (column.kind is not Kind.STRING or column.codes or (column.pattern and not column.privacy)):
            # A closed column contains a person's number only by mistake.
            values = values.filter(values.str.contains(_LONG_NUMBER))
        clean = {value: found for value in values if (found := forgotten.cleaned(value)) != value}
        if clean:
            changed.append(frame[name].replace(clean))
    return frame.with_columns(changed)


def _columns(frame: pl.DataFrame, feed: Feed) -> Iterator[tuple[str, Column | None]]:
    """The frame's columns with their entries in the contract."""
    known = {plain_header(header): column for column in feed.columns for header in (column.header, *column.aliases)}
    for name in frame.columns:
        if name != ROW_NUMBER:
            yield name, known.get(plain_header(name))


def is_named_in(data: bytes, forgotten: Forgotten) -> bool:
    """Whether bytes of any kind, in any decoding that gives text, contain a number of a person to erase."""
    if not forgotten:
        return False
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) <= _MOST_UNPACKED:
                    return any(is_named_in(archive.read(name), forgotten) for name in archive.namelist())
        except CANNOT_UNPACK:
            pass  # searched as the bytes that it is
    encodings = ("utf-16-le",) if 8 * data[:512].count(0) > len(data[:512]) else ("utf-8", "gb18030")
    for encoding in encodings:
        text = data.decode(encoding, "ignore")
        if any(forgotten.cleaned(piece) != piece for piece in set(re.split(r"[\n\r,;\t|\"<>]+", text))):
            return True
    return False


# ---------------------------------------------------------------- bytes


def rewritten(
    path: Path, readings: Sequence[tuple[Feed, TextTable | Held]], forgotten: Forgotten, workbooks: Workbooks
) -> bytes | None:
    """An archived file without the persons to erase, based on what was read from it for each of its feeds; null if it
    contains none of them. Raises CannotRewrite if it contains them and cannot be read."""
    try:
        data = contents(path)
    except Held:
        raise CannotRewrite("it is damaged") from None
    readable = [(feed, table) for feed, table in readings if not isinstance(table, Held)]
    is_affected = any(
        theirs(table.frame, feed, forgotten).any()
        or any(forgotten.cleaned(name) != name for name in table.frame.columns)
        or not without_mentions(table.frame, feed, forgotten).equals(table.frame)
        for feed, table in readable
    )
    # A csv or ndjson file that was read has been searched completely; other formats may mention a person outside their
    # rows.
    is_all_seen = len(readable) == len(readings) and readings[0][0].format in ("csv", "ndjson")
    if not is_affected and (is_all_seen or not is_named_in(data, forgotten)):
        return None
    if not readable:
        raise CannotRewrite("it cannot be read")
    feed, table = readable[0]
    try:
        match feed.format:
            case "xlsx":
                return _rewritten_workbook(path, readable, forgotten, workbooks)
            case "csv":
                return _rewritten_csv(data, readable, forgotten)
            case "ndjson":
                gone = _any_of(readable, forgotten)
                return _rewritten_lines(data, feed, set(table.frame.filter(gone)[ROW_NUMBER]), forgotten)
            case _:
                gone = _any_of(readable, forgotten)
                return _rewritten_document(data, feed, set(table.frame.filter(gone)[ROW_NUMBER]), forgotten)
    except (ValueError, Held, IndexError) as error:
        raise CannotRewrite(type(error).__name__) from None


def _any_of(readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten) -> pl.Series:
    """Rows that belong to them by any of the feeds that the file was read for."""
    found = pl.repeat(value=False, n=readings[0][1].frame.height, eager=True)
    for feed, table in readings:
        found |= theirs(table.frame, feed, forgotten)
    return found


def _rewritten_csv(data: bytes, readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten) -> bytes:
    feed, table = readings[0]
    is_marked = data.startswith(b"\xef\xbb\xbf")
    text = one_line_end(to_utf8(data, feed.encoding)).decode()
    header, *records = _records(text.rstrip("\n") + "\n")
    frame = table.frame
    gone = dict(zip(frame[ROW_NUMBER], _any_of(readings, forgotten), strict=True))
    clean = frame
    for one, _ in readings:
        clean = without_mentions(clean, one, forgotten)
    place_of = {number: place for place, number in enumerate(frame[ROW_NUMBER])}
    width = frame.width - 1
    written = [forgotten.cleaned(header)]
    line, found = 1, 0
    for previous, record in zip([header, *records], records, strict=False):
        line += 1 + previous.count("\n")
        place = place_of.get(line)
        found += place is not None
        if place is None:
            # A line that shows nothing.
            written.append(record)
        elif gone[line]:
            written.append(feed.delimiter.join([f'"{MARK}{chr(10) * record.count(chr(10))}"', *[MARK] * (width - 1)]))
        elif (row := clean.row(place)[1:]) != frame.row(place)[1:]:
            out = io.StringIO()
            csv.writer(out, delimiter=feed.delimiter, lineterminator="").writerow(["" if v is None else v for v in row])
            written.append(out.getvalue())
        else:
            written.append(record)
    if found != frame.height:
        raise CannotRewrite("its records cannot be told apart")
    whole = "\n".join(written) + ("\n" if table.ends_with_newline else "")
    return b"\xef\xbb\xbf" + whole.encode() if is_marked else whole.encode(feed.encoding)


def _records(text: str) -> list[str]:
    """The records of a csv, including line ends within quotes."""
    if '"' not in text:
        return text[:-1].split("\n")
    records, open_record = [], ""
    for line in text[:-1].split("\n"):
        open_record = f"{open_record}\n{line}" if open_record else line
        if open_record.count('"') % 2 == 0:
            records.append(open_record)
            open_record = ""
    return records


def _rewritten_lines(data: bytes, feed: Feed, gone: set[int], forgotten: Forgotten) -> bytes:
    lines = to_utf8(data, feed.encoding).split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            record = json.loads(line)
            clean = dict.fromkeys(record, MARK) if number in gone else _clean(record, forgotten)
            if clean != record:
                lines[number - 1] = json.dumps(clean, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"\n".join(lines)


def _rewritten_document(data: bytes, feed: Feed, gone: set[int], forgotten: Forgotten) -> bytes:
    document = json.loads(to_utf8(data, feed.encoding))
    rows = document.pop("rows")
    kept = [dict.fromkeys(row, MARK) if i in gone else _clean(row, forgotten) for i, row in enumerate(rows, 1)]
    return json.dumps({**_clean(document, forgotten), "rows": kept}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def _clean(value: Any, forgotten: Forgotten) -> Any:
    match value:
        case str():
            return forgotten.cleaned(value)
        case dict():
            return {forgotten.cleaned(key): _clean(one, forgotten) for key, one in value.items()}
        case list():
            return [_clean(one, forgotten) for one in value]
        case int() if not isinstance(value, bool) and forgotten.is_named(str(value)):
            return MARK
        case _:
            return value


def _rewritten_workbook(
    path: Path, readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten, workbooks: Workbooks
) -> bytes:
    """All sheets that can be read, with every cell as text, as it is read later too: no trace of a removed cell is left
    in the workbook's table of shared strings."""
    gone: Mapping[str, tuple[set[int], int]] = {
        feed.sheet or "": (
            set(table.frame.filter(theirs(table.frame, feed, forgotten))[ROW_NUMBER]),
            table.frame.width - 1,
        )
        for feed, table in readings
    }
    stream = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False
    }  # fmt: skip
    sheets = workbooks.whole(path, [feed for feed, _ in readings])
    with xlsxwriter.Workbook(stream, options) as book:
        for name, frame in sheets.items():
            page = book.add_worksheet(name)
            erased, width = gone.get(name, (set(), 0))
            last = frame[ROW_NUMBER].max()
            for number, *cells in frame.iter_rows():
                is_last = bool(erased) and number == last and is_total(cells[0])
                for at, cell in enumerate(cells):
                    own = MARK if at < width else ""
                    text = own if number in erased else forgotten.cleaned(cell or "")
                    if text and not (is_last and at) and page.write_string(number - 1, at, text) != 0:
                        raise CannotRewrite("a cell cannot be written")
    return stream.getvalue()


def is_same_but_for(before: TextTable | Held, after: TextTable | Held, feed: Feed, forgotten: Forgotten) -> bool:
    """Whether a rewritten file gives the same records as before, except those of the persons to erase, for all columns
    in its contract."""
    if isinstance(before, Held) or isinstance(after, Held):
        return isinstance(before, Held)
    left, right = forget(before, feed, forgotten), forget(after, feed, forgotten)
    names = [name for name, column in _columns(left.frame, feed) if column]
    if (left.row_count, left.erased, left.faults, names) != (
        right.row_count, right.erased, right.faults, [name for name, column in _columns(right.frame, feed) if column]
    ):  # fmt: skip
        return False
    as_text = [pl.col(ROW_NUMBER), *(pl.col(name).fill_null("") for name in names)]
    return without_mentions(left.frame, feed, forgotten).select(as_text).equals(right.frame.select(as_text))
