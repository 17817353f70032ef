"""A throw-away copy of the checkout with the files of docs/extending.md, of which some KPI files are broken then; a day
of the demo district and of the new feed, loaded and published from there.

Belongs here: making it. Does not belong here: what it shows (`test_extending`, `test_left_out`).
"""

import os
import pickle
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.settings import PROJECT_DIR

DAY = date(2025, 12, 14)
PAGE = PROJECT_DIR / "docs" / "extending.md"
# A file of the page: its path on a line of its own, then its text in a fence.
FILE = re.compile(r"^`(?P<path>[^`\n]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# One KPI for each kind of error that is found without a build, and all KPIs that dbt's own tests name.
BROKEN = {
    "safe/event_on_time_close_rate.yml": ("unit: percent", "unit: percnt"),
    "context/centres_open.yml": ("point_type = 'centre'", "point_typ = 'centre'"),
    "organisation/overloaded_worker_share.yml": ("fact: dim_worker", "fact: dim_wrker"),
    "happy/deliberation_action_on_time_rate.yml": ("kind: flow", "kind: [flow"),
    "safe/snap_feedback_24h_rate.yml": ("owner:", "ownr:"),
}


@dataclass(frozen=True)
class Extended:
    """root: the copy, with `home` and `inbox`. checked: what `sihe registry` printed before the KPIs were broken.
    complained: the errors of the run."""

    root: Path
    checked: str
    complained: str


def files_of_the_page() -> list[tuple[str, str]]:
    """Path and text of each file that the page adds."""
    return FILE.findall(PAGE.read_text(encoding="utf-8"))


def extend(root: Path, parsed: Path) -> None:
    """Makes it, once a session; `extended` reads it."""
    ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
    for folder in ("pipelines", "dbt_project", "dashboards"):
        shutil.copytree(PROJECT_DIR / folder, root / folder, ignore=ignored)
    for path, text in files_of_the_page():
        file = root / path
        assert not file.exists(), f"{path} is no new file: an exercise must change none"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(parsed / "dbt", root / "home" / "dbt")
    simulated = _sihe(root, "simulate", "--from", str(DAY), "--to", str(DAY), "--inbox", str(root / "inbox"))
    assert "left out elder_canteen.meal" in simulated.stderr
    checked = _sihe(root, "registry")
    for name, (old, new) in BROKEN.items():
        kpi = root / "dbt_project" / "kpis" / name
        text = kpi.read_text(encoding="utf-8")
        assert old in text
        kpi.write_text(text.replace(old, new), encoding="utf-8")
    ran = _sihe(root, "run", "--inbox", str(root / "inbox"))
    (root / "extended").write_bytes(pickle.dumps(Extended(root, checked.stdout, ran.stderr)))


def extended(root: Path) -> Extended:
    found = pickle.loads((root / "extended").read_bytes())
    assert isinstance(found, Extended)
    return found


def _sihe(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`sihe` as it runs from the copy."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SIHE_", "DAGSTER_", "DBT_"))}
    env |= {"PYTHONPATH": str(root), "SIHE_HOME": str(root / "home")}
    command = [sys.executable, "-c", "from pipelines.commands.cli import main; main()", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, cwd=root, env=env)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran
