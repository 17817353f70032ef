"""Dagster's own records of runs and schedules. They are for people: the ledger has every delivery without them.

Belongs here: detecting that they are damaged, moving them aside so that Dagster creates new ones, and the place of the
command line's runs among them. Does not belong here: how Dagster stores them (`event_log`), personal data in them
(`erasure`).
"""

import fcntl
import logging
import re
import shutil
import sqlite3
from pathlib import Path

from pipelines import alerts
from pipelines.machine_errors import causes
from pipelines.settings import Settings
from pipelines.warehouse import database_file

log = logging.getLogger("sihe")

CODE_LOCATION = "sihe"  # its name in workspace.yaml
FOLDERS = ("history", "schedules")
# Messages of SQLite, and of Alembic if two processes created the records at once. A full or read-only disk, a lock and
# similar errors have other messages and are no damage.
_DAMAGE = re.compile(
    r"malformed|not a database|no such table|no such column|already exists|more than one head", re.IGNORECASE
)


def is_damaged(error: BaseException) -> bool:
    """Whether it was raised because Dagster's records cannot be read."""
    return any(
        (isinstance(one, sqlite3.DatabaseError) or type(one).__module__.startswith("alembic."))
        and _DAMAGE.search(str(one))
        for one in causes(error)
    )


def set_aside(settings: Settings) -> Path:
    """Moves the records aside and sends an alert; returns their new place."""
    target = database_file.room_aside(settings)
    for folder in FOLDERS:
        if (settings.dagster_home / folder).exists():
            shutil.move(settings.dagster_home / folder, target / f"dagster-{folder}")
    said = f"Dagster's records of runs could not be read: moved to {target}, new ones are begun; no data are lost"
    log.error(said)
    alerts.send(settings, alerts.of_recovery(said))
    return target


def put_on_the_timeline(run_id: str) -> None:
    """Dagster's timeline shows a run only if it names the code location and repository of its job, which a run in the
    command's own process does not."""
    import dagster as dg  # noqa: PLC0415
    from dagster._core import remote_origin  # noqa: PLC0415
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance:
        if (run := instance.get_run_by_id(run_id)) is not None:
            location = remote_origin.RegisteredCodeLocationOrigin(CODE_LOCATION)
            repository = remote_origin.RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME)
            instance.run_storage.replace_job_origin(run, remote_origin.RemoteJobOrigin(repository, run.job_name))


def examine(settings: Settings) -> None:
    """Before Dagster's servers start: one process at a time creates the records and moves damaged ones aside."""
    import dagster as dg  # noqa: PLC0415

    # Not the writer's lock, which a long run may hold: two services of a new machine start at the same moment.
    with (settings.dagster_home / ".begin").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        try:
            with dg.DagsterInstance.get() as instance:
                instance.get_runs(limit=1)
                instance.event_log_storage.get_maximum_record_id()
                instance.all_instigator_state()
        except Exception as error:
            if not is_damaged(error):
                raise
            set_aside(settings)
            with dg.DagsterInstance.get() as instance:
                instance.all_instigator_state()
