"""Shared by all assets: partitions, pools, owners, retries, tables for metadata.

Belongs here: names and helpers used by more than one asset module. Does not belong here: assets.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from pipelines.settings import FIRST_BUSINESS_DATE, TIMEZONE
from pipelines.warehouse import lock

BUSINESS_DATES = dg.DailyPartitionsDefinition(
    start_date=FIRST_BUSINESS_DATE.isoformat(), timezone=TIMEZONE, end_offset=1
)
WRITER_POOL = "duckdb_writer"
OWNERS = ["team:data-engineering"]
INBOX = dg.AssetKey(["inbox"])
PUBLICATION = dg.AssetKey(["publication"])
NIGHT = dg.AssetKey(["night"])
JUDGEMENT = dg.AssetKey(["ledger", "check_result"])
MAX_RETRIES, RETRY_SECONDS = 3, 5


@contextmanager
def retried_if_transient() -> Iterator[None]:
    """Retries a few times if a lock or a disk fails, which may recover. Other errors are not retried."""
    try:
        yield
    except (OSError, duckdb.IOException, lock.Busy) as error:
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=RETRY_SECONDS) from error
