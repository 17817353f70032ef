"""The days of a period and a comparison, and the freshness of data."""

from datetime import date, datetime

import pytest

from figures import periods
from figures.periods import Window

FROM, THROUGH = date(2026, 1, 1), date(2026, 11, 21)


@pytest.mark.parametrize(
    ("period", "first"),
    [
        ("1d", THROUGH),
        ("7d", date(2026, 11, 15)),
        ("30d", date(2026, 10, 23)),
        ("qtd", date(2026, 10, 1)),
        ("all", FROM),
    ],
)
def test_a_period_ends_on_the_last_day_of_data(period: str, first: date) -> None:
    assert periods.window(period, FROM, THROUGH) == Window(first, THROUGH)


def test_a_period_never_starts_before_the_data() -> None:
    assert periods.window("30d", date(2026, 11, 20), THROUGH).days == 2


@pytest.mark.parametrize(
    ("period", "then"),
    [
        ("7d", Window(date(2026, 11, 8), date(2026, 11, 14))),
        ("30d", Window(date(2026, 9, 23), date(2026, 10, 22))),
        ("qtd", Window(date(2026, 7, 1), date(2026, 8, 21))),
    ],
)
def test_the_period_before_is_as_long_and_ends_before_this_one(period: str, then: Window) -> None:
    now = periods.window(period, FROM, THROUGH)
    assert periods.compared(period, "prev", now, FROM) == then
    assert then.days == now.days


def test_a_quarter_longer_than_the_one_before_is_compared_with_all_of_it() -> None:
    now = periods.window("qtd", FROM, date(2026, 6, 30))
    assert now.days == 91
    assert periods.compared("qtd", "prev", now, FROM) == Window(date(2026, 1, 1), date(2026, 3, 31))


def test_everything_has_no_period_before() -> None:
    assert periods.compared("all", "prev", Window(FROM, THROUGH), FROM) is None


def test_half_a_period_is_no_yardstick() -> None:
    now = periods.window("30d", date(2026, 10, 1), THROUGH)
    assert periods.compared("30d", "prev", now, date(2026, 10, 1)) is None


@pytest.mark.parametrize(
    ("period", "now", "then"),
    [
        ("30d", Window(date(2028, 2, 29), date(2028, 3, 29)), Window(date(2027, 2, 28), date(2027, 3, 29))),
        ("30d", Window(date(2028, 2, 5), date(2028, 3, 5)), Window(date(2027, 2, 4), date(2027, 3, 5))),
        ("30d", Window(date(2029, 2, 4), date(2029, 3, 5)), Window(date(2028, 2, 5), date(2028, 3, 5))),
        ("7d", Window(date(2028, 2, 23), date(2028, 2, 29)), Window(date(2027, 2, 22), date(2027, 2, 28))),
        ("qtd", Window(date(2028, 1, 1), date(2028, 3, 5)), Window(date(2027, 1, 1), date(2027, 3, 5))),
    ],
)
def test_last_year_is_as_many_days_to_the_same_day(period: str, now: Window, then: Window) -> None:
    assert periods.compared(period, "year", now, date(2020, 1, 1)) == then == periods.before(period, "year", now)


@pytest.mark.parametrize(
    ("now", "through", "fresh"),
    [
        (datetime(2026, 11, 22, 6, 0), date(2026, 11, 21), "good"),
        (datetime(2026, 11, 22, 5, 59), date(2026, 11, 20), "good"),
        (datetime(2026, 11, 22, 6, 0), date(2026, 11, 20), "warn"),
        (datetime(2026, 11, 22, 6, 0), date(2026, 11, 19), "warn"),
        (datetime(2026, 11, 22, 6, 0), date(2026, 11, 18), "bad"),
        (datetime(2026, 11, 22, 6, 0), None, "bad"),
    ],
)
def test_freshness_is_judged_by_what_can_be_there(now: datetime, through: date | None, fresh: str) -> None:
    assert periods.freshness(through, now) == fresh
