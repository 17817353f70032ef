"""The one door: every request and socket passes it before an app sees it.

Belongs here: the order of the checks, which app answers. Does not belong here: the checks themselves (`checks`), the
gate's own pages (`login`, `pages`), starting the server (`server`).

The order: name of the host, headers that only the gate may set, the four open paths, session, role, origin, identity,
security headers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.gate import checks, downloads, pages, visits
from pipelines.gate.arrivals import Arrival, Known
from pipelines.gate.audit import code_of, verify_home
from pipelines.gate.house import Gatehouse
from pipelines.gate.login import OPEN, Login, must_change
from pipelines.gate.oidc import SignOn
from pipelines.gate.people import Person
from pipelines.gate.rules import AUDIT_ROLES, DAGSTER_ROLES, FILE_ROLES
from pipelines.gate.sockets import Sockets

DAGSTER = "/dagster"
STREAM = "/_stcore/stream"
DOWNLOADS = "/download"
"""Files of the dashboard's panels; what it offers to whom is its own matter."""
KNOWN = "sihe.known"
"""Under this key of a request's scope is who asks; no header can set it."""
_AUDIT_SHOWN = 500
# The browser asks for these by itself: they do not keep a session alive.
_NOT_A_DEED = ("/account/alive", "/_stcore/", "/static/", "/app/static/", "/leave.js")


@dataclass(frozen=True)
class Apps:
    """dagster: null while it starts. policy: of the dashboard's first page."""

    dashboard: ASGIApp
    dagster: Callable[[], ASGIApp | None]
    first_page: bytes
    policy: str


class Rights:
    """What Dagster asks the gate about a request."""

    def __init__(self, house: Gatehouse) -> None:
        self._audit = house.audit

    def may_change(self, scope: Mapping[str, Any]) -> bool:
        """Whether who asks may change something."""
        known = scope.get(KNOWN)
        return isinstance(known, Known) and known.person.role in DAGSTER_ROLES and not known.person.only_looks

    def changes(self, scope: Mapping[str, Any], what: Sequence[str]) -> None:
        """Something is about to be changed: the names of the mutations."""
        person, client = scope[KNOWN].person, scope.get("client") or ("unknown",)
        names = ",".join(map(code_of, what))
        self._audit.write("changed", who=person.name, address=str(client[0]), page=DAGSTER, did=names)


class Door:
    def __init__(self, house: Gatehouse, apps: Apps, style: bytes, sign_on: SignOn | None) -> None:
        self._house = house
        self._apps = apps
        self._login = Login(house, style, sign_on)
        self._sockets = Sockets(house.sessions.alive)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._sockets.watched():
            yield
        self._login.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        house = self._house
        is_socket = scope["type"] == "websocket"
        named = checks.host(scope["headers"], house.place)
        if named is None:
            client = scope.get("client") or ("unknown",)
            house.audit.refused("unknown host", who="", address=str(client[0]), path=scope["path"])
            await self._answer(PlainTextResponse("unknown host", 421), scope, receive, send)
            return
        scope = {**scope, "headers": checks.stripped(scope["headers"])}
        if house.place.is_tls:
            # Also where a proxy ends TLS: addresses in redirects begin with it.
            scope["scheme"] = "wss" if is_socket else "https"
        arrival = Arrival(scope, receive, named, checks.cookies(scope["headers"], house.place.cookie))
        if arrival.path in OPEN and not is_socket:
            await self._answer(await self._login.open(arrival), scope, receive, send)
            return
        known = self._known(arrival)
        if known is None:
            await self._answer(self._to_login(arrival), scope, receive, send)
            return
        refusal = self._forbidden(arrival, known.person) or self._foreign(arrival)
        if refusal is not None:
            status, why = refusal
            house.audit.refused(why, who=known.person.name, address=arrival.address, path=arrival.path)
            await self._answer(pages.refused(arrival.speaker, known.person, status), scope, receive, send)
            return
        if must_change(house, known) and not arrival.path.startswith(("/account", "/logout")):
            await self._answer(RedirectResponse("/account", 303), scope, receive, send)
            return
        if is_socket:
            await self._socket(arrival, known, send)
            return
        if not arrival.path.startswith(_NOT_A_DEED):
            house.sessions.seen(known.session.key, known.session.seen_at)
        await self._page(arrival, known, send)

    def _known(self, arrival: Arrival) -> Known | None:
        session = self._house.sessions.of(arrival.token) if arrival.token else None
        person = self._house.people.find(session.name) if session else None
        return Known(person, session) if person and session else None

    def _to_login(self, arrival: Arrival) -> Response:
        """A browser that opens a page is sent to the login; everything else hears that nobody is signed in."""
        headers = arrival.scope["headers"]
        is_visit = (
            arrival.scope["type"] == "http"
            and arrival.scope["method"] in ("GET", "HEAD")
            and checks.values(headers, b"sec-fetch-mode") in ([], ["navigate"])
            and "text/html" in " ".join(checks.values(headers, b"accept"))
        )
        if is_visit:
            query = arrival.scope.get("query_string", b"").decode("latin-1")
            asked = arrival.path + (f"?{query}" if query else "")
            return RedirectResponse(f"/login?next={quote(asked, safe='/')}", 303, {"cache-control": "no-store"})
        return PlainTextResponse("sign in first", 401, {"cache-control": "no-store"})

    def _forbidden(self, arrival: Arrival, person: Person) -> tuple[int, str] | None:
        """Status and reason if the role may not open this path. What is not for a role is not there."""
        if _below(arrival.path, DAGSTER) and person.role not in DAGSTER_ROLES:
            return 404, "role"
        if _below(arrival.path, "/audit") and person.role not in AUDIT_ROLES:
            return 404, "role"
        # The files have all areas, those of a city all districts.
        sees_all = (
            person.sees_above_districts if self._house.settings.city_file.exists() else person.sees_whole_district
        )
        if _below(arrival.path, "/files") and not (person.role in FILE_ROLES and sees_all):
            return 404, "role"
        return None

    def _foreign(self, arrival: Arrival) -> tuple[int, str] | None:
        why = checks.stranger(arrival.scope, self._house.place.origin(arrival.host), is_strict=True)
        if why is not None:
            return 403, why
        if checks.asks_by_address(arrival.scope):
            return 405, "a query of Dagster as GET"
        return None

    async def _socket(self, arrival: Arrival, known: Known, send: Send) -> None:
        house = self._house
        seen_at = known.session.seen_at
        heard = visits.Visits(house.audit, known, arrival.address) if arrival.path == STREAM else None

        def said(message: Message) -> None:
            nonlocal seen_at
            if heard is None or heard.said(message.get("bytes") or b""):
                seen_at = house.sessions.seen(known.session.key, seen_at)

        app = self._app(arrival.path)
        if app is None:
            await self._answer(PlainTextResponse("starting", 503), arrival.scope, arrival.receive, send)
            return
        scope = identified(arrival.scope, known)
        await self._sockets.guard(app, scope, arrival.receive, send, known.session.key, said)

    async def _page(self, arrival: Arrival, known: Known, send: Send) -> None:
        answer = await self._own(arrival, known)
        if answer is not None:
            await self._answer(answer, arrival.scope, arrival.receive, send)
            return
        app = self._app(arrival.path)
        if app is None:
            text = "Dagster is starting: try again in a moment"
            starting = PlainTextResponse(text, 503, {"retry-after": "5", "refresh": "3"})
            await self._answer(starting, arrival.scope, arrival.receive, send)
            return
        scope = identified(arrival.scope, known)
        if app is self._apps.dashboard:
            await app(scope, arrival.receive, self._first_page(arrival, known, send))
            return
        adding = checks.securing(send, self._house.place, checks.DAGSTER_POLICY, adds_policy=True)
        await app(scope, arrival.receive, adding)

    def _app(self, path: str) -> ASGIApp | None:
        return self._apps.dagster() if _below(path, DAGSTER) else self._apps.dashboard

    async def _own(self, arrival: Arrival, known: Known) -> Response | None:
        """The answer of a page of the gate's own; null if it has none of this path."""
        path, house = arrival.path, self._house
        if path == "/leave.js":
            return Response(pages.LEAVE, media_type="text/javascript", headers={"cache-control": "no-store"})
        if _below(path, "/account") or path == "/logout":
            return await self._login.account(arrival, known)
        if path == "/audit":
            house.audit.looked(who=known.person.name, address=arrival.address, page=path)
            verdict = await asyncio.to_thread(verify_home, house.settings.home)
            answer = pages.audit(arrival.speaker, known.person, house.audit.newest(_AUDIT_SHOWN), verdict)
            return arrival.keep_language(answer, is_tls=house.place.is_tls)
        if path == "/files":
            listed = downloads.listed(house.settings.published)
            answer = pages.files(arrival.speaker, known.person, listed)
            return arrival.keep_language(answer, is_tls=house.place.is_tls)
        if _below(path, "/files"):
            name = path.removeprefix("/files/")
            file = downloads.find(house.settings.published, name)
            if file is None:
                return pages.refused(arrival.speaker, known.person, 404)
            house.audit.write("download", who=known.person.name, address=arrival.address, file=name)
            return FileResponse(file, filename=file.name, headers={"cache-control": "no-store"})
        return None

    def _first_page(self, arrival: Arrival, known: Known, send: Send) -> Send:
        """Every page of the dashboard begins with the same HTML. It was read once, at the start: its scripts are named
        in the policy, and it brings the script that leaves when the session ends."""
        place, audit, is_page = self._house.place, self._house.audit, False

        async def sent(message: Message) -> None:
            nonlocal is_page
            if message["type"] != "http.response.start":
                if not is_page:
                    await send(message)
                elif not message.get("more_body"):
                    body = self._apps.first_page if arrival.scope["method"] != "HEAD" else b""
                    await send({"type": "http.response.body", "body": body})
                return
            kinds = checks.values(message["headers"], b"content-type")
            is_page = message["status"] == 200 and kinds[:1] != [] and kinds[0].startswith("text/html")
            if message["status"] == 200 and _below(arrival.path, DOWNLOADS):
                visits.handed(audit, known, arrival, message["headers"])
            # Streamlit's cookies serve its own login and uploads, which are not used here.
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"set-cookie"]
            if is_page:
                replaced = (b"content-length", b"cache-control", b"etag", b"last-modified", b"content-encoding")
                headers = [(name, value) for name, value in headers if name.lower() not in replaced]
                headers += [
                    (b"content-length", str(len(self._apps.first_page)).encode()),
                    (b"cache-control", b"no-store"),
                ]
                visits.opened(audit, known, arrival)
            policy = self._apps.policy if is_page else checks.OWN_POLICY
            await send({**message, "headers": checks.secured(headers, place, policy)})

        return sent

    async def _answer(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """An answer of the gate itself; a socket is refused before it opens."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await answer(scope, receive, checks.securing(send, self._house.place, checks.OWN_POLICY))


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def identified(scope: Scope, known: Known) -> Scope:
    """With headers that say who asks, for the dashboard."""
    person = known.person
    said = (("user", person.name), ("role", person.role), ("org", person.org), ("session", known.session.id))
    headers = [(checks.IDENTITY + name.encode(), value.encode("ascii")) for name, value in said]
    return {**scope, "headers": [*scope["headers"], *headers], KNOWN: known}
