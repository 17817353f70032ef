"""The dashboard and Dagster's pages in one process, and the gate before them.

Belongs here: putting them together. Does not belong here: servers without login and how any app is served (`server`),
what is checked at the door (`door`).
"""

import contextlib
import importlib
import logging
import threading
from collections.abc import AsyncIterator, Mapping

from starlette.types import ASGIApp

from pipelines.gate import checks, pages
from pipelines.gate.door import DAGSTER, Apps, Door, Rights
from pipelines.gate.house import Gatehouse
from pipelines.gate.oidc import SignOn
from pipelines.gate.server import Lifespan, dashboard, first_page
from pipelines.orchestration import webserver

log = logging.getLogger("sihe")
_SECONDS_TO_END = 3


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


def palettes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours of the dashboard, light and dark."""
    theme = importlib.import_module("theme")
    return theme.palette(False), theme.palette(True)


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
