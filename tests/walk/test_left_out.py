"""Broken KPI files in a separate checkout: intake, build and publication continue without those KPIs, and report it.

Belongs here: how a complete run handles broken KPIs. Does not belong here: every way in which one can be broken
(tests/unit/test_registry.py).
"""

import json
import shutil
from pathlib import Path

from pipelines.settings import PROJECT_DIR
from tests.conftest import SAMPLES, receive, run_sihe
from tests.walk.published import ask

# One KPI for each kind of error that is found without a build, and all KPIs that dbt's own tests name.
BROKEN = {
    "safe/event_on_time_close_rate.yml": ("unit: percent", "unit: percnt"),
    "context/centres_open.yml": ("point_type = 'centre'", "point_typ = 'centre'"),
    "organisation/overloaded_worker_share.yml": ("fact: dim_worker", "fact: dim_wrker"),
    "happy/deliberation_action_on_time_rate.yml": ("kind: flow", "kind: [flow"),
    "safe/snap_feedback_24h_rate.yml": ("owner:", "ownr:"),
}


def test_broken_kpis_take_out_themselves_alone(tmp_path: Path, parsed: Path) -> None:
    for folder in ("pipelines", "dbt_project", "dashboards"):
        shutil.copytree(PROJECT_DIR / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "target"))
    home, kpis = tmp_path / "home", tmp_path / "dbt_project" / "kpis"
    for day in ("2015-01-02", "2015-01-03"):
        shutil.copytree(SAMPLES / "real_events" / "inbox" / day, home / "inbox" / day)
    receive(home / "inbox")
    shutil.copytree(parsed / "dbt", home / "dbt")
    for name, (old, new) in BROKEN.items():
        text = (kpis / name).read_text(encoding="utf-8")
        assert old in text
        (kpis / name).write_text(text.replace(old, new), encoding="utf-8")
    ran = run_sihe(home, "run", env={"PYTHONPATH": str(tmp_path)}, seconds=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert all(f"KPI left out: kpis/{name}:" in ran.stderr for name in BROKEN)
    files = {file.stem for file in (PROJECT_DIR / "dbt_project" / "kpis").rglob("*.yml")}
    defined = {kpi_id for (kpi_id,) in ask(home, "select kpi_id from marts.kpi_definition")}
    assert files - defined == {Path(name).stem for name in BROKEN}
    assert ask(home, "select count(*) > 0, count(distinct kpi_id) > 10 from marts.kpi_daily") == [(True, True)]
    assert ask(home, "select count(*) from meta.delivery where state = 'loaded'") == [(3,)]
    told = [json.loads(line) for line in (home / "logs" / "alerts.ndjson").read_text().splitlines()]
    (alert,) = [one for one in told if "KPIs are left out" in one["title"]]
    assert all(any(line.startswith(f"kpis/{name}:") for line in alert["lines"]) for name in BROKEN)
