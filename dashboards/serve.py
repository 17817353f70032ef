"""The dashboard's server: `streamlit run serve.py` in this folder. Streamlit serves app.py; the page that the browser
gets first says in words what Streamlit's scripts, which an old browser cannot run, would leave blank.

Belongs here: the first page, files, what is closed behind the gate. Does not belong here: anything that the app itself
shows (app.py), the gate.
"""

import re
from html import escape
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import settings
import warming
from language.words import WORDS
from reader import menu, offers, principal

# Streamlit needs the first (Chrome 110), theme.css the others (Chrome 105 and 111).
NEEDED = (
    "Array.prototype.toSorted && window.CSS && CSS.supports('selector(:has(a))') && "
    "CSS.supports('color', 'color-mix(in srgb, red, blue)')"
)

ICON = Path(__file__).resolve().parent / "static" / "icon.png"


def notice() -> str:
    """Shown by any browser until the app takes its place; one that is too old says so, in both languages."""

    def said(word: str) -> str:
        chinese, english = WORDS["old_browser." + word]
        return f'{escape(chinese)}<br><small lang="en">{escape(english)}</small>'

    look = "font-family:sans-serif;max-width:34em;margin:18vh auto;padding:0 1em;line-height:1.8;text-align:center"
    return (
        f'<div id="root"><div style="{look}"><p>{said("opening")}</p></div></div>'
        f'<div id="old-browser" style="display:none;{look}"><h1 style="font-size:1.4em">{said("title")}</h1>'
        f"<p>{said('text')}</p></div>"
        f"<script>if (!({NEEDED})) {{ document.getElementById('root').style.display = 'none'; "
        "document.getElementById('old-browser').style.display = 'block'; }</script>"
    )


class FirstPage:
    """Puts the notice into Streamlit's index.html, and Chinese where it says nothing of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or "/_stcore" in path or "." in path.rpartition("/")[2]:
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()

        async def changed(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_html(message):
                held = message
            elif held is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    page = rewritten(body.decode("utf-8")).encode("utf-8")
                    MutableHeaders(raw=held["headers"])["content-length"] = str(len(page))
                    await send(held)
                    await send({"type": "http.response.body", "body": page})

        # Uncompressed, because it is changed on its way.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, receive, changed)


def _is_html(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")


def rewritten(page: str) -> str:
    scriptless = f"<noscript><p>{escape(WORDS['old_browser.script'][0])}</p></noscript>"
    return (
        re.sub("<noscript>.*?</noscript>", scriptless, page, flags=re.DOTALL)
        .replace('<div id="root"></div>', notice())
        .replace('<html lang="en">', '<html lang="zh-CN">')
        .replace("<title>Streamlit</title>", f"<title>{escape(WORDS['app.nameless'][0])}</title>")
    )


class Closed:
    """Behind the gate: Streamlit's files and uploads, which ask for no identity, and its websocket to one whom the gate
    does not name."""

    PATHS = ("/media/", "/_stcore/upload_file/")

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not settings.load().is_behind_gate or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket" and principal.of_headers(Headers(scope=scope)) is None:
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http" and self._path(scope).startswith(self.PATHS):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @staticmethod
    def _path(scope: Scope) -> str:
        path: str = scope["path"]
        return path.removeprefix(scope.get("root_path", ""))


def file(request: Request) -> Response:
    """A file that a page has offered, to the reader to whom it was offered. Everybody else gets the same answer as for
    a file that there never was."""
    reader = principal.of_headers(request.headers)
    found = offers.asked(request.path_params["number"], reader) if reader else None
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if found is None:
        return PlainTextResponse("\n".join(WORDS["panel.file_gone"]), status_code=404, headers=headers)
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(found.make(), media_type=found.mime, headers=headers)


def icon(_: Request) -> Response:
    """The icon of a page that names none, as Streamlit's first page asks for it."""
    return FileResponse(ICON)


def first(request: Request) -> Response:
    """The first page by its name: Streamlit knows it only under the address of the dashboard itself."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


app = st.App(
    "app.py",
    routes=[
        Route(f"/{offers.PATH}/{{number}}", file),
        Route(f"/{next(iter(menu.PAGES))}", first),
        Route("/favicon.png", icon),
    ],
    middleware=[Middleware(Closed), Middleware(FirstPage)],
    lifespan=warming.ahead,
)
