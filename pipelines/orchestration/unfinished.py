"""Runs that wait or work, so that no sensor asks for the same work twice; and runs whose process has died.

Belongs here: what Dagster's records say of them. Does not belong here: what a sensor asks for (`automation`).
"""

import time
from datetime import timedelta

import dagster as dg
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG

from pipelines.installation import House
from pipelines.orchestration.common import name_of
from pipelines.warehouse import lock

_UNFINISHED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
# A step that works for so long without an event holds the writer's lock.
SILENT_FOR = timedelta(minutes=10)
# Dagster's daemon tries a failed run again within half a minute. It leaves out runs of the command line.
RETRIED_WITHIN = timedelta(minutes=2)


def reason_to_wait(house: House, instance: dg.DagsterInstance) -> str | None:
    """Says which run waits or works, or is about to be tried again, if there is one.

    Dagster does not notice that a run's process has died with the machine, or was killed on the command line: its run
    would stay started, and the queue behind it, forever. Such a run is reported as failed here.
    """
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(_UNFINISHED))):
        run = record.dagster_run
        if run.status is not dg.DagsterRunStatus.STARTED or not _has_died(house, instance, record):
            return f"a run of {name_of(run)} waits or works"
        instance.report_run_failed(run, f"its process has died: no event for {SILENT_FOR}, and nobody writes")
    for record in instance.get_run_records(limit=1):
        run = record.dagster_run
        is_retried = run.tags.get(WILL_RETRY_TAG) == "true" and AUTO_RETRY_RUN_ID_TAG not in run.tags
        ended_at = record.end_time or record.create_timestamp.timestamp()
        is_recent = time.time() - ended_at < RETRIED_WITHIN.total_seconds()
        if run.status is dg.DagsterRunStatus.FAILURE and is_retried and is_recent:
            return f"a failed run of {name_of(run)} is about to be tried again"
    return None


def _has_died(house: House, instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    newest = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    heard_at = newest[0].timestamp if newest else record.create_timestamp.timestamp()
    if time.time() - heard_at < SILENT_FOR.total_seconds():
        return False
    try:
        with lock.exclusive(house.settings, 0, "looking for a run that has died"):
            return True
    except lock.Busy:
        return False
