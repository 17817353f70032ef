"""The arithmetic that a screen may do: the share of one count in another, and the mean of numbers, where both counts or
all of the numbers are those of the panel itself, narrowed as the reader has chosen.

Belongs here: nothing else divides numbers of the data (tests/test_architecture.py). Does not belong here: the figures
of KPIs, which the warehouse publishes, with their sums of numerators and denominators, smoothing and intervals.
"""

from collections.abc import Sequence


def share(part: float, whole: float, of: float = 100.0) -> float | None:
    """How many of each hundred, or of each `of`; None if the whole is zero."""
    return float(part) / float(whole) * of if whole else None


def mean(values: Sequence[float]) -> float | None:
    """None if there are none."""
    return sum(values) / len(values) if values else None
