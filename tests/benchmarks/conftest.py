"""Shared by the toy-sized runs of the benchmarks.

Belongs here: keeping what a section measured, so that a test can check the figures before they are rounded. Does not
belong here: limits on time; no test has one.
"""

from collections.abc import Callable, Mapping

import pytest

from . import measure
from .measure import Outcome

Found = dict[str, list[Outcome]]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """What the sections measured during a test: outcomes by the name of their side."""
    kept: Found = {}
    interleaved = measure.interleaved

    def keeping(runs: int, sides: Mapping[str, Callable[[], Outcome]]) -> Found:
        outcomes = interleaved(runs, sides)
        kept.update(outcomes)
        return outcomes

    monkeypatch.setattr(measure, "interleaved", keeping)
    return kept
