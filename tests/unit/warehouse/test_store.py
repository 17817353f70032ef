"""The working database: one writer, tables that follow their contract, lines and quarantine."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.contracts.model import Contract, Feed, Kind, Treatment
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.settings import PROJECT_DIR, Settings
from pipelines.warehouse.database_file import offline_config
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.lock import Busy, exclusive
from pipelines.warehouse.store import OutOfStep, Warehouse, opened
from tests.unit.helpers import polars_type

DAY = date(2024, 1, 5)

# ---------------------------------------------------------------- the lock

HOLD = """
import sys, time
from pathlib import Path
from pipelines.settings import Settings
from pipelines.warehouse.lock import exclusive
home = Path(sys.argv[1])
with exclusive(Settings(home, home, home), 0, "a long backfill"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_second_writer_is_told_who_the_first_is_and_gets_in_when_that_dies(
    settings: Settings, sign: signal.Signals
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)], stdout=subprocess.PIPE, text=True, cwd=PROJECT_DIR
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        started = time.monotonic()
        with pytest.raises(Busy, match=f"process {holder.pid}: a long backfill, since"), exclusive(settings, 0, "me"):
            pass
        with pytest.raises(Busy), exclusive(settings, 0.3, "me"):
            pass
        assert 0.3 <= time.monotonic() - started < 5
        holder.send_signal(sign)
        with exclusive(settings, 60, "me"):
            assert str(os.getpid()) in settings.lock_file.read_text()
    finally:
        holder.kill()
        holder.wait()
    assert settings.lock_file.read_text() == ""


def test_the_lock_is_reentrant_within_a_process_and_let_go_once(settings: Settings) -> None:
    with exclusive(settings, 0, "outer"):
        with exclusive(settings, 0, "inner"):
            pass
        assert "outer" in settings.lock_file.read_text()
    with exclusive(settings, 0, "again"):
        assert "again" in settings.lock_file.read_text()


def test_the_lock_is_let_go_after_an_error(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(settings, 0, "one"):
        _ = 1 / 0
    with exclusive(settings, 0, "two"):
        pass


def test_a_second_thread_is_a_second_writer(settings: Settings) -> None:
    """Dagster evaluates its sensors in threads of one process: one of them must wait or get Busy."""
    inside: list[str] = []

    def other() -> None:
        try:
            with exclusive(settings, 0, "other thread"):
                inside.append("in")
        except Busy:
            inside.append("busy")

    with exclusive(settings, 0, "this thread"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert inside == ["busy"]


# ---------------------------------------------------------------- tables


@pytest.fixture
def small(contracts: tuple[Contract, ...]) -> Contract:
    return next(contract for contract in contracts if contract.platform == "home_visit")


def with_columns(contract: Contract, feed: Feed) -> Contract:
    return replace(contract, feeds=(feed,))


def columns_of(warehouse: Warehouse, table: str) -> dict[str, str]:
    rows = warehouse.connection.execute(
        "select column_name, data_type from information_schema.columns where table_schema = 'raw' and table_name = ?"
        " order by ordinal_position",
        [table],
    ).fetchall()
    return dict(rows)


def test_every_feed_of_every_contract_has_its_table(settings: Settings, contracts: tuple[Contract, ...]) -> None:
    with exclusive(settings, 0, "a test"), opened(settings, contracts) as warehouse:
        count = "select count(*) from information_schema.tables where table_schema = 'raw'"
        feeds = sum(len(contract.feeds) for contract in contracts)
        assert warehouse.connection.execute(count).fetchall() == [(feeds,)]
        assert warehouse.connection.execute("select count(*) from ledger.feed").fetchall() == [(feeds,)]
        shape = columns_of(warehouse, "snap_report__report")
        assert "reporter_phone" not in shape
        assert list(shape)[-3:] == ["_business_date", "_file_name", "_row_number"]
        assert (shape["photos"], shape["longitude"], shape["reported_at"]) == ("BIGINT", "DOUBLE", "TIMESTAMP")
        assert columns_of(warehouse, "property_selfgov__project")["budget_yuan"] == "DECIMAL(18,2)"
        assert columns_of(warehouse, "volunteer__volunteer")["is_party_member"] == "BOOLEAN"


def test_opening_again_changes_nothing(settings: Settings, small: Contract) -> None:
    with exclusive(settings, 0, "a test"):
        for _ in range(2):
            with opened(settings, [small]) as warehouse:
                feeds = warehouse.connection.execute("select * from ledger.feed").fetchall()
    assert [row[:4] for row in feeds] == [("home_visit", "入户走访可视平台", "visit", "入户走访")]
    assert feeds[0][4:8] == ("append", "csv", "05:00", "1.0.0")


def test_a_home_of_a_later_version_with_more_columns_is_opened(settings: Settings, small: Contract) -> None:
    """Who goes back to this version finds what the later one has added."""
    with exclusive(settings, 0, "a test"):
        with opened(settings, [small]) as warehouse:
            warehouse.connection.execute("alter table ledger.feed add column of_later varchar default 'x'")
        for title in ("另一个", "另一个", "又一个"):
            with opened(settings, [replace(small, title=title)]) as warehouse:
                told = "select platform_title, of_later from ledger.feed"
                assert warehouse.connection.execute(told).fetchall() == [(title, "x")]


def test_a_table_follows_a_contract_that_gains_a_column(settings: Settings, small: Contract) -> None:
    feed = small.feeds[0]
    new = replace(feed.column("photos"), name="videos", header="视频数")
    with exclusive(settings, 0, "a test"):
        with opened(settings, [small]) as warehouse:
            warehouse.connection.execute("insert into raw.home_visit__visit (visit_id, photos) values ('a', 3)")
        grown = with_columns(small, replace(feed, columns=(*feed.columns[:2], new, *feed.columns[2:])))
        with opened(settings, [grown]) as warehouse:
            rows = warehouse.connection.execute("select visit_id, photos, videos from raw.home_visit__visit").fetchall()
            assert rows == [("a", 3, None)]
            incoming = pl.DataFrame({ROW_NUMBER: [2]}).with_columns(
                pl.lit(None, dtype=polars_type(column)).alias(column.name) for column in grown.feeds[0].stored_columns
            )
            warehouse.replace_rows(grown.feeds[0].table, [(line_of(1), incoming.with_columns(videos=pl.lit(7)), None)])
            assert warehouse.connection.execute("select max(videos) from raw.home_visit__visit").fetchall() == [(7,)]


def test_a_column_that_a_contract_drops_takes_its_data_along(settings: Settings, small: Contract) -> None:
    """`drop`: never stored past the landing archive."""
    feed = small.feeds[0]
    dropped = tuple(
        replace(column, privacy=Treatment.DROP) if column.name == "sentiment_text" else column
        for column in feed.columns
    )
    with exclusive(settings, 0, "a test"):
        with opened(settings, [small]) as warehouse:
            warehouse.connection.execute("insert into raw.home_visit__visit (sentiment_text) values ('某')")
        try:
            with opened(settings, [with_columns(small, replace(feed, columns=dropped))]) as warehouse:
                assert "sentiment_text" not in columns_of(warehouse, "home_visit__visit")
        except OutOfStep as asked:
            assert "sentiment_text" in str(asked)


def test_a_column_that_changes_its_type_is_out_of_step(settings: Settings, small: Contract) -> None:
    feed = small.feeds[0]
    changed = tuple(replace(c, kind=Kind.STRING) if c.name == "photos" else c for c in feed.columns)
    with exclusive(settings, 0, "a test"):
        with opened(settings, [small]):
            pass
        with (
            pytest.raises(OutOfStep, match=r"raw\.home_visit__visit\.photos is BIGINT, its contract says VARCHAR"),
            opened(settings, [with_columns(small, replace(feed, columns=changed))]),
        ):
            pass


def test_a_salvaged_feed_keeps_its_table_and_its_rows(settings: Settings, small: Contract) -> None:
    with exclusive(settings, 0, "a test"):
        with opened(settings, [small]) as warehouse:
            warehouse.connection.execute("insert into raw.home_visit__visit (visit_id) values ('a')")
        with opened(settings, [], small.feeds) as warehouse:
            assert warehouse.connection.execute("select visit_id from raw.home_visit__visit").fetchall() == [("a",)]
            assert warehouse.connection.execute("select feed from ledger.feed").fetchall() == [("visit",)]


def test_an_empty_table_stands_in_for_a_salvaged_feed_that_has_none(settings: Settings, small: Contract) -> None:
    """Models read it: a contract that was broken from the first day leaves out only its own platform."""
    with exclusive(settings, 0, "a test"), opened(settings, [], small.feeds) as warehouse:
        assert warehouse.connection.execute("select count(*) from raw.home_visit__visit").fetchall() == [(0,)]
        assert warehouse.connection.execute("select count(*) from ledger.feed").fetchall() == [(0,)]


# ---------------------------------------------------------------- lines


def line_of(number: int, rejected: int = 0) -> Line:
    return Line(
        delivery_id=number,
        platform="home_visit",
        feed="visit",
        business_date=DAY,
        revision=1,
        folder="d",
        file_name="home_visit_visit_20240105.csv",
        sha256="ab" * 32,
        received_at=datetime(2024, 1, 6, 3),
        state="loaded",
        taken_at=datetime(2024, 1, 6, 5),
        rows_counted=rejected,
        rows_rejected=rejected,
    )


def test_lines_come_back_as_they_were_written(warehouse: Warehouse) -> None:
    lines = [line_of(1), replace(line_of(2), platform=None, feed=None, business_date=None, state="rejected")]
    warehouse.write_lines(lines)
    assert warehouse.lines() == lines
    assert warehouse.lines("home_visit.visit", [DAY]) == lines[:1]
    assert warehouse.lines("home_visit.visit", [date(2024, 1, 6)]) == []


def test_quarantine_goes_with_a_line_that_no_longer_counts_rows(warehouse: Warehouse) -> None:
    line = line_of(1, rejected=1)
    warehouse.write_lines([line])
    rows = pl.DataFrame({"row_number": [2], "reasons": [["a", "b"]], "raw": ["{}"]})
    warehouse.write_rejected([(line, rows)])
    warehouse.write_rejected([(line, rows)])
    count = "select count(*) from ledger.rejected_row"
    assert warehouse.connection.execute(count).fetchall() == [(1,)]
    warehouse.write_lines([line.with_no_rows("duplicate", "the same bytes")])
    assert warehouse.connection.execute(count).fetchall() == [(0,)]
    assert warehouse.lines()[0].rows_counted == 0


def test_a_transaction_is_all_or_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(KeyboardInterrupt), warehouse.transaction():
        warehouse.write_lines([line_of(1)])
        raise KeyboardInterrupt
    assert warehouse.lines() == []


def test_a_build_is_whole_only_after_it_ended_well(warehouse: Warehouse) -> None:
    assert not warehouse.is_whole()
    warehouse.note_build("v1", is_whole=False)
    assert (warehouse.is_whole(), warehouse.built_version()) == (False, "v1")
    warehouse.note_build("v1", is_whole=True)
    assert (warehouse.is_whole(), warehouse.built_version()) == (True, "v1")


def test_the_working_file_is_its_owners_and_downloads_nothing(settings: Settings, small: Contract) -> None:
    with exclusive(settings, 0, "a test"), opened(settings, [small]) as warehouse:
        rows = warehouse.connection.execute(
            "select value from duckdb_settings() where name in ('autoinstall_known_extensions',"
            " 'autoload_known_extensions')"
        ).fetchall()
        assert {str(value).lower() for (value,) in rows} == {"false"}
    assert settings.working_db.parent.stat().st_mode & 0o077 == 0


def test_a_build_and_all_else_leave_memory_to_the_other_processes() -> None:
    profiles = yaml.safe_load((PROJECT_DIR / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    built_with = profiles["sihe"]["outputs"]["working"]["settings"]
    with (
        duckdb.connect(config=offline_config()) as ours,
        duckdb.connect(config=built_with) as dbts,
        duckdb.connect() as its,
    ):
        query = "select parse_formatted_bytes(current_setting('memory_limit'))"
        ((own,),), ((of_dbt,),), ((default,),) = (one.execute(query).fetchall() for one in (ours, dbts, its))
    assert own == of_dbt == pytest.approx(default * 5 / 8, rel=0.05)


def test_contracts_of_another_platform_leave_a_platforms_lines(
    settings: Settings, contracts: Sequence[Contract]
) -> None:
    some = [contract for contract in contracts if contract.platform in ("home_visit", "snap_report")]
    with exclusive(settings, 0, "a test"):
        with opened(settings, some):
            pass
        with opened(settings, some[:1]) as warehouse:
            feeds = warehouse.connection.execute("select platform from ledger.feed order by 1").fetchall()
    assert feeds == [("home_visit",), ("snap_report",)]
    with duckdb.connect(str(settings.working_db), read_only=True) as reader:
        assert reader.execute("select count(*) from ledger.feed").fetchall() == [(2,)]
