"""The server: the dashboard, Dagster's pages and the gate before them in one process, or one of the two, open on this
machine.

Belongs here: building the apps and running them. Does not belong here: arguments (`commands.serving`), checks (`door`).
"""

import asyncio
import contextlib
import importlib
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines import settings
from pipelines.gate import checks, pages
from pipelines.gate.checks import Place
from pipelines.gate.door import DAGSTER, Apps, Door, OpenDoor, Rights
from pipelines.gate.house import Gatehouse
from pipelines.gate.oidc import SignOn
from pipelines.orchestration import webserver

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


class DagsterPages:
    """Dagster's pages, started beside the rest: its code takes some seconds to load, and the dashboard does not wait
    for it. `app` is null until then."""

    def __init__(self, prefix: str, rights: Rights, script: str | None) -> None:
        self.app: ASGIApp | None = None
        self._given = prefix, rights, script
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dagster", daemon=True)

    def _run(self) -> None:
        try:
            with webserver.webserver(*self._given) as self.app:
                self._stop.wait()
        except Exception:
            log.exception("Dagster's pages did not start; the dashboard goes on")
        finally:
            self.app = None

    def __enter__(self) -> "DagsterPages":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        # While it still starts it cannot be stopped; its process ends soon after this one.
        self._thread.join(_SECONDS_TO_END)


def dashboard(*, is_gated: bool) -> Any:
    """The dashboard's app. Its modules import each other by their bare names, from its folder."""
    sys.path.insert(0, str(settings.DASHBOARD_DIR))
    if is_gated:
        settings.stand_behind_gate()
    # Streamlit looks for the script, and for its settings beside it, when the app is made.
    with contextlib.chdir(settings.DASHBOARD_DIR):
        return importlib.import_module("serve").app


def palettes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours of the dashboard, light and dark."""
    theme = importlib.import_module("theme")
    return theme.palette(False), theme.palette(True)


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


def gated(house: Gatehouse) -> ASGIApp:
    """Everything behind the gate. Raises OSError if the secret of the identity provider cannot be read."""
    provider = house.rules.oidc
    sign_on = SignOn(provider, house.place) if provider else None

    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[ASGIApp]:
        app = dashboard(is_gated=True)
        # Streamlit turns it on again; addresses of pages belong into the audit alone.
        logging.getLogger("uvicorn.access").disabled = True
        with DagsterPages(DAGSTER, Rights(house), "/leave.js") as dagster:
            async with app.lifespan()(app):
                page = (await first_page(app)).replace("<head>", '<head><script src="/leave.js"></script>', 1)
                policy = checks.dashboard_policy(page)
                apps = Apps(app, lambda: dagster.app, page.encode(), policy)
                door = Door(house, apps, pages.style(palettes()), sign_on)
                async with door.open():
                    yield door

    return Lifespan(opening)


def open_dashboard(place: Place) -> ASGIApp:
    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[ASGIApp]:
        app = dashboard(is_gated=False)
        async with app.lifespan()(app):
            policy = checks.dashboard_policy(await first_page(app))
            yield OpenDoor(app, place, lambda: policy, adds_policy=False)

    return Lifespan(opening)


def open_dagster(place: Place) -> ASGIApp:
    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[ASGIApp]:
        with webserver.webserver("", webserver.Everybody()) as app:
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


OPEN_APPS = {"dashboard": open_dashboard, "dagster": open_dagster}


def main(arguments: list[str]) -> None:
    """`python -m pipelines.gate.server dashboard 8501`: one app, open for this machine."""
    name, port = arguments
    settings.apply(settings.load())
    place = Place(frozenset(checks.LOOPBACK), is_tls=False)
    run(OPEN_APPS[name](place), Listening("127.0.0.1", int(port)))


if __name__ == "__main__":
    main(sys.argv[1:])
