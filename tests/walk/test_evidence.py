"""The evidence for a published number: the rows add up to it, and each row is at the stated place."""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import lines_of
from tests.walk.published import ask

DAYS = ("2015-01-02", "2015-02-14", "2015-03-15")


@pytest.mark.parametrize("day", DAYS)
def test_what_stands_behind_every_number_of_a_day_sums_to_it(home: Path, day: str) -> None:
    counted = ask(
        home,
        "select kpi_id, org_code, numerator, coalesce(denominator, 0) from marts.kpi_daily where kpi_date = ?",
        [day],
    )
    behind = ask(
        home,
        "select kpi_id, org_code, sum(numerator), sum(denominator) from"
        f" marts.kpi_evidence(null, null, '{day}', '{day}') group by kpi_id, org_code",
    )
    found = defaultdict(lambda: (0.0, 0.0), {(kpi, org): (num, den) for kpi, org, num, den in behind})
    numbers = {(kpi, org): (num, den) for kpi, org, num, den in counted}
    assert len(numbers) > 100
    assert {key for key, (num, den) in found.items() if num or den} <= set(numbers)
    for key, number in numbers.items():
        assert found[key] == pytest.approx(number, abs=1e-6), key


def test_each_row_behind_a_number_is_in_the_line_of_the_export_that_it_names(
    home: Path, built: tuple[Path, Path, str]
) -> None:
    rows = ask(
        home,
        "select fact, fact_key, feed, business_date, file_name, row_number from"
        " marts.kpi_evidence('event_on_time_close_rate', (select org_code from marts.dim_org where"
        " org_level = 'district'), '2015-02-02', '2015-02-02')",
    )
    assert len(rows) == 7  # as the city itself published
    for fact, key, feed, business_date, file_name, row_number in rows:
        assert (fact, feed) == ("fct_event", "event")
        line = lines_of(built[1] / str(business_date) / file_name)[row_number - 1]
        assert key in line


def test_a_kpi_of_every_organisation_stands_on_the_same_rows_at_every_level(home: Path) -> None:
    rows = ask(
        home,
        "select length(org_code), count(*), count(distinct fact_key), sum(numerator), sum(denominator)"
        " from marts.kpi_evidence('event_on_time_close_rate', null, '2015-02-02', '2015-02-02')"
        " group by length(org_code) order by 1",
    )
    assert [length for length, *_ in rows] == [6, 9, 12]
    assert len({tuple(told) for _, *told in rows}) == 1
