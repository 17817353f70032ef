"""Progress events: workers emit finished units and steps, the CLI and tests subscribe.

Belongs here: the connection between them, in one process. Does not belong here: the display (`commands.runs`).
Dagster's own processes have no subscriber: its UI shows events.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Step = Literal[
    "taking.copied", "taking.archived", "parsing.read",
    "committing.journalled", "committing.written", "committing.committed",
    "building.begun", "building.within", "building.ended",
    "copying.begun", "copying.written", "copying.checked", "copying.renamed",
    "pointing.written", "pointing.moved", "pointing.linked",
]  # fmt: skip
"""The steps of a run. A run may be killed at any of them; the next run must then continue its work."""

Listener = Callable[[str, int, int], None]
Watcher = Callable[[Step], None]
_listeners: list[Listener] = []
_watchers: list[Watcher] = []


def tell(what: str, done: int = 1, rows: int = 0) -> None:
    """Reports that `done` more units of `what` ("files", "models") are finished, with `rows` rows."""
    for listener in _listeners:
        listener(what, done, rows)


def reached(step: Step) -> None:
    """Reports that a step is finished: watchers are called in the same thread, before the next step begins."""
    for watcher in _watchers:
        watcher(step)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
