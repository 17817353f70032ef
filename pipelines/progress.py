"""Progress events: workers emit finished units and steps, the CLI and tests subscribe.

Belongs here: the connection between them, in one process. Does not belong here: the display (`commands.runs`).
Dagster's own processes have no subscriber: its UI shows events.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, TypeVar

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
Subscriber = TypeVar("Subscriber")
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


def listening(listener: Listener) -> AbstractContextManager[None]:
    """Subscribes to units for the duration of the block."""
    return subscribed(_listeners, listener)


def watching(watcher: Watcher) -> AbstractContextManager[None]:
    """Subscribes to steps for the duration of the block."""
    return subscribed(_watchers, watcher)


@contextmanager
def subscribed(subscribers: list[Subscriber], subscriber: Subscriber) -> Iterator[None]:
    """The subscriber is in the list for the duration of the block."""
    subscribers.append(subscriber)
    try:
        yield
    finally:
        subscribers.remove(subscriber)
