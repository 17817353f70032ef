"""Findings of `sihe status` and `sihe doctor`, each caused by a real fault."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

import duckdb
import pytest

from pipelines.commands import status
from pipelines.commands.status import FAIL, OK, WARN
from pipelines.contracts.model import Contract, ContractError
from pipelines.delivery import landing
from pipelines.districts import setup
from pipelines.installation import House
from pipelines.intake import feed_checks
from pipelines.publication.query import in_force
from pipelines.settings import Settings
from pipelines.warehouse import lock
from tests.unit.desk import Desk
from tests.unit.helpers import CASE, POINT, csv_bytes, put

NAME = "service_centre_service_point_20240105"
T1 = datetime(2024, 1, 6, 3)
NOW = datetime(2024, 1, 7, 6)


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    """An installation of one platform: creating the tables of all 33 feeds takes a second per test."""
    return House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())


def take(here: House) -> None:
    with here.writing("a test") as opened:
        Desk(opened, here.settings, here.feeds, here.key(opened)).take()


def publish(here: House, generation: str = "g1") -> Path:
    """The result of a publication, as far as these tests need it."""
    file = here.settings.published / f"sihe-{generation}.duckdb"
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema meta")
        connection.execute(
            f"create table meta.build as select '{generation}' as generation, timestamp '2024-01-06 05:30' as built_at,"
            " date '2024-01-01' as data_from, date '2024-01-05' as data_through"
        )
    pointer = {"generation": generation, "file": file.name, "built_at": "x", "data_from": "a", "data_through": "b"}
    (file.parent / "current.json").write_text(json.dumps(pointer))
    return file


@pytest.fixture
def lived_in(here: House) -> House:
    """A day was loaded and published; nothing is wrong."""
    (contract,) = here.contracts
    put(here.settings.inbox, "d", f"{NAME}.csv", csv_bytes(contract.feeds[0], [POINT]), T1)
    take(here)
    publish(here)
    return here


def states(here: House) -> dict[str, str]:
    """Everything that is not ok, by name of the check; except a full disk of the test machine."""
    return {one.what: one.text for one in status.examine(here) if one.state == FAIL}


# ---------------------------------------------------------------- doctor


def test_a_sound_installation_has_nothing_that_fails(lived_in: House) -> None:
    found = {one.what: one.state for one in status.examine(lived_in) if one.what not in ("disk", "build")}
    assert found == dict.fromkeys(
        ("versions", "inbox", "contracts", "KPIs", "lock", "key", "erasures", "accounts", "district", "publication"), OK
    )  # fmt: skip


def test_what_is_taken_in_and_not_published_is_said_with_the_log_of_the_build_that_failed(lived_in: House) -> None:
    def build() -> tuple[str, str]:
        ((state, text),) = ((one.state, one.text) for one in status.examine(lived_in) if one.what == "build")
        return state, text

    publish(lived_in, "20240107-060000")
    assert build() == (
        WARN,
        "what is published is older than what was taken in, or than this version: sihe run builds it",
    )
    logs = lived_in.settings.home / "logs"
    logs.mkdir(exist_ok=True)
    # From before the publication in force: of an earlier build.
    (logs / "20000101-000000-build_marts.log").touch()
    assert build()[0] == WARN
    failed = logs / "20990101-000000-build_marts.log"
    failed.touch()
    state, text = build()
    assert state == WARN and f"look at {failed}; sihe run tries again" in text


@pytest.mark.parametrize(
    ("delivered", "state", "told"),
    [
        ("610303001002", OK, "金台区 610303, 1 communities in the exports"),
        ("610303001999", WARN, "1 of 1 communities are not listed, first 610303001999: add them to"),
        ("990101001001", WARN, "1 of 1 communities are not in 金台区 610303, first 990101001001: correct"),
    ],
)
def test_exports_of_another_district_are_noticed(lived_in: House, delivered: str, state: str, told: str) -> None:
    setup.prepare(lived_in.settings, "610303")
    with lived_in.writing("a test") as opened:
        opened.connection.execute("create schema if not exists marts")
        opened.connection.execute(
            f"create table marts.dim_org as select 'community' as org_level, '{delivered}' as org_code"
        )
    found = [one for one in status.examine(lived_in) if one.what == "district"]
    assert [one.state for one in found] == [state]
    assert told in found[0].text


def test_owners_that_cannot_be_read_fail_and_others_are_counted(lived_in: House) -> None:
    lived_in.settings.owners_file.write_text("区民政局: a@example.gov.cn\n", encoding="utf-8")
    text = states(lived_in)["owners"]
    assert text.startswith(
        f"{lived_in.settings.owners_file}:1: 区民政局: is no list; `owner: [name@example.gov.cn, …]`"
    )
    assert "no alert is sent by mail until this is mended" in text
    lived_in.settings.owners_file.write_text("区民政局: [a@example.gov.cn]\n", encoding="utf-8")
    assert [(one.state, one.text) for one in status.examine(lived_in) if one.what == "owners"] == [
        (OK, "1 owners get what they can mend by mail, as soon as SIHE_MAIL_SERVER is set")
    ]


def test_a_new_installation_has_no_key_and_no_publication_yet(here: House) -> None:
    here.settings.published.mkdir(parents=True)
    found = {one.what: (one.state, one.text) for one in status.examine(here)}
    assert found["key"] == (OK, "none yet: the first intake makes it")
    assert found["publication"] == (WARN, "nothing is published yet: sihe run")
    assert not here.settings.key_file.exists()


def lose_the_key(here: House) -> None:
    here.settings.key_file.unlink()


def show_the_key(here: House) -> None:
    here.settings.key_file.chmod(0o644)


def change_the_key(here: House) -> None:
    here.settings.key_file.write_text("ab" * 32)


def cut_the_key(here: House) -> None:
    here.settings.key_file.write_text("abcd")


def open_the_archive(here: House) -> None:
    here.settings.archive.chmod(0o755)


def open_the_warehouse(here: House) -> None:
    here.settings.working_db.parent.chmod(0o750)


def open_the_journal(here: House) -> None:
    here.settings.journal.parent.chmod(0o755)


def open_the_keys(here: House) -> None:
    here.settings.key_file.parent.chmod(0o701)


def overwrite_the_warehouse(here: House) -> None:
    here.settings.working_db.write_text("no database\n" * 999)


def change_a_type(here: House) -> None:
    query(here, "alter table raw.service_centre__service_point alter functions type varchar")


def lose_rows(here: House) -> None:
    query(here, "delete from raw.service_centre__service_point")


def gain_rows(here: House) -> None:
    query(here, "insert into raw.service_centre__service_case (_business_date) values ('2024-01-09')")


def move_rows(here: House) -> None:
    query(here, "update raw.service_centre__service_point set _business_date = '2024-01-09'")


def lose_fates(here: House) -> None:
    query(here, "update ledger.delivery set rows_counted = 9")


def point_to_another(here: House) -> None:
    file = publish(here, "g2")
    file.rename(here.settings.published / "sihe-g1.duckdb")
    pointer = {"generation": "g1", "file": "sihe-g1.duckdb"}
    (here.settings.published / "current.json").write_text(json.dumps(pointer))


def lose_the_publication(here: House) -> None:
    (here.settings.published / "sihe-g1.duckdb").unlink()


def spoil_the_publication(here: House) -> None:
    (here.settings.published / "sihe-g1.duckdb").write_bytes(b"x" * 9999)


def query(here: House, sql: str) -> None:
    with here.writing("a test") as opened:
        opened.connection.execute(sql)


@pytest.mark.parametrize(
    ("harm", "what", "says"),
    [
        (lose_the_key, "key", "the key is missing, but data made with it exist"),
        (show_the_key, "key", "others can read the key: chmod 600 it"),
        (change_the_key, "key", "is not the key that the data were made with"),
        (cut_the_key, "key", "is not a key of 32 bytes"),
        (open_the_archive, "folders", "archive is open to other users: chmod 700 it"),
        (open_the_warehouse, "folders", "warehouse is open to other users: chmod 700 it"),
        (open_the_journal, "folders", "journal is open to other users: chmod 700 it"),
        (open_the_keys, "folders", "keys is open to other users: chmod 700 it"),
        (change_a_type, "working database", "functions is VARCHAR, its contract says BIGINT"),
        (lose_rows, "accounts", "0 of 1 deliveries have rows without a fate, 1 feed-days other rows than told"),
        (gain_rows, "accounts", "0 of 1 deliveries have rows without a fate, 1 feed-days other rows than told"),
        (move_rows, "accounts", "0 of 1 deliveries have rows without a fate, 2 feed-days other rows than told"),
        (lose_fates, "accounts", "1 of 1 deliveries have rows without a fate, 0 feed-days other rows than told"),
        (point_to_another, "publication", "is generation g2, the pointer says another"),
        (lose_the_publication, "publication", "sihe run publishes again"),
        (spoil_the_publication, "publication", "sihe run publishes again"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    lived_in: House, harm: Callable[[House], None], what: str, says: str
) -> None:
    harm(lived_in)
    looked = {one.what: one.text for one in status.examine(lived_in, only_looks=True) if one.state == FAIL}
    found = states(lived_in)
    assert set(found) == {what}
    assert says in found[what]
    assert looked == found


def test_a_damaged_working_database_is_mended_and_said(lived_in: House) -> None:
    overwrite_the_warehouse(lived_in)
    found = {one.what: one for one in status.examine(lived_in)}
    assert found["working database"].state == WARN
    assert "moved aside and rebuilt" in found["working database"].text
    assert {one.state for one in found.values()} <= {status.OK, WARN}


def files(here: House) -> dict[Path, bytes]:
    """Of the home, but for the lock's."""
    found = [path for path in here.settings.home.rglob("*") if path.is_file() and path != here.settings.lock_file]
    return {path: path.read_bytes() for path in found}


def test_only_looks_leave_the_tables_of_a_version_whose_contract_has_more_columns(lived_in: House) -> None:
    """As before a switch of versions that may not happen: the columns would be gone with their values."""
    (contract,) = lived_in.contracts
    point = contract.feeds[0]
    fewer = replace(point, columns=tuple(one for one in point.columns if one.name != "functions"))
    coming = replace(lived_in, contracts=(replace(contract, feeds=(fewer, *contract.feeds[1:])),))
    before = files(lived_in)
    found = {one.what: one.state for one in status.examine(coming, only_looks=True)}
    assert found["accounts"] == found["key"] == OK
    assert files(lived_in) == before
    overwrite_the_warehouse(lived_in)
    before = files(lived_in)
    (told,) = (one for one in status.examine(lived_in, only_looks=True) if one.what == "working database")
    assert told.state == WARN and "the next run rebuilds it" in told.text
    assert files(lived_in) == before


def test_only_looks_at_a_home_without_data_begin_nothing(here: House) -> None:
    here.settings.published.mkdir(parents=True)
    before = files(here)
    assert not [one for one in status.examine(here, only_looks=True) if one.state == FAIL]
    assert files(here) == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"generation": '])
def test_a_pointer_that_cannot_be_read_is_as_none(lived_in: House, text: str) -> None:
    (lived_in.settings.published / "current.json").write_text(text)
    found = {one.what: one for one in status.examine(lived_in)}
    assert found["publication"].state == WARN
    assert "it stands in for current.json, which is damaged; sihe run publishes again" in found["publication"].text
    said = status.status(lived_in)
    assert (said.generation, said.unreadable, said.data_through) == ("g1", "current.json", "2024-01-05")
    with lived_in.writing("a test") as opened:
        assert lived_in.needs_build(opened)


def test_a_broken_contract_is_named(lived_in: House) -> None:
    error = ContractError(Path("volunteer.odcs.yaml"), "version", 5, "a version like 1.0.0 is needed")
    found = states(replace(lived_in, errors=(error,)))
    assert found == {
        "contracts": "volunteer.odcs.yaml:5: version: a version like 1.0.0 is needed:"
        " its platform is left out until this is mended"
    }


def test_an_inbox_that_is_not_there_is_a_warning(lived_in: House, tmp_path: Path) -> None:
    elsewhere = replace(lived_in, settings=replace(lived_in.settings, inbox=tmp_path / "nowhere"))
    found = {one.what: one.state for one in status.examine(elsewhere)}
    assert found["inbox"] == WARN


def test_a_package_of_another_version_is_named(lived_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["duckdb>=99", "no-such-package>=1", "click>=8", "pywin32; sys_platform == 'win32'"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    found = states(lived_in)["versions"]
    assert f"duckdb {duckdb.__version__} is installed, >=99 is needed" in found
    assert "no-such-package nothing is installed, >=1 is needed" in found
    assert "click" not in found
    assert "pywin32" not in found


@contextmanager
def another_writer(here: House) -> Iterator[None]:
    """A writer that is active in another thread."""
    is_in, is_over = threading.Event(), threading.Event()

    def write() -> None:
        with lock.exclusive(here.settings, 0, "a long backfill"):
            is_in.set()
            is_over.wait(20)

    thread = threading.Thread(target=write)
    thread.start()
    assert is_in.wait(5)
    yield
    is_over.set()
    thread.join()


def test_a_writer_at_work_is_said_and_nothing_fails(lived_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = lock.exclusive
    monkeypatch.setattr(lock, "exclusive", lambda there, _, what: real(there, 0, what))
    with another_writer(lived_in):
        found = {one.what: one for one in status.examine(lived_in)}
        assert (found["lock"].state, "a long backfill" in found["lock"].text) == (WARN, True)
        assert FAIL not in {one.state for one in found.values()}
        with pytest.raises(lock.Busy, match="a long backfill"):
            status.status(lived_in)


# ---------------------------------------------------------------- status


def at_now(here: House) -> House:
    """The installation at a time that the test knows."""
    return replace(here, settings=replace(here.settings, clock=lambda: NOW))


def test_the_status_of_a_new_installation_is_that_nothing_is_there(here: House) -> None:
    found = status.status(at_now(here))
    assert (found.generation, found.pending_files, found.unbuilt_feed_days, found.late) == (None, 0, 0, ())
    assert [(one.newest, one.days_behind, one.deliveries) for one in found.feeds] == [(None, None, 0)] * 3


def test_the_status_says_what_the_ledger_says(lived_in: House) -> None:
    (contract,) = lived_in.contracts
    point, case, _ = contract.feeds
    inbox = lived_in.settings.inbox
    bad = [
        {**CASE, "trips": 99},
        {**CASE, "case_id": "BJ20240105000002", "trips": 99, "status": "?"},
        {**CASE, "case_id": "BJ20240105000003"},
    ]
    put(inbox, "d", "service_centre_service_case_20240106.csv", csv_bytes(case, bad), T1)
    put(inbox, "d", f"{NAME}_r2.csv", b"", T1 + timedelta(hours=1))
    put(inbox, "d", "notes.txt", b"x", T1)
    take(lived_in)
    with lived_in.writing("a test") as opened:
        feed_checks.judge(opened, lived_in.contracts, NOW)
        unbuilt = opened.pending_changes()
    put(inbox, "d", f"{NAME}_r3.csv", csv_bytes(point, []), T1)
    put(inbox, "d", f"{NAME}_r4.csv.part", b"", T1)
    found = status.status(at_now(lived_in))
    assert [(one.feed, one.newest, one.days_behind, one.deliveries, one.held, one.rejected_rows)
            for one in found.feeds] == [
        ("service_centre.service_point", "2024-01-05", 1, 2, 1, 0),
        ("service_centre.service_case", "2024-01-06", 0, 1, 0, 2),
        ("service_centre.duty_shift", None, None, 0, 0, 0),
    ]  # fmt: skip
    assert (found.at, found.generation, found.data_from, found.data_through) == ("2024-01-07 06:00:00", "g1", "a", "b")
    assert (found.pending_files, found.unbuilt_feed_days, found.is_demo) == (1, unbuilt, False)
    assert found.late == (("service_centre.service_point", "2024-01-06"),)
    assert found.held == (
        (f"{NAME}_r2.csv", "is empty: there is no header (export it even where there are no rows)"),
        ("notes.txt", "no feed has files of this name"),
    )
    name = "service_centre_service_case_20240106.csv"
    assert found.rejected == (
        ("service_centre.service_case", "trips: maximum 50", 2, name),
        ("service_centre.service_case", "status: enum", 1, name),
    )
    assert {(one["check_name"], one["feed"]) for one in found.findings} == {
        (feed_checks.FRESHNESS, "service_point"), (feed_checks.FRESHNESS, "duty_shift"),
        (feed_checks.HELD, "service_point"),
    }  # fmt: skip
    read = json.loads(json.dumps(found.as_dict(), default=str))
    assert read["feeds"][0]["feed"] == "service_centre.service_point"
    assert read["rejected"][0] == ["service_centre.service_case", "trips: maximum 50", 2, name]


def test_a_damaged_newest_generation_is_said_with_the_one_that_readers_get(lived_in: House) -> None:
    newest = publish(lived_in, "g2")
    newest.write_bytes(b"damaged" * 1000)
    found = status.status(lived_in)
    assert (found.generation, found.unreadable, found.built_at) == ("g1", "g2", "2024-01-06 05:30:00")
    assert (found.data_from, found.data_through) == ("2024-01-01", "2024-01-05")
    line = (
        "generation g1, data from 2024-01-01 through 2024-01-05: it stands in for g2, which is damaged;"
        " sihe run publishes again"
    )
    assert status.as_published(found.as_dict()) == line
    assert "最新发布 g2 无法读取，读者看到的是 g1，数据截至 2024-01-05" in found.night
    told = {**status.published(in_force(lived_in.settings.published)), "feeds": []}
    assert status.as_lines({"busy": "x", "home": "y", **told}).endswith(line)

    newest.with_name("sihe-g1.duckdb").write_bytes(b"damaged too" * 1000)
    found = status.status(lived_in)
    assert (found.generation, found.unreadable) == (None, "g2")
    assert "nothing that readers can open: g2 is damaged" in status.as_published(found.as_dict())
    assert status.meanwhile(lived_in, "x")["feeds"] == []


def test_a_workbook_is_one_pending_file(settings: Settings, contracts: tuple[Contract, ...]) -> None:
    shared = House(settings, tuple(one for one in contracts if one.platform == "co_building"), (), ())
    put(settings.inbox, "d", "党建共建_20240105.xlsx", b"x", T1)
    assert len(landing.scan(settings.inbox, shared.feeds)[0].feeds) == 7
    assert status.status(at_now(shared)).pending_files == 1


def test_looking_changes_nothing(lived_in: House) -> None:
    def look() -> object:
        with lived_in.writing("a test") as opened:
            return opened.lines(), opened.stamps(), opened.pending_changes(), opened.findings()

    before = look()
    status.status(lived_in)
    list(status.examine(lived_in))
    assert look() == before
