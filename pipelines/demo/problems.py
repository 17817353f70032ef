"""The problems that can occur in the district: categories, types, and how people describe them.

Belongs here: the vocabulary that events, hotline orders and snap reports share. Does not belong here: how often
problems occur, and how they are handled (`events`, `hotline`, `snap_reports`).
"""

import numpy as np
import polars as pl

from pipelines.demo.dice import Dice, Ints
from pipelines.demo.identities import id_numbers, mobile_numbers, person_names
from pipelines.demo.register import named
from pipelines.demo.words import groups, words

CATEGORIES = (
    "environment", "public_facility", "property", "safety_hazard", "livelihood", "public_order", "dispute", "other",
)  # fmt: skip
_SUBCATEGORIES = groups("problems")
SUBCATEGORIES = [name for names in _SUBCATEGORIES for name in names]
_CATEGORY_OF = np.repeat(np.arange(len(CATEGORIES)), [len(names) for names in _SUBCATEGORIES])
HEATING = words("heating_problems")
RAIN = words("rain_problems")
ALL_NAMES = [*SUBCATEGORIES, *HEATING, *RAIN]
# Categories of heating problems: livelihood, facilities, property, livelihood. Of rain: environment, property, safety.
ALL_CATEGORIES = np.concatenate([_CATEGORY_OF, np.array([4, 1, 2, 4, 0, 2, 3])])
GAS = SUBCATEGORIES.index("燃气管道隐患")
GRIEVANCES = words("grievances")
GRIEVANCE_WEIGHTS = (20, 15, 20, 8, 17, 7, 8, 5)
"""How often callers and reporters complain about each category, and about each of GRIEVANCES; relative weights."""
FOLLOW_UPS = ("satisfied", "fairly_satisfied", "dissatisfied", "none")
_TAILS = words("tails")


def number_of(event_id: pl.Series) -> Ints:
    """The serial number of each event within its day."""
    return event_id.str.tail(6).cast(pl.Int64).to_numpy()


def descriptions(dice: Dice, place: pl.Series, problem: pl.Series, told: float) -> pl.Series:
    """Invented texts; `told` is the share that is not null. A few contain a name with a telephone number, or an ID
    number, which the intake must remove."""
    text = place + problem + "，" + named(_TAILS, dice.whole("tail", 0, len(_TAILS) - 1)) + "。"
    text = pl.Series(np.where(dice.chance("marked", 0.12), "【演示数据】", "")) + text
    contact = "联系人" + person_names(dice) + "，电话" + mobile_numbers(dice) + "。"
    paper = "当事人身份证号" + id_numbers(dice) + "。"
    text = text + contact.set(pl.Series(~dice.chance("contact", 0.012)), "")
    text = text + paper.set(pl.Series(~dice.chance("paper", 0.003)), "")
    return text.set(pl.Series(~dice.chance("told", told)), None)
