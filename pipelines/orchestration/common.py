"""Shared by all assets: partitions, pools, owners, retries, tables for metadata.

Belongs here: names and helpers used by more than one asset module. Does not belong here: assets.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta

import dagster as dg
import duckdb
from dagster._core.definitions.assets.job.asset_job import is_reserved_asset_job_name
from dagster._utils.env import using_dagster_dev

from pipelines.delivery import landing
from pipelines.installation import House
from pipelines.orchestration import code_keeper
from pipelines.settings import FIRST_BUSINESS_DATE, TIMEZONE
from pipelines.warehouse import journal, lock

WRITER_POOL = "duckdb_writer"
OWNERS = ["team:data-engineering"]
INBOX = dg.AssetKey(["inbox"])
PUBLICATION = dg.AssetKey(["publication"])
NIGHT = dg.AssetKey(["night"])
JUDGEMENT = dg.AssetKey(["ledger", "check_result"])
MAX_RETRIES, RETRY_SECONDS = 3, 5


def business_dates(house: House) -> dg.DailyPartitionsDefinition:
    """The partitions of all feeds: from the first business date that the installation knows, of which a file is in the
    journal or in the inbox, to today.

    An earlier file that arrives later is loaded too; Dagster shows its partition when it loads its definitions again.
    """
    today = house.settings.clock().date()
    known = {today}
    with suppress(OSError):  # a new home has no journal
        known |= {day for day in journal.business_dates(house.settings.journal) if FIRST_BUSINESS_DATE <= day <= today}
    in_inbox = landing.first_business_date(house.settings.inbox, house.feeds, FIRST_BUSINESS_DATE, today)
    first = min({*known, in_inbox or today})
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone=TIMEZONE, end_offset=1)


def asked_days(first: str, last: str) -> list[date]:
    """The business dates from first to last; raises `dg.Failure` if they are none."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise dg.Failure(f"first: {first!r}, last: {last!r}: write dates as 2026-11-20", allow_retries=False) from error
    if end < begin:
        raise dg.Failure(f"last: {last} is before first: {first}", allow_retries=False)
    return [begin + timedelta(days=i) for i in range((end - begin).days + 1)]


def warn_of_two(house: House) -> None:
    """`dagster dev` has records and a daemon of its own, but works on the same home as the installation."""
    if not using_dagster_dev() or not house.settings.journal.exists():
        return
    works = "works at this moment" if code_keeper.is_kept(house.settings) else "does not work at this moment"
    dg.get_dagster_logger("sihe").warning(
        f"dagster dev stands beside the installation in {house.settings.home}, which {works}: it loads and publishes "
        "there, its runs are not on the installation's timeline, and if both work, the sensors of both ask for the "
        "same runs. `sihe dagster` opens the installation's own pages; another SIHE_HOME is for trying things out."
    )


def name_of(run: dg.DagsterRun) -> str:
    """The run's job; of one that was started from assets in the pages, the assets."""
    if not is_reserved_asset_job_name(run.job_name):
        return run.job_name
    names = sorted({key.to_user_string() for key in run.asset_selection or ()})
    return ", ".join(names[:2]) + (f" (+{len(names) - 2})" if len(names) > 2 else "") or "checks"


@contextmanager
def retried_if_transient() -> Iterator[None]:
    """Retries a few times if a lock or a disk fails, which may recover. Other errors are not retried."""
    try:
        yield
    except (OSError, duckdb.IOException, lock.Busy) as error:
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=RETRY_SECONDS) from error
