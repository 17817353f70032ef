"""The statistics for bands, marks and warnings, compared with published and hand-computed values."""

import random

import pytest

from figures import stats


def test_wilson_against_a_hand_computed_interval() -> None:
    # 8 of 10 at 90 %: centre (0.8 + z²/20) / (1 + z²/10), z = 1.6449.
    low, high = stats.wilson(8, 10) or (0, 0)
    assert (low, high) == pytest.approx((0.5408, 0.9314), abs=5e-4)


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (7, 7), (1, 1), (0, 1)])
def test_wilson_stays_within_its_ends_and_holds_the_share(successes: int, trials: int) -> None:
    low, high = stats.wilson(successes, trials) or (2, -1)
    assert 0 <= low <= successes / trials <= high <= 1


def test_without_trials_there_is_no_interval() -> None:
    assert stats.wilson(0, 0) is None
    assert stats.poisson(0, 0) is None


def test_poisson_against_the_exact_interval() -> None:
    # Exact 90 % interval of 10 events: 5.425 to 16.96.
    low, high = stats.poisson(10, 1) or (0, 0)
    assert (low, high) == pytest.approx((5.425, 16.96), rel=0.01)
    assert (stats.poisson(0, 1) or (1, 0))[0] == 0


@pytest.mark.parametrize(
    ("low", "high", "direction", "expected"),
    [
        (91, 95, "up", "better"),
        (91, 95, "down", "worse"),
        (80, 89, "up", "worse"),
        (80, 89, "down", "better"),
        (85, 95, "up", "same"),
        (90, 95, "up", "same"),
        (91, 95, "none", None),
        (91, 95, "band", None),
    ],
)
def test_a_band_needs_an_interval_that_clears_the_district(
    low: float, high: float, direction: str, expected: str | None
) -> None:
    assert stats.band(low, high, 90, direction) == expected


def test_small_changes_of_small_numbers_are_chance() -> None:
    assert not stats.differs(9, 10, 7, 10)
    assert stats.differs(900, 1000, 850, 1000)
    assert not stats.differs(0, 0, 5, 10)
    assert not stats.differs(10, 10, 10, 10)


def test_smoothing_is_strong_where_places_do_not_differ_and_weak_where_they_do() -> None:
    dice = random.Random(1)
    alike = [(sum(dice.random() < 0.9 for _ in range(60)), 60) for _ in range(40)]
    apart = [(sum(dice.random() < rate for _ in range(60)), 60) for rate in (0.5, 0.7, 0.9, 0.99) * 10]
    assert stats.strength(alike) > 100
    assert stats.strength(apart) < 20


@pytest.mark.parametrize("groups", [[], [(5, 5)], [(0, 0), (0, 0)], [(5, 5), (7, 7)]])
def test_without_a_visible_difference_smoothing_is_strongest(groups: list[tuple[float, float]]) -> None:
    assert stats.strength(groups) == 500


def test_smoothing_draws_a_small_number_towards_the_district() -> None:
    assert stats.smoothed(0, 5, 0.9, 45) == pytest.approx(0.81)
