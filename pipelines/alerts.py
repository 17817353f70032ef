"""Alerts: always to a file, to a webhook and by mail if they are set.

Belongs here: the text of an alert, its ways out, sending the same alert once a day. Does not belong here: what triggers
an alert (`automation`, `night`). The webhook and the mail server are the only addresses that Sihe ever calls, and only
if they are configured: a robot of WeCom (企业微信) or DingTalk (钉钉), in the office's own network or on the internet.
"""

import contextlib
import http.client
import json
import logging
import re
import smtplib
import ssl
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines import documents
from pipelines.documents import DocumentError
from pipelines.settings import Mail, Settings

log = logging.getLogger("sihe")

WEBHOOK_SECONDS = 10
MAIL_SECONDS = 20
SENT, SENT_BEFORE, NONE_IS_SET = "sent", "sent before", "none is set"
_WAYS = ("webhook", "mail")
_LOG = "the log: "
_EXPECTED = "`owner: [name@example.gov.cn, …]` is needed, one owner a line"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class OwnersError(DocumentError):
    """An owners.yaml that cannot be used; the message gives file, line, owner and what is expected, and no address."""

    @staticmethod
    def shown(file: Path) -> str:
        return str(file)


_unwritten: dict[Path, list[dict[str, Any]]] = {}
"""Records that their file did not take: a sensor that looks every five minutes would send them again each time."""


@dataclass(frozen=True)
class Alert:
    """title: one line, Chinese first. lines: what, where and what to do. owner: who can correct it, if known."""

    title: str
    lines: tuple[str, ...]
    owner: str | None = None


def of_failed_run(job: str, failures: Sequence[str], where: str) -> Alert:
    return Alert(f"四合：{job} 运行失败 · run failed", (*failures, f"{_LOG}{where}"))


def of_recovery(what: str) -> Alert:
    return Alert("四合：已自行恢复 · recovered by itself", (what, "what to do: docs/operations.md"))


def send(settings: Settings, alert: Alert) -> bool:
    """Like `deliver`; false if the same alert reached everyone today already."""
    if any(_reached_all(record) for record in _of_today(settings, alert)):
        return False
    deliver(settings, alert)
    return True


def deliver(settings: Settings, alert: Alert) -> bool:
    """Appends the alert to `alerts.ndjson`, posts it to the webhook and sends it by mail; returns whether all that is
    configured accepted it.

    If webhook or mail server do not answer, nothing fails; the file records it. The same alert again, because one of
    them refused it today, goes to that one alone.
    """
    has = _reached_before(settings, alert)
    record = {
        "at": f"{settings.clock():%Y-%m-%d %H:%M:%S}",
        "title": alert.title,
        "lines": list(alert.lines),
        "webhook": SENT_BEFORE if "webhook" in has else _post(settings, alert),
        "mail": SENT_BEFORE if "mail" in has else _mail(settings, alert),
    }
    try:
        settings.alerts_file.parent.mkdir(parents=True, exist_ok=True)
        with settings.alerts_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        # A full disk may be the reason for the alert. The webhook has it, and the log shows it on the terminal.
        log.error("%s: %s: %s", settings.alerts_file, error.strerror, alert.title)
        _unwritten.setdefault(settings.alerts_file, []).append(record)
    return _reached_all(record)


def _reached_all(record: Mapping[str, object]) -> bool:
    return all(record.get(way, NONE_IS_SET) in (SENT, SENT_BEFORE, NONE_IS_SET) for way in _WAYS)


def _reached_before(settings: Settings, alert: Alert) -> set[str]:
    """The ways out that accepted this alert today when another one refused it."""
    newest = _of_today(settings, alert)[-1:]
    return {way for one in newest if not _reached_all(one) for way in _WAYS if one.get(way) in (SENT, SENT_BEFORE)}


def _of_today(settings: Settings, alert: Alert) -> list[dict[str, Any]]:
    """What is known of the same alert today, the oldest first."""
    try:
        lines = settings.alerts_file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    records = list[dict[str, Any]]()
    for line in lines:
        # Truncated by a full disk or a crash.
        with contextlib.suppress(ValueError):
            records.append(json.loads(line))
    wanted = (f"{settings.clock():%Y-%m-%d}", alert.title, _gist(alert.lines))
    return [
        record
        for record in (*records, *_unwritten.get(settings.alerts_file, []))
        if (record["at"][:10], record["title"], _gist(record["lines"])) == wanted
    ]


def _gist(lines: Sequence[str]) -> Sequence[str]:
    """A run that fails again in the same way has another log, and is nothing new."""
    return [line for line in lines if not line.startswith(_LOG)]


# ---------------------------------------------------------------- the webhook


def message(kind: str, alert: Alert) -> dict[str, object]:
    """The request body that a robot of the given kind (wecom, dingtalk) accepts: markdown, external text escaped."""
    text = "\n".join([f"### {_plain(alert.title)}", *(f"- {_plain(line)}" for line in alert.lines)])
    if kind == "dingtalk":
        return {"msgtype": "markdown", "markdown": {"title": _plain(alert.title), "text": text}}
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _plain(text: str) -> str:
    return re.sub(r"[<>`\[\]*#!|\\]", " ", " ".join(text.split()))


def _post(settings: Settings, alert: Alert) -> str:
    if not settings.webhook:
        return NONE_IS_SET
    body = json.dumps(message(settings.webhook_kind, alert), ensure_ascii=False).encode()
    try:
        request = urllib.request.Request(
            settings.webhook, data=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS) as answer:
            told = json.loads(answer.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"failed: {type(error).__name__}"
    if not isinstance(told, dict):
        return "refused: the answer is no robot's"
    # Both robots answer status 200 with an error code in the body.
    return SENT if told.get("errcode", 0) == 0 else f"refused: errcode {told['errcode']}"


# ---------------------------------------------------------------- mail


def letter(mail: Mail, alert: Alert, owners: dict[str, list[str]]) -> EmailMessage:
    """Plain text to everyone who gets all alerts, and to the addresses of its owner."""
    made = EmailMessage()
    made["Subject"] = " ".join(alert.title.split())
    made["From"] = mail.sender
    made["To"] = ", ".join(dict.fromkeys([*mail.to, *owners.get(alert.owner or "", [])]))
    made.set_content("\n\n".join(" ".join(line.split()) for line in alert.lines) + "\n")
    return made


def owners(settings: Settings) -> dict[str, list[str]]:
    """Owner → mail addresses, from `owners.yaml`; raises OwnersError if the file says something else."""
    file = settings.owners_file
    if not file.exists() or _says_nothing(file):
        return {}
    try:
        root, values = documents.read(file)
    except DocumentError as error:
        raise OwnersError(file, error.place, error.line, f"{error.problem}; {_EXPECTED}") from error
    for doubled in documents.doubled_keys(root):
        raise OwnersError(file, documents.spell(doubled), documents.line_of(root, doubled), "this owner is there twice")
    for owner, addresses in values.items():
        if not isinstance(addresses, list):
            raise OwnersError(file, str(owner), documents.line_of(root, (owner,)), f"is no list; {_EXPECTED}")
        for i, address in enumerate(addresses):
            if not (isinstance(address, str) and _ADDRESS.fullmatch(address)):
                place = str(owner), i
                problem = f"is no mail address; {_EXPECTED}"
                raise OwnersError(file, documents.spell(place), documents.line_of(root, place), problem)
    return {str(owner): addresses for owner, addresses in values.items()}


def _says_nothing(file: Path) -> bool:
    """Whether there are only comments: all owners were taken out."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return False  # `documents` says why
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def _mail(settings: Settings, alert: Alert) -> str:
    if (mail := settings.mail) is None:
        return NONE_IS_SET
    server = urlsplit(mail.server)
    try:
        made = letter(mail, alert, owners(settings))
        host, port, trusted = server.hostname or "", server.port or 0, ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, port, timeout=MAIL_SECONDS, context=trusted)
            if server.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=MAIL_SECONDS)
        ) as smtp:
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=trusted)
            if server.username and mail.password_file:
                smtp.login(server.username, mail.password_file.read_text(encoding="utf-8").strip())
            smtp.send_message(made)
    except OwnersError as error:
        return f"failed: {error}"
    except (OSError, ValueError, smtplib.SMTPException) as error:
        # An error of the server may quote an address.
        return f"failed: {type(error).__name__}"
    return SENT
