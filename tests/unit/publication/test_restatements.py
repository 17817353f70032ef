"""What a later generation says otherwise, on a small hand-made working database that is published again and again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import progress
from pipelines.publication import publish, restatements
from pipelines.publication import restated as restated_view
from pipelines.publication.publish import Publication
from pipelines.registry.model import UNITS
from pipelines.settings import Settings
from tests.unit.publication.test_publish import COUNTED, WORKING, ask, change, published

DAY, NEXT = "2024-01-05", "2024-01-06"
SAID = (
    "select kpi_id, org_code, kpi_date::varchar, generation, old_numerator, old_denominator, new_numerator,"
    " new_denominator, deliveries from marts.kpi_restatement order by published_at, kpi_id, org_code, kpi_date"
)
Restated = tuple[object, ...]


def number(settings: Settings, numerator: float, org: str = "990101", kpi: str = "a", day: str = DAY) -> None:
    """A number of the working database, in place of what it had there."""
    change(
        settings,
        f"delete from marts.kpi_daily where (kpi_id, org_code, kpi_date) = ('{kpi}', '{org}', date '{day}');"
        " insert into marts.kpi_daily (kpi_id, org_code, value, kpi_date, numerator, denominator)"
        f" values ('{kpi}', '{org}', 0, date '{day}', {numerator}, 10)",
    )


def arrived(settings: Settings, file: str) -> None:
    change(settings, f"insert into meta.delivery ({COUNTED}) values ('{file}', 0, 0, 0, 0, 0)")


def restated(made: Publication) -> Sequence[Restated]:
    return ask(made.file, SAID)


def test_what_is_said_first_is_no_restatement(working: Settings) -> None:
    """Neither the first generation, nor a new day, nor a KPI's first number of a known day."""
    assert restated(published(working)) == []
    change(working, f"insert into marts.dim_date values (date '{NEXT}')")
    change(working, "insert into marts.kpi_definition select * replace ('c' as kpi_id) from marts.kpi_definition")
    number(working, 5, day=NEXT)
    number(working, 5, kpi="c")
    assert restated(published(working)) == []


def test_a_number_that_changes_appears_or_goes_is_restated_with_the_files_that_came_between(working: Settings) -> None:
    number(working, 7, org="990101001")
    first = published(working)
    number(working, 2)
    number(working, 3, org="990101002")
    change(working, "delete from marts.kpi_daily where org_code = '990101001'")
    arrived(working, "late_r2.csv")
    arrived(working, "c.csv")
    change(working, f"insert into meta.delivery ({COUNTED}, platform) values ('other.csv', 0, 0, 0, 0, 0, 'q')")
    later = published(working)
    files = "c.csv, late_r2.csv"
    assert restated(later) == [
        ("a", "990101", DAY, later.generation, 1, 1, 2, 10, files),
        ("a", "990101001", DAY, later.generation, 7, 10, None, None, files),
        ("a", "990101002", DAY, later.generation, None, None, 3, 10, files),
    ]
    assert restated(first) == []


def test_a_community_that_joins_the_register_restates_by_its_file(working: Settings) -> None:
    published(working)
    number(working, 2)
    columns = f"{COUNTED}, platform, feed"
    change(
        working,
        f"insert into meta.delivery ({columns}) values"
        " ('community.csv', 0, 0, 0, 0, 0, 'smart_community', 'community'), ('other.csv', 0, 0, 0, 0, 0, 'q', 'f')",
    )
    joined = published(working)
    assert restated(joined) == [("a", "990101", DAY, joined.generation, 1, 1, 2, 10, "community.csv")]
    # With a file of the KPI's own, that one is named.
    number(working, 3)
    arrived(working, "own.csv")
    change(
        working,
        f"insert into meta.delivery ({columns}) values"
        " ('community_2.csv', 0, 0, 0, 0, 0, 'smart_community', 'community')",
    )
    assert restated(published(working))[-1][-1] == "own.csv"


def test_publishing_the_same_again_adds_nothing_and_nothing_is_forgotten(
    working: Settings, clock: list[datetime]
) -> None:
    published(working)
    number(working, 2)
    second = published(working)
    clock[0] += timedelta(days=1)
    again = published(working)
    assert restated(again) == restated(second) == [("a", "990101", DAY, second.generation, 1, 1, 2, 10, None)]
    number(working, 1)
    third = published(working)
    assert restated(third) == [*restated(second), ("a", "990101", DAY, third.generation, 2, 10, 1, 10, None)]
    # A rebuilt working database remembers nothing itself.
    working.working_db.unlink()
    change(working, WORKING)
    number(working, 1)
    assert restated(published(working)) == restated(third)


def test_what_is_not_said_any_more_is_not_said_otherwise(working: Settings) -> None:
    """A KPI that is defined no more, a day that left the calendar."""
    change(working, "insert into marts.kpi_definition select * replace ('b' as kpi_id) from marts.kpi_definition")
    number(working, 4, day="2024-01-04")
    published(working)
    change(
        working, "delete from marts.kpi_definition where kpi_id = 'b'; delete from marts.kpi_daily where kpi_id = 'b'"
    )
    change(working, "delete from marts.dim_date where date_day = '2024-01-04';"
                    " delete from marts.kpi_daily where kpi_date = '2024-01-04'")  # fmt: skip
    assert restated(published(working)) == []


@pytest.mark.parametrize("step", ["copying.written", "copying.renamed", "pointing.written", "pointing.moved"])
def test_a_publication_that_ends_at_any_step_and_is_made_again_says_the_same(
    working: Settings, clock: list[datetime], step: progress.Step
) -> None:
    published(working)
    number(working, 2)

    def end(reached: progress.Step) -> None:
        if reached == step:
            raise KeyboardInterrupt

    with progress.watching(end), pytest.raises(KeyboardInterrupt):
        published(working)
    clock[0] += timedelta(minutes=1)
    assert [row[:3] + row[4:] for row in restated(published(working))] == [("a", "990101", DAY, 1, 1, 2, 10, None)]


def spoil(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:5000])


def test_a_generation_that_cannot_be_read_is_passed_over_for_the_one_before(
    working: Settings, clock: list[datetime]
) -> None:
    published(working)
    number(working, 2)
    spoil(published(working).file)
    number(working, 3)
    clock[0] += timedelta(minutes=1)
    made = published(working)
    assert restated(made) == [("a", "990101", DAY, made.generation, 1, 1, 3, 10, None)]


def test_a_generation_of_a_version_without_restatements_is_compared_with(working: Settings) -> None:
    first = published(working)
    first.file.chmod(0o644)
    with duckdb.connect(str(first.file)) as connection:
        connection.execute('drop view zh."更正"; drop table marts.kpi_restatement')
    number(working, 2)
    assert len(restated(published(working))) == 1


def test_every_column_is_described(working: Settings) -> None:
    told = ask(
        published(working).file,
        "select column_name, zh, description, grain from meta.catalog where table_name = 'marts.kpi_restatement'"
        " order by position",
    )
    assert (
        told[0][3]
        == "a KPI, organisation, day and generation that says of the day otherwise than the generation before"
    )
    assert len(told) == 1 + len(restatements._COLUMNS)
    assert all(zh and description for _, zh, description, _ in told)
    assert publish.current(working.published) is not None


def changed_since_yesterday(made: Publication) -> Sequence[Restated]:
    return ask(
        made.file,
        "select period, days, old_numerator, old_denominator, old_value, new_numerator, new_denominator, new_value,"
        " numerator_change, denominator_change from marts.kpi_restated where kpi_id = 'a' order by period",
    )


def test_a_figure_that_the_last_day_changed_has_its_value_before(working: Settings, clock: list[datetime]) -> None:
    """The working database has 30 days and the month: 3 of 4, which a restated day changed by 2 of 1."""
    number(working, 1)
    assert changed_since_yesterday(published(working)) == []
    clock[0] += timedelta(hours=1)
    number(working, 3, day="2024-01-05")
    expected = [(period, 1, 1.0, 4.0, 25.0, 3.0, 4.0, 75.0, 2.0, 0.0) for period in ("30d", "month")]
    assert changed_since_yesterday(published(working)) == expected
    # For a day, over other publications.
    clock[0] += timedelta(hours=23)
    assert changed_since_yesterday(published(working)) == expected
    clock[0] += timedelta(hours=1)
    assert changed_since_yesterday(published(working)) == []


def test_a_stock_is_restated_on_its_own_day_only_and_a_count_has_no_denominator(working: Settings) -> None:
    change(working, "update marts.kpi_definition set kind = 'stock', unit = 'count'")
    change(working, "update marts.kpi_period set denominator = null, value = 3")
    change(working, "insert into marts.kpi_daily (kpi_id, org_code, value, kpi_date) values"
                    " ('a', '990101', 0, date '2024-01-04')")  # fmt: skip
    published(working)
    number(working, 9, day="2024-01-04")
    assert changed_since_yesterday(published(working)) == []
    change(working, "update marts.kpi_daily set numerator = 5, denominator = null where kpi_date = date '2024-01-05'")
    made = published(working)
    assert [row[:9] for row in changed_since_yesterday(made)] == [
        (period, 1, -1.0, None, -1.0, 3.0, None, 3.0, 4.0) for period in ("30d", "month")
    ]


def test_a_day_that_is_restated_twice_is_one_day(working: Settings, clock: list[datetime]) -> None:
    for numerator in (1, 2, 3):
        number(working, numerator, day="2024-01-05")
        made = published(working)
        clock[0] += timedelta(hours=1)
    assert len(restated(made)) == 2
    assert {row[1] for row in changed_since_yesterday(made)} == {1}


def test_what_is_there_and_back_within_a_day_is_not_restated(working: Settings, clock: list[datetime]) -> None:
    for numerator in (1, 2, 1):
        number(working, numerator)
        made = published(working)
        clock[0] += timedelta(hours=1)
    assert len(restated(made)) == 2
    assert changed_since_yesterday(made) == []


def test_the_factors_of_units_are_those_of_the_registry() -> None:
    assert {name: unit.factor for name, unit in UNITS.items() if unit.factor != 1} == restated_view.FACTORS


def test_every_column_of_the_view_is_described(working: Settings) -> None:
    told = ask(
        published(working).file,
        "select zh, description from meta.catalog where table_name = 'marts.kpi_restated' order by position",
    )
    assert len(told) == len(restated_view._SAYS)
    assert all(zh and description for zh, description in told)
