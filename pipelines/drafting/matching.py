"""Another vendor's columns against those of a known feed: one assignment over all, taken alone or asked.

Belongs here: the assignment, its margins, what is taken and what is asked. Does not belong here: likeness of a single
pair (`likeness`), words of codes (`codes`), the contract that follows (`adopting`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.contracts.model import Column, Feed, Kind
from pipelines.drafting.assignment import assign, margins
from pipelines.drafting.columns import Guess
from pipelines.drafting.likeness import (
    CONTRADICTED,
    MEANING,
    NEUTRAL,
    SAME,
    by_name,
    by_values,
    headers_of,
    names_of,
    subject_of,
    values_of,
)
from pipelines.drafting.vocabulary import Vocabulary

_NAME_COUNTS = 0.65
Fits = NDArray[np.float64]
_TOLD = 10.0
_LEAST = 0.35
"""The score of no match: a pair below it is not made."""
_SURE, _SURE_NAME, _MARGIN = 0.64, 0.62, 0.12
_SURE_NAME_OF_OWN, _ALL, _OFTEN = 0.4, 0.97, 0.5


@dataclass(frozen=True)
class Match:
    """A vendor's column and the contract's. is_sure: taken alone; otherwise a person is asked, `others` being the next
    best columns of the contract."""

    one: Guess
    column: Column
    score: float
    is_sure: bool
    why: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matching:
    """unmatched: the vendor's columns that are like none; missing: the contract's that no column is like."""

    matches: tuple[Match, ...]
    unmatched: tuple[Guess, ...]
    missing: tuple[Column, ...]


def match(guesses: Sequence[Guess], feed: Feed, words: Vocabulary, told: Mapping[str, str] | None = None) -> Matching:
    """The best assignment of a vendor's columns to the feed's. told: a person's word, header → column's name."""
    said = told or {}
    subject = subject_of(feed, words)
    names = [names_of(column, words) for column in feed.columns]
    headers = headers_of([one.header for one in guesses], words)
    by_names = [[by_name(header, other, subject) for other in names] for header in headers]
    named = np.array([[found.score for found in row] for row in by_names]).reshape(len(guesses), len(names))
    values = [values_of(one) for one in guesses]
    fits = np.array([[by_values(one, column, words) for column in feed.columns] for one in values]).reshape(named.shape)
    scores = _NAME_COUNTS * named + (1 - _NAME_COUNTS) * fits
    for i, one in enumerate(guesses):
        for j, column in enumerate(feed.columns):
            if one.header in said or column.name in said.values():
                scores[i, j] = _TOLD if said.get(one.header) == column.name else -_TOLD
    # Every row may also stay without a column.
    padded = np.hstack([scores, np.full((len(guesses), len(guesses)), _LEAST)])
    assigned = assign(padded)
    lost = margins(padded, assigned)
    matches = []
    for i, (one, j) in enumerate(zip(guesses, assigned, strict=True)):
        if j >= len(names):
            continue
        is_told, fit, name = one.header in said, float(fits[i, j]), float(named[i, j])
        is_clear = scores[i, j] >= _SURE and name >= _SURE_NAME and lost[i] >= _MARGIN
        # What words for codes nobody knows are of, only a header that means the same says.
        is_clear &= feed.columns[j].codes is None or fit > NEUTRAL or name >= MEANING
        is_clear |= name >= _SURE_NAME_OF_OWN and _is_of_its_own_form(fits, i, j, feed)
        # A day in place of a time: the time of day may stand in another column.
        is_half = feed.columns[j].kind is Kind.TIMESTAMP and one.kind is Kind.DATE
        is_sure = is_told or (fit > CONTRADICTED and (name == SAME or (bool(is_clear) and not is_half)))
        why = by_names[i][j].why + _said_of_values(fit) + f"; {lost[i]:.2f} ahead of the next"
        others = [k for k in np.argsort(-scores[i]).tolist() if k != j and scores[i, k] > _LEAST][:2]
        next_best = tuple(feed.columns[k].title for k in others)
        matches.append(
            Match(
                one,
                feed.columns[j],
                float(scores[i, j]),
                is_sure,
                "a person said so" if is_told else why,
                next_best,
            )
        )
    taken = {one.one.header for one in matches}
    given = {one.column.name for one in matches}
    return Matching(
        tuple(matches),
        tuple(one for one in guesses if one.header not in taken),
        tuple(column for column in feed.columns if column.name not in given),
    )


def _is_of_its_own_form(fits: Fits, i: int, j: int, feed: Feed) -> bool:
    """Whether the values have a form (BJ and 14 digits) that only this column of the contract has, and no second
    column of the vendor's."""
    pattern = feed.columns[j].pattern
    if pattern is None or not re.match(r"\^[A-Z]{2}", pattern) or fits[i, j] < _ALL:
        return False
    is_only_one = [column.pattern for column in feed.columns].count(pattern) == 1
    return is_only_one and int((fits[:, j] >= _OFTEN).sum()) == 1


def _said_of_values(fit: float) -> str:
    if fit <= CONTRADICTED:
        return "; its values contradict it"
    return "; its values fit" if fit > NEUTRAL else "; its values say nothing"
