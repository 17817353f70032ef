"""The door of a server without login, which is there for this machine alone.

Belongs here: what keeps other web pages and other names out. Does not belong here: people and sessions (`door`).
"""

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.gate import checks


class OpenDoor:
    """Before an app that everybody on this machine may use: only its own pages in the browser may ask it something."""

    def __init__(
        self, app: ASGIApp, place: checks.Place, policy: Callable[[], str | None], *, adds_policy: bool
    ) -> None:
        self._app = app
        self._place = place
        self._policy = policy
        self._adds_policy = adds_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        named = checks.host(scope["headers"], self._place)
        if named is None:
            await self._refuse("unknown host", 421, scope, receive, send)
            return
        scope = {**scope, "headers": checks.stripped(scope["headers"])}
        why = checks.stranger(scope, self._place.origin(named), is_strict=False)
        if why is not None:
            await self._refuse("the request did not come from a page of this server", 403, scope, receive, send)
            return
        if checks.asks_by_address(scope):
            await self._refuse("a query is sent by POST", 405, scope, receive, send)
            return
        sending = checks.securing(send, self._place, self._policy(), adds_policy=self._adds_policy)
        await self._app(scope, receive, sending)

    async def _refuse(self, text: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = PlainTextResponse(text, status)
        await answer(scope, receive, checks.securing(send, self._place, checks.OWN_POLICY))
