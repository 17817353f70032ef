"""Archived files that no delivery leads to: deleted in the end, and never because a journal was lost."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.contracts.model import Contract
from pipelines.delivery import landing
from pipelines.intake import retention
from pipelines.settings import BEIJING
from tests.unit.desk import Desk
from tests.unit.helpers import POINT, csv_bytes, put

NOW, T1 = datetime(2024, 2, 1, 9), datetime(2024, 1, 6, 3)


def test_an_archived_file_that_nothing_leads_to_is_deleted_after_a_week(
    desk: Desk, contracts: Sequence[Contract]
) -> None:
    feed = next(one for one in desk.feeds if one.id == "service_centre.service_point")
    put(desk.settings.inbox, "d", "service_centre_service_point_20240105.csv", csv_bytes(feed, [POINT]), T1)
    desk.at(NOW)
    desk.take()
    archive = desk.settings.archive
    (known,) = landing.archived_files(archive)

    def left(digit: str, at: datetime) -> Path:
        """A run was killed before its commit."""
        file = archive / (digit * 2) / (digit * 64)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
        moment = at.replace(tzinfo=BEIJING).timestamp()
        os.utime(file, (moment, moment))
        return file

    week = retention.UNKNOWN_KEPT
    killed, older = left("1", NOW + timedelta(hours=1)), left("2", NOW - timedelta(hours=1))
    os.utime(known, (NOW.timestamp(), NOW.timestamp()))

    def expired(after: timedelta) -> int:
        return retention.expire(desk.warehouse, contracts, desk.settings, NOW + after)

    # Perhaps an older journal was restored: this one does not go on.
    assert expired(3 * week) == 0
    put(desk.settings.inbox, "d", "service_centre_service_point_20240106.csv", csv_bytes(feed, [POINT]) + b"\n", T1)
    desk.at(NOW + timedelta(days=1))
    desk.take()
    in_a_gap = left("3", NOW + timedelta(days=2))
    assert expired(week) == 0
    # A line that cannot be read may be the one that names it.
    journal = desk.settings.journal.read_bytes()
    desk.settings.journal.write_bytes(journal + b"?\n")
    assert expired(3 * week) == 0
    desk.settings.journal.write_bytes(journal)
    assert expired(3 * week) == 1
    assert not killed.exists()
    # What was there before the journal began, and where it has a gap, is what another one knew.
    assert in_a_gap.exists() and older.exists() and known.exists()
    assert len(landing.archived_files(archive)) == 4
