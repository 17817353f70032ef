"""One column's texts → typed values, and the rules that they break.

Belongs here: every accepted spelling of a value, words for "no value", errors of spreadsheets, identifiers, placeholder
dates, limits. Does not belong here: rows and their outcomes (`row_rules`), personal data (`privacy`).

Every value is first read in the most common spelling by one vectorised expression. Only values that fail there are
cleaned (blanks, invisible characters, full-width digits, words for "no value") and read in the other spellings. On a
million events this takes half the time of cleaning everything first. The result is the same by construction: the slow
way accepts everything that the quick one accepts.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

import polars as pl

from pipelines.contracts.model import Column, Kind, Treatment
from pipelines.delivery.plain_times import plain_dates, plain_timestamps
from pipelines.delivery.signs import (
    ASCII,
    NO_RESULT,
    NO_VALUE,
    NO_WHOLE_NUMBER,
    PERCENTAGE,
    ROUNDED,
    UNSEEN,
    WIDE,
    without_unseen_in,
)

# The calendar of the libraries, and of SQL, begins with the year 1.
_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_PLAIN_TIMESTAMP = rf"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}:[0-5][0-9]$"
_DAY = r"(?P<y>[0-9]{4})(?:[-/](?P<m>[0-9]{1,2})[-/](?P<d>[0-9]{1,2})|年(?P<m2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})日)"
_CLOCK = (
    r"(?:[T ] *(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"| *(?P<H2>[0-9]{1,2})[时点](?:(?P<M2>[0-9]{1,2})分(?:(?P<S2>[0-9]{1,2})秒)?)?)"
)
_ZONE = r"(?P<o>Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
_SPELLED = rf"^{_DAY}(?:{_CLOCK}(?: *{_ZONE})?)?$"
_COMPACT = (
    r"^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    rf"(?:T?(?P<H>[0-9]{{2}})(?P<M>[0-9]{{2}})(?P<S>[0-9]{{2}}){_ZONE}?)?$"
)
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_EXPONENT = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,3}$"
_DECIMAL = r"^[+-]?[0-9]+\.[0-9]+$"
_INTEGER = r"^[+-]?[0-9]{1,18}$"
# A number of 15 digits has fewer characters: 0.30000000000000004 is a program's spelling of 0.3.
_MOST_SIGNS = 16
_LONG_NUMBER = r"^[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]{1,3})?$"
OFFSET = rf"[0-9]:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)? *{_ZONE}$|T[0-9]{{6}}{_ZONE}$".replace("?P<o>", "")

# Only texts that match this are cleaned.
_WORDS = r"^(?:-|—|无|\\N|(?i:null|n/a|none|nan|nil|undefined))?$"
_ODD = rf"{UNSEEN}|^\s|\s$|^#|^Err:|{_WORDS}"
_SCIENTIFIC = r"^[+-]?[0-9]+(?:\.[0-9]*)?[eE]\+[0-9]+$|^[+-]?[0-9]+\.[0-9]*[eE][0-9]+$"
_ODD_IDENTIFIER = rf"{_ODD}|^'|\.0+$|[eE]\+?[0-9]+$|[０-９Ａ-Ｚａ-ｚ]"
_ERROR = r"^(?:#N/A|#GETTING_DATA|#[A-Z][A-Z_/0-9]*[!?]|#{3,}|Err:5[0-9]{2})$"
_ERROR_RULES = {
    NO_RESULT: "a formula without a stored result",
    PERCENTAGE: "a number formatted as a percentage",
    ROUNDED: "a number cell of more than 15 digits, digits are gone",
    NO_WHOLE_NUMBER: "an identifier in a cell that is neither text nor a whole number",
}

# What programs write if there is no date: the first and last day of calendars, the first days of Excel and of Unix, the
# latter in Greenwich and in Beijing.
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_EXCEL_DAYS = (date(1899, 12, 30), date(1900, 1, 1))
_UNIX = (datetime(1970, 1, 1), datetime(1970, 1, 2, 8))
_UNIX_IN_BEIJING = datetime(1970, 1, 1, 8)
_BEYOND_CALENDAR = r"^(?:0001-01-01|9999-12-31)"

Failure: TypeAlias = tuple[str, pl.Series]
"""A rule and the rows that break it (Boolean, never null)."""
Finding: TypeAlias = tuple[str, str, pl.Series]
"""A finding for a note, its header, and the rows (Boolean, never null)."""
MEANS_NONE = "dates that mean none (such as 1970-01-01, 1900-01-01, 0001-01-01), read as no value"
LOCAL_TIME = "times without an offset, read as Beijing time"
NOTES = [MEANS_NONE, LOCAL_TIME]
"""In the order in which a column's findings come."""


def convert(column: Column, text: pl.Series) -> tuple[pl.Series, list[Failure]]:
    """One column's values, typed, and a Boolean Series for each rule that some row breaks (never null)."""
    values = _read_quickly(column, text)
    failures: list[Failure] = []
    # An operation on a column costs 0.1 ms for any number of rows, these counts nothing.
    if values.null_count() > text.null_count():
        left = values.is_null() & text.is_not_null()
        fixed, missing, broken = _read_slowly(column, _clean(column, text.filter(left).rechunk()))
        places = left.arg_true()
        values = with_some(values, places, fixed)
        none = pl.repeat(False, text.len(), dtype=pl.Boolean, eager=True)
        failures += [(rule, with_some(none, places, mask)) for rule, mask in broken]
        if column.required:
            failures.append(("required", with_some(none, places, missing) | text.is_null()))
    elif column.required and text.null_count():
        failures.append(("required", text.is_null()))
    return values, failures + _limits(column, values)


def as_numbers(column: Column, text: pl.Series) -> pl.Series:
    """The texts of a column of numbers, in every spelling, whatever limits they break; null where one is no number."""
    clean = _clean(column, text)
    return _only(clean, clean.str.contains(_NUMBER)).cast(pl.Float64, strict=False)


def _only(text: pl.Series, fits: pl.Series) -> pl.Series:
    """The texts that fit; null for the others. fits: Boolean, null where the text is."""
    return text if fits.all() else text.set(~fits.fill_null(value=True), None)


def with_some(values: pl.Series, places: pl.Series, others: pl.Series) -> pl.Series:
    """The values, with others at some places (row indexes). The given Series stays as it is."""
    return values.clone().scatter(places, others)


def _type_rule(column: Column) -> str:
    if column.codes is not None:
        return "enum"
    if column.pattern is not None:
        return f"pattern {column.pattern}"
    return f"type {column.kind}"


def _read_quickly(column: Column, text: pl.Series) -> pl.Series:
    """Values in the most common spelling; null for all others."""
    if column.codes is not None:
        codes = text.replace_strict(dict(column.codes), default=None, return_dtype=pl.String)
        return codes == "true" if column.kind is Kind.BOOLEAN else codes
    match column.kind:
        case Kind.STRING:
            if column.pattern is not None:
                fits = text.str.contains(column.pattern)
                if not _is_closed(column.pattern):
                    fits &= ~text.str.contains(_odd(column))
                return _only(text, fits)
            return _only(text, ~text.str.contains(_odd(column)))
        case Kind.INTEGER:
            return _only(text, text.str.contains(_INTEGER)).cast(pl.Int64, strict=False)
        case Kind.NUMBER:
            numbers = _numbers(column, text)
            if column.decimals is not None:
                return numbers
            return _only(numbers, text.str.len_bytes() <= _MOST_SIGNS)
        case Kind.BOOLEAN:
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case Kind.TIMESTAMP:
            return plain_timestamps(text)
        case Kind.DATE:
            return plain_dates(text)


def _odd(column: Column) -> str:
    return _ODD_IDENTIFIER if column.is_identifier else _ODD


def _is_closed(pattern: str) -> bool:
    """Whether a pattern lists all allowed characters, from beginning to end, so that invisible ones are excluded."""
    return re.fullmatch(r"\^(?:[A-Za-z0-9_]|\[[A-Za-z0-9_-]+\]|\{[0-9,]+\}|\\[.-]|[()|?+*:-])*\$", pattern) is not None


def _clean(column: Column, text: pl.Series) -> pl.Series:
    clean = without_unseen_in(text).str.strip_chars()
    is_plain = column.pattern is not None or column.kind is not Kind.STRING
    if column.codes is None and (is_plain or column.privacy is Treatment.PSEUDONYMISE):
        # A register's key may be a pseudonym: two spellings of one person must be one key before hashing.
        clean = clean.str.replace_many(WIDE, list(ASCII))
    if column.is_identifier:
        clean = clean.str.replace("^'+", "")  # Excel's mark for text
    if column.is_identifier or column.kind is Kind.INTEGER:
        # What programs append that keep whole numbers as others, as soon as one is missing.
        clean = clean.str.replace(r"^([+-]?[0-9]+)\.0+$", "${1}")
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        clean = _of_15_digits(clean)
    if column.decimals is not None:
        # Oracle's clients write no zero before a point.
        clean = _without_exponents(clean.str.replace(r"^([+-]?)\.([0-9])", "${1}0.${2}"))
    return clean


def _of_15_digits(text: pl.Series) -> pl.Series:
    """Numbers rounded to 15 significant digits, which every double can represent."""
    is_long = text.str.contains(_LONG_NUMBER) & (text.str.len_bytes() > _MOST_SIGNS)
    distinct = text.filter(is_long.fill_null(value=False)).unique()
    if not distinct.len():
        return text
    return text.replace(distinct, [f"{Decimal(f'{float(number):.15g}'):f}" for number in distinct])


def _without_exponents(text: pl.Series) -> pl.Series:
    """Numbers in scientific notation with all their digits: 1e1 is 10, and a multiple of 0.5."""
    distinct = text.filter(text.str.contains(_EXPONENT).fill_null(value=False)).unique()
    if not distinct.len():
        return text
    return text.replace(distinct, [f"{Decimal(number):f}" for number in distinct])


def _read_slowly(column: Column, clean: pl.Series) -> tuple[pl.Series, pl.Series, list[Failure]]:
    """Cleaned values in any accepted spelling: the values, which are no value, and the rules that they break.

    A value of the column's own enum takes precedence over errors and the words for "no value".
    """
    is_error = clean.str.contains(_ERROR).fill_null(value=False)
    is_scientific = clean.str.contains(_SCIENTIFIC).fill_null(value=False) & column.is_identifier
    values = _read_clean(column, clean)
    if column.codes is None:
        values = values.set(is_error | is_scientific, None)
    missing = values.is_null() & clean.is_in(NO_VALUE)
    wrong = values.is_null() & ~missing
    failures: list[Failure] = []
    for value, rule in _ERROR_RULES.items():
        failures.append((rule, wrong & (clean == value)))
    is_named = clean.is_in(list(_ERROR_RULES))
    failures.append(("an error value of a spreadsheet", wrong & is_error & ~is_named))
    failures.append(("scientific notation, digits are gone", wrong & is_scientific))
    wrong &= ~is_error & ~is_scientific
    if column.decimals is not None:
        uneven, wrong = _not_exact(column, clean, wrong)
        failures += uneven
    failures.append((_type_rule(column), wrong))
    return values, missing, [(rule, mask) for rule, mask in failures if mask.any()]


def _read_clean(column: Column, clean: pl.Series) -> pl.Series:
    """Typed values of cleaned texts, null if they cannot be read."""
    if column.codes is None and column.kind is Kind.STRING:
        fits = clean.str.contains(column.pattern) if column.pattern is not None else ~clean.is_in(NO_VALUE)
        return clean.set(~fits.fill_null(value=False), None)
    if column.codes is None and column.kind in (Kind.TIMESTAMP, Kind.DATE):
        return _read_spelled(column, clean)
    if column.codes is None and column.kind is Kind.NUMBER:
        return _numbers(column, clean)
    return _read_quickly(column, clean)


def without_dates_that_mean_none(
    column: Column, text: pl.Series, values: pl.Series, failures: list[Failure]
) -> tuple[pl.Series, list[Failure], list[Finding]]:
    """Placeholder dates are no value: in a required column the value is missing."""
    if column.kind not in (Kind.TIMESTAMP, Kind.DATE) or column.codes is not None:
        return values, failures, []
    has_more_nulls = values.null_count() > text.null_count()
    if not has_more_nulls and not _has_extremes(column, values):
        return values, failures, []
    # Two comparisons find the candidates; hardly any delivery has one.
    is_early = (values < (_UNIX[1] if column.kind is Kind.TIMESTAMP else _UNIX[1].date())).fill_null(value=False)
    is_late = (values >= (datetime(9999, 12, 31) if column.kind is Kind.TIMESTAMP else _LAST_DAY)).fill_null(
        value=False
    )
    beyond = values.is_null() & text.is_not_null()
    if beyond.any():
        beyond &= text.str.strip_chars().str.contains(_BEYOND_CALENDAR).fill_null(value=False)
    if not (is_early.any() or is_late.any() or beyond.any()):
        return values, failures, []
    days = values.cast(pl.Date)
    is_unix = days == _UNIX[0].date() if column.kind is Kind.DATE else values.is_between(*_UNIX, closed="left")
    none = _means_none(days) | is_unix.fill_null(value=False)
    if beyond.any():
        beyond &= _read_spelled_day(text).is_in([_FIRST_DAY, _LAST_DAY]).fill_null(value=False)
        failures = [(rule, mask & ~beyond) for rule, mask in failures]
        none |= beyond
    if column.required:
        failures = [*failures, ("required", none)]
    return values.set(none, None), failures, [(MEANS_NONE, column.header, none)]


def _means_none(days: pl.Series) -> pl.Series:
    """Which days mean no date at any time of the day: all such days but the first of Unix."""
    return ((days == _FIRST_DAY) | (days == _LAST_DAY) | days.is_between(*_EXCEL_DAYS)).fill_null(value=False)


def _has_extremes(column: Column, values: pl.Series) -> bool:
    """Whether a value is as early or as late as those that mean none."""
    first, last = values.min(), values.max()
    if first is None or last is None:
        return False
    bounds = (_UNIX[1], datetime(9999, 12, 31)) if column.kind is Kind.TIMESTAMP else (_UNIX[1].date(), _LAST_DAY)
    return bool(first < bounds[0] or last >= bounds[1])  # type: ignore[operator]


def _read_spelled_day(text: pl.Series) -> pl.Series:
    """The day of ISO 8601 texts as written, ignoring the offset."""
    is_time = text.str.strip_chars().str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[0-9:.,]* *[Z+-]")
    return text.str.strip_chars().str.head(10).set(~is_time.fill_null(value=False), None).str.to_date(strict=False)


def _numbers(column: Column, text: pl.Series) -> pl.Series:
    if column.decimals is not None:
        exact = rf"^[+-]?[0-9]{{1,{17 - column.decimals}}}(?:\.[0-9]{{0,{column.decimals}}}0*)?$"
        return _only(text, text.str.contains(exact)).cast(pl.Decimal(18, column.decimals), strict=False)
    numbers = _only(text, text.str.contains(_NUMBER)).cast(pl.Float64, strict=False)
    return _only(numbers, numbers.is_finite())


def _not_exact(column: Column, clean: pl.Series, wrong: pl.Series) -> tuple[list[Failure], pl.Series]:
    """Numbers that are not a multiple of the column's step, with the limits they break too; and texts that are not
    numbers."""
    plain = clean.set(~clean.str.contains(_DECIMAL).fill_null(value=True), None).cast(pl.Float64, strict=False)
    uneven = wrong & plain.is_not_null()
    failures = [(f"multipleOf {10.0 ** -(column.decimals or 0):g}", uneven)]
    failures += [(rule, mask & uneven) for rule, mask in _limits(column, plain)]
    return failures, wrong & ~uneven


def _read_spelled(column: Column, clean: pl.Series) -> pl.Series:
    """Dates and times in every spelling of the spec, in Beijing time; null if none fits.

    A date column accepts a timestamp at midnight, and any time of a day that means none; a timestamp column accepts a
    date as its midnight.
    """
    frame = clean.alias("v").to_frame()
    spelled = pl.col("v").str.extract_groups(_SPELLED).struct
    compact = pl.col("v").str.extract_groups(_COMPACT).struct

    def part(*names: str) -> pl.Expr:
        fields = [spelled.field(name) for name in names]
        if names[0] in "ymdHMSo":
            fields.append(compact.field(names[0]))
        return pl.coalesce(fields)

    def padded(expr: pl.Expr) -> pl.Expr:
        return expr.fill_null("0").str.zfill(2)

    digits = pl.format(
        "{}-{}-{} {}:{}:{}",
        part("y"),
        padded(part("m", "m2")),
        padded(part("d", "d2")),
        padded(part("H", "H2")),
        padded(part("M", "M2")),
        padded(part("S", "S2")),
    )
    parts = frame.select(
        digits=pl.when(digits.str.contains(_PLAIN_TIMESTAMP)).then(digits),
        micros=part("f").str.pad_end(6, "0").str.head(6).cast(pl.Int64).fill_null(0),
        offset=part("o"),
    )
    sign = pl.when(pl.col("offset").str.starts_with("-")).then(-1).otherwise(1)
    figures = pl.col("offset").str.replace_all("[^0-9]", "").str.pad_end(4, "0")
    minutes = sign * (
        figures.str.head(2).cast(pl.Int64, strict=False).fill_null(0) * 60
        + figures.str.tail(2).cast(pl.Int64, strict=False).fill_null(0)
    )
    # A time without an offset is in Beijing time already.
    to_beijing = pl.when(pl.col("offset").is_null()).then(0).otherwise(480 - minutes)
    moments = parts.select(
        pl.col("digits").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        + pl.duration(minutes=to_beijing, microseconds=pl.col("micros"))
    ).to_series()
    # The offset may have moved it out of the calendar.
    moments = moments.set(~moments.dt.year().is_between(1, 9999).fill_null(value=True), None)
    if column.kind is Kind.TIMESTAMP:
        return moments
    # The first moment of Unix in Greenwich is no midnight in Beijing, and means no date.
    moments = moments.set((moments == _UNIX_IN_BEIJING).fill_null(value=False), _UNIX[0])
    days = moments.dt.date()
    has_time = (days.cast(pl.Datetime("us")) != moments).fill_null(value=False)
    # The other days that mean none do so at any time; they are made no value later.
    return days.set(has_time & ~_means_none(days), None) if has_time.any() else days


def _longest(values: pl.Series) -> int:
    """The bytes of the longest text."""
    longest = values.str.len_bytes().max()
    return longest if isinstance(longest, int) else 0


def _limits(column: Column, values: pl.Series) -> list[Failure]:
    failures: list[Failure] = []

    def unless(rule: str, within: pl.Series) -> None:
        if not within.all():
            failures.append((rule, ~within.fill_null(value=True)))

    least, greatest = (
        (values.min(), values.max()) if column.minimum is not None or column.maximum is not None else (None, None)
    )
    if column.minimum is not None and least is not None and float(least) < column.minimum:  # type: ignore[arg-type]
        unless(f"minimum {column.minimum:g}", values.cast(pl.Float64) >= column.minimum)
    if column.maximum is not None and greatest is not None and float(greatest) > column.maximum:  # type: ignore[arg-type]
        unless(f"maximum {column.maximum:g}", values.cast(pl.Float64) <= column.maximum)
    # If there are no more bytes than allowed characters, the characters need not be counted.
    if column.max_length is not None and _longest(values) > column.max_length:
        unless(f"maxLength {column.max_length}", values.str.len_chars() <= column.max_length)
    if column.min_length is not None:
        unless(f"minLength {column.min_length}", values.str.len_chars() >= column.min_length)
    return failures
