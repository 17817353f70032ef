"""Statistics for small numbers. Pure functions of counts; no data, no wording."""

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

Z90 = 1.6448536269514722
"""Two-sided 90 %."""
HIDE_BELOW = 5
FEW_BELOW = 20

Band: TypeAlias = Literal["better", "same", "worse"]


def wilson(successes: float, trials: float, z: float = Z90) -> tuple[float, float] | None:
    """The interval of a share, 0..1; None without trials."""
    if trials <= 0:
        return None
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At the ends the bound is exact, without rounding errors.
    low = 0.0 if successes <= 0 else (centre - spread) / scale
    high = 1.0 if successes >= trials else (centre + spread) / scale
    return low, high


def poisson(count: float, exposure: float, z: float = Z90) -> tuple[float, float] | None:
    """The interval of a count per unit of exposure (Byar's approximation); None without exposure."""
    if exposure <= 0:
        return None
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count > 0 else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    return max(0.0, low) / exposure, high / exposure


def band(low: float, high: float, district: float, direction: str) -> Band | None:
    """Whether the interval is above or below the district's value, as better or worse; None if neither direction is
    better."""
    if direction not in ("up", "down"):
        return None
    if low > district:
        return "better" if direction == "up" else "worse"
    if high < district:
        return "worse" if direction == "up" else "better"
    return "same"


def differs(num_a: float, den_a: float, num_b: float, den_b: float) -> bool:
    """Whether two shares differ significantly at 90 % (two-proportion z-test)."""
    if den_a <= 0 or den_b <= 0:
        return False
    pooled = (num_a + num_b) / (den_a + den_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / den_a + 1 / den_b))
    return error > 0 and abs(num_a / den_a - num_b / den_b) / error > Z90


def strength(groups: Sequence[tuple[float, float]]) -> float:
    """The weight of the district's rate, in trials, when a small community's rate is smoothed towards it.

    Method of moments over (successes, trials) of the communities; limited to 5..500. Without a visible difference
    between communities: 500, which gives nearly the district's rate for all.
    """
    groups = [(num, den) for num, den in groups if den > 0]
    total = sum(den for _, den in groups)
    if len(groups) < 2 or total <= 0:
        return 500.0
    mean = sum(num for num, _ in groups) / total
    within = mean * (1 - mean)
    spread = sum(den * (num / den - mean) ** 2 for num, den in groups) - (len(groups) - 1) * within
    between = spread / (total - sum(den * den for _, den in groups) / total) if len(groups) > 1 else 0.0
    if between <= 0 or within <= 0:
        return 500.0
    return min(500.0, max(5.0, within / between - 1))


def smoothed(num: float, den: float, mean: float, weight: float) -> float:
    return (num + weight * mean) / (den + weight)
