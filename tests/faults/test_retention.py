"""The archive's retention deletes on schedule: files are deleted when their time is over, the ledger and the rows stay.

Belongs here: that the nightly run does this. Does not belong here: which files are due (`unit/`).
"""

import shutil
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.commands.status import OK, examine
from pipelines.contracts.compiler import load_contracts
from pipelines.delivery import landing
from pipelines.installation import House
from pipelines.intake import precedence
from pipelines.keys import Key, write_key
from pipelines.orchestration import automation, common, feed_assets
from pipelines.settings import BEIJING, PROJECT_DIR, Settings
from tests.unit.desk import Desk
from tests.unit.helpers import csv_bytes, put, row_of

DAY, DAYS_KEPT = date(2024, 1, 5), 30
RECEIVED = datetime(2024, 1, 6, 3)


@pytest.fixture
def here(tmp_path: Path) -> House:
    """A home of one platform whose files are kept for thirty days; two days were loaded."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    shutil.copy(PROJECT_DIR / "pipelines" / "contracts" / "home_visit.odcs.yaml", folder)
    file = folder / "home_visit.odcs.yaml"
    kept = f"slaProperties:\n- {{property: retention, value: {DAYS_KEPT}, unit: d}}"
    file.write_text(file.read_text(encoding="utf-8").replace("slaProperties:", kept), encoding="utf-8")
    contracts, errors = load_contracts(folder)
    assert not errors
    made = House(Settings(tmp_path / "home", tmp_path / "inbox", folder), contracts, (), ())
    made.settings.key_file.parent.mkdir(parents=True, mode=0o700)
    write_key(made.settings.key_file, Key(bytes(32)))
    (feed,) = made.feeds
    for i in (1, 2):
        data = csv_bytes(feed, [row_of(feed, n) for n in range(1, 3 + i)])
        put(made.settings.inbox, str(DAY), f"home_visit_visit_2024010{i}.csv", data, RECEIVED)
    with made.writing("a test") as opened:
        Desk(opened, made.settings, made.feeds, made.key(opened)).take()
    return made


def age(here: House, name: str, days: int) -> None:
    """As if the file had been loaded this many days ago."""
    with here.writing("a test") as opened:
        query = "update ledger.delivery set taken_at = taken_at - to_days(?) where file_name = ?"
        opened.connection.execute(query, [days, name])


def archived(here: House) -> dict[str, bool]:
    with here.writing("a test") as opened:
        lines = opened.lines()
    return {line.file_name: landing.archived(here.settings.archive, line.sha256).exists() for line in lines}


def night(here: House) -> dict[str, object]:
    """The first step of the nightly run, with or without new files; returns its metadata."""
    ran = dg.materialize([feed_assets.inbox_asset(here)], instance=dg.DagsterInstance.ephemeral())
    assert ran.success
    (event,) = ran.get_asset_materialization_events()
    return {name: entry.value for name, entry in event.materialization.metadata.items()}


def test_a_night_without_files_deletes_what_is_kept_no_longer(here: House) -> None:
    age(here, "home_visit_visit_20240101.csv", DAYS_KEPT + 1)
    age(here, "home_visit_visit_20240102.csv", DAYS_KEPT)
    with here.writing("a test") as opened:
        lines, rows = opened.lines(), Desk(opened, here.settings, here.feeds, here.key(opened)).raw("home_visit__visit")
    shutil.rmtree(here.settings.inbox)
    here.settings.inbox.mkdir()
    assert night(here)["archived_files_expired"] == 1
    assert archived(here) == {"home_visit_visit_20240101.csv": False, "home_visit_visit_20240102.csv": True}
    assert night(here)["archived_files_expired"] == 0
    with here.writing("a test") as opened:
        desk = Desk(opened, here.settings, here.feeds, here.key(opened))
        assert opened.lines() == lines
        assert desk.raw("home_visit__visit") == rows
        assert all(line.rows_counted == line.rows_loaded for line in lines)
        # Loading everything again changes nothing of files that cannot be read any more.
        assert desk.take(again=True)
        assert opened.lines() == lines
        assert desk.raw("home_visit__visit") == rows
    accounts = next(finding for finding in examine(here) if finding.what == "accounts")
    assert accounts.state == OK, accounts.text


def test_the_same_bytes_again_are_known_though_they_are_kept_no_more(here: House) -> None:
    age(here, "home_visit_visit_20240101.csv", DAYS_KEPT + 1)
    night(here)
    original = here.settings.inbox / str(DAY) / "home_visit_visit_20240101.csv"
    put(here.settings.inbox, "again", original.name, original.read_bytes(), RECEIVED)
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()
        assert {line.folder: line.state for line in opened.lines(days=[date(2024, 1, 1)])} == {
            str(DAY): precedence.LOADED,
            "again": precedence.DUPLICATE,
        }


def test_every_night_asks_for_what_deletes(here: House) -> None:
    """Also if no file arrived."""
    (nightly,) = automation.schedules(here)
    at = datetime(2024, 3, 1, 6, tzinfo=BEIJING)
    context = dg.build_schedule_context(scheduled_execution_time=at, instance=dg.DagsterInstance.ephemeral())
    (request,) = nightly.evaluate_tick(context).run_requests or []
    assert request.asset_selection == [common.INBOX]
    assert nightly.default_status is dg.DefaultScheduleStatus.RUNNING
