"""Numbers, dates and shares as a reader of either language sees them. Pure; no wording beyond units.

Missing is never 0: every function accepts None and returns NOTHING.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

NOTHING = "—"
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def whole(number: float | None) -> str:
    return NOTHING if number is None else f"{number:,.0f}"


def households(number: float | None, lang: str) -> str:
    """1.24 万户 from ten thousand; English keeps the plain number."""
    if number is None:
        return NOTHING
    if lang == "en":
        return f"{number:,.0f} households"
    return f"{number / 10000:.2f} 万户" if number >= 10000 else f"{number:,.0f} 户"


def percent(value: float | None, digits: int = 1) -> str:
    """100 % only if it is exactly 100: 99.97 is 99.9 %, never a rounded-up perfect score."""
    if value is None:
        return NOTHING
    if value in (0.0, 100.0):
        return f"{value:.0f}%"
    if value < 100.0:
        limit = 100 - 10**-digits
        value = min(value, limit)
    return f"{value:.{digits}f}%"


def score(number: float | None) -> str:
    """One decimal, and never rounded up to a mark of ten: 79.97 is 79.9, which is short of the target of 80."""
    if number is None:
        return NOTHING
    rounded = round(number, 1)
    return f"{rounded - 0.1 if rounded > number and rounded % 10 == 0 else rounded:.1f}"


def duration(hours: float | None, lang: str, beside: float | None = None) -> str:
    """2 天 4 小时 from two days; below that, hours with one decimal, beside a duration of days whole ones;
    what stands by itself and would be 0.0, in minutes. If the end is before the beginning: no duration."""
    if hours is None or hours < 0:
        return NOTHING
    if hours < SHORT_HOURS and beside is None:
        return f"{hours * 60:.0f} 分钟" if lang == "zh" else f"{hours * 60:.0f} min"
    places = _hour_digits(hours if beside is None else beside)
    # As it is shown: 47.97 is no 48.0 hours beside others' 2 days.
    if (shown := round(hours, places)) < LONG_HOURS:
        return f"{shown:.{places}f} 小时" if lang == "zh" else f"{shown:.{places}f} h"
    days, rest = divmod(round(hours), 24)
    if lang == "zh":
        return f"{days} 天 {rest} 小时" if rest else f"{days} 天"
    return f"{days} d {rest} h" if rest else f"{days} d"


def yuan(amount: float | None, lang: str, beside: float | None = None) -> str:
    """12.3 万元 from ten thousand, as `beside` if there is one; English in thousands of CNY."""
    if amount is None:
        return NOTHING
    size = abs(amount if beside is None else beside)
    if lang == "en":
        return f"CNY {amount / 1000:,.1f}k" if size >= 1000 else f"CNY {amount:,.0f}"
    return f"{amount / 10000:,.1f} 万元" if size >= 10000 else f"{amount:,.0f} 元"


LONG_HOURS = 48
"""From so many on, a duration is said in days and hours."""


SHORT_HOURS = 0.05
"""Below so many, a duration is said in minutes."""


def _hour_digits(size: float) -> int:
    return 0 if abs(size) >= LONG_HOURS else 1


def _yuan_digits(size: float) -> int:
    return -3 if size >= 10000 else 0


def _ratio_digits(size: float) -> int:
    """Three digits: 1.52, 17.4, 292. More would claim what nobody counts: 291.94 households of a worker."""
    return 0 if round(size, 1) >= 100 else 1 if round(size, 2) >= 10 else 2


@dataclass(frozen=True)
class Unit:
    """How numbers of a unit are written. factor: what numerator divided by denominator is multiplied by. digits:
    decimals of a value and of a change; digits_at: decimals at the size of a value, where they depend on it. after,
    change, limit: what follows a value, a change, a limit, in Chinese and in English. said, said_change: functions for
    the whole number, if digits and what follows are not enough; the last argument of both is the value beside it.
    most: the highest value that there is, if there is one.
    """

    factor: float = 1.0
    most: float | None = None
    digits: int = 2
    digits_at: Callable[[float], int] | None = None
    after: tuple[str, str] = ("", "")
    change: tuple[str, str] = ("", "")
    short_change: tuple[str, str] = ("", "")
    limit: tuple[str, str] = ("", "")
    said: Callable[[float, str, float], str] | None = None
    said_bare: Callable[[float], str] | None = None
    said_change: Callable[[float, str, float], str] | None = None


# The registry's units (pipelines/registry/model.py), and `score`, an index from 0 to 100.
UNITS: Mapping[str, Unit] = {
    "percent": Unit(
        factor=100.0,
        most=100.0,
        digits=1,
        change=(" 个百分点", " pp"),
        limit=("%", "%"),
        said=lambda number, _, __: percent(number),
        said_bare=percent,
    ),
    "per_1000": Unit(factor=1000.0),
    "hours": Unit(
        digits=1,
        digits_at=_hour_digits,
        short_change=(" 时", " h"),
        limit=(" 小时", " h"),
        said=duration,
        said_change=duration,
    ),
    "days": Unit(digits=1, after=(" 天", " d"), change=(" 天", " d"), short_change=(" 天", " d"), limit=(" 天", " d")),
    "minutes": Unit(
        digits=1,
        after=(" 分钟", " min"),
        change=(" 分钟", " min"),
        short_change=(" 分", " min"),
        limit=(" 分钟", " min"),
    ),
    "yuan": Unit(digits=0, digits_at=_yuan_digits, limit=(" 元", " CNY"), said=yuan, said_bare=whole, said_change=yuan),
    "points": Unit(after=(" 分", ""), limit=(" 分", "")),
    "points_10": Unit(most=10.0, after=(" 分", ""), limit=(" 分", "")),
    "points_100": Unit(most=100.0, after=(" 分", ""), limit=(" 分", "")),
    "ratio": Unit(digits_at=_ratio_digits),
    "count": Unit(digits=0),
    "score": Unit(digits=1, said=lambda number, _, __: score(number), said_bare=score),
}


def unit_of(name: str) -> Unit:
    """A generation may have a unit that is newer than this dashboard."""
    return UNITS.get(name, Unit())


def _in(lang: str, words: tuple[str, str]) -> str:
    return words[0 if lang == "zh" else 1]


def digits(unit: str, beside: float | None) -> int:
    """Decimals of a value of this unit, and of a change that stands beside it: a smaller change is no change."""
    how = unit_of(unit)
    return how.digits if how.digits_at is None or beside is None else how.digits_at(abs(beside))


def _written(number: float, unit: str, beside: float) -> str:
    return f"{number:,.{max(digits(unit, beside), 0)}f}"


def value(number: float | None, unit: str, lang: str) -> str:
    """A KPI's value with its unit, with the unit names of kpi_definition; `score`: an index, 0 to 100."""
    if number is None:
        return NOTHING
    how = unit_of(unit)
    return how.said(number, lang, number) if how.said else _written(number, unit, number) + _in(lang, how.after)


def bare(number: float | None, unit: str) -> str:
    """The value for tiles and columns, whose head has the unit; only a percentage keeps its sign."""
    if number is None:
        return NOTHING
    how = unit_of(unit)
    return how.said_bare(number) if how.said_bare is not None else _written(number, unit, number)


def limit(number: float | None, unit: str, lang: str) -> str:
    """A red line, target or stretch, without unnecessary digits."""
    return NOTHING if number is None else f"{number:g}{_in(lang, unit_of(unit).limit)}"


def difference(number: float | None, unit: str, lang: str, beside: float) -> str:
    """The size of a change, without its sign: ▲ and ▼ give the direction. beside: the value that it stands by, which
    gives its digits."""
    if number is None:
        return NOTHING
    how, size = unit_of(unit), abs(number)
    if how.said_change is not None:
        return how.said_change(size, lang, beside)
    return _written(size, unit, beside) + _in(lang, how.change)


def short_difference(number: float | None, unit: str, lang: str, beside: float) -> str:
    """As `difference`, for columns and cards where the unit is clear."""
    if number is None:
        return NOTHING
    return _written(abs(number), unit, beside) + _in(lang, unit_of(unit).short_change)


def day(moment: date | None, lang: str) -> str:
    """2026年11月21日（周六） · Sat 21 Nov 2026"""
    if moment is None:
        return NOTHING
    if lang == "zh":
        return f"{moment.year}年{moment.month}月{moment.day}日（{WEEKDAYS[moment.weekday()]}）"
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def short_day(moment: date | None, lang: str, this_year: int | None = None) -> str:
    """11月21日, with the year if it differs from `this_year`."""
    if moment is None:
        return NOTHING
    if lang == "zh":
        text = f"{moment.month}月{moment.day}日"
        return text if this_year in (None, moment.year) else f"{moment.year}年{text}"
    text = f"{moment.day} {moment:%b}"
    return text if this_year in (None, moment.year) else f"{text} {moment.year}"


def span(first: date, last: date, lang: str) -> str:
    """10月23日—11月21日"""
    if first == last:
        return short_day(first, lang)
    year = last.year if first.year == last.year else -1
    return f"{short_day(first, lang, year)}—{short_day(last, lang, year)}"


def minute(moment: datetime | None) -> str:
    return NOTHING if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def about(share: float, lang: str) -> str:
    """近六成, 六成多, 一半; English keeps the number."""
    if lang == "en":
        return percent(share * 100, 0)
    tenths = "零一二三四五六七八九"
    if share >= 1:
        return "全部"
    if abs(share - 0.5) < 0.02:
        return "一半"
    lower = int(share * 10)
    over = share * 10 - lower
    if over < 0.05 and lower:
        return f"{tenths[lower]}成"
    if over >= 0.5:
        return f"近{tenths[lower + 1]}成" if lower < 9 else "九成多"
    return f"{tenths[lower]}成多" if lower else "不到一成"


def days(number: float | None, lang: str) -> str:
    """Whole days; negative numbers give no duration, as in `duration`. What ran out today is late by less than one."""
    if number is None or number < 0:
        return NOTHING
    if number == 0:
        return "不到 1 天" if lang == "zh" else "under 1 d"
    return f"{number:,.0f} 天" if lang == "zh" else f"{number:,.0f} d"


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def line(number: int | None) -> str | None:
    """The number of a row in a file, as in the file: without thousands separators."""
    return None if number is None else str(number)
