"""Signing in and out: the open paths, and a person's own account.

Belongs here: what these pages do. Does not belong here: their markup (`pages`), checking a provider's answer (`oidc`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from pipelines import settings
from pipelines.gate import checks, pages, passwords
from pipelines.gate.arrivals import Arrival, Known, TooLarge, onward
from pipelines.gate.house import Gatehouse
from pipelines.gate.oidc import Failed, SignOn
from pipelines.gate.people import Person

FONT = "/app/static/fonts/NotoSansSC-400.woff2"
"""The dashboard's: the browser keeps it for the pages behind the login."""
OPEN = frozenset({"/healthz", "/login", "/login.css", FONT})
_CHECKS_AT_ONCE = 2
_MOST_WAITING = 40
_FRESH_SECONDS = 600


def must_change(house: Gatehouse, known: Known) -> bool:
    """Whether the person may only change the password, before anything else."""
    return known.session.way == "password" and house.people.must_change(known.person)


class Login:
    def __init__(self, house: Gatehouse, style: bytes, sign_on: SignOn | None) -> None:
        self._house = house
        self._style = style
        self._sign_on = sign_on
        # Each check takes 19 MiB and 40 ms of processor time.
        self._checking = ThreadPoolExecutor(_CHECKS_AT_ONCE, "password")
        self._waiting = 0

    async def open(self, arrival: Arrival) -> Response:
        """The four paths that answer a stranger."""
        match arrival.path, arrival.scope["method"]:
            case "/healthz", "GET" | "HEAD":
                return PlainTextResponse("ok", headers={"cache-control": "no-store"})
            case "/login.css", "GET" | "HEAD":
                return Response(self._style, media_type="text/css", headers={"cache-control": "max-age=3600"})
            case str(path), "GET" | "HEAD" if path == FONT:
                return FileResponse(settings.DASHBOARD_DIR / FONT.removeprefix("/app/"))
            case "/login", "GET" | "HEAD":
                query = arrival.query
                if self._sign_on and ("provider" in query or "state" in query):
                    return await self._by_provider(arrival, self._sign_on)
                return self._page(arrival, None)
            case "/login", "POST":
                return await self._posted(arrival)
        return PlainTextResponse("method not allowed", 405)

    def _page(self, arrival: Arrival, problem: str | None, status: int = 200, **fields: str) -> Response:
        provider = self._house.rules.oidc
        answer = pages.login(
            arrival.speaker,
            onward=onward(fields.get("next") or arrival.query.get("next")),
            letter=self._house.letter,
            problem=problem,
            name=fields.get("name", ""),
            provider=provider.name if provider else None,
            status=status,
        )
        return arrival.keep_language(answer, is_tls=self._house.place.is_tls)

    async def _posted(self, arrival: Arrival) -> Response:
        house, t = self._house, arrival.speaker
        if why := checks.stranger(arrival.scope, house.place.origin(arrival.host), is_strict=True):
            house.audit.refused(why, who="", address=arrival.address, path=arrival.path)
            return self._page(arrival, t("elsewhere"), 403)
        try:
            form = await arrival.form()
        except TooLarge:
            return PlainTextResponse("too large", 413)
        name, password = form.get("name", "").strip().lower(), form.get("password", "")
        fields = {"name": name[:32], "next": form.get("next", "")}
        wait, is_right = await self._checked(arrival, name, password)
        if wait:
            answer = self._page(arrival, t("wait", seconds=ceil(wait)) if wait > 0 else t("busy"), 429, **fields)
            answer.headers["retry-after"] = str(max(1, ceil(wait)))
            return answer
        person = house.people.find(name)
        if person is None or not is_right or person.is_disabled or not self._has_code(person, form.get("code", "")):
            # An unknown name may be a password in the wrong field.
            who = name if person else "unknown"
            house.audit.refused("sign-in failed", who=who, address=arrival.address, path=arrival.path)
            return self._page(arrival, t("wrong"), 401, **fields)
        house.throttle.succeeded(name, arrival.address)
        return self._signed_in(arrival, person, "password", form.get("next"))

    async def _checked(self, arrival: Arrival, name: str, password: str) -> tuple[float, bool]:
        """Seconds to wait, or 0 and whether the password is right; -1 if too many others wait."""
        house = self._house
        is_known = house.sessions.knows(name, arrival.address)
        if wait := house.throttle.wait(name[:64], arrival.address, is_known=is_known):
            return wait, False
        if self._waiting >= _MOST_WAITING:
            return -1, False
        self._waiting += 1
        try:
            stored = house.people.password_of(name)
            loop = asyncio.get_running_loop()
            return 0, await loop.run_in_executor(self._checking, passwords.is_right, password, stored)
        finally:
            self._waiting -= 1

    def _has_code(self, person: Person, code: str) -> bool:
        return not self._house.people.needs_code(person) or self._house.people.takes_code(person.name, code.strip())

    def _signed_in(self, arrival: Arrival, person: Person, way: str, then: str | None) -> Response:
        """Every sign-in has a new token; the browser's former session ends."""
        house = self._house
        token, session = house.sessions.begin(
            person.name, arrival.address, arrival.agent, way, instead_of=arrival.token
        )
        house.audit.write("sign-in", who=person.name, address=arrival.address, session=session.id, way=way)
        answer = RedirectResponse(onward(then), 303, {"cache-control": "no-store"})
        answer.set_cookie(
            house.place.cookie,
            token,
            max_age=house.rules.demands.whole,
            secure=house.place.is_tls,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def _by_provider(self, arrival: Arrival, sign_on: SignOn) -> Response:
        house, t = self._house, arrival.speaker
        if "state" not in arrival.query:
            here = f"{house.place.origin(arrival.host)}/login"
            try:
                return await sign_on.begin(arrival.scope, here, onward(arrival.query.get("next")))
            except Failed as failed:
                house.audit.refused(f"provider: {failed}", who="", address=arrival.address, path=arrival.path)
                return self._page(arrival, t("provider_failed"), 502)
        try:
            subject, then = await sign_on.finish(arrival.scope)
        except Failed as failed:
            house.audit.refused(f"provider: {failed}", who="", address=arrival.address, path=arrival.path)
            return self._page(arrival, t("provider_failed"), 403)
        person = house.people.by_subject(subject)
        if person is None or person.is_disabled:
            house.audit.refused("no user has this subject", who="", address=arrival.address, path=arrival.path)
            return self._page(arrival, t("no_entry"), 403)
        if person.role in house.rules.demands.two_factors and not sign_on.provider.two_factors:
            return self._page(arrival, t("needs_code"), 403)
        answer = self._signed_in(arrival, person, "oidc", then)
        sign_on.forget(answer)
        return answer

    async def account(self, arrival: Arrival, known: Known) -> Response:
        """A person's own account, and signing out."""
        house = self._house
        match arrival.path, arrival.scope["method"]:
            case "/account/alive", "GET":
                return Response(status_code=204, headers={"cache-control": "no-store"})
            case "/account", "GET" | "HEAD":
                return arrival.keep_language(self._account(arrival, known), is_tls=house.place.is_tls)
            case "/logout", "POST":
                house.sessions.end(known.person.name, known.session.id)
                house.audit.write("sign-out", who=known.person.name, address=arrival.address, session=known.session.id)
                answer = RedirectResponse("/login", 303, {"clear-site-data": '"cache", "storage"'})
                answer.delete_cookie(house.place.cookie, secure=house.place.is_tls, httponly=True, samesite="lax")
                return answer
            case "/account/end" | "/account/password", "POST":
                try:
                    form = await arrival.form()
                except TooLarge:
                    return PlainTextResponse("too large", 413)
                if arrival.path == "/account/password":
                    return await self._new_password(arrival, known, form)
                return await self._ended(arrival, known, form)
        return pages.refused(arrival.speaker, known.person, 404)

    def _account(self, arrival: Arrival, known: Known, said: tuple[str, str] | None = None) -> Response:
        if said is None and must_change(self._house, known):
            said = arrival.speaker("must_change"), "bad"
        sessions = self._house.sessions.of_person(known.person.name)
        return pages.account(arrival.speaker, known.person, known.session, sessions, said)

    async def _ended(self, arrival: Arrival, known: Known, form: dict[str, str]) -> Response:
        """Ends other sessions of the person, who says the password again; without one, this session must be new."""
        name, which = known.person.name, form.get("id", "")
        if known.person.has_password:
            if problem := await self._objection(arrival, name, form.get("password", "")):
                return self._account(arrival, known, (problem, "bad"))
        elif self._house.sessions.age(known.session) > _FRESH_SECONDS:
            return self._account(arrival, known, (arrival.speaker("sign_in_again"), "bad"))
        if which == "others":
            self._house.sessions.end_others(name, known.session.id)
        else:
            self._house.sessions.end(name, which)
        self._house.audit.write("session-ended", who=name, address=arrival.address)
        return self._account(arrival, known, (arrival.speaker("session_ended"), "good"))

    async def _objection(self, arrival: Arrival, name: str, password: str) -> str | None:
        """Why a password that is asked for again is not taken; null if it is."""
        wait, is_right = await self._checked(arrival, name, password)
        if wait:
            return arrival.speaker("wait", seconds=max(1, ceil(wait)))
        if not is_right:
            return arrival.speaker("wrong")
        self._house.throttle.succeeded(name, arrival.address)
        return None

    async def _new_password(self, arrival: Arrival, known: Known, form: dict[str, str]) -> Response:
        """Needs the old one again. All sessions end but this one, which goes on under a new token."""
        house, t, name = self._house, arrival.speaker, known.person.name
        new = form.get("new", "")
        if new == form.get("password"):
            return self._account(arrival, known, (t("the_same"), "bad"))
        if new != form.get("again"):
            return self._account(arrival, known, (t("not_the_same"), "bad"))
        if problem := await self._objection(arrival, name, form.get("password", "")):
            return self._account(arrival, known, (problem, "bad"))
        if problem := passwords.objection(new, house.rules.demands, [name, *house.words]):
            return self._account(arrival, known, (problem, "bad"))
        loop = asyncio.get_running_loop()
        hashed = await loop.run_in_executor(self._checking, passwords.hashed, new)
        house.people.keep_password(name, hashed, is_own=True)
        house.audit.write("password", who=name, address=arrival.address)
        return self._signed_in(arrival, known.person, known.session.way, "/account")

    def close(self) -> None:
        self._checking.shutdown(cancel_futures=True)
