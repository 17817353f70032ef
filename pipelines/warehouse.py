"""The working database and its writer: raw rows, the ledger of deliveries, the lock.

Belongs here: the tables of schemas `raw` and `ledger`, and every statement that changes them, but for the work list
`ledger.change`, which dbt clears when a whole build went through. A feed-day is written in
one transaction: its rows, its rejected rows and its ledger lines, or nothing. No ledger line: it never happened.
The database is expendable: one that is damaged or another's is moved aside when it is opened.
Does not belong here: reading files, checking rows (`intake` composes those), the models of `staging`, `marts` and
`meta` (dbt's), what readers see (`publish`), filling a new database from archive and journal (`recovery`).
"""

import contextlib
import fcntl
import logging
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from pipelines import journal
from pipelines.contract import Contract, Feed, Treatment
from pipelines.journal import Entry
from pipelines.privacy import Key
from pipelines.settings import LOCK_WAIT_SECONDS, SET_ASIDE_KEPT, Settings, beijing_now, reach

log = logging.getLogger("sihe")

ROWS_PER_BATCH = 122_880  # DuckDB's row group: batches of this size are scanned by every core.

_LEDGER = """
create schema if not exists raw;
create schema if not exists ledger;
create sequence if not exists ledger.delivery_ids;
create sequence if not exists ledger.change_ids;
create table if not exists ledger.delivery (
    delivery_id bigint primary key, platform varchar, feed varchar, business_date date, revision integer not null,
    folder varchar not null, file_name varchar not null, sha256 varchar not null, received_at timestamp not null,
    state varchar not null, reason varchar, rows_counted bigint not null, rows_loaded bigint not null,
    rows_rejected bigint not null, rows_duplicate bigint not null, rows_superseded bigint not null,
    key_id varchar, taken_at timestamp not null, contract_version varchar
);
alter table ledger.delivery add column if not exists contract_version varchar;
alter table ledger.delivery add column if not exists rows_erased bigint default 0;
create table if not exists ledger.rejected_row (
    delivery_id bigint not null, row_number bigint not null, reasons varchar[] not null, raw varchar not null
);
create table if not exists ledger.feed (
    platform varchar, platform_title varchar, feed varchar, title varchar, delivery varchar, format varchar,
    available_at varchar, contract_version varchar, owner varchar
);
create table if not exists ledger.change (
    change_id bigint not null, platform varchar not null, feed varchar not null, business_date date not null
);
create table if not exists ledger.check_result (
    check_name varchar, platform varchar, feed varchar, business_date date, status varchar, observed double,
    expected double, detail varchar
);
create table if not exists ledger.build (
    is_whole boolean not null, code_version varchar, generation varchar, noted_at timestamp not null
);
alter table ledger.build add column if not exists published_stamp varchar;
create table if not exists ledger.journal (identity varchar not null, bytes bigint not null);
create table if not exists ledger.seen_file (
    taken_by varchar, folder varchar, file_name varchar, stamp varchar not null,
    primary key (taken_by, folder, file_name)
);
"""


class Busy(RuntimeError):
    """Another process is writing; says which."""


class OutOfStep(RuntimeError):
    """A raw table is not what its contract says and cannot be brought there: the data must be taken in anew."""


class Unsound(RuntimeError):
    """The working database cannot be worked on: damaged, cut off, not ours."""


@dataclass(frozen=True)
class Line:
    """One line of the ledger: a file received, for one feed (or none), and what became of its rows."""

    delivery_id: int
    platform: str | None
    feed: str | None
    business_date: date | None
    revision: int
    folder: str
    file_name: str
    sha256: str
    received_at: datetime
    state: str
    reason: str | None = None
    rows_counted: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0
    key_id: str | None = None
    contract_version: str | None = None
    # Null until it is written: then the time of its writing.
    taken_at: datetime | None = field(default=None, compare=False)
    rows_erased: int = 0
    """Rows of the file that were taken out since a person asked to be forgotten; rows_counted are the others."""

    @property
    def place(self) -> tuple[str, str]:
        return self.folder, self.file_name

    def with_no_rows(self, state: str, reason: str | None) -> "Line":
        return replace(
            self,
            state=state,
            reason=reason,
            rows_counted=0,
            rows_loaded=0,
            rows_rejected=0,
            rows_duplicate=0,
            rows_superseded=0,
            rows_erased=0,
            key_id=None,
        )


_FIELDS = tuple(Line.__dataclass_fields__)
_TYPE_OF_FIELD: Mapping[str, pl.DataType] = {
    "business_date": pl.Date(), "received_at": pl.Datetime("us"), "taken_at": pl.Datetime("us"),
    "delivery_id": pl.Int64(), "revision": pl.Int64(),
    **{f"rows_{fate}": pl.Int64() for fate in ("counted", "loaded", "rejected", "duplicate", "superseded", "erased")},
}  # fmt: skip
_LINE_SCHEMA = {name: _TYPE_OF_FIELD.get(name, pl.String()) for name in _FIELDS}

_held_locks: dict[tuple[Path, int], int] = {}


@contextlib.contextmanager
def exclusive(settings: Settings, wait_seconds: float, what: str) -> Iterator[None]:
    """One writer at a time, whoever started it; raises Busy after `wait_seconds`. Re-entrant within a thread.

    The lock is the kernel's: it ends with its process, however that ends.
    """
    path = settings.lock_file
    mine = (path, threading.get_ident())
    if _held_locks.get(mine):
        _held_locks[mine] += 1
        try:
            yield
        finally:
            _held_locks[mine] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with path.open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    file.seek(0)
                    raise Busy(f"{path}: held by {file.read().strip() or 'another process'}") from None
                time.sleep(0.2)
        file.truncate(0)
        file.write(f"process {os.getpid()}: {what}, since {beijing_now():%Y-%m-%d %H:%M:%S}\n")
        file.flush()
        _held_locks[mine] = 1
        try:
            yield
        finally:
            del _held_locks[mine]
            file.truncate(0)


class Warehouse:
    """The working database, open for writing. Use `opened`, inside `exclusive`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.connection = connection
        self._journal = settings.journal
        self.made_anew_because: str | None = None
        """Why the database that was there has been moved aside, and where to; null where it was not."""

    # ------------------------------------------------------------ what is there

    def lines(self, platform: str | None = None, feed: str | None = None, day: date | None = None) -> list[Line]:
        """Ledger lines, of one feed and business date where given, in the order of taking."""
        query = f"select {', '.join(_FIELDS)} from ledger.delivery"
        given = [("platform", platform), ("feed", feed), ("business_date", day)]
        wheres = [(f"{name} = ?", value) for name, value in given if value is not None]
        if wheres:
            query += " where " + " and ".join(condition for condition, _ in wheres)
        rows = self.connection.execute(query + " order by delivery_id", [value for _, value in wheres]).fetchall()
        return [Line(*row) for row in rows]

    def stamps(self) -> dict[tuple[str, str, str], str]:
        """(feed id or '' for none, folder, file name) → stamp of every file that need not be looked at again."""
        rows = self.connection.execute("select taken_by, folder, file_name, stamp from ledger.seen_file").fetchall()
        return {(taken_by, folder, name): stamp for taken_by, folder, name, stamp in rows}

    def key_ids(self) -> set[str]:
        """The keys that pseudonyms in this warehouse were made with."""
        rows = self.connection.execute(
            "select distinct key_id from ledger.delivery where key_id is not null"
        ).fetchall()
        return {key_id for (key_id,) in rows}

    def taken_on(self) -> dict[str, list[tuple[str, date]]]:
        """sha256 → platform and date of taking of every line with these bytes that a feed has."""
        rows = self.connection.execute(
            "select sha256, platform, taken_at::date from ledger.delivery where platform is not null"
        ).fetchall()
        found: dict[str, list[tuple[str, date]]] = {}
        for sha256, platform, day in rows:
            found.setdefault(sha256, []).append((platform, day))
        return found

    def findings(self) -> list[dict[str, object]]:
        """Rows of `ledger.check_result` that do not pass: the whole feed first, then its days, newest first."""
        found = self.connection.execute(
            "select check_name, platform, feed, business_date, status, observed, expected, detail"
            " from ledger.check_result where status <> 'pass'"
            " order by check_name, platform, feed, business_date desc nulls first"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def pending_changes(self) -> int:
        """Feed-days that dbt has not built yet."""
        return int(self.connection.execute("select count(*) from ledger.change").fetchall()[0][0])

    def built_version(self) -> str | None:
        """The code version that all tables of the models are of; null before the first and within a full build."""
        rows = self.connection.execute("select code_version from ledger.build").fetchall()
        return rows[0][0] if rows else None

    def published_generation(self) -> str | None:
        """The generation that the last build was published as; null until it was."""
        rows = self.connection.execute("select generation from ledger.build").fetchall()
        return rows[0][0] if rows else None

    def published_stamp(self) -> str | None:
        """What `note_published` was told of the file; null where it was told nothing."""
        rows = self.connection.execute("select published_stamp from ledger.build").fetchall()
        return rows[0][0] if rows else None

    def is_whole(self) -> bool:
        """Whether the last build ended well."""
        return bool(self.connection.execute("select count(*) from ledger.build where is_whole").fetchall()[0][0])

    # ------------------------------------------------------------ what is written

    def note_build(self, code_version: str | None, *, is_whole: bool) -> None:
        """Said before dbt starts (not whole) and after it ended well: half a build is never published."""
        with self.transaction():
            self.connection.execute("delete from ledger.build")
            row = [is_whole, code_version, beijing_now()]
            self.connection.execute("insert into ledger.build (is_whole, code_version, noted_at) values (?, ?, ?)", row)

    def forget_build(self) -> None:
        """All that is built is to be built anew: no look at what changed would find it."""
        self.connection.execute("update ledger.build set is_whole = false, code_version = null")

    def note_published(self, generation: str, stamp: str | None = None) -> None:
        """stamp: the generation's file, as it was when it was checked."""
        self.connection.execute("update ledger.build set generation = ?, published_stamp = ?", [generation, stamp])

    def note_unbuilt(self) -> None:
        """The ledger says something that no build has seen, of no feed-day that a model could look at."""
        self.connection.execute("update ledger.build set is_whole = false")

    def prepare(self, contracts: Sequence[Contract], salvaged: Sequence[Feed] = ()) -> None:
        """Tables for every feed of every contract, and the list of feeds for readers.

        The tables of broken contracts' feeds keep what they have; a missing one, or a missing column, stands in empty.
        """
        self.connection.execute(_LEDGER)
        rows = [
            (
                contract.platform,
                contract.title,
                feed.name,
                feed.title,
                feed.delivery.value,
                feed.format,
                contract.available_at.strftime("%H:%M"),
                contract.version,
                contract.owner,
            )
            for contract in contracts
            for feed in contract.feeds
        ]
        found: dict[str, dict[str, str]] = {}
        for table, name, kind in self.connection.execute(
            "select table_name, column_name, data_type from duckdb_columns()"
            " where schema_name = 'raw' and database_name = current_database() order by table_name, column_index"
        ).fetchall():
            found.setdefault(table, {})[name] = kind.replace(" ", "")
        with self.transaction():
            for contract in contracts:
                for feed in contract.feeds:
                    self._ensure_table(feed, found.get(feed.table))
            for feed in salvaged:
                self._create_table(feed, "if not exists ")
                for column in feed.table_columns if feed.table in found else ():
                    if column.name not in found[feed.table]:
                        self.connection.execute(
                            f"alter table raw.{feed.table} add column {column.name} {column.sql_type}"
                        )
            platforms = [contract.platform for contract in contracts]
            mine = "where platform in (select unnest(?))"
            if set(self.connection.execute(f"from ledger.feed {mine}", [platforms]).fetchall()) != set(rows):
                self.connection.execute(f"delete from ledger.feed {mine}", [platforms])
                self.connection.executemany("insert into ledger.feed values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _create_table(self, feed: Feed, condition: str = "") -> None:
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in feed.table_columns)
        self.connection.execute(
            f"create table {condition}raw.{feed.table}"
            f" ({columns}, _business_date date, _file_name varchar, _row_number bigint)"
        )

    def _ensure_table(self, feed: Feed, found: Mapping[str, str] | None) -> None:
        wanted = {column.name: column.sql_type.replace(" ", "") for column in feed.table_columns}
        if found is None:
            self._create_table(feed)
            return
        for name in found:
            if name not in wanted and not name.startswith("_"):
                self.connection.execute(f"alter table raw.{feed.table} drop column {name}")
        for name, kind in wanted.items():
            if name not in found:
                self.connection.execute(f"alter table raw.{feed.table} add column {name} {kind}")
            elif found[name] != kind:
                raise OutOfStep(
                    f"raw.{feed.table}.{name} is {found[name]}, its contract says {kind}:"
                    " sihe rebuild takes the files in anew"
                )

    def next_delivery_ids(self, count: int) -> list[int]:
        query = "select nextval('ledger.delivery_ids') from range(?)"
        return [int(number) for (number,) in self.connection.execute(query, [count]).fetchall()]

    @contextlib.contextmanager
    def transaction(self, received: Sequence[Entry] = ()) -> Iterator[None]:
        """All or nothing. received: the deliveries that it writes, which the journal has before it commits."""
        if not received:
            with self._all_or_nothing():
                yield
            return
        start, end = journal.append(self._journal, received)
        reach("committing.journalled")
        try:
            with self._all_or_nothing():
                yield
                # Where something before is still missing here, `recovery` goes on from there at the next start.
                self.connection.execute("update ledger.journal set bytes = ? where bytes = ?", [end, start])
                reach("committing.written")
        except BaseException:
            journal.take_back(self._journal, start)
            raise
        reach("committing.committed")

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            # A fatal error, such as a full disk, has ended the transaction already.
            with contextlib.suppress(duckdb.Error):
                self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    # ------------------------------------------------------------ the journal

    def in_step(self, *, was_new: bool) -> None:
        """Journal and database are told of each other: made, or completed, where one of them is new or behind.

        was_new: the database has just been made. Raises Unsound where they belong to different installations.
        """
        rows = self.connection.execute("select identity, bytes from ledger.journal").fetchall()
        mine = rows[0][0] if rows else None
        its = journal.identity_of(self._journal)
        if mine and its and mine != its:
            raise Unsound("it belongs to another installation")
        if mine is None and its is not None and not was_new and self.lines():
            raise Unsound("it is older than the journal beside it")
        if its is None:
            self._journal.unlink(missing_ok=True)  # at most the torn beginning of one
            journal.begin(self._journal, mine)
            self._write_journal()
        elif rows and rows[0][1] > self._journal.stat().st_size:
            log.warning("%s: shorter than it was: completed from the working database", self._journal)
            self._write_journal()
        elif mine is None:
            self.connection.execute("insert into ledger.journal values (?, 0)", [its])

    def _write_journal(self) -> None:
        """The deliveries that the database knows and the journal does not."""
        its = journal.identity_of(self._journal)
        known = {entry.delivery for entry in journal.read(self._journal)[0]}
        stamps = self.stamps()
        lines = [line for line in self.lines() if _delivery(line) not in known]
        entries = [entry_of(line, stamps.get((f"{line.platform}.{line.feed}", *line.place))) for line in lines]
        _, end = journal.append(self._journal, entries)
        with self.transaction():
            self.connection.execute("delete from ledger.journal")
            self.connection.execute("insert into ledger.journal values (?, ?)", [its, end])

    def has_read_no_journal(self) -> bool:
        """Whether the database has just been made beside a journal."""
        return bool(self.connection.execute("select count(*) from ledger.journal where bytes = 0").fetchall()[0][0])

    def not_known_yet(self) -> list[Entry]:
        """Deliveries of the journal that are not in the ledger, in its order: a writer was killed before its commit, or
        the database is new or an older copy."""
        ((start,),) = self.connection.execute("select bytes from ledger.journal").fetchall()
        if start == self._journal.stat().st_size:
            return []
        entries, end, broken = journal.read(self._journal, start)
        if broken:
            log.error("%s: %s lines cannot be understood", self._journal, broken)
        known = {_delivery(line) for line in self.lines()}
        # The last line of a delivery counts: one before it belongs to a transaction that never committed.
        missing = {entry.delivery: entry for entry in entries if entry.delivery not in known}
        if not missing:
            self.note_journal_read(end)
        return list(missing.values())

    def note_journal_read(self, end: int | None = None) -> None:
        """The ledger has all of the journal up to a byte, its end where none is given."""
        end = journal.read(self._journal, self._journal.stat().st_size)[1] if end is None else end
        self.connection.execute("update ledger.journal set bytes = ?", [end])

    def write_lines(self, lines: Sequence[Line]) -> None:
        """Adds or replaces ledger lines, which keep the time of their taking; the quarantine of a line that no longer
        counts rows goes with them."""
        if not lines:
            return
        columns = {name: [getattr(line, name) for line in lines] for name in _FIELDS}
        chosen = [f"incoming.{name}" if name != "taken_at" else "coalesce(known.taken_at, incoming.taken_at, ?)"
                  for name in _FIELDS]  # fmt: skip
        self._insert(
            f"insert or replace into ledger.delivery ({', '.join(_FIELDS)})"
            f" select {', '.join(chosen)} from incoming"
            " left join ledger.delivery as known on incoming.delivery_id = known.delivery_id",
            pl.DataFrame(columns, schema=_LINE_SCHEMA),
            [beijing_now()],
        )
        self._forget_rejected([line for line in lines if line.rows_rejected == 0])

    def write_rejected(self, rejected: Sequence[tuple[Line, pl.DataFrame]]) -> None:
        """A line and its rejected rows (row_number, reasons, raw), which replace what was kept for it."""
        self._forget_rejected([line for line, _ in rejected])
        frames = [
            rows.select(pl.lit(line.delivery_id, dtype=pl.Int64).alias("delivery_id"), "row_number", "reasons", "raw")
            for line, rows in rejected
            if rows.height
        ]
        if frames:
            self._insert(
                "insert into ledger.rejected_row select delivery_id, row_number, reasons, raw from incoming",
                pl.concat(frames),
            )

    def _forget_rejected(self, lines: Sequence[Line]) -> None:
        if lines:
            ids = [line.delivery_id for line in lines]
            self.connection.execute("delete from ledger.rejected_row where list_contains(?, delivery_id)", [ids])

    def replace_rows(self, table: str, deliveries: Sequence[tuple[Line, pl.DataFrame]]) -> None:
        """Lines in force and their rows (`_row_number` and the stored columns, treated), a business date each; they
        replace the earlier rows of these dates."""
        if not deliveries:
            return
        days = [line.business_date for line, _ in deliveries]
        self.connection.execute(f"delete from raw.{table} where list_contains(?, _business_date)", [days])
        rows = pl.concat(
            [
                rows.with_columns(
                    pl.lit(line.business_date, dtype=pl.Date).alias("_business_date"),
                    pl.lit(line.file_name, dtype=pl.String).alias("_file_name"),
                )
                for line, rows in deliveries
            ],
            how="vertical" if len({tuple(rows.columns) for _, rows in deliveries}) == 1 else "diagonal",
        )
        names = ", ".join(rows.columns)
        self._insert(f"insert into raw.{table} ({names}) select {names} from incoming", rows)

    def erase_rows(self, feed: Feed, tokens: Sequence[str], days: Sequence[date]) -> dict[date, int]:
        """Deletes the rows of these business dates that have one of these tokens; how many of each. For deliveries
        whose file the archive keeps no more; the caller changes their lines."""
        columns = [column.name for column in feed.table_columns if column.privacy is Treatment.PSEUDONYMISE]
        if not columns:
            return {}
        theirs = " or ".join(f"list_contains($tokens, {name})" for name in columns)
        of_rows = f"from raw.{feed.table} where list_contains($days, _business_date) and ({theirs})"
        given = {"tokens": list(tokens), "days": list(days)}
        counts = self.connection.execute(f"select _business_date, count(*) {of_rows} group by 1", given).fetchall()
        self.connection.execute(f"delete {of_rows}", given)
        return dict(counts)

    def clean_texts(self, feed: Feed, clean: Callable[[str], str], days: Sequence[date]) -> list[date]:
        """Changes free texts of rows of these business dates; of which dates some were."""
        changed: set[date] = set()
        for column in feed.table_columns:
            if column.privacy is Treatment.REDACT or (column.sql_type == "VARCHAR" and column.codes is None):
                of_rows = f"raw.{feed.table} where list_contains($days, _business_date)"
                found = self.connection.execute(
                    f"select distinct {column.name}, _business_date from {of_rows} and {column.name} is not null",
                    {"days": list(days)},
                ).fetchall()
                replaced = {text: new for text, _ in found if (new := clean(text)) != text}
                for text, new in replaced.items():
                    self.connection.execute(
                        f"update raw.{feed.table} set {column.name} = $new"
                        f" where list_contains($days, _business_date) and {column.name} = $text",
                        {"days": list(days), "new": new, "text": text},
                    )
                changed |= {day for text, day in found if text in replaced}
        return sorted(changed)

    def renew_tokens(self, feeds: Sequence[Feed], key: Key, replaced: Key) -> int:
        """Every token that the replaced key made, as this one makes it; how many different ones there were."""
        count = 0
        for feed in feeds:
            for column in feed.table_columns:
                if column.privacy is Treatment.PSEUDONYMISE:
                    table, name = f"raw.{feed.table}", column.name
                    tokens = self.connection.execute(
                        f"select distinct {name} from {table} where {name} is not null"
                    ).fetchall()
                    frame = pl.DataFrame(
                        [(token, key.renewed(token, replaced.id)) for (token,) in tokens],
                        schema={"old": pl.String, "new": pl.String},
                        orient="row",
                    )
                    self._insert(f"update {table} set {name} = new from incoming where {name} = old", frame)
                    count += frame.height
        self.connection.execute("update ledger.delivery set key_id = ? where key_id = ?", [key.id, replaced.id])
        return count

    def _insert(self, statement: str, rows: pl.DataFrame, parameters: Sequence[Any] = ()) -> None:
        table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
        incoming = pa.Table.from_batches(table.to_batches(max_chunksize=ROWS_PER_BATCH), schema=table.schema)
        self.connection.register("incoming", incoming)
        try:
            self.connection.execute(statement, parameters)
        finally:
            self.connection.unregister("incoming")

    def note_changes(self, changes: Sequence[tuple[Feed, date]]) -> None:
        """Puts feed-days on dbt's work list; dbt clears it when a whole build has succeeded."""
        if changes:
            rows = [(feed.platform, feed.name, day) for feed, day in changes]
            frame = pl.DataFrame(rows, schema={"platform": pl.String, "feed": pl.String, "day": pl.Date}, orient="row")
            self._insert(
                "insert into ledger.change select nextval('ledger.change_ids'), platform, feed, day from incoming",
                frame,
            )

    def note_seen(self, files: Sequence[tuple[str, str, str, str]]) -> None:
        """files: (feed id or '' for none, folder, file name, stamp)."""
        if files:
            schema = dict.fromkeys(("taken_by", "folder", "file_name", "stamp"), pl.String)
            frame = pl.DataFrame(files, schema=schema, orient="row")
            self._insert(
                "insert or replace into ledger.seen_file select taken_by, folder, file_name, stamp from incoming",
                frame.unique(subset=["taken_by", "folder", "file_name"], keep="last", maintain_order=True),
            )


def _delivery(line: Line) -> journal.Delivery:
    return line.platform, line.feed, line.business_date, line.folder, line.file_name, line.sha256


def entry_of(line: Line, stamp: str | None = None, size: int = 0, *, is_read: bool = True) -> Entry:
    """The journal's entry of a ledger line; with its state where nobody read the file."""
    is_read = is_read and line.state != "rejected"
    return Entry(
        line.platform,
        line.feed,
        line.business_date,
        line.revision,
        line.folder,
        line.file_name,
        line.sha256,
        line.received_at,
        line.taken_at or beijing_now(),
        None if is_read else line.state,
        None if is_read else line.reason,
        stamp,
        size,
    )


def write_fresh(settings: Settings) -> None:
    """The working database in a new file: a DELETE leaves what it deleted in the old one. The caller holds `exclusive`
    and has it open nowhere."""
    fresh = settings.working_db.with_name(f".{settings.working_db.name}.fresh")
    fresh.unlink(missing_ok=True)
    with duckdb.connect(config=offline_config()) as connection:
        # Not read-only: a log that a killed writer left beside it is replayed first.
        for path, name in ((settings.working_db, "old"), (fresh, "new")):
            connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name}")
        connection.execute("copy from database old to new")
        for name in ("old", "new"):
            connection.execute(f"checkpoint {name}")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    _log_of(settings).unlink(missing_ok=True)
    fresh.replace(settings.working_db)
    _write_seal(settings)


def forget_set_aside(settings: Settings) -> list[str]:
    """Takes away what was moved aside, which holds whom nothing else holds any more; the names of it."""
    names = sorted(path.name for path in settings.set_aside.glob("*"))
    shutil.rmtree(settings.set_aside, ignore_errors=True)
    return names


@contextlib.contextmanager
def opened(settings: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed] = ()) -> Iterator[Warehouse]:
    """The working database for writing, its tables prepared. The caller holds `exclusive`.

    One that cannot be worked on is moved aside and an empty one made; `made_anew_because` says so.
    """
    settings.working_db.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    because = None
    try:
        warehouse = _opened(settings, contracts, salvaged)
    except Unsound as unsound:
        because = f"{unsound}: moved to {set_aside(settings)}"
        warehouse = _opened(settings, contracts, salvaged)
    warehouse.made_anew_because = because
    seal = _seal(settings)
    seal.unlink(missing_ok=True)
    try:
        yield warehouse
    except duckdb.Error:
        warehouse.connection.close()
        raise  # unsealed: examined at the next start
    except BaseException:
        warehouse.connection.close()
        _write_seal(settings)
        raise
    warehouse.connection.close()
    _write_seal(settings)


def _opened(settings: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed]) -> Warehouse:
    """The database with its tables, one with the journal; raises Unsound."""
    was_new = not settings.working_db.exists()
    if was_new and _log_of(settings).exists():
        raise Unsound("its log lies there without it")
    with _damage_told():
        is_known = was_new or _seal_is_right(settings)
        connection = _connect(settings.working_db, wait_seconds=LOCK_WAIT_SECONDS)
    try:
        with _damage_told():
            if not is_known:
                _examine(connection)
            # Rows carry their numbers: no need to keep the order of insertion, which would hold the writers back.
            connection.execute("set preserve_insertion_order = false")
            warehouse = Warehouse(connection, settings)
            warehouse.prepare(contracts, salvaged)
            warehouse.in_step(was_new=was_new)
    except BaseException:
        connection.close()
        raise
    return warehouse


@contextlib.contextmanager
def _damage_told() -> Iterator[None]:
    """What DuckDB says of a damaged file is raised as Unsound; what it says of the disk and the rights around it, or of
    a statement, is not."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).lower()
        if is_damage(error) and not any(word in said for word in _AROUND_THE_FILE):
            raise Unsound(str(error).splitlines()[0]) from error
        raise


def is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB speaks of a file that cannot be read, not of a statement."""
    return isinstance(error, _OF_FILES) or any(word in str(error).lower() for word in _DAMAGE)


_OF_FILES = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
_DAMAGE = ("corrupt", "not a valid duckdb", "wal file")
_AROUND_THE_FILE = (
    "could not set lock", "no space left", "permission denied", "read-only", "disk quota", "file too large",
    "input/output error", "too many open files", "out of memory", "not enough memory", "cannot open file",
)  # fmt: skip


def _examine(connection: duckdb.DuckDBPyConnection) -> None:
    """Reads every block of every table, whose checksums DuckDB compares: 0.4 s for the demo district's four months.

    Raises duckdb.Error over damage, Unsound for a database that is not one of ours.
    """
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    found = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'ledger' and table_name = 'delivery'"
    ).fetchall()
    if not tables:
        raise Unsound("it is empty")
    if not {"delivery_id", "sha256", "received_at", "state", "rows_counted"} <= {name for (name,) in found}:
        raise Unsound("it is no working database of this house")
    for schema, table in tables:
        connection.execute(f'select bit_xor(hash(each_row)) from "{schema}"."{table}" as each_row').fetchall()


def set_aside(settings: Settings) -> Path:
    """Moves the working database and what lies beside it out of the way; only the newest few stay. Where it is now."""
    target = room_aside(settings)
    for file in (settings.working_db, _log_of(settings)):
        if file.exists():
            file.replace(target / file.name)
    _seal(settings).unlink(missing_ok=True)
    return target


def room_aside(settings: Settings) -> Path:
    """A new folder for what cannot be worked with; the oldest such folders go."""
    target = settings.set_aside / f"{beijing_now():%Y%m%d-%H%M%S-%f}"
    target.mkdir(parents=True, mode=0o700)
    for old in sorted(settings.set_aside.iterdir())[:-SET_ASIDE_KEPT]:
        shutil.rmtree(old)
    return target


def _log_of(settings: Settings) -> Path:
    return settings.working_db.with_name(f"{settings.working_db.name}.wal")


def _seal(settings: Settings) -> Path:
    return settings.working_db.with_name(f"{settings.working_db.name}.seal")


def stamp_of(file: Path) -> str | None:
    """Changes whenever the file is written to; null where it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return f"{found.st_size}:{found.st_mtime_ns}"


def _write_seal(settings: Settings) -> None:
    """Says that the database was closed in order; without it, the next start examines every block."""
    with contextlib.suppress(OSError):
        _seal(settings).write_text(f"{stamp_of(settings.working_db)} {stamp_of(_log_of(settings))}")


def _seal_is_right(settings: Settings) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        found = _seal(settings).read_text()
        return found == f"{stamp_of(settings.working_db)} {stamp_of(_log_of(settings))}"
    return False


def _connect(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Ends a dbt that outlived the run that started it, which would keep the file to itself; waits for anyone else."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config=offline_config())
        except duckdb.IOException as error:
            if "could not set lock" not in str(error).lower():
                raise
            if time.monotonic() >= deadline:
                raise Busy(f"{path}: {str(error).splitlines()[0]}") from error
            _end_orphan(path, str(error))
            time.sleep(0.5)


def _end_orphan(path: Path, said: str) -> None:
    """Whoever holds the home's lock knows that no run is at work: a dbt on its database is one's whose run was killed.
    Half a build is built again, never published."""
    holder = re.search(r"PID (\d+)", said)
    if holder is None:
        return
    process = Path("/proc") / holder[1]
    with contextlib.suppress(OSError):
        is_dbt = any(Path(os.fsdecode(word)).name == "dbt" for word in (process / "cmdline").read_bytes().split(b"\0"))
        is_ours = f"SIHE_WORKING_DB={path}".encode() in (process / "environ").read_bytes().split(b"\0")
        if is_dbt and is_ours:
            log.warning("%s: ended process %s, a dbt whose run was killed", path, holder[1])
            os.kill(int(holder[1]), signal.SIGKILL)


def offline_config() -> dict[str, str | bool | int | float | list[str]]:
    """Extensions are downloads: none is looked for."""
    return {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
