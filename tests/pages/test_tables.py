"""The table behind a panel, which is also its file: it says what the panel says.

Belongs here: tables. Does not belong here: the bytes of files (test_downloads.py), figures (test_agreement.py).
"""

from types import SimpleNamespace
from typing import Any

import pytest

from figures.orgs import Org
from language.words import Speaker
from screens import street
from tests.pages.counted import counted
from tests.pages.test_kpis import RATE

ZH = Speaker("zh")


@pytest.mark.parametrize(
    ("met", "of", "word"), [(95, 100, "达标"), (80, 100, "未达标"), (60, 100, "破红线"), (1, 3, "样本不足")]
)
def test_a_table_judges_a_place_as_the_panel_does(met: int, of: int, word: str) -> None:
    """And does not call a place beyond the red line normal."""
    figure = counted(RATE, met, of)
    shown: Any = SimpleNamespace(t=ZH)
    (row,) = street._behind(RATE, [(Org("street", "990101001", "甲街道", "990101", 0), figure)], shown).rows
    assert row[-1] == word
