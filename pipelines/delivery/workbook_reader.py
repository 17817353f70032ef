"""Workbooks → text rows with their sheet rows, read by a child process.

Belongs here: starting, asking and ending the child (`workbook_process`), recognising a sheet's header and total row.
Does not belong here: reading cells (`workbook_process`, in the child), the meaning of values (`values`).
"""

import atexit
import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

import polars as pl

from pipelines.contracts.model import Feed, Kind
from pipelines.delivery import cells
from pipelines.delivery.compression import contents, is_compressed
from pipelines.delivery.decoding import OLE, ZIP
from pipelines.delivery.signs import plain_header, without_unseen
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable, counted, header_names, left_out, numbered
from pipelines.delivery.values import as_numbers
from pipelines.delivery.workbook_messages import NEXT_CELL, Sheet, decoded
from pipelines.settings import WORKBOOK_MEMORY_BYTES, WORKBOOK_SECONDS, WORKBOOK_TRIES, command_of

_PIPE_BYTES = 1 << 20
_UNREADABLE = "the workbook cannot be read, three times: open it in Excel or WPS and save it again as xlsx"
_idle: "list[tuple[int, subprocess.Popen[bytes]]]" = []
"""At most one child that waits for the next reader, and the process that started it. It ends with that process, because
its standard input does."""


class _Table(NamedTuple):
    """A sheet's rows. frame: `_row_number`, then one String column per cell; its first row is the header."""

    frame: pl.DataFrame
    sheet: Sheet

    @staticmethod
    def of(message: bytes) -> "_Table":
        sheet, columns = decoded(message)
        texts = [
            pl.Series(f"c{i}", [column]).str.split(NEXT_CELL).explode().replace("", None)
            for i, column in enumerate(columns)
        ]
        return _Table(numbered(pl.DataFrame(texts), pl.Series(sheet.row_numbers, dtype=pl.Int64)), sheet)


class Workbooks:
    """Reads workbooks in a child process with limits on memory and time, because a workbook can abort its reader.

    One child reads many workbooks, and waits for the next reader of this process, because starting one costs 0.2 to
    0.4 s. If a workbook crashes its child or takes too long, it is tried again in a new child and then held; the next
    child reads the others.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Workbooks":
        return self

    def __exit__(self, error: object, *_: object) -> None:
        child = self._child
        # After an error, half an answer may be in the pipe.
        if error is None and child is not None and child.args == _command() and child.poll() is None and not _idle:
            _idle.append((os.getpid(), child))
            self._child = None
        self._end()

    def read(self, path: Path, feeds: Sequence[Feed]) -> list[TextTable | Held]:
        """The records of each feed, or why its sheet is held; the file is read once for all sheets."""
        try:
            start = _start(path)
        except Held as held:
            return [held] * len(feeds)
        if not start:
            return [Held("is empty: there is no workbook: export it again")] * len(feeds)
        if start == OLE:
            return [Held("is an old or encrypted Excel file: save it as xlsx without a password")] * len(feeds)
        if start != ZIP:
            return [Held("is no Excel workbook: export it as xlsx")] * len(feeds)
        found: list[TextTable | Held] = []
        for feed, answer in zip(feeds, self._answers(path, feeds), strict=True):
            try:
                found.append(_from_sheet(answer, feed))
            except Held as held:
                found.append(held)
        return found

    def whole(self, path: Path, feeds: Sequence[Feed] = ()) -> dict[str, pl.DataFrame]:
        """Every sheet that can be read, from its first row: `_row_number`, then one String column per cell, with the
        same text as `read` has for these feeds. Raises Held if the workbook cannot be read."""
        try:
            child = self._child or self._start()
            assert child.stdin
            assert child.stdout
            child.stdin.write(_request(path, feeds, is_whole=True))
            child.stdin.flush()
            deadline = time.monotonic() + WORKBOOK_SECONDS
            found = {}
            for name in json.loads(_message(child.stdout, deadline)[1]):
                kind, message = _message(child.stdout, deadline)
                if kind != b"refused":
                    found[name] = _Table.of(message).frame
            return found
        except (EOFError, BrokenPipeError, TimeoutError) as error:
            self._end()
            raise Held(_UNREADABLE) from error

    def _answers(self, path: Path, feeds: Sequence[Feed]) -> list[_Table | str]:
        """A table or a refusal per feed. The sheet at which the child dies for the third time is considered
        the cause."""
        answers: list[_Table | str] = []
        failures = 0
        while len(answers) < len(feeds):
            try:
                self._ask(path, feeds[len(answers) :], answers)
            except (EOFError, BrokenPipeError, TimeoutError) as error:
                self._end()
                failures += 1
                if failures == WORKBOOK_TRIES or isinstance(error, TimeoutError):
                    if not isinstance(error, TimeoutError):
                        self._refuse_if_none_starts()
                    answers.append(str(error) or _UNREADABLE)
                    failures = 0
        return answers

    def _ask(self, path: Path, feeds: Sequence[Feed], answers: list[_Table | str]) -> None:
        """Puts each answer into `answers` as it arrives, so that sheets read before a crash are not read again."""
        child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        child.stdin.write(_request(path, feeds, is_whole=False))
        child.stdin.flush()
        deadline = time.monotonic() + WORKBOOK_SECONDS
        for _ in feeds:
            kind, message = _message(child.stdout, deadline)
            answers.append(message.decode() if kind == b"refused" else _Table.of(message))

    def _refuse_if_none_starts(self) -> None:
        """Raises MemoryError if a child ends before it reads anything: then it is the machine, and no workbook's
        fault, for which that would be held forever."""
        child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(b"\n")
            child.stdin.flush()
            _message(child.stdout, time.monotonic() + WORKBOOK_SECONDS)
        except (EOFError, BrokenPipeError, TimeoutError) as error:
            self._end()
            raise MemoryError("the process that reads workbooks cannot start: is its memory limited?") from error

    def _start(self) -> "subprocess.Popen[bytes]":
        # The child's last output may quote a cell, so it is discarded.
        self._child = _waiting() or subprocess.Popen(
            _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def _request(path: Path, feeds: Sequence[Feed], *, is_whole: bool) -> bytes:
    sheets = [[feed.sheet or "", feed.header_row, _kinds(feed)] for feed in feeds]
    return json.dumps([str(path), is_whole, sheets]).encode() + b"\n"


def _kinds(feed: Feed) -> dict[str, str]:
    """The columns in which a cell's type matters, by header."""
    kinds: dict[str, str] = {}
    for column in feed.columns:
        # A credit code is no key, and its digits matter all the same.
        is_code = column.kind is Kind.STRING and column.pattern is not None and column.codes is None
        if column.is_identifier or is_code:
            kinds |= dict.fromkeys(map(plain_header, (column.header, *column.aliases)), cells.IDENTIFIER)
        elif column.kind in (Kind.DATE, Kind.TIMESTAMP) and column.codes is None:
            kinds |= dict.fromkeys(map(plain_header, (column.header, *column.aliases)), cells.DATE)
    return kinds


def _command() -> list[str]:
    return command_of("pipelines.delivery.workbook_process", str(WORKBOOK_MEMORY_BYTES))


def _waiting() -> "subprocess.Popen[bytes] | None":
    """The child that waits for this process, if there is one; a fork has a copy of its parent's list."""
    while _idle:
        owner, child = _idle.pop()
        if owner == os.getpid():
            if child.args == _command() and child.poll() is None:
                return child
            child.kill()
            child.communicate()
    return None


@atexit.register
def end_waiting() -> None:
    """Ends the child that waits."""
    if (child := _waiting()) is not None:
        child.kill()
        child.communicate()


def _start(path: Path) -> bytes:
    """The first bytes, which say what a file is. The archive compresses no workbook, but whatever else has its name."""
    if is_compressed(path):
        return contents(path)[:4]
    with path.open("rb") as file:
        return file.read(4)


def _message(stream: IO[bytes], deadline: float) -> tuple[bytes, bytes]:
    """The child's next message: its kind and its bytes."""
    head = b""
    while not head.endswith(b"\n"):
        head += _receive(stream, 1, deadline)
    kind, size = head.split()
    return kind, _receive(stream, int(size), deadline)


def _receive(stream: IO[bytes], size: int, deadline: float) -> bytes:
    """Exactly `size` bytes; raises EOFError if the child has ended, TimeoutError if it takes too long."""
    parts: list[bytes] = []
    while size > 0:
        if not select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"the workbook took longer than {WORKBOOK_SECONDS} s to read: deliver fewer rows")
        part = os.read(stream.fileno(), min(size, _PIPE_BYTES))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _from_sheet(answer: _Table | str, feed: Feed) -> TextTable:
    if isinstance(answer, str):
        raise Held(answer)
    header = answer.frame.drop(ROW_NUMBER).row(0)
    names = header_names([value or "" for value in header], feed)
    body = answer.frame.slice(1)
    body.columns = [ROW_NUMBER, *names]
    _, _, records, blank, merged = answer.sheet
    notes = (*((left_out("rows", blank),) if blank else ()), *((merged,) if merged else ()))
    if body.height and is_total(body.row(-1)[1]):
        return counted(TextTable(body.head(-1), records - 1, (*notes, *_check_total(body, feed))))
    return counted(TextTable(body, records, notes))


def is_total(cell: str | None) -> bool:
    """Whether the first cell of a sheet's last row says that the row has totals, and is no record."""
    return without_unseen(cell or "").strip() == "合计"


def _check_total(body: pl.DataFrame, feed: Feed) -> tuple[str, ...]:
    """A wrong sum in the total row is reported and rejects nothing."""
    notes = []
    headers = {plain_header(name): name for name in body.columns}
    for column in feed.columns:
        header = next(
            (headers[one] for one in map(plain_header, (column.header, *column.aliases)) if one in headers), ""
        )
        if column.kind not in ("integer", "number") or not header:
            continue
        values = as_numbers(column, body[header])
        told, summed = values[-1], values.head(-1).sum()
        if told is not None and abs(told - summed) > 0.005:
            notes.append(f"the total row says {told:g} {column.header}, the rows sum to {summed:g}")
    return tuple(notes)
