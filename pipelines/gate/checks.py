"""Checks of a request that need no session, and the headers of every answer. Pure.

Belongs here: the names of this host, the origin of a request, headers of identity that a stranger might send, security
headers. Does not belong here: sessions, roles (`door`).
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import Message, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
IDENTITY = b"x-sihe-"
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Place:
    """Under which names this server answers, and whether the browser reaches it by TLS."""

    hosts: frozenset[str]
    is_tls: bool

    @property
    def cookie(self) -> str:
        """A browser takes a cookie of the first name only by TLS, for this host, for every path."""
        return "__Host-sihe" if self.is_tls else "sihe"

    def origin(self, host: str) -> str:
        return f"{'https' if self.is_tls else 'http'}://{host}"


def is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in headers if header.lower() == name]


def host(headers: Headers, place: Place) -> str | None:
    """The Host header, with its port, if it is one name of this server; else null. A page of another name that was
    rebound to this address asks with its own name."""
    named = values(headers, b"host")
    if len(named) != 1:
        return None
    found = _HOST.fullmatch(named[0].lower())
    return named[0].lower() if found and found[1] in place.hosts else None


def stripped(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Without headers that only the gate may set, however they are spelled."""
    return [
        (name, value) for name, value in headers if not name.lower().replace(b"_", b"-").strip().startswith(IDENTITY)
    ]


def stranger(scope: Scope, origin: str, *, is_strict: bool) -> str | None:
    """Why a request comes from another site's page, or null.

    origin: this server's. is_strict: what changes something, and a socket, must say where it comes from; without it,
    programs that say nothing pass. A browser always says it.
    """
    headers: Headers = scope["headers"]
    sites, origins = values(headers, b"sec-fetch-site"), values(headers, b"origin")
    if len(sites) > 1 or len(origins) > 1:
        return "two origins"
    site, named = (sites or [""])[0].lower(), (origins or [""])[0].lower()
    changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
    if not changes:
        is_visit = values(headers, b"sec-fetch-mode") == ["navigate"] and values(headers, b"sec-fetch-dest") in (
            ["document"],
            [],
        )
        return None if site in ("", "same-origin", "none") or is_visit else f"a {site} page asked"
    # A form of a page that sends no referrer says null; only the browser's own header then says whose page it was.
    if named and named != origin and not (named == "null" and site == "same-origin"):
        return f"the origin is {named[:80]}"
    if site not in ("", "same-origin"):
        return f"a {site} page asked"
    if is_strict and not named and not site:
        return "no origin"
    return None


ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000")
OWN_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# Added to Dagster's own, which names its scripts by nonces: both hold.
DAGSTER_POLICY = (
    "connect-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def dashboard_policy(page: str) -> str:
    """For Streamlit's first page: its own scripts, components from memory (blob:), inline scripts by their hashes.
    Styles are made by scripts in the browser."""
    hashes = sorted(
        f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in _INLINE.findall(page)
    )
    scripts = " ".join(["'self'", "blob:", *hashes])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def secured(
    headers: Headers, place: Place, policy: str | None, *, adds_policy: bool = False
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with ours in place of the app's. adds_policy: beside the app's own policy."""
    extra = [*ALWAYS, *([HSTS] if place.is_tls else [])]
    if policy is not None:
        extra.append((b"content-security-policy", policy.encode()))
    replaced = {name for name, _ in extra} | {b"server"}
    if adds_policy:
        replaced -= {b"content-security-policy"}
    return [*((name, value) for name, value in headers if name.lower() not in replaced), *extra]


def cookies(headers: Headers, name: str) -> str | None:
    """The value of a cookie; null if there is none, or another one of the same name."""
    found = {
        value.strip()
        for line in values(headers, b"cookie")
        for part in line.split(";")
        for key, is_pair, value in [part.partition("=")]
        if is_pair and key.strip() == name
    }
    return found.pop() if len(found) == 1 else None


def names(*addresses: Iterable[str] | str) -> frozenset[str]:
    """Host names without port, from names and addresses such as https://sihe.example.gov.cn."""
    found = set()
    for one in addresses:
        for text in [one] if isinstance(one, str) else one:
            host_name = urlsplit(text if "://" in text else f"//{text}").hostname
            if host_name:
                found.add(f"[{host_name}]" if ":" in host_name else host_name)
    return frozenset(found)


def asks_by_address(scope: Scope) -> bool:
    """Whether a GET brings a query for Dagster: a link would be enough to start a run."""
    return (
        scope["type"] == "http"
        and scope["method"] in _SAFE
        and scope["path"].rstrip("/").endswith("/graphql")
        and bool(scope.get("query_string"))
    )


def securing(send: Send, place: Place, policy: str | None, *, adds_policy: bool = False) -> Send:
    """`send` of an app, with the security headers in every answer."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = secured(message.get("headers", []), place, policy, adds_policy=adds_policy)
            message = {**message, "headers": headers}
        await send(message)

    return sent
