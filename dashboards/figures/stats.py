"""Statistics for numbers that the warehouse does not publish. Pure functions of counts; no data, no wording."""

import math

Z90 = 1.6448536269514722
"""Two-sided 90 %."""
HIDE_BELOW = 5
FEW_BELOW = 20


def poisson(count: float, exposure: float, z: float = Z90) -> tuple[float, float] | None:
    """The interval of a count per unit of exposure (Byar's approximation); None without exposure."""
    if exposure <= 0:
        return None
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count > 0 else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    return max(0.0, low) / exposure, high / exposure


def differs(num_a: float, den_a: float, num_b: float, den_b: float) -> bool:
    """Whether two shares differ significantly at 90 % (two-proportion z-test)."""
    if den_a <= 0 or den_b <= 0:
        return False
    pooled = (num_a + num_b) / (den_a + den_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / den_a + 1 / den_b))
    return error > 0 and abs(num_a / den_a - num_b / den_b) / error > Z90
