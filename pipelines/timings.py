"""Timings of the stages of an intake: workers name a stage, a benchmark subscribes.

Belongs here: the connection between the two, in one process. Does not belong here: progress on a terminal (`progress`),
what is done with the seconds (the benchmarks). With no subscriber, a stage reads no clock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Stage = Literal["archive", "read", "check", "treat", "mask", "store"]
Listener = Callable[[Stage, float], None]
_listeners: list[Listener] = []


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Reports the seconds of wall time that the block took, also where it raises. A stage contains no other one."""
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


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Subscribes for as long as the block lasts. The listener is called in the thread that did the work."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
