"""Alerts about failed runs and late feeds: always to a file, and to a webhook if one is set.

Belongs here: when a feed is late, the text of an alert, sending it once. Does not belong here: what triggers an alert
(`automation`, `cli`). The webhook is the only address that Sihe ever calls, and only if it is configured: a robot of
WeCom (企业微信) or DingTalk (钉钉), in the office's own network or on the internet.
"""

import http.client
import json
import logging
import re
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.contracts.model import Contract, due_on
from pipelines.documents import DocumentError
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse

log = logging.getLogger("sihe")

WEBHOOK_SECONDS = 10
GRACE = timedelta(minutes=10)


@dataclass(frozen=True)
class Alert:
    """title: one line, Chinese first. lines: what, where and what to do. The same alert is sent once per day."""

    title: str
    lines: tuple[str, ...]


def late_feeds(warehouse: Warehouse, contracts: Sequence[Contract], now: datetime) -> list[tuple[str, str]]:
    """(feed id, business date) of every late feed: it has been delivered before, and ten minutes after the contract's
    time it has no accepted delivery of the newest business date that is due."""
    now -= GRACE
    delivered: dict[tuple[str, str], set[str]] = {}
    rows = warehouse.connection.execute(
        "select platform, feed, business_date::varchar from ledger.delivery where state = 'loaded'"
    ).fetchall()
    for platform, feed, day in rows:
        delivered.setdefault((platform, feed), set()).add(day)
    return [
        (feed.id, due_on(contract, now).isoformat())
        for contract in contracts
        for feed in contract.feeds
        if (days := delivered.get((feed.platform, feed.name))) and due_on(contract, now).isoformat() not in days
    ]


def of_late_feeds(late: Sequence[tuple[str, str]]) -> Alert:
    return Alert(
        f"四合：{len(late)} 个数据集未按时到达 · {len(late)} feeds are late",
        tuple(f"{feed}: no accepted file for {day}: ask the platform, look for held files" for feed, day in late),
    )


def of_failed_run(job: str, failures: Sequence[str], where: str) -> Alert:
    return Alert(f"四合：{job} 运行失败 · run failed", (*failures, f"the log: {where}"))


def of_broken_kpis(errors: Sequence[DocumentError]) -> Alert:
    return Alert(
        f"四合：{len({error.file for error in errors})} 个指标停止计算 · KPIs are left out",
        tuple(f"{error}: mend it, sihe registry checks it" for error in errors),
    )


def of_recovery(what: str) -> Alert:
    return Alert("四合：已自行恢复 · recovered by itself", (what, "what to do: docs/operations.md"))


def send(settings: Settings, alert: Alert) -> bool:
    """Appends the alert to `alerts.ndjson` and posts it to the webhook; false if the same alert was sent today already.

    If the webhook does not answer, nothing fails; the file records it.
    """
    now = settings.clock()
    today = f"{now:%Y-%m-%d}"
    if _was_sent(settings, alert, today):
        return False
    record = {
        "at": f"{now:%Y-%m-%d %H:%M:%S}",
        "title": alert.title,
        "lines": list(alert.lines),
        "webhook": _post(settings, alert) if settings.webhook else "none is set",
    }
    try:
        settings.alerts_file.parent.mkdir(parents=True, exist_ok=True)
        with settings.alerts_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        # A full disk may be the reason for the alert. The webhook has it, and the log shows it on the terminal.
        log.error("%s: %s: %s", settings.alerts_file, error.strerror, alert.title)
    return True


def _was_sent(settings: Settings, alert: Alert, today: str) -> bool:
    try:
        lines = settings.alerts_file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # truncated by a full disk or a crash
        said = (record["at"][:10], record["title"], tuple(record["lines"]))
        if said == (today, alert.title, alert.lines) and record["webhook"] in ("sent", "none is set"):
            return True
    return False


def message(kind: str, alert: Alert) -> dict[str, object]:
    """The request body that a robot of the given kind (wecom, dingtalk) accepts: markdown, external text escaped."""
    text = "\n".join([f"### {_plain(alert.title)}", *(f"- {_plain(line)}" for line in alert.lines)])
    if kind == "dingtalk":
        return {"msgtype": "markdown", "markdown": {"title": _plain(alert.title), "text": text}}
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _plain(text: str) -> str:
    return re.sub(r"[<>`\[\]*#!|\\]", " ", " ".join(text.split()))


def _post(settings: Settings, alert: Alert) -> str:
    body = json.dumps(message(settings.webhook_kind, alert), ensure_ascii=False).encode()
    try:
        request = urllib.request.Request(
            settings.webhook or "", data=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS) as answer:
            told = json.loads(answer.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"failed: {type(error).__name__}"
    if not isinstance(told, dict):
        return "refused: the answer is no robot's"
    # Both robots answer status 200 with an error code in the body.
    return "sent" if told.get("errcode", 0) == 0 else f"refused: errcode {told['errcode']}"
