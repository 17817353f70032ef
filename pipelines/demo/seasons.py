"""The calendar of the demo: days as numbers, weekdays, holidays, the heating season, the rains, and the rates they
cause.

Belongs here: what depends only on the date. Does not belong here: stories, which depend on the anchor.

A day is the number of days since 1970-01-01, a moment the number of seconds since then in Beijing time, so that both
fit into arrays; NEVER is later than every moment.
"""

from datetime import date, timedelta

import numpy as np

from pipelines.demo.dice import Bools, Floats, Ints

DAY = 86_400
HOUR = 3_600
NEVER = 1 << 40

_EPOCH = date(1970, 1, 1)
# New Year's Day of the lunar calendar; a table, because computing it takes astronomy.
_SPRING_FESTIVALS = (
    date(2019, 2, 5), date(2020, 1, 25), date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10),
    date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3),
)  # fmt: skip
_STREET_WEEK = np.array([1.06, 1.03, 1.02, 1.0, 1.02, 0.94, 0.9])
_OFFICE_WEEK = np.array([1.15, 1.06, 1.0, 1.0, 0.98, 0.3, 0.18])
_FOOT_WEEK = np.array([1.05, 1.05, 1.05, 1.05, 1.05, 0.75, 0.5])


def number(day: date) -> int:
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def weekday(days: Ints) -> Ints:
    """Monday is 0."""
    return np.asarray((days + 3) % 7)


def register_day(days: Ints) -> Ints:
    """The day itself or the next day on which registers are updated: every second Monday."""
    return np.asarray(days + (-(days + 3)) % 14)


def _month_and_day(days: Ints) -> tuple[Ints, Ints]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return months.astype(np.int64) % 12 + 1, (dates - months).astype(np.int64) + 1


def is_last_of_month(days: Ints) -> Bools:
    return np.asarray(_month_and_day(days + 1)[1] == 1)


def is_holiday(days: Ints) -> Bools:
    """The Spring Festival (three days before New Year's Day to six after it) and 1–3 October."""
    month, of_month = _month_and_day(days)
    is_october = (month == 10) & (of_month <= 3)
    since = np.asarray(days)[..., None] - np.array([number(day) for day in _SPRING_FESTIVALS])
    return np.asarray(is_october | ((since >= -3) & (since <= 6)).any(axis=-1))


def heating(days: Ints) -> Floats:
    """The share of events about heating: none outside 15 November–15 March, most at the beginning."""
    month, of_month = _month_and_day(days)
    is_on = (month == 12) | (month < 3) | ((month == 11) & (of_month >= 15)) | ((month == 3) & (of_month <= 15))
    since = np.where(month == 11, of_month - 15, 60)
    return np.where(is_on, 0.05 + 0.07 * np.exp(-np.clip(since, 0, 60) / 10), 0.0)


def rain(days: Ints) -> Floats:
    """The share of events caused by the rains of July to September."""
    month, _ = _month_and_day(days)
    return np.where((month >= 7) & (month <= 9), 0.05, 0.0)


def streets(days: Ints) -> Floats:
    """The rate of street events: 1 on an ordinary day."""
    quiet = np.where(is_holiday(days), 0.55, 1.0)
    return np.asarray(_STREET_WEEK[weekday(days)] * quiet * (1 + 1.2 * rain(days) + 0.6 * heating(days)))


def offices(days: Ints) -> Floats:
    """The rate of work at counters, meetings and desks."""
    return np.asarray(_OFFICE_WEEK[weekday(days)] * np.where(is_holiday(days), 0.12, 1.0))


def rounds(days: Ints) -> Floats:
    """The rate of grid workers' rounds."""
    return np.asarray(_FOOT_WEEK[weekday(days)] * np.where(is_holiday(days), 0.3, 1.0))
