"""A request as the gate sees it, after its host was checked.

Belongs here: reading what the gate needs of a request. Does not belong here: decisions (`door`, `login`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from pipelines.gate import checks
from pipelines.gate.people import Person
from pipelines.gate.sessions import Session
from pipelines.gate.words import Speaker

_MOST_BYTES = 8192
_LANGUAGE = "sihe-lang"
_ONWARD = re.compile(r"/(?![/\\])[\x21-\x7e]{0,1000}")


class TooLarge(ValueError):
    """The form has more bytes than any form of the gate."""


@dataclass(frozen=True)
class Known:
    """Who asks, in which session."""

    person: Person
    session: Session


@dataclass(frozen=True)
class Arrival:
    scope: Scope
    receive: Receive
    host: str
    token: str | None

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def address(self) -> str:
        client = self.scope.get("client")
        return str(client[0]) if client else "unknown"

    @property
    def agent(self) -> str:
        said = " ".join(checks.values(self.scope["headers"], b"user-agent"))
        return "".join(sign for sign in said if sign.isprintable())

    @property
    def query(self) -> Mapping[str, str]:
        return dict(Request(self.scope).query_params)

    @property
    def language(self) -> str:
        """Chinese, unless the reader has chosen otherwise."""
        chosen = self.query.get("lang") or checks.cookies(self.scope["headers"], _LANGUAGE)
        return "en" if chosen == "en" else "zh"

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.language)

    def keep_language(self, answer: Response, *, is_tls: bool) -> Response:
        if "lang" in self.query:
            answer.set_cookie(
                _LANGUAGE, self.language, max_age=365 * 86400, secure=is_tls, httponly=True, samesite="lax"
            )
        return answer

    async def form(self) -> dict[str, str]:
        """The fields of a posted form; raises TooLarge. A field that comes twice counts as not given."""
        body = bytearray()
        more = True
        while more:
            message = await self.receive()
            body += message.get("body", b"")
            if len(body) > _MOST_BYTES:
                raise TooLarge
            more = message["type"] == "http.request" and bool(message.get("more_body"))
        try:
            fields = parse_qs(bytes(body).decode("utf-8"), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return {}
        return {name: values[0] for name, values in fields.items() if len(values) == 1}


def onward(path: str | None) -> str:
    """Where to go after signing in: a path of this site, or the first page."""
    return path if path and _ONWARD.fullmatch(path) and not path.startswith("/login") else "/"
