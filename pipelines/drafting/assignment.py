"""The best one-to-one assignment of rows to columns of a table of scores, and how much each pair matters to it.

Belongs here: the algorithm. Does not belong here: what is scored (`matching`).
"""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def assign(scores: Scores) -> list[int]:
    """For each row its column, so that the sum is the greatest: the Hungarian method, O(rows² · columns).

    scores: not more rows than columns.
    """
    rows, columns = scores.shape
    cost = np.zeros((rows + 1, columns + 1))
    cost[1:, 1:] = -scores
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    row_of = np.zeros(columns + 1, np.int64)
    for row in range(1, rows + 1):
        row_of[0] = row
        least, came_from = np.full(columns + 1, np.inf), np.zeros(columns + 1, np.int64)
        is_used = np.zeros(columns + 1, np.bool_)
        at = 0
        while row_of[at]:
            is_used[at] = True
            reduced = cost[row_of[at]] - row_price[row_of[at]] - column_price
            is_better = ~is_used & (reduced < least)
            is_better[0] = False
            least[is_better], came_from[is_better] = reduced[is_better], at
            open_ones = np.where(is_used, np.inf, least)
            open_ones[0] = np.inf
            to = int(np.argmin(open_ones))
            step = open_ones[to]
            row_price[row_of[is_used]] += step
            column_price[is_used] -= step
            least[~is_used] -= step
            at = to
        while at:
            before = int(came_from[at])
            row_of[at], at = row_of[before], before
    found = [0] * rows
    for column in range(1, columns + 1):
        if row_of[column]:
            found[int(row_of[column]) - 1] = column - 1
    return found


def margins(scores: Scores, assigned: list[int]) -> list[float]:
    """For each row, how much of the sum is lost if its pair is forbidden: little means that another is as good."""
    best = sum(float(scores[row, column]) for row, column in enumerate(assigned))
    lost = []
    for row, column in enumerate(assigned):
        without = scores.copy()
        without[row, column] = -1e3
        lost.append(best - sum(float(without[i, j]) for i, j in enumerate(assign(without))))
    return lost
