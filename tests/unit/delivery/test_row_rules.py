"""Values and rows: every accepted spelling, every rule at its limit and just beyond, one outcome per row,
all reasons."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pipelines.contracts.model import Column, Feed
from pipelines.delivery.row_rules import Checked, check, check_all
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.values import convert, without_dates_that_mean_none
from tests.unit.helpers import CASE, COMMUNITY, EVENT, POINT, VISIT, Row, polars_type, row_of

Value = object


def value_of(column: Column, text: str | None) -> tuple[Value, list[str]]:
    """The typed value of a text, and the rules that it breaks."""
    values, failures = convert(column, pl.Series("v", [text], dtype=pl.String))
    assert values.dtype == polars_type(column)
    return values[0], [rule for rule, mask in failures if mask[0]]


def checked(
    feed: Feed, rows: list[Row], *, ended: bool = True, more: dict[str, list[str | None]] | None = None
) -> Checked:
    """Outcomes of rows with the contract's names; numbered from 2 like lines."""
    columns: dict[str, pl.Series] = {ROW_NUMBER: pl.Series(range(2, len(rows) + 2), dtype=pl.Int64)}
    for column in feed.columns:
        texts = [None if row.get(column.name) is None else str(row[column.name]) for row in rows]
        columns[column.header] = pl.Series(texts, dtype=pl.String)
    columns |= {name: pl.Series(values, dtype=pl.String) for name, values in (more or {}).items()}
    found = check(TextTable(pl.DataFrame(columns), len(rows), ends_with_newline=ended), feed)
    assert found.loaded.height + found.rejected.height + found.duplicate_count + found.superseded_count == len(rows)
    return found


def reasons(found: Checked) -> list[list[str]]:
    return found.rejected["reasons"].to_list()


def numbers(frame: pl.DataFrame) -> list[int]:
    return frame[ROW_NUMBER].to_list()


# ---------------------------------------------------------------- dates and times

MOMENT = dt.datetime(2026, 11, 20, 8, 15, 30)
MINUTE = dt.datetime(2026, 11, 20, 8, 15)
MIDNIGHT = dt.datetime(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 08:15:30", MOMENT),
        (" 2026-11-20 08:15:30 ", MOMENT),
        ("2026/11/20 8:15", MINUTE),
        ("2026/11/20 08:15:30", MOMENT),
        ("2026-11-20 8:15", MINUTE),
        ("2026年11月20日 8时15分", MINUTE),
        ("2026年11月20日8时15分", MINUTE),
        ("2026年11月20日 08时15分30秒", MOMENT),
        ("2026年11月20日 8:15", MINUTE),
        ("20261120081530", MOMENT),
        ("2026-11-20T08:15:30", MOMENT),
        ("2026-11-20T08:15:30+08:00", MOMENT),
        ("2026-11-20T08:15+08:00", MINUTE),
        ("2026-11-20T00:15:30Z", MOMENT),
        ("2026-11-20 00:15:30+00:00", MOMENT),
        ("2026-11-20T00:15:30+0000", MOMENT),
        ("2026-11-20T01:15:30+01", MOMENT),
        ("2026-11-19T19:15:30-05:00", MOMENT),
        ("2026-11-20T05:45:30+05:30", MOMENT),
        ("2026-11-20T06:00:30+05:45", MOMENT),
        ("2026-11-19T20:45:30-03:30", MOMENT),
        ("2026-11-20T14:15:30+14:00", MOMENT),
        ("2026-11-20T08:15:30.250+08:00", MOMENT.replace(microsecond=250_000)),
        ("2026-11-20T08:15:30.123456789+08:00", MOMENT.replace(microsecond=123_456)),
        ("20261120T001530Z", MOMENT),
        ("20261120T081530+0800", MOMENT),
        ("２０２６-１１-２０ ０８:１５:３０", MOMENT),
        ("２０２６年１１月２０日 ８时１５分", MINUTE),
        ("2026-11-20", MIDNIGHT),
        ("2026/11/20", MIDNIGHT),
        ("2026年11月20日", MIDNIGHT),
        ("20261120", MIDNIGHT),
        ("2026-11-20 00:00:00", MIDNIGHT),
        ("2026-11-20 23:59:59", dt.datetime(2026, 11, 20, 23, 59, 59)),
        ("2024-02-29 12:00:00", dt.datetime(2024, 2, 29, 12)),
        ("2024/2/9 8:05", dt.datetime(2024, 2, 9, 8, 5)),
    ],
)
def test_a_time_is_read_in_every_spelling_of_the_exports(
    feeds: dict[str, Feed], text: str, moment: dt.datetime
) -> None:
    assert value_of(feeds["command_centre.event"].column("closed_at"), text) == (moment, [])


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29 08:00:00",
        "2026-13-01",
        "2026-00-10",
        "2026-11-31",
        "2026-11-20 24:00:00",
        "2026-11-20 08:60:00",
        "2026-11-20 08:15:60",
        "2026-11-20 上午8:15",
        "下午3:20",
        "1763596800",
        "1763596800000",
        "45981.34",
        "20-11-2026",
        "11/20/2026",
        "20/11/2026 08:15",
        "2026-11-20 08",
        "2026-11-20 8:5",
        "2026-11-20 08:15:30 x",
        "昨天",
        "2026-11-20T08:15:30+99:99",
        "2026-11-20T08:15:30+08:60",
        "0000-01-01",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_breaks_its_type(feeds: dict[str, Feed], text: str) -> None:
    values, failures = convert(feeds["command_centre.event"].column("closed_at"), pl.Series("v", [text]))
    assert [rule for rule, mask in failures if mask[0]] == ["type timestamp"]
    assert values.is_null().all()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", dt.date(2026, 11, 20)),
        ("2026/1/2", dt.date(2026, 1, 2)),
        ("2026年1月2日", dt.date(2026, 1, 2)),
        ("20261120", dt.date(2026, 11, 20)),
        ("２０２６-１１-２０", dt.date(2026, 11, 20)),
        ("2026-11-20 00:00:00", dt.date(2026, 11, 20)),
        ("2026/11/20 0:00", dt.date(2026, 11, 20)),
        ("2026年11月20日 0时0分", dt.date(2026, 11, 20)),
        ("20261120000000", dt.date(2026, 11, 20)),
        ("2026-11-20T00:00:00+08:00", dt.date(2026, 11, 20)),
        ("2026-11-19T16:00:00Z", dt.date(2026, 11, 20)),
        ("2026-11-20 00:00:01", None),
        ("2026-11-20 12:00", None),
        ("2026-11-20T00:00:00Z", None),
        ("2026-11-20 00:00:00.5", None),
        ("2025-02-29", None),
    ],
)
def test_a_date_takes_a_time_at_beijing_midnight_only(feeds: dict[str, Feed], text: str, day: dt.date | None) -> None:
    column = feeds["command_centre.hazard_inspection"].column("rectified_on")
    assert value_of(column, text) == (day, [] if day else ["type date"])


NONE_OR_NEAR = [
    dt.date(1, 1, 1), dt.date(1, 1, 2), dt.date(1899, 12, 29), dt.date(1899, 12, 30), dt.date(1900, 1, 1),
    dt.date(1900, 1, 2), dt.date(1969, 12, 31), dt.date(9999, 12, 30), dt.date(9999, 12, 31), dt.date(2026, 11, 20),
]  # fmt: skip


@budget(max_examples=80, deadline=None)
@given(
    moments=st.lists(
        st.builds(dt.datetime.combine, st.sampled_from(NONE_OR_NEAR), st.sampled_from([dt.time()]) | st.times()),
        min_size=1,
        max_size=6,
    )
)
def test_a_day_that_means_none_does_so_at_any_time_in_date_and_timestamp_columns(
    feeds: dict[str, Feed], moments: list[dt.datetime]
) -> None:
    """Whatever stands beside it; any other day with a time is no date."""
    texts = pl.Series("v", [moment.isoformat(sep=" ") for moment in moments], dtype=pl.String)
    none = [
        moment.date() in (dt.date.min, dt.date.max) or dt.date(1899, 12, 30) <= moment.date() <= dt.date(1900, 1, 1)
        for moment in moments
    ]
    for feed, name in (("command_centre.hazard_inspection", "rectified_on"), ("command_centre.event", "closed_at")):
        column = feeds[feed].column(name)
        is_date = name == "rectified_on"
        values, failures, findings = without_dates_that_mean_none(column, texts, *convert(column, texts))
        broken = [is_date and not none[i] and moment.time() != dt.time() for i, moment in enumerate(moments)]
        whole = [
            None if none[i] or broken[i] else (moment.date() if is_date else moment) for i, moment in enumerate(moments)
        ]
        assert values.to_list() == whole
        assert [any(mask[i] for _, mask in failures) for i in range(len(moments))] == broken
        assert [any(mask[i] for _, _, mask in findings) for i in range(len(moments))] == none


SPELLINGS = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S"]


@budget(max_examples=60, deadline=None)
@given(
    moment=st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    spelling=st.sampled_from(SPELLINGS),
    offset=st.none() | st.integers(-14 * 4, 14 * 4).map(lambda quarters: dt.timedelta(minutes=15 * quarters)),
)
def test_every_moment_is_the_same_in_every_spelling(
    feeds: dict[str, Feed], moment: dt.datetime, spelling: str, offset: dt.timedelta | None
) -> None:
    column = feeds["command_centre.event"].column("closed_at")
    if offset is None:
        assert value_of(column, moment.strftime(spelling)) == (moment, [])
    else:
        beijing = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
        assert value_of(column, beijing.astimezone(dt.timezone(offset)).isoformat()) == (moment, [])


# ---------------------------------------------------------------- no value, enums, booleans


@pytest.mark.parametrize("word", ["", " ", "　", "-", "—", "无", "NULL", "N/A", " 无 "])
@pytest.mark.parametrize(
    ("feed", "optional", "required"),
    [
        ("command_centre.event", "department", "subcategory"),
        ("command_centre.event", "grid_code", "community_code"),
        ("command_centre.event", "follow_up", "status"),
        ("command_centre.event", "longitude", None),
        ("command_centre.event", "closed_at", "reported_at"),
        ("command_centre.hazard_inspection", "rectified_on", None),
        ("service_centre.service_case", "rating", "trips"),
        ("command_centre.hotline_order", "is_resolved", None),
        ("snap_report.report", "reporter_phone", "reporter_openid"),
    ],
)
def test_words_for_no_value_are_none_where_optional_and_missing_where_required(
    feeds: dict[str, Feed], word: str, feed: str, optional: str, required: str | None
) -> None:
    assert value_of(feeds[feed].column(optional), word) == (None, [])
    if required:
        assert value_of(feeds[feed].column(required), word) == (None, ["required"])


@pytest.mark.parametrize("word", ["NA", "--", "空", "0", "nul", "no"])
def test_other_words_are_values(feeds: dict[str, Feed], word: str) -> None:
    assert value_of(feeds["command_centre.event"].column("department"), word) == (word, [])


@pytest.mark.parametrize(
    ("feed", "column", "text", "value", "rules"),
    [
        ("command_centre.hazard_inspection", "hazard_level", "无", "none", []),
        ("command_centre.hazard_inspection", "hazard_level", " 无 ", "none", []),
        ("command_centre.hazard_inspection", "hazard_level", "-", None, ["required"]),
        ("command_centre.event", "urgency", "特急", "critical", []),
        ("command_centre.event", "urgency", "critical", None, ["enum"]),
        ("command_centre.event", "urgency", "非常急", None, ["enum"]),
        ("command_centre.event", "source", "12345热线", "hotline_12345", []),
        ("command_centre.event", "source", "１２３４５热线", None, ["enum"]),
        ("command_centre.event", "follow_up", "很好", None, ["enum"]),
        ("command_centre.event", "is_excluded", "是", True, []),
        ("command_centre.event", "is_excluded", "否 ", False, []),
        ("command_centre.event", "is_excluded", "true", None, ["enum"]),
        ("command_centre.event", "is_excluded", None, None, ["required"]),
        ("volunteer.volunteer", "is_party_member", "true", True, []),
        ("volunteer.volunteer", "is_party_member", "false", False, []),
        ("volunteer.volunteer", "is_party_member", "是", None, ["type boolean"]),
        ("volunteer.volunteer", "is_party_member", "1", None, ["type boolean"]),
        ("property_selfgov.satisfaction_survey", "age_band", "60以上", "60+", []),
    ],
)
def test_an_enum_stores_its_code_and_comes_before_the_words_for_no_value(
    feeds: dict[str, Feed], feed: str, column: str, text: str | None, value: Value, rules: list[str]
) -> None:
    assert value_of(feeds[feed].column(column), text) == (value, rules)


# ---------------------------------------------------------------- numbers, patterns, lengths


@pytest.mark.parametrize(
    ("feed", "column", "text", "value", "rules"),
    [
        ("command_centre.event", "rework_count", "0", 0, []),
        ("command_centre.event", "rework_count", "50", 50, []),
        ("command_centre.event", "rework_count", "-1", -1, ["minimum 0"]),
        ("command_centre.event", "rework_count", "51", 51, ["maximum 50"]),
        ("command_centre.event", "rework_count", "+5", 5, []),
        ("command_centre.event", "rework_count", " ５ ", 5, []),
        ("command_centre.event", "rework_count", "5.0", 5, []),
        ("command_centre.event", "rework_count", "-5.00", -5, ["minimum 0"]),
        ("command_centre.event", "rework_count", "5.", None, ["type integer"]),
        ("command_centre.event", "rework_count", "5.01", None, ["type integer"]),
        ("command_centre.event", "rework_count", "5.5", None, ["type integer"]),
        ("command_centre.event", "rework_count", "1e1", None, ["type integer"]),
        ("command_centre.event", "rework_count", "一", None, ["type integer"]),
        ("command_centre.event", "rework_count", "1万", None, ["type integer"]),
        ("command_centre.event", "rework_count", "50%", None, ["type integer"]),
        ("command_centre.event", "rework_count", "1,000", None, ["type integer"]),
        ("command_centre.event", "rework_count", "9" * 19, None, ["type integer"]),
        ("command_centre.event", "rework_count", "٣", None, ["type integer"]),
        ("command_centre.event", "longitude", "73", 73.0, []),
        ("command_centre.event", "longitude", "136", 136.0, []),
        ("command_centre.event", "longitude", "72.9999999", 72.9999999, ["minimum 73"]),
        ("command_centre.event", "longitude", "136.0000001", 136.0000001, ["maximum 136"]),
        ("command_centre.event", "longitude", "１１３.２５", 113.25, []),
        ("command_centre.event", "longitude", "1.1325e2", 113.25, []),
        ("command_centre.event", "longitude", "NaN", None, []),
        ("command_centre.event", "longitude", "inf", None, ["type number"]),
        ("command_centre.event", "longitude", "1e309", None, ["type number"]),
        ("command_centre.event", "longitude", "1e308", 1e308, ["maximum 136"]),
        ("command_centre.event", "longitude", "113,25", None, ["type number"]),
        ("property_selfgov.project", "budget_yuan", "0", Decimal("0.00"), []),
        ("property_selfgov.project", "budget_yuan", "0.1", Decimal("0.10"), []),
        ("property_selfgov.project", "budget_yuan", "12.34", Decimal("12.34"), []),
        ("property_selfgov.project", "budget_yuan", "12.3400", Decimal("12.34"), []),
        ("command_centre.event", "longitude", "+.5", 0.5, ["minimum 73"]),
        ("property_selfgov.project", "budget_yuan", ".5", Decimal("0.50"), []),
        ("property_selfgov.project", "budget_yuan", "-.50", Decimal("-0.50"), ["minimum 0"]),
        ("property_selfgov.project", "budget_yuan", ".005", None, ["multipleOf 0.01"]),
        ("property_selfgov.project", "budget_yuan", ".", None, ["type number"]),
        ("property_selfgov.project", "budget_yuan", "12.345", None, ["multipleOf 0.01"]),
        ("property_selfgov.project", "budget_yuan", "-0.01", Decimal("-0.01"), ["minimum 0"]),
        ("property_selfgov.project", "budget_yuan", "1000000000", Decimal("1000000000.00"), []),
        ("property_selfgov.project", "budget_yuan", "1000000000.01", Decimal("1000000000.01"), ["maximum 1e+09"]),
        ("volunteer.service_log", "credited_hours", "24", Decimal("24.0"), []),
        ("volunteer.service_log", "credited_hours", "24.1", Decimal("24.1"), ["maximum 24"]),
        ("volunteer.service_log", "credited_hours", "1.25", None, ["multipleOf 0.1"]),
        ("volunteer.service_log", "credited_hours", "1e1", Decimal("10.0"), []),
        ("volunteer.service_log", "credited_hours", "25e-1", Decimal("2.5"), []),
        ("volunteer.service_log", "credited_hours", "1.25E0", None, ["multipleOf 0.1"]),
        ("volunteer.service_log", "credited_hours", "1e2", Decimal("100.0"), ["maximum 24"]),
        ("volunteer.service_log", "credited_hours", "1e999", None, ["type number"]),
        ("command_centre.event", "grid_code", "990101001001001", "990101001001001", []),
        ("command_centre.event", "grid_code", " ９９０１０１００１００１００１ ", "990101001001001", []),
        ("command_centre.event", "grid_code", "99010100100100", None, ["pattern ^[0-9]{15}$"]),
        ("command_centre.event", "grid_code", "9901010010010012", None, ["pattern ^[0-9]{15}$"]),
        ("command_centre.event", "grid_code", "99010100100100x", None, ["pattern ^[0-9]{15}$"]),
        ("command_centre.event", "grid_code", "9.90101001001E+14", None, ["scientific notation, digits are gone"]),
        ("command_centre.event", "grid_code", "٣" * 15, None, ["pattern ^[0-9]{15}$"]),
        ("command_centre.event", "event_id", "ＳＪ２０２４０１０５０００００１", "SJ20240105000001", []),
        ("command_centre.event", "event_id", "sj20240105000001", None, ["pattern ^SJ[0-9]{14}$"]),
        ("command_centre.event", "subcategory", "甲" * 40, "甲" * 40, []),
        ("command_centre.event", "subcategory", "甲" * 41, "甲" * 41, ["maxLength 40"]),
        ("command_centre.event", "subcategory", "x" * 41, "x" * 41, ["maxLength 40"]),
        ("command_centre.event", "subcategory", " " + "甲" * 40 + " ", "甲" * 40, []),
        ("command_centre.event", "subcategory", "ＡＢ１", "ＡＢ１", []),
        ("command_centre.event", "department", "甲" * 61, "甲" * 61, ["maxLength 60"]),
    ],
)
def test_a_rule_holds_at_its_limit_and_breaks_beside_it(
    feeds: dict[str, Feed], feed: str, column: str, text: str, value: Value, rules: list[str]
) -> None:
    assert value_of(feeds[feed].column(column), text) == (value, rules)


@pytest.mark.parametrize("text", ["1000000000.001", "-0.001"])
def test_a_value_that_breaks_two_rules_is_told_both(feeds: dict[str, Feed], text: str) -> None:
    """Outside of the range and not a multiple of 0.01."""
    assert len(value_of(feeds["property_selfgov.project"].column("budget_yuan"), text)[1]) == 2


TEXT = st.text(st.sampled_from("0123456789.-+eE年月日时分 :/TZ０１９無无—NULA甲\t"), max_size=20)


@budget(max_examples=25, deadline=None)
@given(texts=st.lists(TEXT | st.none(), min_size=1, max_size=12))
@pytest.mark.parametrize("name", ["longitude", "rework_count", "closed_at", "grid_code", "follow_up", "department"])
def test_a_value_is_read_the_same_whatever_stands_beside_it(
    feeds: dict[str, Feed], name: str, texts: list[str | None]
) -> None:
    """The quick way and the slow way agree, and other rows do not affect a row."""
    column = feeds["command_centre.event"].column(name)
    values, failures = convert(column, pl.Series("v", texts, dtype=pl.String))
    together = [[rule for rule, mask in failures if mask[i]] for i in range(len(texts))]
    alone = [convert(column, pl.Series("v", [text], dtype=pl.String)) for text in texts]
    assert values.cast(pl.String).to_list() == [one.cast(pl.String)[0] for one, _ in alone]
    assert together == [[rule for rule, mask in found if mask[0]] for _, found in alone]
    assert all(not mask.has_nulls() for _, mask in failures)


# ---------------------------------------------------------------- rows


def test_a_row_is_rejected_with_every_reason_not_the_first(feeds: dict[str, Feed]) -> None:
    bad = {**EVENT, "event_id": "1", "urgency": "急", "rework_count": "99", "longitude": "0", "reported_at": ""}
    found = checked(feeds["command_centre.event"], [EVENT, bad])
    assert reasons(found) == [
        [
            "event_id: pattern ^SJ[0-9]{14}$",
            "urgency: enum",
            "reported_at: required",
            "rework_count: maximum 50",
            "longitude: minimum 73",
        ]
    ]
    assert numbers(found.rejected) == [3]
    assert numbers(found.loaded) == [2]


def test_a_rejected_row_keeps_its_text_as_it_came(feeds: dict[str, Feed]) -> None:
    found = checked(feeds["command_centre.event"], [{**EVENT, "rework_count": " 九 "}], more={"备注": ["甲"]})
    assert found.rejected["rework_count"].to_list() == [" 九 "]
    assert "甲" in found.rejected.row(0)


@pytest.mark.parametrize("name", ["grid_code", "follow_up", "longitude", "closed_at", "department"])
def test_an_optional_value_that_breaks_its_rule_rejects_the_row_too(feeds: dict[str, Feed], name: str) -> None:
    found = checked(feeds["command_centre.event"], [{**EVENT, name: "?" * 61}])
    assert [reason.partition(":")[0] for (reason,) in reasons(found)] == [name]


def test_identical_rows_are_duplicates_of_the_first(feeds: dict[str, Feed]) -> None:
    found = checked(feeds["command_centre.event"], [EVENT, EVENT, {**EVENT, "event_id": "SJ20240105000002"}, EVENT])
    assert (numbers(found.loaded), found.duplicate_count, found.superseded_count) == ([2, 4], 2, 0)


def test_rows_that_say_the_same_in_other_spellings_are_identical(feeds: dict[str, Feed]) -> None:
    twin = {**EVENT, "reported_at": "2024/1/5 8:15:30", "rework_count": "０", "department": "无"}
    found = checked(feeds["command_centre.event"], [EVENT, twin])
    assert (numbers(found.loaded), found.duplicate_count, found.superseded_count) == ([2], 1, 0)


@pytest.mark.parametrize(
    ("updates", "winner"),
    [
        (["2024-01-05 09:00:00", "2024-01-05 10:00:00"], 3),
        (["2024-01-05 10:00:00", "2024-01-05 09:00:00"], 2),
        (["2024-01-05 09:00:00", "2024-01-05 09:00:00"], 3),
        (["2024-01-05 09:00:00", "2024/1/5 9:00", "2024-01-05 08:00:00"], 3),
        (["2024-01-05 23:00:00", "2024-01-05T16:00:00Z"], 3),
    ],
)
def test_of_one_key_the_greatest_updated_by_wins_and_on_a_tie_the_later_row(
    feeds: dict[str, Feed], updates: list[str], winner: int
) -> None:
    rows: list[Row] = [{**EVENT, "updated_at": at, "rework_count": i} for i, at in enumerate(updates)]
    found = checked(feeds["command_centre.event"], rows)
    assert (numbers(found.loaded), found.superseded_count) == ([winner], len(rows) - 1)


def test_without_updated_by_the_later_row_wins(feeds: dict[str, Feed]) -> None:
    found = checked(feeds["service_centre.service_point"], [POINT, {**POINT, "functions": "4"}])
    assert (numbers(found.loaded), found.superseded_count) == ([3], 1)


def test_rejected_first_then_duplicates_then_superseded(feeds: dict[str, Feed]) -> None:
    """A rejected row neither wins over nor duplicates another row, even if it is the newest."""
    newest = {**EVENT, "updated_at": "2024-01-05 23:00:00", "rework_count": "99"}
    older = {**EVENT, "updated_at": "2024-01-05 08:30:00"}
    found = checked(feeds["command_centre.event"], [older, EVENT, newest, newest, EVENT])
    assert numbers(found.loaded) == [3]
    assert numbers(found.rejected) == [4, 5]
    assert (found.duplicate_count, found.superseded_count) == (1, 1)


def test_rows_that_differ_in_the_spelling_of_a_person_are_duplicates(feeds: dict[str, Feed]) -> None:
    """The same is stored of both."""
    spelled = ["13900000001", "+86 139-0000-0001", "１３９０００００００１", "13900000001.0", "13900000002"]
    found = checked(feeds["home_visit.visit"], [{**VISIT, "household_id": text} for text in spelled])
    assert (numbers(found.loaded), found.duplicate_count, found.superseded_count) == ([6], 3, 1)


@pytest.mark.parametrize(
    "others", [["99010119900101123x"], ["990101 19900101 123X", "９９０１０１１９９００１０１１２３X"]]
)
def test_two_spellings_of_a_person_are_one_key(feeds: dict[str, Feed], others: list[str]) -> None:
    feed = feeds["smart_community.care_household"]
    rows = [row_of(feed, 1, household_id=number) for number in ("990101199001011235", "99010119900101123X", *others)]
    found = checked(feed, rows)
    assert (numbers(found.loaded), found.duplicate_count, found.superseded_count) == ([2, 3], len(others), 0)
    newer = {**rows[-1], "visit_every_days": 7}
    found = checked(feed, [*rows[:2], newer])
    assert (numbers(found.loaded), found.duplicate_count, found.superseded_count) == ([2, 4], 0, 1)
    assert checked(feed, []).loaded.is_empty()


def test_a_key_is_one_key_in_every_spelling(feeds: dict[str, Feed]) -> None:
    wide = {**EVENT, "event_id": "ＳＪ２０２４０１０５０００００１", "rework_count": "1"}
    found = checked(feeds["command_centre.event"], [EVENT, wide])
    assert (numbers(found.loaded), found.superseded_count) == ([3], 1)


@pytest.mark.parametrize(
    ("street", "community", "ok"),
    [
        ("990101001", "990101001001", True),
        ("990101002", "990101001001", False),
        ("990101001", "990101002001", False),
        ("９９０１０１００１", "990101001001", True),
    ],
)
def test_in_a_register_the_street_begins_the_community(
    feeds: dict[str, Feed], street: str, community: str, ok: bool
) -> None:
    row = {**COMMUNITY, "street_code": street, "community_code": community}
    found = checked(feeds["smart_community.community"], [row])
    assert reasons(found) == ([] if ok else [["street_code: is not the beginning of community_code"]])


def test_the_street_rule_needs_both_codes_and_a_register(feeds: dict[str, Feed]) -> None:
    org: Row = {
        "party_org_code": "DZ000001",
        "party_org_name": "甲",
        "party_org_type": "街道大党委",
        "street_code": "990101001",
        "members": "3",
        "founded_on": "2020-01-01",
    }
    assert checked(feeds["smart_community.party_org"], [org]).loaded.height == 1
    assert checked(feeds["smart_community.party_org"], [{**org, "community_code": "990102001001"}]).rejected.height == 1


def test_an_unknown_reference_rejects_nothing(feeds: dict[str, Feed]) -> None:
    assert checked(feeds["command_centre.event"], [{**EVENT, "community_code": "999999999999"}]).loaded.height == 1


# ---------------------------------------------------------------- columns


def test_an_unknown_column_is_loaded_around_and_reported(feeds: dict[str, Feed]) -> None:
    found = checked(feeds["command_centre.event"], [EVENT], more={"event_id": ["x"], "备注": ["y"]})
    assert found.unknown_columns == ("event_id", "备注")
    assert found.loaded["event_id"].to_list() == [EVENT["event_id"]]
    assert found.loaded.columns == [ROW_NUMBER, *(c.name for c in feeds["command_centre.event"].columns)]


def frame_of(feed: Feed, row: Row) -> pl.DataFrame:
    texts = {
        column.header: [None if row.get(column.name) is None else str(row[column.name])] for column in feed.columns
    }
    return pl.DataFrame({ROW_NUMBER: [2], **texts}, schema_overrides=dict.fromkeys(texts, pl.String))


def test_a_missing_optional_column_is_empty(feeds: dict[str, Feed]) -> None:
    feed = feeds["command_centre.event"]
    found = check(TextTable(frame_of(feed, EVENT).drop("回访评价"), 1), feed)
    assert found.loaded["follow_up"].to_list() == [None]


def test_missing_required_columns_hold_the_file_and_are_all_named(feeds: dict[str, Feed]) -> None:
    feed = feeds["command_centre.event"]
    with pytest.raises(Held, match="事件编号, 状态"):
        check(TextTable(frame_of(feed, EVENT).drop("状态", "事件编号"), 1), feed)


def test_columns_come_in_any_order(feeds: dict[str, Feed]) -> None:
    feed = feeds["command_centre.event"]
    frame = frame_of(feed, EVENT)
    turned = check(TextTable(frame.select(ROW_NUMBER, *reversed(frame.columns[1:])), 1), feed)
    assert turned.loaded.equals(check(TextTable(frame, 1), feed).loaded)


def test_a_header_in_full_width_signs_is_known(feeds: dict[str, Feed]) -> None:
    feed = feeds["smart_community.community"]
    frame = frame_of(feed, COMMUNITY).rename({"面积(平方公里)": "面积（平方公里）"})
    assert check(TextTable(frame, 1), feed).loaded["area_km2"].to_list() == [1.5]


# ---------------------------------------------------------------- the cut last line


@pytest.mark.parametrize(("ended", "is_held"), [(True, False), (False, True)])
def test_a_broken_last_line_without_its_newline_holds_the_file_as_cut_off(
    feeds: dict[str, Feed], ended: bool, is_held: bool
) -> None:
    rows: list[Row] = [EVENT, {**EVENT, "event_id": "SJ20240105000002", "updated_at": "2024-01-05 09:0"}]
    if is_held:
        with pytest.raises(Held, match="line 3: is cut off"):
            checked(feeds["command_centre.event"], rows, ended=ended)
    else:
        assert numbers(checked(feeds["command_centre.event"], rows, ended=ended).rejected) == [3]


def test_a_last_time_spelled_shorter_than_all_others_is_cut_off(feeds: dict[str, Feed]) -> None:
    rows: list[Row] = [EVENT, {**EVENT, "event_id": "SJ20240105000002", "updated_at": "2024-01-05"}]
    with pytest.raises(Held, match="line 3: is cut off"):
        checked(feeds["command_centre.event"], rows, ended=False)
    assert checked(feeds["command_centre.event"], rows, ended=True).loaded.height == 2


def test_a_bad_value_before_the_last_field_is_no_cut(feeds: dict[str, Feed]) -> None:
    rows: list[Row] = [EVENT, {**EVENT, "event_id": "SJ20240105000002", "source": "不明"}]
    assert numbers(checked(feeds["command_centre.event"], rows, ended=False).rejected) == [3]


def test_a_whole_last_line_may_lack_its_newline(feeds: dict[str, Feed]) -> None:
    rows: list[Row] = [{**EVENT, "rework_count": "99"}, {**EVENT, "event_id": "SJ20240105000002"}]
    assert numbers(checked(feeds["command_centre.event"], rows, ended=False).loaded) == [3]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "case_id": st.sampled_from(["BJ20240105000001", "BJ20240105000002", "x"]),
            "trips": st.sampled_from(["0", "1", "２", "51", "", "无"]),
            "rating": st.sampled_from(["", "5", "6", "-"]),
            "updated_at": st.sampled_from(["2024-01-05 09:00:00", "2024/1/5 9:00", "2024-01-05 10:00:00", "?"]),
        }
    ),
    max_size=12,
)


@budget(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_every_row_has_exactly_one_fate(feeds: dict[str, Feed], rows: list[dict[str, str]]) -> None:
    """Computed by a simple reading of the rules, row by row."""
    found = checked(feeds["service_centre.service_case"], [{**CASE, **row} for row in rows])
    at = {"2024-01-05 09:00:00": 9, "2024/1/5 9:00": 9, "2024-01-05 10:00:00": 10}
    trips = {"0": 0, "1": 1, "２": 2}
    ratings = {"": None, "-": None, "5": 5}
    good = [
        (i, (row["case_id"], trips[row["trips"]], ratings[row["rating"]], at[row["updated_at"]]))
        for i, row in enumerate(rows, 2)
        if row["case_id"] != "x" and row["trips"] in trips and row["rating"] in ratings and row["updated_at"] in at
    ]
    firsts = {values: i for i, values in reversed(good)}
    winners = {values[0]: max((v[3], i) for v, i in firsts.items() if v[0] == values[0])[1] for values in firsts}
    assert numbers(found.loaded) == sorted(winners.values())
    assert set(numbers(found.rejected)) == set(range(2, len(rows) + 2)) - {i for i, _ in good}
    assert found.duplicate_count == len(good) - len(firsts)
    assert found.superseded_count == len(firsts) - len(winners)


# ---------------------------------------------------------------- several deliveries at once


CELLS = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["BJ20240105000001", "BJ20240105000002", "ＢＪ20240105000001", "x", ""]),
        "trips": st.sampled_from(["1", "2", "99", "１", ""]),
        "updated_at": st.sampled_from(["2024-01-05 09:00:00", "2024/1/5 9:00", "2024-01-05 10:00:00", "?"]),
        "rating": st.sampled_from(["", "-", "5"]),
    }
)
DELIVERY = st.tuples(
    st.lists(CELLS, max_size=6),
    st.sampled_from(
        ["whole", "cut off", "required column missing", "optional column missing", "more columns", "twice"]
    ),
)


def delivery(feed: Feed, cells: list[dict[str, str]], shape: str) -> TextTable:
    columns: dict[str, pl.Series] = {ROW_NUMBER: pl.Series(range(2, len(cells) + 2), dtype=pl.Int64)}
    for column in reversed(feed.columns) if shape == "more columns" else feed.columns:
        texts = [{**CASE, **row}.get(column.name) for row in cells]
        columns[column.header] = pl.Series([None if text is None else str(text) for text in texts], dtype=pl.String)
    if shape == "required column missing":
        del columns["到场次数"]
    if shape == "optional column missing":
        del columns["评价星级"]
    if shape in ("more columns", "twice"):
        header = "备注" if shape == "more columns" else "　到场次数"
        columns[header] = pl.Series(["某"] * len(cells), dtype=pl.String)
    return TextTable(pl.DataFrame(columns), len(cells), ends_with_newline=shape != "cut off")


@budget(max_examples=40, deadline=None, derandomize=True)
@given(deliveries=st.lists(DELIVERY, max_size=5))
def test_several_deliveries_at_once_are_checked_as_one_by_one(
    feeds: dict[str, Feed], deliveries: list[tuple[list[dict[str, str]], str]]
) -> None:
    """Also if keys occur in several deliveries, and if one of the deliveries is held."""
    feed = feeds["service_centre.service_case"]
    tables = [delivery(feed, cells, shape) for cells, shape in deliveries]
    found = check_all(tables, feed)
    assert len(found) == len(tables)
    for table, one in zip(tables, found, strict=True):
        try:
            alone = check(table, feed)
        except Held as held:
            assert isinstance(one, Held)
            assert str(one) == str(held)
            continue
        assert isinstance(one, Checked)
        assert one.loaded.equals(alone.loaded)
        assert one.loaded.schema == alone.loaded.schema
        assert one.rejected.equals(alone.rejected)
        assert (one.duplicate_count, one.superseded_count) == (alone.duplicate_count, alone.superseded_count)
        assert one.unknown_columns == alone.unknown_columns
        fates = one.loaded.height + one.rejected.height + one.duplicate_count + one.superseded_count
        assert fates == table.row_count


def test_a_key_in_two_deliveries_is_no_doubled_key(feeds: dict[str, Feed]) -> None:
    feed = feeds["service_centre.service_case"]
    one, other = (checked(feed, [{**CASE, "trips": trips}]) for trips in (1, 2))
    tables = [delivery(feed, [{"trips": trips}], "whole") for trips in ("1", "2")]
    for found, alone in zip(check_all(tables, feed), (one, other), strict=True):
        assert isinstance(found, Checked)
        assert found.loaded.equals(alone.loaded)
        assert (found.loaded.height, found.superseded_count) == (1, 0)
