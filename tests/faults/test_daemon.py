"""A worker killed under Dagster's daemon: it is detected and started again without help.

Belongs here: what the daemon does about a run whose process ended. Does not belong here: the results of a killed step
(`test_kills`), when runs are requested (`tests/unit/test_automation`).
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunRecord

from pipelines import settings
from pipelines.orchestration.automation import TAKE_IN
from tests.conftest import SIHE
from tests.faults.interrupted import kill_at
from tests.faults.site import Site

# The first attempt has six commits; the second has fewer, so it is not killed.
KILLED_AT = "committing.committed:4"
RETRIED_WITHIN_SECONDS = 30


def until(found: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"nothing of it within {seconds} s"
        time.sleep(1)  # asking loads Dagster's records, 0.2 s of processor time


def runs(site: Site) -> Sequence[RunRecord]:
    """The runs that load, oldest first."""
    settings.apply(site.settings)
    with DagsterInstance.from_config(str(site.settings.dagster_home)) as instance:
        return sorted(
            (record for record in instance.get_run_records() if record.dagster_run.job_name == TAKE_IN),
            key=lambda record: record.storage_id,
        )


def test_a_worker_killed_under_the_daemon_is_retried_within_half_a_minute(
    taken: Site, site: Site, parsed: Path
) -> None:
    shutil.copytree(parsed / "dbt", site.settings.home / "dbt")
    where = {"SIHE_HOME": str(site.settings.home), "SIHE_INBOX": str(site.settings.inbox), **kill_at(KILLED_AT)}
    daemon = subprocess.Popen(
        [str(SIHE), "dagster", "--only", "daemon"], env={**os.environ, **where}, stdout=subprocess.PIPE, text=True
    )
    assert daemon.stdout
    assert "daemon" in daemon.stdout.readline()
    try:
        until(lambda: any(run.dagster_run.status is DagsterRunStatus.SUCCESS for run in runs(site)), 180)
    finally:
        daemon.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        daemon.communicate(timeout=30)
    assert time.monotonic() - stopped < 15  # nine at most on an idle machine, also during a build
    first, second, *_ = runs(site)
    assert first.dagster_run.status is DagsterRunStatus.FAILURE
    assert second.dagster_run.parent_run_id == first.dagster_run.run_id
    assert first.end_time
    assert second.start_time
    assert second.start_time - first.end_time < RETRIED_WITHIN_SECONDS  # 9 s measured, on an idle machine
    assert site.state() == taken.state()
