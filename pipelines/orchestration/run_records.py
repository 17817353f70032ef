"""Dagster's own records of runs and schedules. They tell people what ran; the ledger knows every delivery without them.

Belongs here: telling that they are damaged, moving them aside so that Dagster begins new ones. Does not belong here:
how Dagster stores them (`event_log`), what of a person is in them (`erasure`).
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

FOLDERS = ("history", "schedules")
# As SQLite says it, and Alembic of two processes that began the records at once; a full or read-only disk, a lock and
# the like are said otherwise, and are no damage.
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
    """Moves the records out of the way and tells it; where they are now."""
    target = database_file.room_aside(settings)
    for folder in FOLDERS:
        if (settings.dagster_home / folder).exists():
            shutil.move(settings.dagster_home / folder, target / f"dagster-{folder}")
    said = f"Dagster's records of runs could not be read: moved to {target}, new ones are begun; no data are lost"
    log.error(said)
    alerts.send(settings, alerts.of_recovery(said))
    return target


def examine(settings: Settings) -> None:
    """Before Dagster's servers start: records are begun by one process at a time, damaged ones are moved aside."""
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
