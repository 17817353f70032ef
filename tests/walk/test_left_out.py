"""Broken KPI files in a separate checkout: intake, build and publication continue without those KPIs, and report it.

Belongs here: how a complete run handles broken KPIs. Does not belong here: every way in which one can be broken
(tests/unit/test_registry.py), the checkout itself (`checkout`).
"""

import json
from pathlib import Path

from tests.walk.checkout import BROKEN, Extended
from tests.walk.published import ask


def test_broken_kpis_take_out_themselves_alone(extended: Extended) -> None:
    root, home = extended.root, extended.root / "home"
    assert all(f"KPI left out: kpis/{name}:" in extended.complained for name in BROKEN)
    files = {file.stem for file in (root / "dbt_project" / "kpis").rglob("*.yml")}
    defined = {kpi_id for (kpi_id,) in ask(home, "select kpi_id from marts.kpi_definition")}
    assert files - defined == {Path(name).stem for name in BROKEN}
    assert ask(home, "select count(*) > 0, count(distinct kpi_id) > 10 from marts.kpi_daily") == [(True, True)]
    loaded = "select count(distinct file_name) from meta.delivery where state = 'loaded'"
    assert ask(home, loaded) == [(sum(file.is_file() for file in (root / "inbox").rglob("*_2*")),)]
    told = [json.loads(line) for line in (home / "logs" / "alerts.ndjson").read_text().splitlines()]
    (alert,) = [one for one in told if "指标停止计算" in one["title"]]
    assert all(any(f"kpis/{name}:" in line for line in alert["lines"]) for name in BROKEN)
