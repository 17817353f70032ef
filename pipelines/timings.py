"""Timings of the stages of an intake: workers emit, benchmarks subscribe.

Belongs here: the connection between the two, in one process. Does not belong here: progress on a terminal (`progress`),
what happens with the seconds (the benchmarks). Without a subscriber, a stage does not read the clock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

from pipelines.progress import subscribed

Stage = Literal["archive", "read", "check", "treat", "mask", "store"]
Listener = Callable[[Stage, float], None]
_listeners: list[Listener] = []


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Reports the wall time of the block in seconds, also if it raises. Stages are not nested."""
    if not _listeners:
        yield
        return
    begun = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - begun
        for listener in _listeners:
            listener(name, seconds)


def listening(listener: Listener) -> AbstractContextManager[None]:
    """Subscribes for the duration of the block. The listener is called in the thread that did the work."""
    return subscribed(_listeners, listener)
