"""The statistics for marks and warnings, compared with published and hand-computed values."""

import pytest

from figures import stats


def test_without_exposure_there_is_no_interval() -> None:
    assert stats.poisson(0, 0) is None


def test_poisson_against_the_exact_interval() -> None:
    # Exact 90 % interval of 10 events: 5.425 to 16.96.
    low, high = stats.poisson(10, 1) or (0, 0)
    assert (low, high) == pytest.approx((5.425, 16.96), rel=0.01)
    assert (stats.poisson(0, 1) or (1, 0))[0] == 0


def test_small_changes_of_small_numbers_are_chance() -> None:
    assert not stats.differs(9, 10, 7, 10)
    assert stats.differs(900, 1000, 850, 1000)
    assert not stats.differs(0, 0, 5, 10)
    assert not stats.differs(10, 10, 10, 10)
