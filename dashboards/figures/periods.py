"""The days of a selected period, and the days it is compared with. Pure; no clock except as an argument."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
DAYS = {"1d": 1, "7d": 7, "30d": 30}
# Deliveries are due by 05:00 of the next day; the nightly build takes less than an hour.
PUBLISHED_BY = time(6, 0)

Freshness: TypeAlias = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Window:
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


# Time ranges of a reader that have another name in the warehouse.
_PUBLISHED = {"qtd": "quarter"}


@dataclass(frozen=True)
class Ranges:
    """A selected period with its days, and the days that it is compared with."""

    period: str
    against: str
    """prev or year."""
    now: Window
    compared: Window | None

    @property
    def published(self) -> str:
        """The period's name in marts.kpi_period."""
        return published_as(self.period)

    @property
    def compared_as(self) -> str:
        """The comparison's name in marts.kpi_compared."""
        return "year_ago" if self.against == "year" else "previous"


def published_as(period: str) -> str:
    return _PUBLISHED.get(period, period)


WEEKS = 12


def week_ends(last: date) -> list[date]:
    """The last days of the twelve weeks to a day, oldest first."""
    return [last - timedelta(days=7 * ago) for ago in reversed(range(WEEKS))]


def days_to(last: date, days: int) -> Window:
    """So many days, up to and with one."""
    return Window(last - timedelta(days=days - 1), last)


def weeks_to(last: date) -> Window:
    """The days of the twelve weeks up to and with one."""
    return days_to(last, 7 * WEEKS)


def window(period: str, data_from: date, data_through: date) -> Window:
    """The selected period; it ends on the last day of data, never on today, and never starts before the first day."""
    if period == "all":
        first = data_from
    elif period == "qtd":
        first = date(data_through.year, (data_through.month - 1) // 3 * 3 + 1, 1)
    else:
        first = data_through - timedelta(days=DAYS[period] - 1)
    return Window(max(first, data_from), data_through)


def before(period: str, against: str, now: Window) -> Window | None:
    """The days behind previous_value and year_ago_value of marts.kpi_period; None if it has none."""
    if period == "all":
        return None
    if against == "prev" and period == "qtd":
        last = now.last.replace(month=(now.last.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
        return Window(last.replace(month=last.month - 2, day=1), last)
    return _as_long(period, against, now)


def _as_long(period: str, against: str, now: Window) -> Window:
    if against == "year":
        last = _year_before(now.last)
        # As many days, with a 29 February or without; a quarter to date begins with its quarter.
        return Window(last - timedelta(days=now.days - 1) if period in DAYS else _year_before(now.first), last)
    return Window(now.first - timedelta(days=now.days), now.first - timedelta(days=1))


def compared(period: str, against: str, now: Window, data_from: date) -> Window | None:
    """The days to compare with, or None if the data do not cover all of them."""
    if against == "year":
        then = _as_long(period, against, now)
    elif period == "all":
        return None
    elif period == "qtd":
        # As many days of the quarter before, which may be shorter; data that begin within a quarter have none.
        start = (now.first - timedelta(days=80)).replace(day=1)
        then = Window(start, min(start + timedelta(days=now.days), now.first) - timedelta(days=1))
    else:
        then = _as_long(period, against, now)
    return then if then.first >= data_from else None


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def beijing_now() -> datetime:
    return datetime.now(BEIJING).replace(tzinfo=None)


def expected_through(now: datetime) -> date:
    """The business date that a reader may expect at this moment in Beijing."""
    return now.date() - timedelta(days=1 if now.time() >= PUBLISHED_BY else 2)


def freshness(data_through: date | None, now: datetime) -> Freshness:
    """Green: the newest possible day. Amber: one or two days late. Red: later, or no data."""
    if data_through is None:
        return "bad"
    behind = (expected_through(now) - data_through).days
    return "good" if behind <= 0 else "warn" if behind <= 2 else "bad"
