"""Open websockets end with the session they were opened in.

Belongs here: watching sessions while sockets are open. Does not belong here: what is said over a socket.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSED_BY_GATE = 4401
"""The code with which a socket ends; `leave.js` then shows the login page."""
_LOOKS_EVERY = 0.4


class Sockets:
    """alive: of some sessions those that have not ended."""

    def __init__(self, alive: Callable[[Collection[str]], set[str]]) -> None:
        self._alive = alive
        self._ends: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            for key in list(self._ends):
                self._end(key)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            if self._ends:
                for key in set(self._ends) - self._alive(self._ends):
                    self._end(key)

    def _end(self, key: str) -> None:
        for event in self._ends.get(key, ()):
            event.set()

    async def guard(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, key: str, said: Callable[[Message], None]
    ) -> None:
        """Runs the app on the socket until either ends. said: called with every message from the browser."""
        end = asyncio.Event()
        self._ends[key].add(end)
        ending = asyncio.create_task(end.wait())
        is_closed = False

        async def received() -> Message:
            nonlocal is_closed
            coming = asyncio.ensure_future(receive())
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            if end.is_set():
                coming.cancel()
                if not is_closed:
                    is_closed = True
                    with contextlib.suppress(OSError, RuntimeError):
                        await send({"type": "websocket.close", "code": CLOSED_BY_GATE})
                return {"type": "websocket.disconnect", "code": CLOSED_BY_GATE}
            message = coming.result()
            if message["type"] == "websocket.receive":
                said(message)
            return message

        async def sent(message: Message) -> None:
            if end.is_set():
                raise OSError("the session has ended")
            await send(message)

        try:
            await app(scope, received, sent)
        finally:
            ending.cancel()
            self._ends[key].discard(end)
            if not self._ends[key]:
                del self._ends[key]
