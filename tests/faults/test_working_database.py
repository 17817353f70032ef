"""The working database can be rebuilt from archive and journal after any damage.

Belongs here: damage to the database, the journal, the archive, and how the next start handles it; backup and restore.
Does not belong here: killed writers (`test_kills`), published generations (`test_generations`).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines import keys
from pipelines.commands import cli, runs
from pipelines.delivery import landing
from pipelines.intake import digests
from pipelines.settings import Settings
from pipelines.warehouse import database_file, journal, store
from tests.conftest import run_sihe
from tests.faults.site import Site, take
from tests.walk.published import checksums, history

Damage = Callable[[Path], object]
NOISE = bytes(range(256)) * 16


def overwrite(at: float, data: bytes) -> Damage:
    """Writes other bytes at a fraction of the file's length."""

    def damage(file: Path) -> None:
        with file.open("r+b") as stream:
            stream.seek(int(at * file.stat().st_size))
            stream.write(data)

    return damage


def a_block_of(table: str) -> Damage:
    """Writes a few other bytes into a block that has rows of the table."""

    def damage(file: Path) -> None:
        with duckdb.connect(str(file), read_only=True) as connection:
            found = connection.execute(f"select max(block_id) from pragma_storage_info('{table}')").fetchall()
        with file.open("r+b") as stream:
            stream.seek(12288 + found[0][0] * 262144 + 100)
            stream.write(NOISE[:64])

    return damage


def cut(share: float) -> Damage:
    return lambda file: os.truncate(file, int(share * file.stat().st_size))


def another(sql: str) -> Damage:
    def damage(file: Path) -> None:
        file.unlink()
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)

    return damage


def foreign_log(file: Path) -> None:
    """The log of another database, as its killed writer left it."""
    code = (
        f"import duckdb, os; c = duckdb.connect({str(file.with_name('other'))!r});"
        "c.execute('create table t as select 1 a'); c.execute('checkpoint');"
        "c.execute('insert into t values (2)'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    file.with_name("other.wal").rename(file.with_name(f"{file.name}.wal"))


def orphaned_log(file: Path) -> None:
    foreign_log(file)
    file.unlink()


DAMAGES: dict[str, tuple[Damage, str]] = {
    "its first bytes": (overwrite(0, NOISE), "not a valid DuckDB database file"),
    "a header": (overwrite(0, b"\0" * 9000), "not a valid DuckDB database file"),
    "a block of raw rows": (a_block_of("raw.command_centre__event"), "Corrupt database file"),
    "a block of the ledger": (a_block_of("ledger.delivery"), "Corrupt database file"),
    "cut in half": (cut(0.5), "Could not read enough bytes"),
    "cut by a few bytes": (cut(0.9999), "Could not read enough bytes"),
    "emptied": (cut(0), "not a valid DuckDB database file"),
    "a text": (lambda file: file.write_text("not a database\n" * 999), "not a valid DuckDB database file"),
    "no tables": (another("select 1"), "it is empty"),
    "someone else's tables": (another("create table t as select 1 a"), "no working database of this house"),
    "a ledger of another shape": (
        another("create schema ledger; create table ledger.delivery as select 1 delivery_id"),
        "no working database of this house",
    ),
    "a foreign log": (foreign_log, "WAL does not match database file"),
    "a log alone": (orphaned_log, "its log lies there without it"),
    "deleted": (Path.unlink, "was rebuilt"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_noticed_moved_aside_and_made_again(taken: Site, after: Site, damage: str) -> None:
    do, said = DAMAGES[damage]
    do(after.settings.working_db)
    assert after.state() == taken.state()
    assert take(after.here) == 0  # the files in the inbox are known as loaded
    assert said in after.told()
    assert f"{taken.received()} deliveries taken again from archive and journal" in after.told()
    assert ("moved to" in after.told()) == (damage != "deleted") == after.settings.set_aside.exists()


def test_times_of_taking_survive_so_that_files_are_kept_no_longer_than_promised(taken: Site, after: Site) -> None:
    after.settings.working_db.unlink()
    times = [{(*line.place, line.feed, line.sha256): line.taken_at for line in one.lines()} for one in (after, taken)]
    assert times[0] == times[1]


def test_a_database_of_another_installation_is_not_worked_on(taken: Site, after: Site, site: Site) -> None:
    take(site.here)
    shutil.copyfile(site.settings.working_db, after.settings.working_db)
    assert after.state() == taken.state()
    assert "belongs to another installation" in after.told()


def test_an_older_copy_of_the_database_catches_up(taken: Site, site: Site) -> None:
    later = [file for file in site.settings.inbox.rglob("*_20240106*") if file.is_file()]
    for file in later:
        file.rename(file.with_name(f"{file.name}.part"))
    take(site.here)
    copy = site.settings.working_db.with_name("copy")
    shutil.copyfile(site.settings.working_db, copy)
    for file in later:
        file.with_name(f"{file.name}.part").rename(file)
    assert take(site.here) > 0
    copy.replace(site.settings.working_db)
    assert site.state()["delivery"] == taken.state()["delivery"]


def test_a_sound_database_is_neither_examined_nor_made_again(after: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    after.lines()
    monkeypatch.setattr(store, "examine", lambda connection: pytest.fail("examined"))
    after.lines()
    assert after.told() == ""


def test_what_duckdb_says_of_the_disk_or_the_work_is_no_damage(after: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (duckdb.IOException("IO Error: No space left on device"), duckdb.CatalogException("no such table")):

        def fail(connection: object, error: duckdb.Error = error) -> None:
            raise error

        database_file.seal_of(after.settings).unlink(missing_ok=True)
        monkeypatch.setattr(store, "examine", fail)
        with pytest.raises(type(error)):
            after.lines()
        assert after.settings.working_db.exists()
        assert not after.settings.set_aside.exists()


def test_only_the_newest_databases_moved_aside_are_kept(after: Site) -> None:
    for i in range(4):
        after.settings.working_db.write_text(f"damage {i}")
        database_file.set_aside(after.settings)
    kept = sorted(after.settings.set_aside.iterdir())
    assert [(folder / "sihe.duckdb").read_text() for folder in kept] == ["damage 2", "damage 3"]


# ---------------------------------------------------------------- the journal, the archive, the key


def test_a_lost_journal_is_written_again_from_the_database(taken: Site, after: Site) -> None:
    before = journal.read(after.settings.journal)[0]
    after.settings.journal.unlink()
    after.lines()
    key = {entry.delivery: (entry.received_at, entry.taken_at, entry.state) for entry in before}
    assert {e.delivery: (e.received_at, e.taken_at, e.state) for e in journal.read(after.settings.journal)[0]} == key
    after.settings.working_db.unlink()
    assert after.state() == taken.state()


def test_a_journal_cut_short_is_completed_and_a_torn_line_does_not_count(taken: Site, after: Site) -> None:
    os.truncate(after.settings.journal, after.settings.journal.stat().st_size // 2)
    after.lines()
    after.settings.working_db.unlink()
    assert after.state() == taken.state()
    with after.settings.journal.open("ab") as stream:
        stream.write(b'{"platform":"command_centre","fe')
    assert after.state() == taken.state()


def test_a_file_that_is_no_journal_is_refused_in_words(after: Site) -> None:
    after.settings.journal.write_text("hello\n")
    with pytest.raises(journal.Unreadable, match="move it away or restore it"):
        after.lines()


def test_lines_are_on_the_disk_whole_or_not_at_all(after: Site) -> None:
    entries, end, broken = journal.read(after.settings.journal)
    assert entries
    assert broken == 0
    start, appended = journal.append(after.settings.journal, entries[:2])
    assert (start, appended) == (end, after.settings.journal.stat().st_size)
    journal.take_back(after.settings.journal, start)
    assert journal.read(after.settings.journal) == (entries, end, 0)


def test_what_the_archive_cannot_give_back_is_held_and_said(after: Site) -> None:
    lines = [line for line in after.lines() if line.feed == "duty_shift"]
    gone, damaged = (landing.archived(after.settings.archive, line.sha256) for line in lines)
    gone.unlink()
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes() + b" ")
    after.settings.working_db.unlink()
    now = {line.file_name: line.reason for line in after.lines() if line.feed == "duty_shift"}
    assert set(now.values()) == set(digests.LOST)
    assert "the archive cannot give them back" in after.told()
    assert all(name in after.told() for name in now)
    after.state()


def test_a_lost_key_is_not_replaced_by_another_one(after: Site) -> None:
    after.settings.working_db.unlink()
    after.settings.key_file.unlink()
    with pytest.raises(keys.KeyUnusable, match="restore it from its backup"):
        after.lines()
    assert not after.settings.key_file.exists()


def test_deliveries_of_a_broken_contract_wait_for_it(taken: Site, after: Site) -> None:
    after.settings.working_db.unlink()
    some = tuple(contract for contract in after.here.contracts if contract.platform != "command_centre")
    without = Site(replace(after.here, contracts=some))
    assert {line.platform for line in without.lines()} == {line.platform for line in taken.lines()} - {"command_centre"}
    assert "wait for a usable contract" in after.told()
    assert after.state() == taken.state()


# ---------------------------------------------------------------- as people do it


def test_a_backup_made_while_running_restores_to_the_same_rows(taken: Site, after: Site, tmp_path: Path) -> None:
    """docs/operations.md, Backup: the journal before the archive, then the key."""
    home = tmp_path / "restored"
    for part in ("journal", "archive", "keys"):
        shutil.copytree(after.settings.home / part, home / part)
    restored = Site(replace(after.here, settings=Settings(home, after.settings.inbox, after.settings.contracts)))
    assert restored.state() == taken.state()


def test_rebuild_refuses_to_lose_what_only_the_database_still_has(taken: Site, after: Site) -> None:
    line = next(line for line in after.lines() if line.state == "loaded")
    file = landing.archived(after.settings.archive, line.sha256)
    for why in ("damaged", "missing"):
        file.write_bytes(file.read_bytes()[:-9]) if why == "damaged" else file.unlink()
        ran = CliRunner().invoke(cli.main, ["rebuild", "--home", str(after.settings.home)])
        assert ran.exit_code == 1
        assert f"{line.file_name}: {why}: {file}\nrestore them from the backup, or say --anyway" in ran.output
    assert after.state() == taken.state()


def test_rebuild_of_a_damaged_database_names_what_the_archive_has_lost(
    after: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no ledger: the journal has the files, and the newest generation says which of them were held."""
    lines = after.lines()
    used = {line.sha256 for line in lines if line.state in ("loaded", "superseded")}
    needed = next(line for line in lines if line.state == "loaded")
    held = next(line for line in lines if line.state == "held" and line.feed and line.sha256 not in used)
    files = {line: landing.archived(after.settings.archive, line.sha256) for line in (needed, held)}
    whole = files[needed].read_bytes()
    for file in files.values():
        file.unlink(missing_ok=True)
    after.settings.published.mkdir(exist_ok=True)
    with duckdb.connect(str(after.settings.published / "sihe-20240101-000000.duckdb")) as generation:
        generation.execute("create schema meta; create table meta.build (generation varchar)")
        generation.execute("create table meta.delivery (sha256 varchar, state varchar)")
        generation.executemany("insert into meta.delivery values (?, ?)", [(one.sha256, one.state) for one in lines])

    def rebuild(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli.main, ["rebuild", "--home", str(after.settings.home), *arguments])
        return ran.exit_code, ran.output

    after.settings.working_db.write_bytes(b"damaged" * 10_000)
    code, said = rebuild()
    assert code == 1
    assert f"1 of {len(used)} files are missing" in said and "moved to" in said
    assert f"  {needed.file_name}: missing: {files[needed]}\n" in said and held.file_name not in said
    # The damaged database is in its place aside; what stands in for it is empty, and no ledger either.
    assert f"{needed.file_name}: missing" in rebuild()[1]
    files[needed].write_bytes(whole)
    monkeypatch.setattr(runs, "build", lambda *_: True)
    code, said = rebuild()
    assert code == 0, said
    assert {line.sha256 for line in after.lines() if line.state in ("loaded", "superseded")} == used


def test_a_column_may_change_its_type_with_a_rebuild(
    after: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended = tmp_path / "contracts"
    shutil.copytree(after.settings.contracts, mended)
    file = mended / "command_centre.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    whole = "{name: rework_count, physicalName: 返工次数, logicalType: integer"
    assert whole in text
    file.write_text(text.replace(whole, whole.replace("integer", "number")), encoding="utf-8")
    monkeypatch.setenv("SIHE_CONTRACTS", str(mended))
    arguments = ["--home", str(after.settings.home)]
    refused = CliRunner().invoke(cli.main, ["run", *arguments, "--inbox", str(after.settings.inbox)])
    assert refused.exit_code == 1
    assert "rework_count is BIGINT, its contract says DOUBLE: sihe rebuild takes the files in again" in refused.output
    question = "select event_id, rework_count, typeof(rework_count) from raw.command_centre__event order by all"

    def rows() -> list[tuple[object, ...]]:
        with duckdb.connect(str(after.settings.working_db), read_only=True) as connection:
            return connection.execute(question).fetchall()

    before = rows()
    assert before
    monkeypatch.setattr(runs, "build", lambda *_: True)
    rebuilt = CliRunner().invoke(cli.main, ["rebuild", *arguments])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert rows() == [(event, count, "DOUBLE") for event, count, _ in before]


def test_rebuild_ends_in_the_same_published_tables(published: Site) -> None:
    """The command on a home whose database is damaged and that never had a journal: the state before an upgrade."""
    home = published.settings.home
    before, told = checksums(home), history(home)
    generation = json.loads((home / "published" / "current.json").read_text())["generation"]
    ran = run_sihe(home, "rebuild")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "the working database is no more: moved to" in ran.stdout
    assert "71 deliveries taken again from archive and journal" in ran.stderr
    assert "71 loaded" in ran.stdout
    assert json.loads((home / "published" / "current.json").read_text())["generation"] != generation
    assert checksums(home) == before
    assert history(home) == told
