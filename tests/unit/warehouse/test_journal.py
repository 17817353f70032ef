"""The business dates of a journal, found without reading its lines."""

import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipelines.warehouse import journal

AT = datetime(2024, 1, 6, 3, 0)
ENTRY = journal.Entry("volunteer", "activity", None, 1, "a", "b.csv", "0" * 64, AT, AT)
TEXTS = st.text() | st.sampled_from(['"business_date":"2001-01-01"', '\\"business_date":"2001-01-01"', "2001-01-01\\"])


@given(st.lists(st.tuples(st.none() | st.dates(), TEXTS, TEXTS)))
def test_they_are_those_of_its_lines(entries: list[tuple[date | None, str, str]]) -> None:
    lines = [replace(ENTRY, business_date=day, folder=place, file_name=name) for day, place, name in entries]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal"
        journal.begin(file)
        journal.append(file, lines)
        assert journal.business_dates(file) == {day for day, _, _ in entries if day}


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    journal.begin(file)
    journal.append(file, [replace(ENTRY, business_date=date(2024, 1, 5))])
    with file.open("ab") as stream:
        stream.write(b'{"business_date":"2024-99-99"}\n\xff\xfe"business_date":"2024-01-07"')
    assert journal.business_dates(file) == {date(2024, 1, 5), date(2024, 1, 7)}
