"""Numbers and dates as readers see them: missing is a dash, never 0; a perfect score only if it is exact."""

from datetime import date

import pytest

from language import numbers as fmt
from language import words
from pipelines.registry.model import UNITS


@pytest.mark.parametrize(
    ("number", "text"), [(None, "—"), (0.0, "0%"), (100.0, "100%"), (99.97, "99.9%"), (91.24, "91.2%"), (0.04, "0.0%")]
)
def test_percent(number: float | None, text: str) -> None:
    assert fmt.percent(number) == text


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (None, "—", "—"),
        (-805_024.0, "—", "—"),
        (0.0, "0.0 小时", "0.0 h"),
        (31.44, "31.4 小时", "31.4 h"),
        (48.0, "2 天", "2 d"),
        (52.2, "2 天 4 小时", "2 d 4 h"),
    ],
)
def test_duration(hours: float | None, zh: str, en: str) -> None:
    assert (fmt.duration(hours, "zh"), fmt.duration(hours, "en")) == (zh, en)


@pytest.mark.parametrize(("number", "text"), [(None, "—"), (803, "803 户"), (12_400, "1.24 万户")])
def test_households(number: float | None, text: str) -> None:
    assert fmt.households(number, "zh") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.58, "近六成"),
        (0.61, "六成多"),
        (0.6, "六成"),
        (0.51, "一半"),
        (0.97, "九成多"),
        (1.0, "全部"),
        (0.04, "不到一成"),
    ],
)
def test_shares_in_words(share: float, text: str) -> None:
    assert fmt.about(share, "zh") == text


def test_days() -> None:
    day = date(2026, 11, 21)
    assert fmt.day(day, "zh") == "2026年11月21日（周六）"
    assert fmt.day(day, "en") == "Sat 21 Nov 2026"
    assert fmt.short_day(day, "zh", 2027) == "2026年11月21日"
    assert fmt.span(date(2025, 12, 30), date(2026, 1, 3), "zh") == "2025年12月30日—2026年1月3日"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_of_the_registry_has_its_factor_a_format_and_a_name(unit: str) -> None:
    assert fmt.UNITS[unit].factor == UNITS[unit].factor
    assert all(words.WORDS["unit." + unit])


@pytest.mark.parametrize(
    ("unit", "value", "bare", "limit", "change"),
    [
        ("percent", "91.2%", "91.2%", "91.24%", "91.2 个百分点"),
        ("per_1000", "91.24 件", "91.24", "91.24", "91.24"),
        ("hours", "3 天 19 小时", "91.2", "91.24 小时", "3 天 19 小时"),
        ("days", "91.2 天", "91.2", "91.24 天", "91.2 天"),
        ("minutes", "91.2 分钟", "91.2", "91.24 分钟", "91.2 分钟"),
        ("yuan", "91 元", "91", "91.24 元", "91 元"),
        ("points", "91.24", "91.24", "91.24", "91.24"),
        ("count", "91", "91", "91.24", "91"),
    ],
)
def test_a_number_of_a_unit(unit: str, value: str, bare: str, limit: str, change: str) -> None:
    assert (fmt.value(91.24, unit, "zh"), fmt.bare(91.24, unit)) == (value, bare)
    assert (fmt.limit(91.24, unit, "zh"), fmt.difference(-91.24, unit, "zh")) == (limit, change)


def test_nothing_is_never_zero() -> None:
    for unit in fmt.UNITS:
        for say in (fmt.value, fmt.difference, fmt.limit, fmt.short_difference):
            assert say(None, unit, "zh") == fmt.NOTHING
        assert fmt.bare(None, unit) == fmt.NOTHING
