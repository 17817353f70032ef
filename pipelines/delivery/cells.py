"""A cell's value, as the workbook library returns it → the text that an export would have.

Belongs here: numbers, dates, Booleans as text; what a cell must not be in a column of identifiers or of dates. Does not
belong here: sheets (`workbook_process`), what the text means (`values`). Runs in the child process.
"""

import datetime as dt

from pipelines.delivery.signs import NO_WHOLE_NUMBER, ROUNDED

IDENTIFIER, DATE = "identifier", "date"
"""Kinds of columns in which a cell's type matters."""

# Far more than any register has, far less than a forged sheet claims.
MAX_WHOLE = 10**21
# Excel keeps 15 significant digits.
_LEAST_ROUNDED = 10**15
_DAY_0 = dt.date(1899, 12, 30)
_RETURN = "_x000D_"


def text_of(value: str) -> str | None:
    """The text of a text cell."""
    return value.replace(_RETURN, "") or None


def cell_text(value: object, kind: str | None = None) -> str | None:
    """A cell as an export would spell it: a whole number by its digits, a date as ISO text, an empty cell as null.

    kind: of the cell's column. A cell that is no identifier, or has lost digits of one, is a placeholder for which its
    row is rejected.
    """
    if isinstance(value, str):
        return text_of(value)
    if value is None:
        return None
    if kind == IDENTIFIER and (problem := _no_identifier(value)):
        return problem
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if kind == DATE and isinstance(value, dt.time):
        # A serial below 1: Excel has 0 for a reference to an empty cell.
        value = dt.datetime.combine(_DAY_0, value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _no_identifier(value: object) -> str | None:
    """Why a cell that is not a text cannot be read as an identifier; null if it can."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_WHOLE_NUMBER
    rounded = float(f"{value:.15g}")
    if abs(rounded) >= _LEAST_ROUNDED:
        return ROUNDED
    return None if rounded.is_integer() else NO_WHOLE_NUMBER


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < MAX_WHOLE:
        return str(int(value))
    if len(text := repr(value)) <= 16:
        return text
    rounded = float(f"{value:.15g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < MAX_WHOLE else repr(rounded)
