"""The process that reads workbooks: who uses it, when it ends, how its answers come through the pipe.

Belongs here: the life of the process, its messages. Does not belong here: what is read (`test_reading`), a workbook
that ends it (tests/unit/intake).
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from pipelines.delivery import workbook_reader
from pipelines.delivery.workbook_messages import Sheet
from pipelines.delivery.workbook_reader import Workbooks

READING = """
import os, sys, time
from pathlib import Path
from pipelines.delivery.workbook_messages import Sheet
from pipelines.delivery.workbook_reader import Workbooks
with Workbooks() as workbooks:
    workbooks.whole(Path(sys.argv[1]))
    print(workbooks._child.pid, flush=True)
time.sleep(60 if sys.argv[2] == "wait" else 0)
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(file) as made:
        made.add_worksheet("sheet").write_row(0, 0, ["a", "b"])
    return file


def read(book: Path) -> int:
    """The number of the process that has read it."""
    with Workbooks() as workbooks:
        assert workbooks.whole(book)["sheet"].height == 1
        assert workbooks._child is not None
        return workbooks._child.pid


def test_one_process_reads_for_one_reader_after_the_other(book: Path) -> None:
    assert read(book) == read(book)


def test_two_readers_at_once_have_two_processes_of_which_one_waits(book: Path) -> None:
    with Workbooks() as one, Workbooks() as other:
        for workbooks in (one, other):
            workbooks.whole(book)
        first, second = one._child, other._child
    assert first is not None
    assert second is not None
    assert first.pid != second.pid
    assert [process.poll() is None for process in (first, second)] == [False, True]
    assert read(book) == second.pid


def test_after_an_error_nobody_takes_the_process_over(book: Path) -> None:
    """Half an answer may be in its pipe."""
    with pytest.raises(KeyError), Workbooks() as workbooks:
        workbooks.whole(book)
        process = workbooks._child
        raise KeyError
    assert process is not None
    assert process.poll() is not None
    assert read(book) != process.pid


def test_a_process_with_another_limit_is_not_taken_over(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(book)
    monkeypatch.setattr(workbook_reader, "WORKBOOK_MEMORY_BYTES", 2 << 30)
    assert read(book) != before
    assert is_gone(before)


@pytest.mark.parametrize("how", ["end", "wait"])
def test_the_process_that_waits_ends_with_the_one_that_started_it(book: Path, how: str) -> None:
    """At its end, and when it is killed."""
    command = [sys.executable, "-c", READING, str(book), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        if how == "wait":
            parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not is_gone(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"


TEXTS = st.one_of(st.none(), st.text(min_size=1, max_size=4), st.sampled_from(["\0", "\1", "a\0b", "\n", '"', "\\n"]))


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_a_sheet_comes_through_the_pipe_as_it_is_but_for_signs_that_xml_has_not(
    rows: list[tuple[str | None, ...]],
) -> None:
    sheet = Sheet(list(range(7, 7 + len(rows))), list(zip(*rows, strict=True)), 3, [1, 2], 'C1:C3 "中"\n')
    table = workbook_reader._Table.of(sheet.encoded())
    kept = [tuple((cell or "").replace("\0", "").replace("\1", "") or None for cell in row) for row in rows]
    assert table.frame.rows() == [(number, *row) for number, row in zip(sheet.row_numbers, kept, strict=True)]
    assert table.sheet == sheet._replace(columns=())


def test_an_empty_sheet_comes_through_the_pipe() -> None:
    assert workbook_reader._Table.of(Sheet([], [], 0, [], "").encoded()).frame.shape == (0, 1)


def test_the_child_loads_no_library_of_frames() -> None:
    """It would take twice as long to start."""
    loaded = "import sys, pipelines.delivery.workbook_process; print(*{'polars', 'duckdb', 'numpy'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True, text=True).stdout == "\n"
