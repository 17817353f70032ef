"""The gate as it is served: one real server a session, with the dashboard and Dagster behind it; and small ones whose
apps only say what they were asked.

Belongs here: homes with users, starting and ending servers, a browser's requests. Does not belong here: attacks.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from pipelines import settings
from pipelines.gate import checks, pages, passwords
from pipelines.gate.checks import Place
from pipelines.gate.door import Apps, Door
from pipelines.gate.house import Gatehouse, opened
from pipelines.gate.oidc import SignOn
from tests.browser.conftest import chromium  # noqa: F401
from tests.conftest import SIHE
from tests.walk.test_demo import free_port

PASSWORD = "correct horse battery staple"
HASHED = passwords.hashed(PASSWORD)
DISTRICT, STREET, COMMUNITY = "990102", "990102003", "990102003001"
PEOPLE = {
    "leader": ("leader", DISTRICT),
    "street": ("street", STREET),
    "community": ("community", COMMUNITY),
    "analyst": ("analyst", DISTRICT),
    "street-analyst": ("analyst", STREET),
    "engineer": ("engineer", DISTRICT),
    "looker": ("engineer", DISTRICT),
    "admin": ("admin", DISTRICT),
}
GENERATION = "20260101-060000"


def fill(house: Gatehouse) -> None:
    """One person of each kind, under the name of the role."""
    for name, (role, org) in PEOPLE.items():
        house.people.add(name, role, org, only_looks=name == "looker")
        house.people.keep_password(name, HASHED, is_own=True)
        if role in ("engineer", "admin"):
            house.people.set_code(name)


def publish(home: Path) -> None:
    """The files of a publication, as analysts take them; their contents do not matter here."""
    folder = home / "published" / f"sihe-{GENERATION}"
    (folder / "marts").mkdir(parents=True)
    (folder / "marts" / "dim_org.parquet").write_bytes(b"PAR1 of the newest")
    folder.with_suffix(".duckdb").write_bytes(b"a generation")
    (home / "published" / "secret.txt").write_text("no publication", encoding="utf-8")
    pointer = {"generation": GENERATION, "file": f"sihe-{GENERATION}.duckdb"}
    (home / "published" / "current.json").write_text(json.dumps(pointer), encoding="utf-8")


@dataclass
class Heard:
    """What an app behind the gate was asked."""

    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            return
        if scope["path"] == "/fails":
            raise RuntimeError("what only the engineer reads")
        headers = [(b"content-type", b"text/plain"), (b"server", b"an app")]
        if scope["path"] == "/download/7":
            headers.append((b"content-disposition", b"attachment; filename*=UTF-8''%E4%BA%8B%E4%BB%B6.csv"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"behind the gate"})


@dataclass
class Site:
    """A gate that is served. house: its files, as another process (`sihe user`) opens them."""

    address: str
    house: Gatehouse
    verify: Any = True
    door: Any = None
    """Of a small site: the gate itself, and what the app behind it heard."""
    heard: Heard = field(default_factory=Heard)

    @property
    def host(self) -> str:
        return self.address.partition("//")[2]

    def client(self, **headers: str) -> httpx2.Client:
        """A browser that only asks from pages of this site."""
        return httpx2.Client(
            base_url=self.address, trust_env=False, verify=self.verify, timeout=30,
            headers={"origin": self.address, "user-agent": "a browser", **headers},
        )  # fmt: skip

    def code(self, name: str) -> str:
        """The code of the second factor; each is taken once, so the next half minute's if this one was used."""
        row = self.house.store.connection.execute(
            "select secret, last_step from person where name = ?", [name]
        ).fetchone()
        if row["secret"] is None:
            return ""
        step = max(int(time.time()) // 30, row["last_step"] + 1)
        return pyotp.TOTP(row["secret"]).at(step * 30)

    def post_login(self, client: httpx2.Client, name: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        fields = {"name": name, "password": password, "code": self.code(name) if name in PEOPLE else "", **more}
        return client.post("/login", data=fields)

    def signed_in(self, name: str) -> httpx2.Client:
        """A browser in which the person has just signed in. The second factor is taken as given: its codes are
        tested where they matter, and each would last half a minute."""
        client = self.client()
        token, _ = self.house.sessions.begin(name, "127.0.0.1", "a browser", "password")
        client.cookies.set(self.house.place.cookie, token, domain="127.0.0.1")
        return client

    def socket(self, client: httpx2.Client, path: str = "/_stcore/stream", **more: Any) -> ClientConnection:
        """A websocket of a page of this site; raises InvalidStatus if it is refused."""
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookie} if cookie else {}
        given: dict[str, Any] = {
            "subprotocols": [Subprotocol("streamlit")], "additional_headers": headers, "origin": self.address,
            "open_timeout": 20, "max_size": None, "proxy": None, **more,
        }  # fmt: skip
        made: ClientConnection = connect(f"ws://{self.host}{path}", **given)
        return made


def place_of(*, is_tls: bool = False) -> Place:
    return Place(frozenset(checks.LOOPBACK), is_tls)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Iterator[Site]:
    """`sihe serve`, with everything behind it; for these tests alone, because it works while it waits."""
    home = tmp_path_factory.mktemp("gate") / "home"
    publish(home)
    shutil.copytree(parsed / "dbt", home / "dbt")
    house = opened(settings.load(home), place_of())
    fill(house)
    port = free_port()
    log = (home / "served.log").open("wb")
    server = subprocess.Popen(
        [str(SIHE), "serve", "--home", str(home), "--port", str(port)],
        env={name: value for name, value in os.environ.items() if not name.startswith("SIHE")},
        stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    found = Site(f"http://127.0.0.1:{port}", house)
    try:
        until(lambda: answers(found), 120)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=60)
        house.store.close()


def answers(site: Site) -> bool:
    with contextlib.suppress(httpx2.TransportError), site.client() as client:
        return client.get("/healthz").status_code == 200
    return False


def until(is_so: Callable[[], bool], seconds: float) -> float:
    """How long it took."""
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.fixture(scope="package")
def dagster(site: Site) -> Site:
    """The same, when Dagster's pages answer."""
    with site.signed_in("engineer") as client:
        until(lambda: client.get("/dagster/server_info").status_code == 200, 120)
    return site


def small_door(house: Gatehouse, heard: Heard) -> Door:
    provider = house.rules.oidc
    apps = Apps(heard, lambda: heard, b"<html></html>", "default-src 'self'")
    return Door(house, apps, pages.style(({}, {})), SignOn(provider, house.place) if provider else None)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[..., contextlib.AbstractContextManager[Site]]]:
    """The real gate before an app that only listens, served in a `with` block: for what needs a home of its own."""

    @contextlib.contextmanager
    def serve(certificate: tuple[Path, Path] | None = None, port: int | None = None) -> Iterator[Site]:
        house = opened(settings.load(tmp_path / "home"), place_of(is_tls=certificate is not None))
        if not house.people.listed():
            fill(house)
        heard = Heard()
        door = small_door(house, heard)
        free = port or free_port()
        cert, key = certificate or (None, None)
        config = uvicorn.Config(
            door, "127.0.0.1", free, ssl_certfile=cert, ssl_keyfile=key, lifespan="off", log_level="error",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)

        async def run() -> None:
            async with door.open():
                await server.serve()

        thread = threading.Thread(target=asyncio.run, args=(run(),))
        thread.start()
        try:
            until(lambda: server.started, 20)
            scheme = "https" if certificate else "http"
            yield Site(f"{scheme}://127.0.0.1:{free}", house, not certificate, door, heard)
        finally:
            server.should_exit = True
            thread.join(20)
            house.store.close()

    yield serve


def asked(door: Any, scope: dict[str, Any]) -> int:
    """The status of a request, without a network; 0 for a socket that was refused."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    whole = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "client": ("127.0.0.1", 9),
        "root_path": "", "scheme": "http", "http_version": "1.1", **scope,
    }  # fmt: skip
    # In a thread: the browser tests leave a running loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, door(whole, receive, send)).result()
    return int(sent[0].get("status", 0))
