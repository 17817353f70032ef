"""One measured run of the gate before an app that answers at once; prints the measurements as JSON.

Belongs here: requests and messages without a network, stopwatches. Does not belong here: repeating, comparing, writing
down (`compare_gate`).

    python -m tests.benchmarks.gate REQUESTS
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from pipelines import settings
from pipelines.gate import checks, passwords
from pipelines.gate.checks import Place
from pipelines.gate.door import STREAM, Apps, Door
from pipelines.gate.house import opened

PAGE = b"<html></html>"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """A file, a page, or a socket that hears everything."""
    if scope["type"] == "websocket":
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    kind = b"text/html" if scope["path"] == "/" else b"text/javascript"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": PAGE})


def asking(path: str, token: str) -> Scope:
    headers = [(b"host", b"localhost"), (b"cookie", f"sihe={token}".encode()), (b"origin", b"http://localhost")]
    headers += [(f"x-{n}".encode(), b"as a browser sends") for n in range(12)]
    return {
        "type": "http", "method": "GET", "path": path, "query_string": b"p=7d", "headers": headers, "scheme": "http",
        "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
    }  # fmt: skip


async def timed(count: int, one: Callable[[], Awaitable[None]]) -> list[float]:
    """Milliseconds of each."""
    found = []
    for _ in range(count):
        started = time.perf_counter()
        await one()
        found.append(1000 * (time.perf_counter() - started))
    return found


async def requests(target: ASGIApp, path: str, token: str, count: int) -> list[float]:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"{path}: {message['status']}")

    return await timed(count, lambda: target(asking(path, token), receive, send))


async def messages(target: ASGIApp, token: str, count: int) -> float:
    """Milliseconds a message, of views that take turns."""
    views = []
    for query in ("p=7d", "p=30d&org=990102003"):
        message = BackMsg()
        message.rerun_script.query_string = query
        views.append(message.SerializeToString())
    left = count

    async def receive() -> Message:
        nonlocal left
        left -= 1
        if left < 0:
            return {"type": "websocket.disconnect", "code": 1000}
        return {"type": "websocket.receive", "bytes": views[left // 100 % 2]}

    async def send(_: Message) -> None:
        return None

    started = time.perf_counter()
    await target({**asking(STREAM, token), "type": "websocket"}, receive, send)
    return 1000 * (time.perf_counter() - started) / count


async def measured(home: Path, count: int) -> dict[str, float]:
    house = opened(settings.load(home), Place(frozenset(checks.LOOPBACK), is_tls=False))
    house.people.add("wang", "leader", "990102")
    token, _ = house.sessions.begin("wang", "127.0.0.1", "a browser", "password")
    door = Door(house, Apps(app, lambda: None, PAGE, "default-src 'self'"), b"", None)
    numbers: dict[str, float] = {}
    for name, path in (("file", "/static/app.js"), ("page", "/")):
        for side, target in (("bare", app), ("gate", door)):
            found = await requests(target, path, token, count)
            numbers[f"{name} {side} p50"] = statistics.median(found)
            numbers[f"{name} {side} p95"] = statistics.quantiles(found, n=20)[-1]
    numbers["message bare"] = await messages(app, token, count)
    numbers["message gate"] = await messages(door, token, count)
    started = time.perf_counter()
    passwords.hashed("correct horse battery staple")
    numbers["password"] = 1000 * (time.perf_counter() - started)
    return numbers


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sihe-benchmark-gate-") as folder:
        print(json.dumps(asyncio.run(measured(Path(folder), int(sys.argv[1])))))


if __name__ == "__main__":
    main()
