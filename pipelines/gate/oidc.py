"""Signing in through a city's identity provider: OpenID Connect, code flow with PKCE, by Authlib.

Belongs here: the conversation with the provider. Does not belong here: who may do what: the provider says only who a
person is, `people` has an entry with this subject.
"""

import secrets
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from pipelines.gate import checks
from pipelines.gate.people import subject_of
from pipelines.gate.rules import CLOCK_SKEW_SECONDS, Provider

_COOKIE_SECONDS = 600


class Failed(RuntimeError):
    """The provider did not answer, refused, or its answer is not to be trusted."""


class SignOn:
    """What is remembered between the two requests (state, nonce, PKCE's verifier) is in a signed cookie for ten
    minutes; a restart makes it invalid."""

    def __init__(self, provider: Provider, place: checks.Place) -> None:
        self.provider = provider
        self._place = place
        self._cookie = f"{place.cookie}-oidc"
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt="oidc")
        self._client: Any = OAuth().register(
            "provider",
            server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=provider.client_id,
            client_secret=provider.secret,
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
        )

    async def begin(self, scope: Scope, here: str, onward: str) -> Response:
        """The redirect to the provider; raises Failed. here: the address that it sends the person back to."""
        session: dict[str, Any] = {"onward": onward}
        try:
            answer: Response = await self._client.authorize_redirect(Request({**scope, "session": session}), here)
        except (AuthlibBaseError, HTTPError, ValueError, RuntimeError) as error:
            raise Failed(type(error).__name__) from error
        answer.set_cookie(
            self._cookie,
            self._signer.dumps(session),
            max_age=_COOKIE_SECONDS,
            secure=self._place.is_tls,
            httponly=True,
            samesite="lax",
        )
        answer.headers["cache-control"] = "no-store"
        return answer

    async def finish(self, scope: Scope) -> tuple[str, str]:
        """The subject and where the person wanted to go; raises Failed. Authlib checks state, nonce, signature, issuer,
        audience and times."""
        sealed = checks.cookies(scope["headers"], self._cookie)
        try:
            session = self._signer.loads(sealed or "", max_age=_COOKIE_SECONDS)
        except BadSignature as error:
            raise Failed("no sign-in was begun in this browser") from error
        request = Request({**scope, "session": session})
        try:
            token = await self._client.authorize_access_token(request, leeway=CLOCK_SKEW_SECONDS)
            claims = token["userinfo"]
            return subject_of(str(claims["iss"]), str(claims["sub"])), str(session.get("onward", "/"))
        except (AuthlibBaseError, JoseError, HTTPError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise Failed(type(error).__name__) from error

    def forget(self, answer: Response) -> None:
        """What was remembered is used once."""
        answer.delete_cookie(self._cookie, secure=self._place.is_tls, httponly=True, samesite="lax")
