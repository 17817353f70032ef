"""The working database and its writer: raw rows, the ledger of deliveries, the lock.

Belongs here: the tables of schemas `raw` and `ledger`, and every statement that changes them, except the work list
`ledger.change`, which dbt clears after a complete build. One transaction writes a feed-day completely or not at all:
its rows, its rejected rows and its ledger lines. Without a ledger line, a delivery was not loaded. The database can be
rebuilt: if it is damaged or of another installation, it is moved aside when it is opened. Does not belong here: reading
files, checking rows (`intake` combines those), the models of `staging`, `marts` and `meta` (dbt's), what readers see
(`publish`), filling a new database from archive and journal (`recovery`).
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from pipelines import progress
from pipelines.contracts.model import Contract, Feed, Treatment
from pipelines.keys import Key
from pipelines.settings import LOCK_WAIT_SECONDS, Settings
from pipelines.warehouse import journal
from pipelines.warehouse.database_file import (
    Unsound,
    connect,
    damage_said,
    examine,
    is_sealed,
    log,
    log_of,
    seal_of,
    set_aside,
    write_seal,
)
from pipelines.warehouse.journal import Entry
from pipelines.warehouse.ledger import FEED_COLUMNS, FIELDS, LINE_SCHEMA, TABLES, Line, entry_of
from pipelines.warehouse.spool import Spool, with_origin

Replaced = tuple[Line, pl.DataFrame | Spool, Sequence[str] | None]
ROWS_PER_BATCH = 122_880  # DuckDB's row group: batches of this size are scanned by all cores.


class OutOfStep(RuntimeError):
    """A raw table differs from its contract and cannot be migrated: the data must be loaded again."""


class Warehouse:
    """The working database, open for writing. Use `opened`, inside `exclusive`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.connection = connection
        self._journal, self._clock = settings.journal, settings.clock
        self.rebuilt_because: str | None = None
        """Why the previous database was moved aside, and where to; null if it was not."""

    # ------------------------------------------------------------ what is there

    def lines(
        self, feed: str | None = None, days: Collection[date] | None = None, after: int | None = None
    ) -> list[Line]:
        """Ledger lines in the order of loading; optionally only those of one feed (by id), of some business dates, or
        after a line."""
        rows = self.connection.execute(
            f"select {', '.join(FIELDS)} from ledger.delivery"
            " where ($feed is null or concat(platform, '.', feed) = $feed)"
            " and ($days is null or list_contains($days, business_date)) and ($after is null or delivery_id > $after)"
            " order by delivery_id",
            {"feed": feed, "days": None if days is None else list(days), "after": after},
        ).fetchall()
        return [Line(*row) for row in rows]

    def last_line(self) -> int:
        """The number of the newest ledger line; 0 if there is none."""
        newest = "select coalesce(max(delivery_id), 0) from ledger.delivery"
        return int(self.connection.execute(newest).fetchall()[0][0])

    def stamps(self, feeds: Collection[str] | None = None) -> dict[tuple[str, str, str], str]:
        """(feed id or '' for none, folder, file name) → stamp of every file, or every one of some feeds, that need not
        be read again."""
        seen = "from ledger.seen_file where $feeds is null or list_contains($feeds, taken_by)"
        rows = self.connection.execute(f"select taken_by, folder, file_name, stamp {seen}", {"feeds": feeds}).fetchall()
        return {(taken_by, folder, name): stamp for taken_by, folder, name, stamp in rows}

    def key_ids(self) -> set[str]:
        """The keys that made the pseudonyms in this warehouse."""
        used = "select distinct key_id from ledger.delivery where key_id is not null"
        return {key_id for (key_id,) in self.connection.execute(used).fetchall()}

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
        """The code version of all built tables; null before the first build and during a full build."""
        return self._of_build("code_version")

    def published_generation(self) -> str | None:
        """The generation that the last build was published as; null until then."""
        return self._of_build("generation")

    def published_stamp(self) -> str | None:
        """The stamp passed to `note_published`; null if there was none."""
        return self._of_build("published_stamp")

    def _of_build(self, column: str) -> str | None:
        rows = self.connection.execute(f"select {column} from ledger.build").fetchall()
        return rows[0][0] if rows else None

    def is_whole(self) -> bool:
        """Whether the last build succeeded."""
        return bool(self.connection.execute("select count(*) from ledger.build where is_whole").fetchall()[0][0])

    # ------------------------------------------------------------ what is written

    def note_build(self, code_version: str, *, is_whole: bool) -> None:
        """Called before dbt starts (not whole) and after it succeeded: an incomplete build is never published."""
        with self.transaction():
            self.connection.execute("delete from ledger.build")
            row = [is_whole, code_version, self._clock()]
            self.connection.execute("insert into ledger.build (is_whole, code_version, noted_at) values (?, ?, ?)", row)

    def forget_build(self) -> None:
        """Marks everything as not built: comparing changes would find nothing to build."""
        self.connection.execute("update ledger.build set is_whole = false; delete from ledger.built_model")

    def note_published(self, generation: str, stamp: str | None = None) -> None:
        """stamp: the generation's file at the time it was checked."""
        self.connection.execute("update ledger.build set generation = ?, published_stamp = ?", [generation, stamp])

    def note_unbuilt(self) -> None:
        """Marks a change of the ledger that no build has seen and that belongs to no feed-day."""
        self.connection.execute("update ledger.build set is_whole = false")

    def prepare(self, contracts: Sequence[Contract], salvaged: Sequence[Feed] = ()) -> None:
        """Tables for every feed of every contract, and the list of feeds for readers.

        The tables of broken contracts' feeds keep their rows; a missing table or column is created empty.
        """
        self.connection.execute(TABLES)
        rows = [
            (
                feed.platform, contract.title, feed.name, feed.title, feed.delivery.value, feed.format,
                contract.available_at.strftime("%H:%M"), feed.version, contract.owner, feed.is_connected,
                feed.own_contract or None,
            )
            for contract in contracts
            for feed in contract.feeds
        ]  # fmt: skip
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
            told = self.connection.execute(f"select {', '.join(FEED_COLUMNS)} from ledger.feed {mine}", [platforms])
            if set(told.fetchall()) != set(rows):
                self.connection.execute(f"delete from ledger.feed {mine}", [platforms])
                places = f"({', '.join(FEED_COLUMNS)}) values ({', '.join('?' for _ in FEED_COLUMNS)})"
                self.connection.executemany(f"insert into ledger.feed {places}", rows)

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
                    " sihe rebuild takes the files in again"
                )

    def next_delivery_ids(self, count: int) -> list[int]:
        query = "select nextval('ledger.delivery_ids') from range(?)"
        return [int(number) for (number,) in self.connection.execute(query, [count]).fetchall()]

    @contextlib.contextmanager
    def transaction(self, received: Sequence[Entry] = ()) -> Iterator[None]:
        """One transaction. received: the deliveries that it writes; they are in the journal before it commits."""
        if not received:
            with self._all_or_nothing():
                yield
            return
        start, end = journal.append(self._journal, received)
        progress.reached("committing.journalled")
        try:
            with self._all_or_nothing():
                yield
                # If an earlier delivery is still missing here, `recovery` continues from there at the next start.
                self.connection.execute("update ledger.journal set bytes = ? where bytes = ?", [end, start])
                progress.reached("committing.written")
        except BaseException:
            journal.take_back(self._journal, start)
            raise
        progress.reached("committing.committed")

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
        """Aligns journal and database: creates or completes the one that is new or behind.

        was_new: the database was just created. Raises Unsound if they belong to different installations.
        """
        rows = self.connection.execute("select identity, bytes from ledger.journal").fetchall()
        mine = rows[0][0] if rows else None
        its = journal.identity_of(self._journal)
        if mine and its and mine != its:
            raise Unsound("it belongs to another installation")
        if mine is None and its is not None and not was_new and self.lines():
            raise Unsound("it is older than the journal beside it")
        if its is None:
            self._journal.unlink(missing_ok=True)  # at most an incomplete first line
            journal.begin(self._journal, mine)
            self._write_journal()
        elif rows and rows[0][1] > self._journal.stat().st_size:
            log.warning("%s: shorter than it was: completed from the working database", self._journal)
            self._write_journal()
        elif mine is None:
            self.connection.execute("insert into ledger.journal values (?, 0)", [its])

    def _write_journal(self) -> None:
        """Writes the deliveries that the database has and the journal lacks."""
        its = journal.identity_of(self._journal)
        known = {entry.delivery for entry in journal.read(self._journal)[0]}
        stamps = self.stamps()
        lines = [line for line in self.lines() if _delivery(line) not in known]
        entries = [entry_of(line, stamps.get((line.feed_id, *line.place))) for line in lines]
        _, end = journal.append(self._journal, entries)
        with self.transaction():
            self.connection.execute("delete from ledger.journal")
            self.connection.execute("insert into ledger.journal values (?, ?)", [its, end])

    def has_read_no_journal(self) -> bool:
        """Whether the database was just created and a journal exists."""
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
        # The last line of a delivery counts: earlier ones belong to transactions that never committed.
        missing = {entry.delivery: entry for entry in entries if entry.delivery not in known}
        if not missing:
            self.note_journal_read(end)
        return list(missing.values())

    def note_journal_read(self, end: int | None = None) -> None:
        """Records that the ledger has the journal up to a byte; default: its end."""
        end = journal.read(self._journal, self._journal.stat().st_size)[1] if end is None else end
        self.connection.execute("update ledger.journal set bytes = ?", [end])

    def write_lines(self, lines: Sequence[Line]) -> None:
        """Adds or replaces ledger lines, which keep their time of loading; if a line no longer counts rows, its
        quarantine is deleted."""
        if not lines:
            return
        columns = {name: [getattr(line, name) for line in lines] for name in FIELDS}
        chosen = [f"incoming.{name}" if name != "taken_at" else "coalesce(known.taken_at, incoming.taken_at)"
                  for name in FIELDS]  # fmt: skip
        self._insert(
            f"insert or replace into ledger.delivery ({', '.join(FIELDS)})"
            f" select {', '.join(chosen)} from incoming"
            " left join ledger.delivery as known on incoming.delivery_id = known.delivery_id",
            pl.DataFrame(columns, schema=LINE_SCHEMA),
        )
        self._forget_rejected([line for line in lines if line.rows_rejected == 0])

    def write_rejected(self, rejected: Sequence[tuple[Line, pl.DataFrame]]) -> None:
        """A line and its rejected rows (row_number, reasons, raw), which replace the rows stored for it."""
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

    def replace_rows(self, table: str, deliveries: Sequence[Replaced]) -> None:
        """Lines in force and their rows (`_row_number`, stored columns). They replace the earlier rows of their dates;
        where file names are given, only the rows of these files."""
        if not deliveries:
            return
        days = [line.business_date for line, _, names in deliveries if names is None]
        self.connection.execute(f"delete from raw.{table} where list_contains(?, _business_date)", [days])
        for line, _, names in deliveries:
            if names is not None:
                theirs = "_business_date = ? and list_contains(?, _file_name)"
                self.connection.execute(f"delete from raw.{table} where {theirs}", [line.business_date, names])
        frames = [(line, rows) for line, rows, _ in deliveries if isinstance(rows, pl.DataFrame)]
        if frames:
            incoming = with_origin(frames)
            chosen = ", ".join(incoming.columns)
            self._insert(f"insert into raw.{table} ({chosen}) select {chosen} from incoming", incoming)
        for line, rows, _ in deliveries:
            if isinstance(rows, Spool):
                rows.store(self.connection, table, line)

    def erase_rows(self, feed: Feed, tokens: Sequence[str], days: Sequence[date]) -> dict[tuple[date, str], int]:
        """Deletes the rows of these business dates that have one of these tokens; returns how many of each file. For
        deliveries whose file is no longer in the archive; the caller changes their lines."""
        columns = [column.name for column in feed.table_columns if column.privacy is Treatment.PSEUDONYMISE]
        if not columns:
            return {}
        theirs = " or ".join(f"list_contains($tokens, {name})" for name in columns)
        of_rows = f"from raw.{feed.table} where list_contains($days, _business_date) and ({theirs})"
        given = {"tokens": list(tokens), "days": list(days)}
        counted = f"select _business_date, _file_name, count(*) {of_rows} group by 1, 2"
        counts = self.connection.execute(counted, given).fetchall()
        self.connection.execute(f"delete {of_rows}", given)
        return {(day, name): count for day, name, count in counts}

    def clean_texts(self, feed: Feed, clean: Callable[[str], str], days: Sequence[date]) -> list[date]:
        """Changes free texts in rows of these business dates; returns the dates with changes."""
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
        """Converts every token of the replaced key to this key; returns how many distinct tokens there were."""
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

    def _insert(self, statement: str, rows: pl.DataFrame) -> None:
        # What only looks at the database does without: 70 MB.
        import pyarrow as pa  # noqa: PLC0415

        table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
        incoming = pa.Table.from_batches(table.to_batches(max_chunksize=ROWS_PER_BATCH), schema=table.schema)
        self.connection.register("incoming", incoming)
        try:
            self.connection.execute(statement)
        finally:
            self.connection.unregister("incoming")

    def note_changes(self, changes: Sequence[tuple[Feed, date]]) -> None:
        """Puts feed-days on dbt's work list; dbt clears it when a complete build has succeeded."""
        if changes:
            rows = [(feed.platform, feed.name, day) for feed, day in changes]
            frame = pl.DataFrame(rows, schema={"platform": pl.String, "feed": pl.String, "day": pl.Date}, orient="row")
            self._insert(
                "insert into ledger.change select nextval('ledger.change_ids'), platform, feed, day from incoming",
                frame,
            )

    def note_seen(self, files: Sequence[tuple[str, str, str, str, str]]) -> None:
        """files: (feed id or '' for none, folder, file name, stamp, hash)."""
        if files:
            schema = dict.fromkeys(("taken_by", "folder", "file_name", "stamp", "sha256"), pl.String)
            frame = pl.DataFrame(files, schema=schema, orient="row")
            self._insert(
                "insert or replace into ledger.seen_file by name from incoming",
                frame.unique(subset=["taken_by", "folder", "file_name"], keep="last", maintain_order=True),
            )


def _delivery(line: Line) -> journal.Delivery:
    return line.platform, line.feed, line.business_date, line.folder, line.file_name, line.sha256


@contextlib.contextmanager
def opened(settings: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed] = ()) -> Iterator[Warehouse]:
    """The working database for writing, with its tables prepared. The caller holds `exclusive`.

    An unusable database is moved aside and an empty one created; `rebuilt_because` has the reason.
    """
    settings.working_db.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    because = None
    try:
        warehouse = _opened(settings, contracts, salvaged)
    except Unsound as unsound:
        because = f"{unsound}: moved to {set_aside(settings)}"
        warehouse = _opened(settings, contracts, salvaged)
    warehouse.rebuilt_because = because
    seal = seal_of(settings)
    seal.unlink(missing_ok=True)
    try:
        yield warehouse
    except duckdb.Error:
        warehouse.connection.close()
        raise  # not marked as closed: examined at the next start
    except BaseException:
        warehouse.connection.close()
        write_seal(settings)
        raise
    warehouse.connection.close()
    write_seal(settings)


def _opened(settings: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed]) -> Warehouse:
    """The database with its tables, aligned with the journal; raises Unsound."""
    was_new = not settings.working_db.exists()
    if was_new and log_of(settings).exists():
        raise Unsound("its log lies there without it")
    with damage_said():
        is_known = was_new or is_sealed(settings)
        connection = connect(settings.working_db, wait_seconds=LOCK_WAIT_SECONDS)
    try:
        with damage_said():
            if not is_known:
                examine(connection)
            # Rows have their numbers: keeping the order of insertion would only slow down the writers.
            connection.execute("set preserve_insertion_order = false")
            warehouse = Warehouse(connection, settings)
            warehouse.prepare(contracts, salvaged)
            warehouse.in_step(was_new=was_new)
    except BaseException:
        connection.close()
        raise
    return warehouse
