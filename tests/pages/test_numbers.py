"""Numbers and dates as readers see them: missing is a dash, never 0; a perfect score only if it is exact."""

import re
from datetime import date

import pytest

from language import numbers as fmt
from language import words
from pipelines.registry import loading
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
        (0.0, "0 分钟", "0 min"),
        (1 / 60, "1 分钟", "1 min"),
        (0.05, "0.1 小时", "0.1 h"),
        (31.44, "31.4 小时", "31.4 h"),
        (47.94, "47.9 小时", "47.9 h"),
        (47.97, "2 天", "2 d"),
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


def test_a_score_is_not_rounded_up_to_a_mark_that_it_does_not_reach() -> None:
    said = {79.97: "79.9", 80.0: "80.0", 80.04: "80.0", 59.96: "59.9", 99.99: "99.9", 100.0: "100.0", 72.66: "72.7"}
    assert {number: fmt.score(number) for number in said} == said
    assert {number: fmt.value(number, "score", "zh") for number in said} == said
    assert fmt.score(None) == fmt.NOTHING


def test_days() -> None:
    day = date(2026, 11, 21)
    assert fmt.day(day, "zh") == "2026年11月21日（周六）"
    assert fmt.day(day, "en") == "Sat 21 Nov 2026"
    assert fmt.short_day(day, "zh", 2027) == "2026年11月21日"
    assert fmt.span(date(2025, 12, 30), date(2026, 1, 3), "zh") == "2025年12月30日—2026年1月3日"
    assert [fmt.days(number, "zh") for number in (-1, 0, 1)] == [fmt.NOTHING, "不到 1 天", "1 天"]
    assert fmt.days(0, "en") == "under 1 d"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_of_the_registry_has_its_factor_a_format_and_a_name(unit: str) -> None:
    assert fmt.UNITS[unit].factor == UNITS[unit].factor
    assert fmt.UNITS[unit].most == UNITS[unit].most
    assert all(words.WORDS["unit." + unit])


@pytest.mark.parametrize(
    ("unit", "value", "bare", "limit", "change"),
    [
        ("percent", "91.2%", "91.2%", "91.24%", "91.2 个百分点"),
        ("per_1000", "91.24", "91.24", "91.24", "91.24"),
        ("hours", "3 天 19 小时", "91", "91.24 小时", "3 天 19 小时"),
        ("days", "91.2 天", "91.2", "91.24 天", "91.2 天"),
        ("minutes", "91.2 分钟", "91.2", "91.24 分钟", "91.2 分钟"),
        ("yuan", "91 元", "91", "91.24 元", "91 元"),
        ("points", "91.24 分", "91.24", "91.24 分", "91.24"),
        ("ratio", "91.2", "91.2", "91.24", "91.2"),
        ("count", "91", "91", "91.24", "91"),
    ],
)
def test_a_number_of_a_unit(unit: str, value: str, bare: str, limit: str, change: str) -> None:
    assert (fmt.value(91.24, unit, "zh"), fmt.bare(91.24, unit)) == (value, bare)
    assert (fmt.limit(91.24, unit, "zh"), fmt.difference(-91.24, unit, "zh", 91.24)) == (limit, change)


def test_nothing_is_never_zero() -> None:
    for unit in fmt.UNITS:
        for say in (fmt.value, fmt.limit):
            assert say(None, unit, "zh") == fmt.NOTHING
        for change in (fmt.difference, fmt.short_difference):
            assert change(None, unit, "zh", 1.0) == fmt.NOTHING
        assert fmt.bare(None, unit) == fmt.NOTHING


def decimals(text: str) -> int:
    """Of the last number in a text."""
    *_, number = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", text)
    return len(number.partition(".")[2])


SIZES = (0.004, 0.95, 9.97, 11.0, 47.9, 48.0, 99.96, 291.94, 12_345.6)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", [*UNITS, "score", "newer"])
def test_a_change_has_no_more_digits_than_the_value_beside_it(unit: str, lang: str) -> None:
    for beside in SIZES:
        for moved in (0.04, -0.6, 7.17, -55.55):
            long, short = (say(moved, unit, lang, beside) for say in (fmt.difference, fmt.short_difference))
            assert decimals(long) <= decimals(fmt.value(beside, unit, lang)), (beside, moved, long)
            assert decimals(short) <= decimals(fmt.bare(beside, unit)), (beside, moved, short)


def test_a_change_of_every_kpi_has_no_more_digits_than_its_value() -> None:
    kpis = loading.load().kpis
    assert kpis
    for one in kpis:
        unit = one.kpi.unit
        for beside in [*(one.kpi.points or []), *SIZES]:
            value, change = fmt.value(beside, unit, "zh"), fmt.difference(-7.17, unit, "zh", beside)
            # All or none of a register is written without digits: a change of a tenth beside it is exact too.
            assert decimals(change) <= decimals(value) or value in ("0%", "100%"), (one.id, value, change)


def test_a_change_is_rounded_as_the_value_beside_it() -> None:
    assert fmt.short_difference(7.17, "ratio", "zh", 291.94) == "7"
    assert fmt.difference(1.46, "hours", "zh", 59.0) == "1 小时"
    assert fmt.difference(400.0, "yuan", "zh", 123_456.0) == "0.0 万元"
    assert (fmt.digits("hours", 59.0), fmt.digits("yuan", 123_456.0)) == (0, -3)
