"""Who is not signed in gets nothing: no route of either app, no socket, no forged header, no page of another site.

Belongs here: requests without a session, and what other sites' pages send with one. Does not belong here: signing in
(`test_sign_in`).
"""

import json
import random
import socket
import string
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from pipelines import settings
from pipelines.gate import checks
from pipelines.gate.login import OPEN
from pipelines.gate.open_door import OpenDoor
from pipelines.settings import DASHBOARD_DIR, PROJECT_DIR
from tests.gate.conftest import DISTRICT, Heard, Site, asked, place_of, until
from tests.walk.test_demo import free_port

Small = Callable[..., AbstractContextManager[Site]]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# In a process of its own: the app makes Streamlit's runtime, of which a process has one.
ROUTES = """
import json, sys
sys.path.insert(0, sys.argv[1])
import contextlib
from pipelines.orchestration.webserver import Everybody, Webserver
with contextlib.chdir(sys.argv[1]):
    import serve
def paths(routes, before=""):
    for route in routes:
        yield before + route.path
        yield from paths(getattr(route, "routes", None) or [], before + route.path)
dashboard = serve.app._build_starlette_app()
dagster = Webserver(None, "/dagster", Everybody(), None)
print(json.dumps(sorted({*paths(dashboard.routes), *paths(dagster.build_routes())})))
"""


@pytest.fixture(scope="module")
def routes() -> list[str]:
    """A path for every route that the dashboard or Dagster knows."""
    ran = subprocess.run(
        [sys.executable, "-c", ROUTES, str(DASHBOARD_DIR)], cwd=PROJECT_DIR, capture_output=True, text=True, check=True
    )
    known = json.loads(ran.stdout.splitlines()[-1])
    assert len(known) > 40 and "/dagster/graphql" in known and "/_stcore/stream" in known
    filled = {path.partition("{")[0] + ("x" if "{" in path else "") or "/" for path in known}
    return sorted(filled | {f"{path}/" for path in filled} | {f"/{path}" for path in filled})


def test_of_all_routes_four_answer_a_stranger(site: Site, routes: list[str]) -> None:
    own = ["/account", "/account/alive", "/logout", "/audit", "/files", "/files/x", "/leave.js", *OPEN]
    answered = set()
    with site.client() as client:
        for path in {*routes, *own}:
            for method in METHODS if path in own else ("GET", "POST"):
                answer = client.request(method, httpx2.URL(f"{site.address}{path}"))
                if answer.status_code not in (401, 405) and answer.headers.get("location") is None:
                    answered.add(path)
    assert answered == OPEN


def test_no_route_opens_a_socket_for_a_stranger(site: Site, routes: list[str]) -> None:
    with site.client() as client:
        for path in ("/_stcore/stream", "/dagster/graphql", "/login", "/healthz", *routes[::9]):
            with pytest.raises(InvalidStatus) as refused, site.socket(client, path):
                pass
            assert refused.value.response.status_code == 403


def test_a_browser_is_sent_to_the_login_and_back_to_where_it_was(site: Site) -> None:
    with site.client(accept="text/html") as client:
        answer = client.get("/events?p=7d")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/events%3Fp%3D7d")
        page = client.get(answer.headers["location"]).text
        assert 'name="next" value="/events?p=7d"' in page


@pytest.mark.parametrize("onward", ["//evil.test", "/\\evil.test", "https://evil.test", "/login", "", "/a\r\nb: c"])
def test_nobody_is_sent_to_another_site(site: Site, onward: str) -> None:
    with site.client() as client:
        answer = site.post_login(client, "leader", next=onward)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:80", "127.0.0.1.evil.test", "", "127.0.0.1, evil.test", "[::2]"]
)
def test_a_rebound_name_is_refused(site: Site, host: str) -> None:
    with site.signed_in("leader") as client:
        assert client.get("/", headers={"host": host}).status_code in (400, 421)
        with pytest.raises((InvalidStatus, InvalidMessage)), site.socket(client, additional_headers={"Host": host}):
            pass


def test_two_hosts_are_refused() -> None:
    door = OpenDoor(Heard(), place_of(), lambda: None, adds_policy=False)
    twice = [(b"host", b"localhost"), (b"host", b"evil.test")]
    assert asked(door, {"headers": twice}) == 421
    assert asked(door, {"headers": twice[:1]}) == 200


CROSS: list[tuple[str, dict[str, str]]] = [
    ("POST", {"origin": "http://evil.test"}),
    ("POST", {"origin": "null"}),
    ("POST", {"origin": "http://127.0.0.1:1"}),
    ("POST", {"origin": "https://{host}"}),
    ("POST", {"origin": "", "sec-fetch-site": "cross-site"}),
    ("POST", {"origin": "", "sec-fetch-site": "same-site"}),
    ("POST", {"origin": ""}),
    ("DELETE", {"origin": "http://evil.test"}),
    ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
    ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}),
    ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}),
]


@pytest.mark.parametrize(("method", "headers"), CROSS, ids=str)
def test_another_sites_page_can_do_nothing_with_a_session(site: Site, method: str, headers: dict[str, str]) -> None:
    said = {name: value.format(host=site.host) for name, value in headers.items() if value}
    with site.signed_in("admin") as client:
        if "origin" in headers and not headers["origin"]:
            del client.headers["origin"]
        for path in ("/", "/account/end", "/logout", "/dagster/graphql", "/_stcore/health"):
            assert client.request(method, path, headers=said).status_code == 403, path
        assert client.get("/account/alive").status_code == 204


def test_a_link_from_another_site_opens_a_page(site: Site) -> None:
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    with site.signed_in("leader") as client:
        del client.headers["origin"]
        assert client.get("/", headers=visit).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.test", "null", None])
def test_another_sites_page_opens_no_socket(site: Site, origin: str | None) -> None:
    with site.signed_in("engineer") as client:
        for path in ("/_stcore/stream", "/dagster/graphql"):
            with pytest.raises(InvalidStatus), site.socket(client, path, origin=origin):
                pass
        with site.socket(client):
            pass


def test_another_sites_form_signs_nobody_in(site: Site) -> None:
    with site.client(origin="http://evil.test") as client:
        answer = site.post_login(client, "leader")
        assert answer.status_code == 403 and "set-cookie" not in answer.headers


FIELDS = ("user", "role", "org", "session", "x")


def spelled(rng: random.Random, name: str) -> bytes:
    """A header's name in one of the spellings that some server takes for it."""
    letters = [rng.choice((sign.lower(), sign.upper())) for sign in name]
    return "".join(rng.choice("-_") if sign == "-" else sign for sign in letters).encode()


def test_no_spelling_of_an_identity_reaches_an_app(small: Small) -> None:
    """Ten thousand headers, with and without a session: the app sees only what the gate says."""
    rng = random.Random(17)
    with small() as site:
        token, session = site.house.sessions.begin("street", "127.0.0.1", "", "password")
        cookie = (b"cookie", f"sihe={token}".encode())
        for _ in range(250):
            forged = [
                (spelled(rng, f"x-sihe-{rng.choice(FIELDS)}"), rng.choice((b"admin", DISTRICT.encode())))
                for _ in range(40)
            ]
            assert asked(site.door, {"headers": [(b"host", b"localhost"), *forged]}) == 401
            assert site.heard.scopes == []
            assert asked(site.door, {"headers": [(b"host", b"localhost"), cookie, *forged]}) == 200
            headers = site.heard.scopes.pop()["headers"]
            assert len([name for name, _ in headers if b"sihe" in name.lower()]) == len(headers) - 2 == 4
            said = dict(headers)
            assert (said[b"x-sihe-user"], said[b"x-sihe-role"], said[b"x-sihe-session"]) == (
                b"street", b"street", session.id.encode(),
            )  # fmt: skip


def raw(site: Site, lines: bytes) -> bytes:
    """The first bytes that the server answers to some bytes; empty if it only closes the connection."""
    port = int(site.host.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        one.sendall(lines)
        one.shutdown(socket.SHUT_WR)
        try:
            return one.recv(200)
        except OSError:
            return b""


def test_ten_thousand_forged_and_cut_requests_get_no_answer_and_break_nothing(site: Site) -> None:
    """Headers of all kinds, ten a request, some requests cut or joined."""
    rng = random.Random(7)
    names = [
        "Host", "Cookie", "Origin", "X-Sihe-User", "X-Sihe-Role", "X-Forwarded-For", "Forwarded", "X-Original-URL",
        "X-Rewrite-URL", "Authorization", "Transfer-Encoding", "Content-Length", "Upgrade", "Connection",
        "X-HTTP-Method-Override", "Sec-WebSocket-Key", "Sec-Fetch-Site", "Te",
    ]  # fmt: skip
    texts = [
        "admin", "127.0.0.1", "/dagster", "chunked", "0", "-1", "websocket", "upgrade", f"sihe={'A' * 43}",
        "same-origin", "a" * 4000, "\x00", "\u00e9", "sihe=;sihe=", "{}", "GET",
    ]  # fmt: skip
    paths = ["/", "/dagster/graphql", "/_stcore/stream", "/files", "//", "/%2e%2e/", "/login/../audit", "*", "/\x7f"]
    answered = []
    for _ in range(1000):
        path = rng.choice(paths)
        head = f"{rng.choice(METHODS)} {path} HTTP/1.{rng.choice('01')}\r\nHost: {site.host}\r\n"
        headers = "".join(f"{rng.choice(names)}: {rng.choice(texts)}\r\n" for _ in range(10))
        whole = f"{head}{headers}\r\n".encode("latin-1", "replace")
        cut = whole[: rng.randrange(len(whole))] if rng.random() < 0.2 else whole
        got = raw(site, cut)
        status = got.split(b" ")[1:2]
        if status and status[0] not in (b"400", b"401", b"403", b"405", b"413", b"421", b"431", b"426", b"501"):
            answered.append((cut, got))
    assert answered == []
    with site.signed_in("leader") as client:
        assert client.get("/").status_code == 200


def test_random_bytes_as_a_cookie_are_nobody(site: Site) -> None:
    rng = random.Random(3)
    alphabet = string.ascii_letters + string.digits + "-_.=%"
    with site.client() as client:
        for length in (0, 1, 43, 43, 43, 44, 2000):
            value = "".join(rng.choices(alphabet, k=length))
            assert client.get("/account", headers={"cookie": f"sihe={value}"}).status_code == 401
    with site.signed_in("leader") as client:
        mine = client.cookies["sihe"]
        client.cookies.clear()
        assert client.get("/account", headers={"cookie": f"sihe={mine}; sihe=another"}).status_code == 401
        assert client.get("/account", headers={"cookie": f"sihe={mine}"}).status_code == 200


def test_every_answer_has_the_security_headers(site: Site) -> None:
    with site.signed_in("leader") as client:
        for path in ("/login", "/", "/account", "/nothing-here", "/static/x", "/app/static/icon.png", "/dagster"):
            answer = client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "no-referrer", path
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
            assert "unsafe-eval" not in answer.headers["content-security-policy"], path
            assert "server" not in answer.headers, path
        page = client.get("/")
        policy = page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store" and "'unsafe-inline'" not in policy.partition("style-src")[0]


def test_a_proxys_word_for_the_scheme_is_not_needed_and_not_believed() -> None:
    """Behind a proxy the browser comes by TLS, whatever a header says."""
    place = checks.Place(frozenset({"sihe.example.gov.cn"}), is_tls=True)
    assert place.origin("sihe.example.gov.cn") == "https://sihe.example.gov.cn" and place.cookie.startswith("__Host-")


def test_the_open_dashboard_hears_only_its_own_pages(tmp_path: Path) -> None:
    """`sihe dashboard`, `sihe demo`: open, but not for other sites' pages in the browser of this machine."""
    port = free_port()
    where = settings.load(tmp_path / "home")
    where.home.mkdir()
    server = subprocess.Popen(
        [sys.executable, "-m", "pipelines.gate.server", "dashboard", str(port)], cwd=PROJECT_DIR,
        env={"SIHE_HOME": str(where.home), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        with httpx2.Client(base_url=base, trust_env=False) as client:

            def is_up() -> bool:
                try:
                    return client.get("/_stcore/health").status_code == 200
                except httpx2.TransportError:
                    return False

            until(is_up, 60)
            assert client.get("/", headers={"accept": "text/html"}).status_code == 200
            assert "script-src 'self'" in client.get("/").headers["content-security-policy"]
            assert client.get("/", headers={"host": f"evil.test:{port}"}).status_code == 421
            assert client.post("/_stcore/health", headers={"origin": "http://evil.test"}).status_code == 403
            assert client.get("/_stcore/health", headers={"sec-fetch-site": "cross-site"}).status_code == 403
            other = Site(base, None)  # type: ignore[arg-type]
            with pytest.raises(InvalidStatus), other.socket(client, origin="http://evil.test"):
                pass
            with other.socket(client):
                pass
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_a_link_starts_no_run_in_the_open_dagster() -> None:
    heard = Heard()
    door = OpenDoor(heard, place_of(), lambda: checks.DAGSTER_POLICY, adds_policy=True)
    local = [(b"host", b"localhost:3000")]
    query = {"path": "/graphql", "query_string": b"query=mutation{launchRun}", "headers": local}
    assert asked(door, query) == 405
    assert asked(door, {**query, "path": "/graphql/"}) == 405
    assert asked(door, {**query, "method": "HEAD"}) == 405
    assert heard.scopes == []
    assert (
        asked(door, {"path": "/graphql", "method": "POST", "headers": [*local, (b"origin", b"http://evil.test")]})
        == 403
    )
    assert (
        asked(door, {"path": "/graphql", "method": "POST", "headers": [*local, (b"origin", b"http://localhost:3000")]})
        == 200
    )
    assert asked(door, {"path": "/graphql", "method": "POST", "headers": local}) == 200


def test_what_identifies_is_written_by_the_gate_alone() -> None:
    assert checks.stripped([(b"X_SIHE-Role ", b"admin"), (b"Accept", b"*")]) == [(b"Accept", b"*")]
