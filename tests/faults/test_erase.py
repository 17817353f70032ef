"""A person in every feed, with every fault of a file, is erased everywhere and does not come back.

Belongs here: erasing in a complete home, within this process, and searching for traces. Does not belong here: the
output of the command (`unit/test_cli`). All persons are invented.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import keys
from pipelines.commands import erasure
from pipelines.commands.erasure import Identity, Report
from pipelines.commands.status import FAIL, examine
from pipelines.commands.traces import Traces
from pipelines.contracts.model import Feed, Kind, Treatment
from pipelines.delivery import compression, landing, privacy, tombstones
from pipelines.delivery.privacy import id_check_digit
from pipelines.intake import precedence, taking
from pipelines.keys import Key
from pipelines.warehouse import database_file
from pipelines.warehouse.ledger import Line
from tests.faults.place import Place
from tests.unit.helpers import Row, export_bytes, put, row_of, sheet_of, workbook_bytes
from tests.walk.published import ask

DAY = date(2024, 1, 5)
RECEIVED = datetime(2024, 1, 6, 3)
KEY = Key(bytes(range(32)))


def id_number(serial: int) -> str:
    digits = f"6103031990010{serial:04}"
    return digits + id_check_digit(digits)


@dataclass(frozen=True)
class Person:
    id_number: str
    phone: str
    household: str
    openid: str

    @property
    def identities(self) -> list[Identity]:
        return [
            Identity("id_number", self.id_number),
            Identity("phone", self.phone),
            Identity("household", self.household),
            Identity("household", self.openid),
        ]

    def values(self, feed: Feed, number: int) -> dict[str, object]:
        """Their numbers in every column of the feed that can have one, in different spellings."""
        phone = [self.phone, f"+86 {self.phone}", f"{self.phone[:3]} {self.phone[3:7]} {self.phone[7:]}"][number % 3]
        wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(48, 58)})
        own = [self.id_number, self.id_number.translate(wide), self.id_number.lower()][number % 3]
        text = f"住户{self.household}反映，请打{phone}，证件{own}"
        found: dict[str, object] = {}
        for column in feed.columns:
            match column.privacy:
                case Treatment.DROP:
                    found[column.name] = phone
                case Treatment.REDACT:
                    found[column.name] = text
                case Treatment.PSEUDONYMISE if "id_number" in column.name:
                    found[column.name] = own
                case Treatment.PSEUDONYMISE if column.name == "household_id":
                    found[column.name] = self.household
                case Treatment.PSEUDONYMISE if column.name == "reporter_openid":
                    found[column.name] = self.openid
                case Treatment.PSEUDONYMISE:
                    found[column.name] = phone
                case _:
                    pass
        return found


ANNA = Person(id_number(1234), "13912345678", "HHERASED0001", "oERASED-openid-77")
BERT = Person(id_number(4321), "13787654321", "HHSTAYS0002", "oSTAYS-openid-88")


def is_of_persons(feed: Feed) -> bool:
    return any(column.privacy is Treatment.PSEUDONYMISE for column in feed.columns)


def mentioned(feed: Feed, number: int) -> Row:
    """A row of Bert's whose texts mention Anna."""
    texts = {name: ANNA.values(feed, number)[name] for name in ANNA.values(feed, number) if is_text(feed, name)}
    return row_of(feed, number, **{**BERT.values(feed, number), **texts})


def is_text(feed: Feed, name: str) -> bool:
    return feed.column(name).privacy is Treatment.REDACT


def broken(feed: Feed, number: int) -> Row:
    closed = next(
        column
        for column in feed.columns
        if column.privacy is None and not column.is_key and (column.codes or column.kind is not Kind.STRING)
    )
    return row_of(feed, number, **{**ANNA.values(feed, number), closed.name: ANNA.phone})


def delivery(feed: Feed) -> list[Row]:
    """Anna, Bert, Anna rejected, Bert with Anna in his texts, Bert; one row each if the key is a person."""
    rows = [
        row_of(feed, 1, **ANNA.values(feed, 1)),
        row_of(feed, 2, **BERT.values(feed, 2)),
        broken(feed, 3),
        mentioned(feed, 4),
        row_of(feed, 5, **BERT.values(feed, 5)),
    ]
    return [rows[0], rows[1], rows[2]] if any(column.is_key and column.privacy for column in feed.columns) else rows


def name_of(feed: Feed, more: str = "", day: date = DAY) -> str:
    stem, _, ending = feed.file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}").rpartition(".")
    return f"{stem}{more}.{ending}"


def deliver(inbox: Path, feeds: Sequence[Feed], more: str = "", order: int = 1) -> None:
    """Every feed's file of the day; the workbook of several feeds has an additional sheet of no feed."""
    shared = [feed for feed in feeds if feed.platform == "co_building"]
    for feed in feeds:
        if feed.platform != "co_building":
            put(inbox, str(DAY), name_of(feed, more), export_bytes(feed, delivery(feed)[::order]), RECEIVED)
    sheets = {feed.sheet or "": [*sheet_of(feed, delivery(feed)[::order]), ["合计"]] for feed in shared}
    sheets["草稿"] = [["草稿"], ["备注"], [f"联系{ANNA.phone}"], [ANNA.id_number], ["无关"]]
    put(inbox, str(DAY), name_of(shared[0], more), workbook_bytes(sheets), RECEIVED)


@dataclass(frozen=True)
class Erased:
    place: Place
    before: dict[str, list[tuple[object, ...]]]
    report: Report


def facts(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of every raw table except Anna's, which are recognised by the tokens of her numbers; texts that intake did
    not redact have the mark."""
    tokens = [privacy.pseudonym(identity.value, KEY) for identity in ANNA.identities]
    with duckdb.connect(str(home / "warehouse" / "sihe.duckdb"), read_only=True) as working:
        tables = working.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' order by 1"
        ).fetchall()
        found = {table: working.execute(f"select * from raw.{table}").fetchall() for (table,) in tables}
    return {
        table: sorted(
            (
                tuple(cell.replace(ANNA.household, tombstones.MARK) if isinstance(cell, str) else cell for cell in row)
                for row in rows
                if not any(cell in tokens for cell in row)
            ),
            key=str,
        )
        for table, rows in found.items()
    }


def erase(place: Place, person: Person) -> Report:
    """What `sihe erase` does, without Dagster."""
    here = place.here
    report = erasure.remove(here, person.identities)
    if place.needs_build():
        place.build()
    return erasure.search(here, person.identities, erasure.clean_up(here, person.identities, report))


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Iterator[Erased]:
    """A home with Anna in every feed, after she was erased; the environment is restored."""
    environment = dict(os.environ)
    place = Place(tmp_path_factory.mktemp("erase"), KEY, parsed)
    with pytest.MonkeyPatch.context() as patched:
        # Files as small as these would not be compressed.
        patched.setattr(compression, "_LEAST_BYTES", 0)
        patched.setattr(compression, "_MOST_LEFT", 9)
        yield _erased(place)
    os.environ.clear()
    os.environ.update(environment)


def _erased(place: Place) -> Erased:
    where, feeds = place.here.settings, place.here.feeds
    deliver(where.inbox, feeds)
    # A correction, so that the first one becomes superseded; held files that mention her; rows whose file was deleted.
    events, visits = (next(f for f in feeds if f.id == i) for i in ("command_centre.hotline_order", "home_visit.visit"))
    put(where.inbox, "late", name_of(events, "_r2"), export_bytes(events, delivery(events)), RECEIVED)
    put(where.inbox, "held", name_of(visits, "_r9"), f"no header, {ANNA.phone}\n".encode(), RECEIVED)
    put(where.inbox, "held", name_of(place.here.feeds[0], "_r9"), b"PK\x03\x04" + ANNA.phone.encode(), RECEIVED)
    more = [*delivery(visits), row_of(visits, 6, **BERT.values(visits, 6))]
    put(where.inbox, "next", name_of(visits, day=DAY + timedelta(days=1)), export_bytes(visits, more), RECEIVED)
    place.take()
    place.build()
    # An older database with the same persons is next to the new one.
    database_file.set_aside(where)
    with place.here.writing("a test") as opened:
        (line,) = opened.lines("home_visit.visit", [DAY + timedelta(days=1)])
    landing.archived(where.archive, line.sha256).unlink()
    orphan = "0" * 64
    landing.archived(where.archive, orphan).parent.mkdir(exist_ok=True)
    landing.archived(where.archive, orphan).write_text(f"killed before its commit: {ANNA.id_number}")
    (where.home / "logs").mkdir(exist_ok=True)
    (where.home / "logs" / "run.log").write_text(f"well\nfailed at {ANNA.phone}\nwell\n")
    before = facts(where.home)
    return Erased(place, before, erase(place, ANNA))


def test_nothing_is_found_of_the_person_and_the_report_says_what_was_done(erased: Erased) -> None:
    report = erased.report
    assert report.found == ()
    of_persons = [feed for feed in erased.place.here.feeds if is_of_persons(feed)]
    assert set(report.rows) == {feed.id for feed in of_persons}
    assert {f"{platform}.{feed}" for platform, feed, _ in report.feed_days} > set(report.rows)
    assert report.rewritten > len(of_persons)
    assert len(report.removed) == 2
    assert len(report.generations) == len(report.set_aside) == 1
    assert report.log_lines == 1
    assert len(report.inbox) > 20
    assert all(stone.done_at for stone in tombstones.tombstones(erased.place.here.settings.tombstones))


def test_everybody_else_stays_as_they_were(erased: Erased) -> None:
    """Every stored value, and the line of the export it came from."""
    assert facts(erased.place.here.settings.home) == erased.before
    assert sum(map(len, erased.before.values())) > 100


def test_the_accounts_hold_and_say_how_many_rows_are_gone(erased: Erased) -> None:
    home = erased.place.here.settings.home
    unaccounted = "rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded"
    assert ask(home, f"select file_name from meta.delivery where {unaccounted}") == []
    counted = {
        (platform, feed, name): (rows, erased)
        for platform, feed, name, rows, erased in ask(
            home,
            "select platform, feed, file_name, rows_counted, rows_erased from meta.delivery"
            " where state in ('loaded', 'superseded')",
        )
    }
    for feed in erased.place.here.feeds:
        rows = len(delivery(feed))
        # Feeds that do not identify persons keep all their rows.
        told = counted[feed.platform, feed.name, name_of(feed)]
        assert told == ((rows - 2, 2) if is_of_persons(feed) else (rows, 0)), feed.id
    # For a deleted file the loaded rows are found, not the one in quarantine.
    assert counted["home_visit", "visit", name_of_visit()] == (5, 1)
    assert [finding.text for finding in examine(erased.place.here) if finding.state == FAIL] == []


def name_of_visit() -> str:
    return f"home_visit_visit_{DAY + timedelta(days=1):%Y%m%d}.csv"


def test_the_archive_has_the_same_records_at_the_same_places(erased: Erased) -> None:
    """A rewritten file reads as before with its persons' records marked, and passes the check of its hash."""
    settings = erased.place.here.settings
    for path in landing.archived_files(settings.archive):
        assert landing.is_intact(path)
    assert {compression.is_compressed(path) for path in landing.archived_files(settings.archive)} == {True, False}
    rewritten = list(settings.archive.rglob("*.rewritten"))
    assert len(rewritten) == erased.report.rewritten


def test_taking_all_again_brings_nobody_back(erased: Erased) -> None:
    here = erased.place.here
    with here.writing("a test") as opened:
        before = opened.lines()
        found: dict[str, dict[date, list[landing.Arrival]]] = {}
        for line in before:
            if line.feed and line.business_date:
                found.setdefault(f"{line.platform}.{line.feed}", {})[line.business_date] = []
        for contract in here.contracts:
            for group in contract.files:
                list(taking.take(group, found, opened, here.settings, KEY, again=True))
        assert opened.lines() == before
    assert facts(here.settings.home) == erased.before


@pytest.fixture(scope="module")
def replayed(erased: Erased) -> Erased:
    """The same bytes again from another folder, and a correction of everything."""
    place = erased.place
    inbox = place.here.settings.inbox
    shutil.copytree(inbox / str(DAY), inbox / "again")
    deliver(inbox, place.here.feeds, more="_r3", order=-1)
    place.take()
    return erased


def test_a_replay_and_a_correction_leave_the_person_out_at_the_door(replayed: Erased) -> None:
    here = replayed.place.here
    with here.writing("a test") as opened:
        lines = opened.lines()
    again = [line for line in lines if line.folder == "again"]
    assert {line.state for line in again} == {precedence.DUPLICATE}
    corrected = [line for line in lines if "_r3" in line.file_name]
    assert {line.state for line in corrected} == {precedence.LOADED}
    of_persons = {(feed.platform, feed.name) for feed in here.feeds if is_of_persons(feed)}
    assert {(line.platform, line.feed) for line in corrected if line.rows_erased} == of_persons
    assert all(
        line.rows_counted == line.rows_loaded + line.rows_rejected + line.rows_duplicate + line.rows_superseded
        for line in lines
    )
    report = erasure.search(here, ANNA.identities, Report())
    assert report.found == ()


def test_asking_again_finds_nothing_more(replayed: Erased) -> None:
    here = replayed.place.here
    report = erasure.search(here, ANNA.identities, erasure.remove(here, ANNA.identities))
    assert (dict(report.rows), report.rewritten, report.removed, report.found) == ({}, 0, (), ())


def test_a_new_key_leaves_no_token_of_the_older_one_and_nobody_comes_back(replayed: Erased) -> None:
    place = replayed.place
    here = place.here
    key_id, count = erasure.rotate(here)
    assert count > 0
    assert place.needs_build()
    place.build()
    assert len(erasure.clean_up_keys(here)) == 1
    newer = keys.load_key(here.settings.key_file, may_create=False)
    assert (newer.id, newer.before) == (key_id, KEY)
    older = [privacy.pseudonym(identity.value, KEY) for identity in (*BERT.identities, *ANNA.identities)]
    files = [file for file in here.settings.home.rglob("*") if file.is_file() and file.parent.name != "keys"]
    with Traces(older) as traces:
        assert [file for file in files if list(traces.places(file))] == []
    assert erasure.search(here, ANNA.identities, Report()).found == ()
    with duckdb.connect(str(here.settings.working_db), read_only=True) as working:
        bert = working.execute(
            "select applicant_id_number from raw.service_centre__service_case"
            " union select id_number from raw.volunteer__volunteer"
            " union select id_number from raw.smart_community__grid_worker"
        ).fetchall()
    assert bert == [(privacy.pseudonym(BERT.id_number, newer),)]
    assert [finding.text for finding in examine(here) if finding.state == FAIL] == []


def test_a_database_made_again_from_archive_and_journal_has_nobody_of_them(replayed: Erased) -> None:
    """With the new key; rows of the deleted file are in no archive and are held."""
    here = replayed.place.here
    with here.writing("a test") as opened:
        before = {line.delivery_id: line for line in opened.lines()}
    database_file.set_aside(here.settings)
    with here.writing("a test") as opened:
        after = opened.lines()

    def told(lines: Iterable[Line]) -> set[tuple[object, ...]]:
        return {
            (line.platform, line.feed, line.folder, line.file_name, line.state, line.rows_loaded, line.rows_erased)
            for line in lines
            if line.file_name != name_of_visit()
        }

    assert told(after) == told(before.values())
    assert sum(line.rows_erased for line in after) > 0
    assert erasure.search(here, ANNA.identities, Report()).found == ()
