"""Files and folders of the inbox that this user has no right to read: said with what to do, taken once they are open.

Belongs here: what is said, and that nothing else stops. Does not belong here: names and links (`test_landing`).
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.intake import worklist
from pipelines.settings import PROJECT_DIR
from tests.unit.helpers import POINT, csv_bytes, put
from tests.unit.intake.test_taking import NAME, T1, T2

# What root has: to read whatever it likes.
_OVERRIDE, _READ_SEARCH, _DROP = 1, 2, 24

SCRIPT = """
import json, sys
from datetime import datetime
from pathlib import Path
from pipelines import installation
from pipelines.commands import status
from pipelines.delivery import landing
from pipelines.intake import feed_checks, taking, worklist
from pipelines.night import findings, wording
from pipelines.settings import SHIPPED_CONTRACTS, Settings

home, inbox = map(Path, sys.argv[1:3])
now = datetime(2024, 2, 1, 9)
here = installation.of(Settings(home, inbox, SHIPPED_CONTRACTS, clock=lambda: now))
for file in sys.argv[3:]:
    Path(file).chmod(0o755)
with here.writing("a test") as opened:
    arrivals = landing.scan(inbox, here.feeds)
    found = worklist.pending(arrivals, opened.stamps(), now.date())
    for feed in here.feeds:
        if feed.id in found:
            list(taking.take([feed], found, opened, here.settings, here.key(opened)))
    is_new = worklist.are_unseen(arrivals, opened.stamps(), now.date())
    worklist.take_strays(arrivals, opened, now, landing.closed_folders(inbox))
    arrivals = landing.scan(inbox, here.feeds)
    feed_checks.judge(opened, here.contracts, now)
    told = [one for one in opened.findings() if one["check_name"] == "no_file_held" and one["business_date"]]
    print(json.dumps({
        "states": {f"{line.folder}/{line.file_name}": line.state for line in opened.lines()},
        "pending": len(worklist.pending(arrivals, opened.stamps(), now.date())),
        "unseen": [is_new, worklist.are_unseen(arrivals, opened.stamps(), now.date())],
        "held": [one["detail"] for one in told],
        "to_do": [wording.line(one) for one in findings.collect(here, opened) if one.code == findings.Code.CLOSED],
        "doctor": [one.text for one in status._folders(here) if one.what == "inbox"],
    }))
"""


def without_the_right() -> None:
    for right in (_OVERRIDE, _READ_SEARCH):
        ctypes.CDLL(None).prctl(_DROP, right, 0, 0, 0)


def taken(tmp_path: Path, inbox: Path, *opened: Path) -> dict[str, Any]:
    """What a process without root's rights makes of the inbox; it first opens these files and folders."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "home"), str(inbox), *map(str, opened)],
        cwd=PROJECT_DIR, env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)}, check=True, capture_output=True,
        preexec_fn=without_the_right,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_what_may_not_be_read_is_said_and_taken_as_soon_as_it_may(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    inbox, feed = tmp_path / "inbox", feeds["service_centre.service_point"]
    (tmp_path / "home").mkdir()
    put(inbox, "a", f"{NAME}.csv", csv_bytes(feed, [POINT]), T1)
    closed = put(inbox, "a", f"{NAME}_r2.csv", csv_bytes(feed, [{**POINT, "functions": 4}]), T2)
    stray = put(inbox, "a", "通讯录13912345678.txt", b"x", T1)
    folder = put(inbox, "vendor", f"{NAME}_r3.csv", csv_bytes(feed, [{**POINT, "functions": 5}]), T2).parent
    for path in (closed, stray, folder):
        path.chmod(0)
    try:
        found = taken(tmp_path, inbox)
        assert found["states"] == {f"a/{NAME}.csv": "loaded"}
        # It is told once, and no run is asked for again and again.
        assert (found["pending"], found["unseen"]) == (0, [True, False])
        assert found["held"] == [f"{NAME}_r2.csv: {worklist.CLOSED}"]
        (told,) = found["to_do"]
        assert "【没有读取权限】" in told and "vendor" in told and f"a/{NAME}_r2.csv" in told and "1391" not in told
        (doctor,) = found["doctor"]
        assert f"vendor, a/{NAME}_r2.csv, a/通讯录[电话].txt: {worklist.CLOSED}" in doctor
        found = taken(tmp_path, inbox, closed, stray, folder)
    finally:
        folder.chmod(0o755)
    assert sorted(found["states"].values()) == ["loaded", "rejected", "superseded", "superseded"]
    assert (found["pending"], found["unseen"], found["held"], found["to_do"]) == (0, [True, False], [], [])


def test_a_file_that_vanishes_while_the_inbox_is_looked_through_is_none(
    tmp_path: Path, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "", f"{NAME}.csv", b"x", T1)

    def vanish(name: str) -> str:
        (tmp_path / name).unlink()
        return name

    monkeypatch.setattr(landing, "readable_name", vanish)
    assert landing.scan(tmp_path, list(feeds.values())) == []
