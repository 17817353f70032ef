"""The servers: an app and its life; the dashboard or Dagster's pages, open on this machine, a process each.

Belongs here: building these apps and running any. Does not belong here: arguments (`commands.serving`), both behind a
login in one process (`gated`).
"""

import asyncio
import contextlib
import importlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines import settings
from pipelines.gate import checks
from pipelines.gate.checks import Place
from pipelines.gate.open_door import OpenDoor

log = logging.getLogger("sihe")
# As Streamlit runs its own server: messages of this size hold what a page sends in one piece.
_MOST_SOCKET_BYTES = 200 * 1024**2
_PING_SECONDS = 30
_SECONDS_TO_END = 3


@dataclass(frozen=True)
class Listening:
    """proxy: the address of the reverse proxy in front, whose X-Forwarded-For is believed."""

    address: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None


def dashboard(*, is_gated: bool) -> Any:
    """The dashboard's app. Its modules import each other by their bare names, from its folder."""
    sys.path.insert(0, str(settings.DASHBOARD_DIR))
    if is_gated:
        settings.stand_behind_gate()
    # Streamlit looks for the script, and for its settings beside it, when the app is made.
    with contextlib.chdir(settings.DASHBOARD_DIR):
        return importlib.import_module("serve").app


async def first_page(app: ASGIApp) -> str:
    """The HTML with which every page of the dashboard begins."""
    body = bytearray()

    async def nothing() -> Message:
        """The browser waits for its answer."""
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def kept(message: Message) -> None:
        body.extend(message.get("body", b""))

    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/", "raw_path": b"/", "root_path": "", "query_string": b"", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0), "state": {},
    }  # fmt: skip
    await app(scope, nothing, kept)
    return body.decode("utf-8")


class Lifespan:
    """An app with what has to be open while it serves. opening: opens it and gives the app."""

    def __init__(self, opening: Callable[[], contextlib.AbstractAsyncContextManager[ASGIApp]]) -> None:
        self._opening = opening
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            assert self._app is not None
            await self._app(scope, receive, send)
            return
        await receive()
        is_started = False
        try:
            async with self._opening() as self._app:
                is_started = True
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            log.exception("the server failed")
            kind = "shutdown" if is_started else "startup"
            await send({"type": f"lifespan.{kind}.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})


def open_dashboard(place: Place) -> ASGIApp:
    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[ASGIApp]:
        app = dashboard(is_gated=False)
        async with app.lifespan()(app):
            policy = checks.dashboard_policy(await first_page(app))
            yield OpenDoor(app, place, lambda: policy, adds_policy=False)

    return Lifespan(opening)


def open_dagster(place: Place, *, has_daemon: bool = False) -> ASGIApp:
    # The dashboard's process does without Dagster: 110 MB.
    from pipelines.orchestration import memory, webserver  # noqa: PLC0415

    memory.sparing()

    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[ASGIApp]:
        with webserver.webserver("", webserver.Everybody(), has_daemon=has_daemon) as app:
            yield OpenDoor(app, place, lambda: checks.DAGSTER_POLICY, adds_policy=True)

    return Lifespan(opening)


def run(app: ASGIApp, listening: Listening) -> None:
    """Until a signal ends it."""
    uvicorn.run(
        app,
        host=listening.address,
        port=listening.port,
        ssl_certfile=listening.certificate,
        ssl_keyfile=listening.key,
        proxy_headers=listening.proxy is not None,
        forwarded_allow_ips=listening.proxy,
        server_header=False,
        log_level="warning",
        access_log=False,
        ws_max_size=_MOST_SOCKET_BYTES,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
        lifespan="on",
    )


# Pages and daemon import the same: apart, they take 100 MB more.
OPEN_APPS: dict[str, Callable[[Place], ASGIApp]] = {
    "dashboard": open_dashboard,
    "dagster": open_dagster,
    "dagster-with-daemon": partial(open_dagster, has_daemon=True),
}


def main(arguments: list[str]) -> None:
    """`python -m pipelines.gate.server dashboard 8501`: one app, open for this machine."""
    name, port = arguments
    settings.apply(settings.load())
    place = Place(frozenset(checks.LOOPBACK), is_tls=False)
    run(OPEN_APPS[name](place), Listening("127.0.0.1", int(port)))


if __name__ == "__main__":
    main(sys.argv[1:])
