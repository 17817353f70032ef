"""What the second of two nights says otherwise than the first, computed again in plain Python from both generations.

Belongs here: restatements after a real run. Does not belong here: publications that are killed, damaged or repeated
(`unit/publication/test_restatements`), rebuilds (`test_changes`, `faults`).
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

Built = tuple[Path, Path, str]
Key = tuple[str, str, date]
Number = tuple[float | None, float | None]


class Generation:
    """A published file."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem.removeprefix("sihe-")
        self._file = file

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        # Attached, not opened: another test may have the file open with its own settings.
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self._file}' as generation (read_only)")
            connection.execute("use generation")
            return connection.execute(query).fetchall()

    def numbers(self) -> dict[Key, Number]:
        rows = self.ask("select kpi_id, org_code, kpi_date, numerator, denominator from marts.kpi_daily")
        return {(kpi, org, day): (numerator, denominator) for kpi, org, day, numerator, denominator in rows}

    def files(self) -> dict[str, set[tuple[Any, ...]]]:
        """The loaded files of each feed: name, business date, bytes, rows."""
        found: dict[str, set[tuple[Any, ...]]] = {}
        for feed, *file in self.ask(
            "select platform || '.' || feed, file_name, business_date, sha256, rows_loaded from meta.delivery"
            " where state = 'loaded'"
        ):
            found.setdefault(feed, set()).add(tuple(file))
        return found


@pytest.fixture(scope="module")
def nights(odd: Built) -> tuple[Generation, Generation]:
    """The exports arrive in two nights, in no order of their dates."""
    first, second = sorted((odd[0] / "published").glob("sihe-*.duckdb"))
    return Generation(first), Generation(second)


def expected(first: Generation, second: Generation) -> set[tuple[Any, ...]]:
    old, new = first.numbers(), second.numbers()
    days = {day for (day,) in second.ask("select date_day from marts.dim_date")}
    feeds = dict(second.ask("select kpi_id, feeds from marts.kpi_definition"))
    before, after = first.files(), second.files()
    arrived = {feed: {name for name, *_ in files - before.get(feed, set())} for feed, files in after.items()}
    said = {(kpi, day) for kpi, _, day in old}
    found = set()
    for kpi, org, day in old.keys() | new.keys():
        past, present = old.get((kpi, org, day), (None, None)), new.get((kpi, org, day), (None, None))
        if past == present or (kpi, day) not in said or kpi not in feeds or day not in days:
            continue
        names = arrived if "ledger.delivery" in feeds[kpi] else feeds[kpi].split(", ")
        files = set().union(*(arrived.get(name, set()) for name in names))
        found.add((kpi, org, day, second.name, *past, *present, ", ".join(sorted(files)) or None))
    return found


def test_the_second_night_restates_what_it_says_otherwise_and_nothing_else(
    nights: tuple[Generation, Generation],
) -> None:
    first, second = nights
    assert first.ask("select count(*) from marts.kpi_restatement") == [(0,)]
    told = second.ask(
        "select kpi_id, org_code, kpi_date, generation, old_numerator, old_denominator, new_numerator, new_denominator,"
        " deliveries from marts.kpi_restatement"
    )
    assert len(told) == len(set(told)) > 1000
    assert set(told) == expected(first, second)
    kinds = second.ask(
        "select count(*) filter (where old_numerator is null), count(*) filter (where new_numerator is null),"
        " count(*) filter (where deliveries is null) from marts.kpi_restatement"
    )
    assert min(kinds[0][:2]) > 0


def test_levels_and_times_are_those_of_the_numbers(nights: tuple[Generation, Generation]) -> None:
    _, second = nights
    wrong = (
        "select count(*) from marts.kpi_restatement where generation <> (select generation from meta.build)"
        " or published_at <> (select built_at from meta.build)"
        " or org_level <> case length(org_code) when 6 then 'district' when 9 then 'street' else 'community' end"
    )
    assert second.ask(wrong) == [(0,)]
