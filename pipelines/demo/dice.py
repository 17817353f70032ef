"""Random numbers tied to objects: the same question about the same object always has the same answer.

Belongs here: turning a seed, an object's numbers and a question's name into random numbers, whole arrays at once. Does
not belong here: the questions.

With a sequential generator, a day would depend on the days before it; here any range of days can be drawn in any order
with the same result.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_Words = NDArray[np.uint64]

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _mixed(words: _Words) -> _Words:
    """SplitMix64's finaliser: every bit of the input affects every bit of the output."""
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))


class Dice:
    """The dice of one object, or of many: `things` are names or (arrays of) numbers, broadcast against each other."""

    def __init__(self, seed: int, *things: str | int | Ints) -> None:
        state = np.array([seed], dtype=np.uint64)
        for thing in things:
            number = zlib.crc32(thing.encode()) if isinstance(thing, str) else thing
            state = _mixed((state ^ np.atleast_1d(np.asarray(number, dtype=np.int64)).astype(np.uint64)) + _STEP)
        self.state = state

    def uniform(self, question: str) -> Floats:
        """In [0, 1)."""
        words = _mixed(self.state ^ (np.array([zlib.crc32(question.encode())], dtype=np.uint64) * _STEP))
        return np.asarray((words >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def chance(self, question: str, probability: float | Floats) -> Bools:
        return np.asarray(self.uniform(question) < probability)

    def between(self, question: str, low: float | Floats, high: float | Floats) -> Floats:
        return np.asarray(low + self.uniform(question) * (np.asarray(high) - low))

    def whole(self, question: str, low: int | Ints, high: int | Ints) -> Ints:
        """A whole number from low to high, both included."""
        return np.asarray(
            np.floor(np.asarray(low) + self.uniform(question) * (np.asarray(high) + 1.0 - np.asarray(low))),
            dtype=np.int64,
        )

    def normal(self, question: str) -> Floats:
        """Mean 0, standard deviation 1."""
        radius = np.sqrt(-2 * np.log1p(-self.uniform(question)))
        return np.asarray(radius * np.cos(2 * np.pi * self.uniform(question + "/angle")))

    def exponential(self, question: str, mean: float | Floats) -> Floats:
        return np.asarray(-np.log1p(-self.uniform(question)) * mean)

    def lognormal(self, question: str, median: float | Floats, sigma: float) -> Floats:
        return np.asarray(median * np.exp(sigma * self.normal(question)))

    def pick(self, question: str, weights: Sequence[float] | Floats) -> Ints:
        """The index of one of the weights; probability is proportional to weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.asarray(np.searchsorted(edges, self.uniform(question) * edges[-1], side="right"), dtype=np.int64)

    def poisson(self, question: str, rate: Floats) -> Ints:
        """The number of independent occurrences if `rate` are expected."""
        left = self.uniform(question)
        term = np.exp(-rate)
        count = np.zeros(np.broadcast_shapes(left.shape, term.shape), dtype=np.int64)
        for number in range(1, 200):
            left = left - term
            more = left >= 0
            if not more.any():
                break
            count += more
            term = term * rate / number
        return count
