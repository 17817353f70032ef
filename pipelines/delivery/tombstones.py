"""Tombstones of erased persons: their rows and mentions in a delivery, and its bytes without them.

Belongs here: pure work on tables and bytes, and the file of tombstones. A tombstone is a token, so nothing here has a
clear number; every number in a delivery is hashed and compared. Does not belong here: which deliveries exist
(`intake`), everything else that must be erased (`erasure`).

A row belongs to a person if its feed identifies persons (it has a pseudonymised column) and one of its pseudonymised or
dropped columns has the person's number. In the archive it is replaced by a record of marks: the file keeps its records
and line numbers, and reading it again counts the row as erased. A number at another place, in free text or in the
contact column of a community, is a mention: it is removed, and the row stays.
"""

import codecs
import contextlib
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

import numpy as np
import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from pipelines import keys
from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery import json_editing, privacy
from pipelines.delivery.compression import contents
from pipelines.delivery.decoding import one_line_end, to_utf8
from pipelines.delivery.signs import plain_header, without_unseen
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.workbook_reader import Workbooks, is_total
from pipelines.keys import Key

MARK = "[erased]"
_OF_BYTES, _OF_PAIRS = ("utf-8", "gb18030"), ("utf-16-le", "utf-16-be")
ENCODINGS = (*_OF_BYTES, *_OF_PAIRS)
"""In which a person is looked for."""
_WORD_SIGN = "[0-9A-Za-z_-]"
_WORD = re.compile(f"{_WORD_SIGN}{{4,}}")
_LONG_NUMBER = r"[0-9０-９](?:[\s-]{0,3}[0-9０-９]){10}"
_SUSPICIOUS = rf"[0-9A-Za-z０-９_-]{{4}}|{_LONG_NUMBER}"
_MOST_PASSES = 9
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
    """The tokens of all persons to erase, and the key that made them. spelled: numbers that are known in clear because
    they are being erased, and that no word can be: they have other signs."""

    tokens: frozenset[str]
    key: Key
    spelled: tuple[str, ...] = ()
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def is_named(self, value: str) -> bool:
        """Whether the whole value is one of their numbers, in any spelling."""
        if value not in self._known:
            self._known[value] = privacy.pseudonym(value, self.key) in self.tokens
        return self._known[value]

    def cleaned(self, text: str) -> str:
        """The text without their numbers: what redaction would find gets its label, any other value the mark. A number
        may stand in two lines; they stay, so that what follows in a csv keeps its line."""
        if not self.tokens or not text:
            return text
        # Of two numbers side by side, the first may be told from the second only when that is gone.
        for _ in range(_MOST_PASSES):
            before, text = text, self._cleaned_once(text)
            if text == before:
                break
        return text

    def _cleaned_once(self, text: str) -> str:
        if self.is_named(text):
            return MARK + "\n" * text.count("\n")
        pieces, at = [], 0
        for begin, end, label in privacy.numbers_in(text):
            if self.is_named(text[begin:end]):
                pieces += [text[at:begin], label, "\n" * text.count("\n", begin, end)]
                at = end
        text = "".join([*pieces, text[at:]])
        text = _WORD.sub(lambda word: MARK if self.is_named(word[0]) else word[0], text)
        for number in self.spelled:
            text = re.sub(rf"(?<!{_WORD_SIGN}){re.escape(number)}(?!{_WORD_SIGN})", MARK, text)
        return text

    @property
    def suspicious(self) -> str:
        """A value without any match cannot contain a person's number."""
        return "|".join([_SUSPICIOUS, *map(re.escape, self.spelled)])


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


def by_token(file: Path, key: Key) -> dict[str, Tombstone]:
    """All tombstones by the tokens of this key, also those that were put up before a rotation; raises KeyUnusable if
    one was made with an unknown key."""
    found = {}
    for stone in tombstones(file):
        token = key.renewed(stone.token, stone.key_id)
        if token is None:
            raise keys.KeyUnusable(f"{file}: was made with another key: restore the key that belongs to it")
        found[token] = stone
    return found


def load(file: Path, key: Key, given: Sequence[str] = ()) -> Forgotten:
    """The persons to erase, by this key; raises KeyUnusable. given: spellings of those that are being erased now."""
    spelled = sorted({one for one in given if not _WORD.fullmatch(one)}, key=len, reverse=True)
    return Forgotten(frozenset(by_token(file, key)), key, tuple(spelled))


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
        values = values.filter(values.str.contains(forgotten.suspicious))
        if column and _is_closed(column):
            values = values.filter(values.str.contains(_LONG_NUMBER))
        clean = {value: found for value in values if (found := forgotten.cleaned(value)) != value}
        if clean:
            changed.append(frame[name].replace(clean))
    return frame.with_columns(changed)


def _is_closed(column: Column) -> bool:
    """Whether a column contains a person's number only by mistake."""
    return column.kind is not Kind.STRING or bool(column.codes) or (bool(column.pattern) and not column.privacy)


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
    encodings = _OF_PAIRS if 8 * data[:512].count(0) > len(data[:512]) else _OF_BYTES
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
    # A csv or ndjson file that was read has been searched completely, unless an object has a key twice. Other formats
    # may mention a person outside their rows.
    is_all_seen = (
        len(readable) == len(readings)
        and readings[0][0].format in ("csv", "ndjson")
        and not any(table.faults for _, table in readable)
    )
    if not is_affected and (is_all_seen or not is_named_in(data, forgotten)):
        return None
    if not readable:
        raise CannotRewrite("it cannot be read")
    try:
        match readable[0][0].format:
            case "xlsx":
                return _rewritten_workbook(path, readable, forgotten, workbooks)
            case "csv":
                return _rewritten_csv(data, readable, forgotten)
            case _:
                return _rewritten_json(data, readable, forgotten)
    except (ValueError, Held, IndexError, XlsxWriterException) as error:
        # The library's message may quote the file.
        raise CannotRewrite(type(error).__name__) from None


def _any_of(readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten) -> pl.Series:
    """Rows that belong to them by any of the feeds that the file was read for."""
    found = pl.repeat(value=False, n=readings[0][1].frame.height, eager=True)
    for feed, table in readings:
        found |= theirs(table.frame, feed, forgotten)
    return found


def _rewritten_csv(data: bytes, readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten) -> bytes:
    feed, table = readings[0]
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
            written.append(_csv_record(["" if value is None else value for value in row], feed.delimiter))
        else:
            written.append(record)
    if found != frame.height:
        raise CannotRewrite("its records cannot be told apart")
    whole = "\n".join(written) + ("\n" if table.ends_with_newline else "")
    # A CR LF that was read is one within a field: reading gives a line end for CR LF, and a field would lose its CR.
    return _encoded(whole.replace("\n", "\r\n") if "\r\n" in whole else whole, data, feed.encoding)


def _csv_record(values: Sequence[str], delimiter: str) -> str:
    """A record without its line end. The library quotes a CR or LF within a field only if it ends lines with them."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return out.getvalue().removesuffix("\r\n")


def _encoded(text: str, data: bytes, encoding: str) -> bytes:
    """The text as the delivered bytes were encoded; if that encoding lacks a character, as UTF-8 with its mark."""
    if not data.startswith(codecs.BOM_UTF8):
        with contextlib.suppress(UnicodeEncodeError):
            return text.encode(encoding)
    return codecs.BOM_UTF8 + text.encode()


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


def _rewritten_json(data: bytes, readings: Sequence[tuple[Feed, TextTable]], forgotten: Forgotten) -> bytes | None:
    """A document or lines; null if nothing is to be changed."""
    feed, table = readings[0]
    text = to_utf8(data, feed.encoding).decode()
    gone = set(table.frame.filter(_any_of(readings, forgotten))[ROW_NUMBER])
    change = _change([one for one, _ in readings], forgotten)
    if feed.format == "json":
        written = json_editing.edited(text, change, gone, MARK, rows="rows")
    else:
        written = "\n".join(
            json_editing.edited(line, change, {1} if number in gone else (), MARK)
            for number, line in enumerate(text.split("\n"), 1)
        )
    return None if written == text else _encoded(written, data, feed.encoding)


def _change(feeds: Sequence[Feed], forgotten: Forgotten) -> json_editing.Change:
    """How a value in JSON loses their numbers: as in a table, with what is in the table under the same header."""
    closed = [
        {plain_header(header) for one in feed.columns if _is_closed(one) for header in (one.header, *one.aliases)}
        for feed in feeds
    ]
    known: dict[tuple[bool, str], str] = {}

    def change(key: str | None, text: str) -> str:
        is_closed = key is not None and all(plain_header(without_unseen(key)) in headers for headers in closed)
        if (is_closed, text) not in known:
            is_suspicious = re.search(_LONG_NUMBER if is_closed else forgotten.suspicious, text)
            known[is_closed, text] = forgotten.cleaned(text) if is_suspicious else text
        return known[is_closed, text]

    return change


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
    taken = {name.lower() for name in (*gone, *sheets)}
    with xlsxwriter.Workbook(stream, options) as book:
        for place, (name, frame) in enumerate(sheets.items(), 1):
            page = _added_sheet(book, name, gone, f"Sheet{place}", taken, forgotten)
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


def _added_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    known: Mapping[str, object],
    neutral: str,
    taken: set[str],
    forgotten: Forgotten,
) -> Worksheet:
    """The sheet of this name. One that no contract knows is free text: its name may say a person's number, be longer
    than 31 signs, or be that of another sheet in capitals; then it gets a neutral one, in whose place nobody reads."""
    if name not in known:
        is_contracted = name.lower() in {one.lower() for one in known}
        with contextlib.suppress(XlsxWriterException):
            if not is_contracted and forgotten.cleaned(name) == name:
                return book.add_worksheet(name)
        name = neutral
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
    return book.add_worksheet(name)


def is_same_but_for(before: TextTable | Held, after: TextTable | Held, feed: Feed, forgotten: Forgotten) -> bool:
    """Whether a rewritten file gives the same records as before, except those of the persons to erase, for all columns
    in its contract."""
    if isinstance(before, Held) or isinstance(after, Held):
        return isinstance(before, Held)
    left, right = forget(before, feed, forgotten), forget(after, feed, forgotten)
    # What is broken as a whole has no values: of a list, the mention of a person leaves another text.
    broken = [number for number, _ in left.faults]
    names = [name for name, column in _columns(left.frame, feed) if column]
    if (left.row_count, left.erased, left.faults, names) != (
        right.row_count, right.erased, right.faults, [name for name, column in _columns(right.frame, feed) if column]
    ):  # fmt: skip
        return False
    as_text = [pl.col(ROW_NUMBER), *(pl.col(name).fill_null("") for name in names)]
    whole = ~pl.col(ROW_NUMBER).is_in(broken)
    kept = without_mentions(left.frame, feed, forgotten).filter(whole).select(as_text)
    return kept.equals(right.frame.filter(whole).select(as_text))
