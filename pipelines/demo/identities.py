"""Names, ID numbers and mobile numbers of people who do not exist.

Belongs here: how they are written. Does not belong here: which person has them (`people` and
the modules that use them).

ID numbers have a correct check digit and begin with 990302: no province has division code 99. Mobile numbers begin
with 154, which no operator uses.
"""

import numpy as np
import polars as pl

from pipelines.demo.dice import Dice
from pipelines.demo.register import named
from pipelines.demo.words import words

_SURNAMES = words("surnames")
_GIVEN = words("given_names")
_ID_REGION = 990302
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def person_names(dice: Dice) -> pl.Series:
    """A surname and one or two characters; the persons are invented."""
    places = dice.whole("surname", 0, len(_SURNAMES) - 1), dice.whole("first", 0, len(_GIVEN) - 1)
    second = np.where(dice.chance("two", 0.7), dice.whole("second", 0, len(_GIVEN) - 1), -1)
    given = named(_GIVEN, places[1]) + named(_GIVEN, second).fill_null("")
    return named(_SURNAMES, places[0]) + given


def id_numbers(dice: Dice, youngest: int = 1996, oldest: int = 1945) -> pl.Series:
    """18 characters with a correct check digit; they belong to nobody, because no place has the division code. Years of
    birth are between `oldest` and `youngest`."""
    birth = dice.whole("year", oldest, youngest) * 10_000 + dice.whole("month", 1, 12) * 100 + dice.whole("day", 1, 28)
    number = (_ID_REGION * 100_000_000 + birth) * 1000 + dice.whole("serial", 100, 999)
    digits = number[:, None] // 10 ** np.arange(16, -1, -1) % 10
    check = (digits * _ID_WEIGHTS).sum(axis=1) % 11
    return pl.Series(number).cast(pl.String) + named(list("10X98765432"), check)


def mobile_numbers(dice: Dice) -> pl.Series:
    """11 digits; no operator assigns such numbers."""
    return pl.Series(15_400_000_000 + dice.whole("number", 0, 99_999_999)).cast(pl.String)
