"""The gate's own pages as HTML: login, account, audit, data files. They have no scripts.

Belongs here: markup. Does not belong here: who may see a page (`door`), words (`words`), colours (the dashboard's
theme).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse

from pipelines.gate.audit import Verdict
from pipelines.gate.people import Person
from pipelines.gate.rules import AUDIT_ROLES, DAGSTER_ROLES, FILE_ROLES
from pipelines.gate.sessions import Session
from pipelines.gate.words import WORDS, Speaker
from pipelines.settings import BEIJING

_HERE = Path(__file__).parent
LEAVE = (_HERE / "leave.js").read_bytes()


def style(palettes: Sequence[Mapping[str, str]]) -> bytes:
    """The style sheet with the colours of both themes, light and dark."""
    light, dark = (";".join(f"--{name}:{value}" for name, value in colours.items()) for colours in palettes)
    rules = (_HERE / "look.css").read_text(encoding="utf-8")
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark) {{ :root{{{dark}}} }}\n{rules}".encode()


def _page(t: Speaker, title: str, body: str, status: int = 200) -> HTMLResponse:
    language = "en" if t.language == "en" else "zh-CN"
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · {escape(t("system"))}</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="/login.css"></head><body>{body}</body></html>',
        status,
        {"cache-control": "no-store"},
    )


def _notice(text: str | None, kind: str) -> str:
    return f'<p class="notice {kind}" role="alert">{escape(text)}</p>' if text else ""


def login(
    t: Speaker,
    *,
    onward: str,
    letter: str,
    problem: str | None = None,
    name: str = "",
    provider: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """onward: the page that comes next. provider: the name of the identity provider, if there is one."""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    to_provider = escape(f"/login?{urlencode({'provider': 1, 'next': onward})}")
    by_provider = (
        f'<p class="or">{escape(t("or"))}</p><a class="button quiet" href="{to_provider}">'
        f"{escape(t('by_provider', name=provider))}</a>"
        if provider
        else ""
    )
    body = (
        f'<main class="door"><div class="box"><div class="head"><span class="mark" aria-hidden="true">{escape(letter)}'
        f"</span><div><h1>{escape(t('sign_in'))}</h1><p>{escape(t('system'))}</p></div></div>{_notice(problem, 'bad')}"
        '<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{escape(onward)}">'
        f'<label for="name">{escape(t("name"))}</label><input id="name" name="name" value="{escape(name)}"'
        f' required maxlength="32" autocomplete="username" autocapitalize="none" spellcheck="false"{first}>'
        f'<label for="password">{escape(t("password"))}</label><input id="password" name="password" type="password"'
        f' required maxlength="128" autocomplete="current-password"{second}>'
        f'<label for="code">{escape(t("code"))}</label><input id="code" name="code" inputmode="numeric" maxlength="6"'
        f' pattern="[0-9]{{6}}" autocomplete="one-time-code" aria-describedby="code-hint">'
        f'<p class="hint" id="code-hint">{escape(t("code_hint"))}</p>'
        f"<button>{escape(t('sign_in'))}</button></form>{by_provider}</div>"
        f"<footer><span>{escape(t('help'))}</span>{_other_language(t, '/login', next=onward)}</footer></main>"
    )
    return _page(t, t("sign_in"), body, status)


def _other_language(t: Speaker, here: str, **parameters: str) -> str:
    code, lang = ("zh", "zh-CN") if t.language == "en" else ("en", "en")
    address = f"{here}?{urlencode({'lang': code, **parameters})}"
    return f'<a href="{escape(address)}" lang="{lang}">{escape(t("language"))}</a>'


def _framed(t: Speaker, person: Person, here: str, title: str, inner: str, status: int = 200) -> HTMLResponse:
    may = [("/", "dashboard", True), ("/files", "files", person.role in FILE_ROLES and person.sees_whole_district)]
    may += [("/audit", "audit", person.role in AUDIT_ROLES), ("/account", "account", True)]
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{escape(t(word))}</a>'
        for path, word, is_allowed in may
        if is_allowed
    )
    if person.role in DAGSTER_ROLES:
        links += '<a href="/dagster">Dagster</a>'
    links += _other_language(t, here)
    body = (
        f'<header class="bar"><span class="mark" aria-hidden="true">四</span><b>{escape(t("system"))}</b>'
        f"<nav>{links}</nav></header><main><h1>{escape(title)}</h1>{inner}</main>"
    )
    return _page(t, title, body, status)


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]], name: str) -> str:
    """Cells are markup. A wide table is scrolled by keyboard too."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    place = f'class="wide" tabindex="0" role="region" aria-label="{escape(name)}"'
    return f"<div {place}><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, BEIJING):%Y-%m-%d %H:%M}"


def account(
    t: Speaker, person: Person, own: Session, sessions: Sequence[Session], said: tuple[str, str] | None = None
) -> HTMLResponse:
    """said: a message and its kind, good or bad."""

    def ending(one: Session) -> str:
        if one.id == own.id:
            return f'<span class="muted">{escape(t("this"))}</span>'
        return f'<button class="quiet" name="id" value="{one.id}">{escape(t("end"))}</button>'

    rows = [
        (_time(one.began_at), _time(one.seen_at), escape(one.address), escape(one.agent), ending(one))
        for one in sessions
    ]
    inputs = "".join(
        _password(t(word), name, name)
        for name, word in (("password", "password"), ("new", "new_password"), ("again", "again"))
    )
    # An open browser that somebody finds ends nobody's sessions.
    confirming = (
        f'<div class="narrow">{_password(t("confirm"), "confirm", "password")}</div>' if person.has_password else ""
    )
    button = f'<button class="quiet" name="id" value="others">{escape(t("end_others"))}</button>'
    ending_others = f'{confirming}<div class="row">{button}</div>' if len(sessions) > 1 else ""
    who = t("signed_in_as", name=person.name, role=t(f"role.{person.role}"), org=person.org)
    change = (
        f'<section class="box"><h2>{escape(t("change_password"))}</h2><form class="narrow" method="post"'
        f' action="/account/password">{inputs}<button>{escape(t("change_password"))}</button></form></section>'
        if person.has_password
        else ""
    )
    inner = (
        f'{_notice(*said) if said else ""}<section class="box"><p>{escape(who)}</p>'
        f'<form method="post" action="/logout"><button>{escape(t("sign_out"))}</button></form></section>'
        f'<section class="box"><h2>{escape(t("sessions"))}</h2>'
        '<form method="post" action="/account/end">'
        f"{_table([t('began'), t('seen'), t('from'), t('agent'), t('end')], rows, t('sessions'))}"
        f"{ending_others}</form></section>{change}"
    )
    return _framed(t, person, "/account", t("account"), inner)


def _password(label: str, place: str, name: str) -> str:
    kind = "new" if name in ("new", "again") else "current"
    return (
        f'<label for="{place}">{escape(label)}</label><input id="{place}" name="{name}" type="password" required'
        f' maxlength="128" autocomplete="{kind}-password">'
    )


def _moment(at: str) -> str:
    return at.partition("+")[0].replace("T", " ")


def audit(t: Speaker, person: Person, lines: Sequence[Mapping[str, Any]], verdict: Verdict) -> HTMLResponse:
    known = {"number", "at", "what", "who", "from", "before", "hash"}
    rows = []
    for line in lines:
        what = f"what.{line['what']}"
        more = "，".join(f"{name} {value}" for name, value in line.items() if name not in known)
        said = t(what) if what in WORDS else str(line["what"])
        rows.append([escape(str(cell)) for cell in (_moment(line["at"]), line["who"], said, line["from"], more)])
    state = (
        _notice(t("broken", problem=verdict.problem), "bad")
        if verdict.problem
        else _notice(t("whole", lines=verdict.lines, since=_moment(verdict.since or "—")), "good")
    )
    table = _table([t("at"), t("who"), t("what"), t("from"), t("details")], rows, t("audit"))
    return _framed(t, person, "/audit", t("audit"), f'{state}<section class="box">{table}</section>')


def files(t: Speaker, person: Person, listed: Sequence[tuple[str, int]]) -> HTMLResponse:
    """listed: name below `published/` and size in bytes."""
    rows = [
        (f'<a href="/files/{quote(name)}" download>{escape(name)}</a>', f"{size / 1024**2:,.1f} MiB")
        for name, size in listed
    ]
    table = _table([t("file"), t("size")], rows, t("files")) if rows else f"<p>{escape(t('nothing_published'))}</p>"
    hint = f'<p class="muted">{escape(t("files_hint"))}</p>'
    return _framed(t, person, "/files", t("files"), f'<section class="box">{hint}{table}</section>')


def refused(t: Speaker, person: Person, status: int) -> HTMLResponse:
    return _framed(t, person, "/account", t("refused"), f'<p class="notice">{escape(t("refused_text"))}</p>', status)
