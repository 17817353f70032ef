"""A command that writes: one at a time in a home, and what it says while another one works.

Belongs here: the wait for the lock, its message and its exit code. Does not belong here: the lock itself
(`warehouse.lock`), commands that only look and do not wait (`status`, `doctor`).
"""

import contextlib
import sys
from collections.abc import Iterator

import click

from pipelines import settings
from pipelines.settings import Settings
from pipelines.warehouse import lock

EX_BUSY = 75


@contextlib.contextmanager
def alone(here: Settings, what: str) -> Iterator[None]:
    """Waits for another writer, and says so; exits with EX_BUSY if it takes too long."""
    if holder := lock.holder(here):
        click.echo(f"waiting  up to {settings.LOCK_WAIT_SECONDS / 60:.0f} minutes for {holder}", err=True)
    try:
        with lock.exclusive(here, settings.LOCK_WAIT_SECONDS, what):
            yield
    except lock.Busy as busy:
        click.echo(f"busy: {busy}", err=True)
        sys.exit(EX_BUSY)
