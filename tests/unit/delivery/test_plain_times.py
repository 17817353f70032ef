"""The quick reading of dates and times against a regular expression and the standard library, text by text."""

import random
import re
from datetime import date, datetime

import polars as pl
import pytest

from pipelines.delivery.plain_times import plain_dates, plain_timestamps

EDGES = [
    None, "", "0001-01-01", "0000-12-31", "9999-12-31", "2024-02-29", "2025-02-29", "1900-02-29", "2000-02-29",
    "2025-04-31", "2025-00-10", "2025-13-01", "2025-01-00", "2025-1-01", "２025-01-01", "2025-01-01\n", "2025/01/01",
    "0001-01-01 00:00:00", "0000-01-01 00:00:00", "9999-12-31 23:59:59", "2025-01-01 24:00:00", "2025-01-01 23:60:00",
    "2025-01-01 23:59:60", "2025-01-01T00:00:00", "2025-01-01 00:00:0", "2025-01-01 00:00:00 ", "2025-01-01 00:00:0ü",
    "年-01-01 00:00:00", "2025-01-01 0a:00:00", "1969-12-31 23:59:59", "2025-01-01 :0:00:00",
]  # fmt: skip


def _texts(seed: int) -> list[str | None]:
    rng = random.Random(seed)
    texts = list(EDGES)
    for _ in range(400):
        day = date.fromordinal(rng.randrange(1, date.max.toordinal() + 1)).isoformat()
        text = rng.choice([day, f"{day} {rng.randrange(25):02}:{rng.randrange(61):02}:{rng.randrange(61):02}"])
        if rng.random() < 0.3:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice("0123456789-: /a年.") + text[at + rng.randrange(2) :]
        texts.append(text)
    rng.shuffle(texts)
    return texts


def _read(text: str | None, pattern: str) -> datetime | None:
    if text is None or not re.fullmatch(pattern, text, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@pytest.mark.parametrize("seed", range(20))
def test_dates_and_times_are_read_as_the_standard_library_reads_them(seed: int) -> None:
    texts = _texts(seed)
    times = [_read(text, r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d") for text in texts]
    days = [_read(text, r"\d{4}-\d\d-\d\d") for text in texts]
    column = pl.Series("when", texts, dtype=pl.String)
    assert plain_timestamps(column).to_list() == times
    assert plain_dates(column).to_list() == [day and day.date() for day in days]
    # A part of a column, as one of several deliveries that are read together.
    assert plain_timestamps(column[7:50]).to_list() == times[7:50]
    assert plain_timestamps(column.drop_nulls().filter(column.drop_nulls().str.len_bytes() == 19)).to_list() == [
        time for text, time in zip(texts, times, strict=True) if text and len(text.encode()) == 19
    ]


@pytest.mark.parametrize("texts", [[], [None], ["x"], [None, "2025-01-01 00:00:00"]])
def test_a_column_without_any_is_read_too(texts: list[str | None]) -> None:
    column = pl.Series("when", texts, dtype=pl.String)
    for read, kind in ((plain_timestamps, pl.Datetime("us")), (plain_dates, pl.Date())):
        values = read(column)
        assert (values.len(), values.dtype, values.name) == (len(texts), kind, "when")
    assert plain_timestamps(column).drop_nulls().len() == ("2025-01-01 00:00:00" in texts)
