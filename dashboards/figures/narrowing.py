"""Lists narrowed to what a reader chose: a category, a level, a department, a unit.

Belongs here: the code of a unit, which rows are kept, how many rows each further choice would keep. Does not belong
here: the choices in the URL (reader/view.py), their display (page/narrowing.py).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figures.published import Row


def unit_code(name: str) -> str:
    """Units have no code in the data: eight hexadecimal digits made of the name, so that a URL is ASCII and short."""
    return hashlib.blake2s(name.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Dimension:
    """A property of the rows of a list that can be chosen."""

    field: str
    """Of the view."""
    column: str
    """Of the rows."""
    is_unit: bool = False
    """The column has a name, and the view its code."""

    def code(self, row: Row) -> str:
        value = row[self.column]
        return "" if value is None else unit_code(str(value)) if self.is_unit else str(value)


@dataclass(frozen=True)
class Choice:
    code: str
    value: str
    """What the rows have: a code of the contract, or a name."""
    rows: int


def narrowed(rows: Sequence[Row], dimensions: Sequence[Dimension], chosen: Mapping[str, str]) -> list[Row]:
    """The rows that have every chosen code. chosen: by field of the view; empty or missing: any."""
    asked = [(one, chosen[one.field]) for one in dimensions if chosen.get(one.field)]
    return [row for row in rows if all(one.code(row) == code for one, code in asked)]


def choices(
    rows: Sequence[Row], dimensions: Sequence[Dimension], chosen: Mapping[str, str], of: Dimension
) -> list[Choice]:
    """What can be chosen of one dimension, most rows first, with the rows that are left by the other choices."""
    others = {field: code for field, code in chosen.items() if field != of.field}
    left = narrowed(rows, dimensions, others)
    counted = Counter(str(row[of.column]) for row in left if row[of.column] is not None)
    return [
        Choice(unit_code(value) if of.is_unit else value, value, number)
        for value, number in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
