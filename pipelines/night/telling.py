"""Who is told of a finding, once: again only when it is worse, and when it is solved.

Belongs here: what is news since the last time, one message an owner. Does not belong here: the ways out of a message
(`pipelines.alerts`), the words (`wording`).
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines import alerts
from pipelines.alerts import Alert
from pipelines.intake.feed_checks import OPEN_DAYS
from pipelines.night import wording
from pipelines.night.findings import Finding
from pipelines.settings import Settings

log = logging.getLogger("sihe")

_unwritten: dict[Path, dict[str, dict[str, Any]]] = {}
"""What was told, while a full disk does not take its file: the sensor would tell all of it again every five minutes."""


@dataclass(frozen=True)
class News:
    """new: findings that were not told, or are worse now. mended: the lines that said what is solved now."""

    new: tuple[Finding, ...]
    mended: tuple[str, ...]


def news(findings: Sequence[Finding], told: Mapping[str, Mapping[str, Any]], today: date) -> News:
    """told: by key, what was told: `size`, `line`, and `since` as a finding has it. A finding that is open for too long
    is not solved, but forgotten."""
    new = tuple(one for one in findings if one.key not in told or one.size > told[one.key]["size"])
    open_keys = {one.key for one in findings}
    first_open = (today - timedelta(days=OPEN_DAYS)).isoformat()
    gone = [one for key, one in told.items() if key not in open_keys]
    return News(new, tuple(str(one["line"]) for one in gone if one["since"] is None or one["since"] > first_open))


def tell(settings: Settings, findings: Sequence[Finding]) -> News:
    """Sends what is news, and remembers it where every way out accepted it; returns what was news.

    A message that a way out refused is sent again the next time.
    """
    told = _told(settings)
    found = news(findings, told, settings.clock().date())
    by_owner: dict[str, list[Finding]] = {}
    for one in found.new:
        by_owner.setdefault(one.owner, []).append(one)
    open_keys = {one.key for one in findings}
    remembered = {key: one for key, one in told.items() if key in open_keys}
    for owner, mine in by_owner.items():
        lines = tuple(wording.line(one, settings.address) for one in mine)
        if alerts.deliver(settings, Alert(wording.title(mine, owner), lines, owner)):
            for one in mine:
                since = one.since.isoformat() if one.since else None
                remembered[one.key] = {"size": one.size, "line": wording.line(one), "since": since}
    if found.mended and not alerts.deliver(settings, Alert(*wording.mended(found.mended))):
        remembered |= {key: one for key, one in told.items() if key not in open_keys}
    if remembered != told or settings.told_file in _unwritten:
        _remember(settings, remembered)
    return found


def _told(settings: Settings) -> dict[str, dict[str, Any]]:
    if (kept := _unwritten.get(settings.told_file)) is not None:
        return kept
    try:
        read = json.loads(settings.told_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # missing, or cut off by a crash: everything that is open is told again
    return read if isinstance(read, dict) else {}


def _remember(settings: Settings, remembered: dict[str, dict[str, Any]]) -> None:
    temporary = settings.told_file.with_suffix(".tmp")
    try:
        settings.told_file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(remembered, ensure_ascii=False, indent=1), encoding="utf-8")
        temporary.replace(settings.told_file)
    except OSError as error:
        log.error("%s: %s", settings.told_file, error.strerror)
        _unwritten[settings.told_file] = remembered
    else:
        _unwritten.pop(settings.told_file, None)
