"""Dates and times in their most common spelling → typed values, for all rows at once.

Belongs here: `2026-11-20` and `2026-11-20 08:15:30`, of the calendar from the year 1 to 9999. Does not belong here: any
other spelling (`values`).

The digits are read as columns of bytes: 1 ms for 40,000 times, where a regular expression and a parser take 5 ms.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

_DATE_SIGNS, _TIME_SIGNS = len("2026-11-20"), len("2026-11-20 08:15:30")
_ZERO, _DASH, _BLANK, _COLON = b"0- :"
_EPOCH = date(1970, 1, 1).toordinal()
_MONTHS = np.arange("0000-01", "10000-01", dtype="datetime64[M]")
_FIRST_DAYS = _MONTHS.astype("datetime64[D]").astype(np.int64)
"""The day, counted from 1970, on which each month from that of the year 0 begins."""
_DAYS_IN = np.diff(_FIRST_DAYS, append=date.max.toordinal() + 1 - _EPOCH)

_Bytes = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


def plain_timestamps(text: pl.Series) -> pl.Series:
    """Times (Datetime, µs) of texts like `2026-11-20 08:15:30`; null for all others."""
    signs, places = _signs(text, _TIME_SIGNS)
    days, fits = _days(signs)
    hours, minutes, seconds = (_pair(signs, at) for at in (11, 14, 17))
    fits &= (signs[10] == _BLANK) & (signs[13] == _COLON) & (signs[16] == _COLON)
    for at in (11, 12, 14, 15, 17, 18):
        fits &= _is_digit(signs[at])
    fits &= (hours < 24) & (minutes < 60) & (seconds < 60)
    clock = hours.astype(np.int64) * 3600 + minutes.astype(np.int64) * 60 + seconds
    return _placed(text, places, (days * 86_400 + clock) * 1_000_000, fits).cast(pl.Datetime("us"))


def plain_dates(text: pl.Series) -> pl.Series:
    """Dates of texts like `2026-11-20`; null for all others."""
    signs, places = _signs(text, _DATE_SIGNS)
    days, fits = _days(signs)
    return _placed(text, places, days, fits).cast(pl.Int32).cast(pl.Date)


def _signs(text: pl.Series, width: int) -> tuple[_Bytes, _Mask | None]:
    """The bytes of the texts of this width, `width × texts`, and which texts they are; null if they are all."""
    is_wide = (text.str.len_bytes() == width).fill_null(value=False)
    places = None if is_wide.all() else is_wide.to_numpy()
    wide = text if places is None else text.filter(is_wide)
    array = wide.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    data = array.buffers()[2]
    if data is None or not len(array):
        return np.empty((width, 0), np.uint8), places
    begin = int(np.frombuffer(array.buffers()[1], np.int64)[array.offset])
    rows = np.frombuffer(data, np.uint8, len(array) * width, begin).reshape(-1, width)
    return np.ascontiguousarray(rows.T), places


def _days(signs: _Bytes) -> tuple[_Numbers, _Mask]:
    """The day of every text, counted from 1970, and whether it is one; what is none has any number."""
    fits = (signs[4] == _DASH) & (signs[7] == _DASH)
    for at in (0, 1, 2, 3, 5, 6, 8, 9):
        fits &= _is_digit(signs[at])
    year = _pair(signs, 0).astype(np.int64) * 100 + _pair(signs, 2)
    month, day = _pair(signs, 5), _pair(signs, 8)
    fits &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(fits, year * 12 + month - 1, 0)
    fits &= day <= _DAYS_IN[months]
    return _FIRST_DAYS[months] + day - 1, fits


def _is_digit(signs: _Bytes) -> _Mask:
    return (signs - np.uint8(_ZERO)) < 10


def _pair(signs: _Bytes, at: int) -> _Bytes:
    """The number of two digits that begins there; any number if they are no digits."""
    number: _Bytes = (signs[at] - np.uint8(_ZERO)) * np.uint8(10) + (signs[at + 1] - np.uint8(_ZERO))
    return number


def _placed(text: pl.Series, places: _Mask | None, numbers: _Numbers, fits: _Mask) -> pl.Series:
    """The numbers at their places, null where no text fits."""
    if places is not None:
        everywhere, all_fit = np.zeros(text.len(), np.int64), np.zeros(text.len(), np.bool_)
        everywhere[places], all_fit[places] = numbers, fits
        numbers, fits = everywhere, all_fit
    values = pl.Series(text.name, numbers)
    return values if fits.all() else values.set(pl.Series(~fits), None)
