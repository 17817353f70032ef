"""Progress events: workers emit, the CLI subscribes.

Belongs here: the connection between the two, in one process. Does not belong here: the display (`cli`). Dagster's own
processes have no subscriber: its UI shows events.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, int, int], None]
_listeners: list[Listener] = []


def tell(what: str, done: int = 1, rows: int = 0) -> None:
    """Reports that `done` more units of `what` ("files", "models") are finished, with `rows` rows."""
    for listener in _listeners:
        listener(what, done, rows)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
