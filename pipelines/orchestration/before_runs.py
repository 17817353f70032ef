"""What fails before a run begins: Dagster reports failed runs only, so that nobody would hear that there was no night.

Belongs here: the alert of it. Does not belong here: failed runs (`automation`), the ways out of an alert (`alerts`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines import alerts, keys, machine_errors, settings
from pipelines.documents import DocumentError
from pipelines.settings import Settings
from pipelines.warehouse import journal, store

# The text of other errors may quote a row.
_SAY_WHAT_TO_DO = (keys.KeyUnusable, store.OutOfStep, journal.Unreadable, DocumentError)


@contextmanager
def look_told(where: Settings, name: str) -> Iterator[None]:
    """Sends an alert, once a day, if a schedule or sensor fails, and raises what it raised."""
    try:
        yield
    except Exception as error:
        alerts.send(where, alerts.of_failed_run(name, [_said(error, where)], f"Dagster → Automation → {name}"))
        raise


@contextmanager
def loading_told() -> Iterator[None]:
    """Sends an alert if there are no definitions: without them no sensor would send any. A wrong line in a file of the
    home is enough."""
    where = settings.load()
    try:
        yield
    except Exception as error:
        failures = "Dagster's definitions cannot be loaded, so nothing runs", _said(error, where)
        alerts.send(where, alerts.of_failed_run("dagster", failures, str(where.logs / "dagster-code.log")))
        raise


def _said(error: Exception, where: Settings) -> str:
    if isinstance(error, _SAY_WHAT_TO_DO):
        return str(error)
    return machine_errors.told(error, where.home) or type(error).__name__
