"""Erasing a person and changing the key: what `sihe erase` and `sihe rotate-key` do to a whole home.

Belongs here: the order of the work on archive, working database, publications and logs; the search at the end; the
report. Does not belong here: rewriting a delivery without a person (`tombstones`), building (`runs`), arguments
(`cli`).

Each step can be repeated: after an interruption the user calls the command again. The tombstone is written first: from
then on no replay, rerun or rebuild brings the person back, even if no other step has finished.
"""

import contextlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines import keys
from pipelines.contracts.model import Feed
from pipelines.delivery import compression, landing, privacy, tombstones
from pipelines.delivery.text_table import Held
from pipelines.delivery.tombstones import Forgotten, Tombstone
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.installation import House
from pipelines.intake import digests, precedence, taking
from pipelines.lake import writing
from pipelines.publication import publish
from pipelines.settings import Settings
from pipelines.warehouse import database_file
from pipelines.warehouse.database_file import offline_config
from pipelines.warehouse.ledger import Line
from pipelines.warehouse.store import Warehouse

_FORMS: Mapping[str, tuple[str, str]] = {
    "id_number": (r"[0-9]{17}[0-9X]", "an ID number of 15 or 18 signs"),
    "phone": (r"1[3-9][0-9]{9}|0[0-9]{9,11}", "a mobile number, or a landline with its area code,"),
    "household": (r".{6,}", "a number of at least 6 signs"),
}
"""By kind: the form of what `privacy` makes of it, and its words."""
_SQLITE = b"SQLite format 3"
_SHOWN_IN_DAGSTER = ("preview", "rejected_rows")
_MOST_UNPACKED = 1 << 30

FeedDay = tuple[str, str, date]


class NoContract(RuntimeError):
    """Nothing was done; the message says what has to be done first."""


@dataclass(frozen=True)
class Identity:
    """One number of a person, as they gave it; kind is one of _FORMS."""

    kind: str
    value: str

    def trouble(self) -> str | None:
        """Why this cannot be a person's number, without it; null if it can be. Of half a number, files that have
        nothing to do with the person would be removed."""
        form, asked = _FORMS[self.kind]
        if re.fullmatch(form, privacy.normal_identity(self.value)):
            return None
        return f"{asked} was asked for; {len(self.value.strip())} signs were given that are none: nothing was erased"

    def spellings(self) -> list[str]:
        """The spellings in which a file may contain it."""
        own = self.value.strip()
        found = {own, privacy.normal_identity(own)}
        digits = privacy.normal_identity(own)
        if re.fullmatch(r"1[3-9][0-9]{9}", digits):
            parts = digits[:3], digits[3:7], digits[7:]
            found |= {" ".join(parts), "-".join(parts)}
        elif re.fullmatch(r"[0-9]{17}[0-9X]", digits):
            parts = digits[:6], digits[6:14], digits[14:]
            found |= {digits.lower(), " ".join(parts), "-".join(parts)}
        wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "".join(found) if sign.isascii() and sign.isalnum()}
        return sorted(found | {spelling.translate(wide) for spelling in found})


@dataclass(frozen=True)
class Report:
    """What was erased where, without identifying the person. found: what the search at the end still found, which
    should be empty; inbox: files in the inbox that contain the person, which belong to the platforms."""

    rows: Mapping[str, int] = field(default_factory=dict)
    rewritten: int = 0
    removed: tuple[str, ...] = ()
    feed_days: frozenset[FeedDay] = frozenset()
    generations: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    dagster_events: int = 0
    log_lines: int = 0
    inbox: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        days = sorted(f"{platform}.{feed} {day}" for platform, feed, day in self.feed_days)
        return {
            "rows_erased": dict(self.rows),
            "archived_files_rewritten": self.rewritten,
            "archived_files_removed": list(self.removed),
            "feed_days": days,
            "generations_removed": list(self.generations),
            "databases_set_aside_removed": list(self.set_aside),
            "dagster_records_cleaned": self.dagster_events,
            "log_lines_removed": self.log_lines,
            "inbox_files_that_hold_the_person": list(self.inbox),
            "still_found": list(self.found),
        }


# ---------------------------------------------------------------- erasing


def remove(here: House, identities: Sequence[Identity]) -> Report:
    """Writes the tombstones and removes the persons from the archive and from the rows and quarantine of the working
    database. Building and cleaning the publications comes later. The caller holds the lock. Raises NoContract."""
    where = here.settings
    with here.writing("sihe erase") as opened:
        _refuse_unread(here, opened)
        key = here.key(opened)
        known = tombstones.by_token(where.tombstones, key)
        tokens = {privacy.pseudonym(identity.value, key): identity.kind for identity in identities}
        is_unfinished = any(token in known and known[token].done_at is None for token in tokens)
        tombstones.put_up(
            where.tombstones,
            [Tombstone(token, kind, key.id, where.clock()) for token, kind in tokens.items() if token not in known],
        )
        forgotten = tombstones.load(where.tombstones, key)
        report = _clean_archive(here, opened, forgotten, is_unfinished=is_unfinished)
        report = _clean_expired(here, opened, list(tokens), forgotten, report)
        _take_again(here, opened, forgotten, report.feed_days)
        return report


def _refuse_unread(here: House, opened: Warehouse) -> None:
    """Of feeds in no contract, files could only be deleted whole, and rows would keep the person or older tokens."""
    known = {feed.id for feed in here.feeds}
    delivered = {f"{line.platform}.{line.feed}" for line in opened.lines() if line.feed is not None}
    if unread := sorted(delivered - known):
        raise NoContract(
            f"no usable contract has {', '.join(unread)}: correct or restore it first (sihe doctor); nothing was done"
        )


def _clean_archive(here: House, opened: Warehouse, forgotten: Forgotten, *, is_unfinished: bool) -> Report:
    """feed_days of the report: those of all rewritten files, including files that an earlier, killed run rewrote."""
    of_file: dict[str, list[Line]] = {}
    for line in opened.lines():
        of_file.setdefault(line.sha256, []).append(line)
    feeds = {(feed.platform, feed.name): feed for feed in here.feeds}
    rows: dict[str, int] = {}
    feed_days: set[FeedDay] = set()
    rewritten, removed = 0, list[str]()
    with Workbooks() as workbooks:
        for path in landing.archived_files(here.settings.archive):
            lines = [
                (feeds[line.platform or "", line.feed or ""].as_of(line.business_date), line)
                for line in of_file.get(landing.hash_of(path), [])
                if (line.platform, line.feed) in feeds and line.business_date is not None
            ]
            done = _scrub(path, _of_file(lines, here.feeds), forgotten, workbooks)
            rewritten += done.is_rewritten
            if done.is_removed:
                removed.append(lines[0][1].file_name if lines else landing.hash_of(path))
            if done.is_rewritten or (is_unfinished and landing.is_rewritten(path)):
                feed_days |= {
                    (feed.platform, feed.name, line.business_date)
                    for feed, line in lines
                    if line.business_date is not None and line.state in (precedence.LOADED, precedence.SUPERSEDED)
                }
            # Rows of a file that is gone are counted where they are deleted from the database.
            counted = {} if done.is_removed else done.rows
            for feed_id in {feed.id for feed, line in lines if line.state != precedence.DUPLICATE}:
                rows[feed_id] = rows.get(feed_id, 0) + counted.get(feed_id, 0)
    rows = {feed_id: count for feed_id, count in rows.items() if count}
    return Report(rows=rows, rewritten=rewritten, removed=tuple(removed), feed_days=frozenset(feed_days))


def _of_file(lines: Sequence[tuple[Feed, Line]], feeds: Sequence[Feed]) -> list[Feed]:
    """The feeds of these lines' file, also those of which nothing was loaded yet: another sheet has the person too."""
    found: dict[tuple[str, str], Feed] = {}
    for feed, line in lines:
        found[feed.id, feed.version] = feed
        if feed.format == "xlsx" and (day := line.business_date):
            found |= {
                (one.id, one.version): one
                for one in (other.as_of(day) for other in feeds)
                if one.file_template == feed.file_template
            }
    return list(found.values())


def _scrub(path: Path, feeds: Sequence[Feed], forgotten: Forgotten, workbooks: Workbooks) -> digests.Scrubbed:
    if feeds:
        return digests.scrub(path, feeds, forgotten, workbooks)
    # Not a file of a known delivery: a run was killed before its commit, or its contract is broken now.
    try:
        is_named = tombstones.is_named_in(compression.contents(path), forgotten)
    except Held:
        # What it has cannot be known.
        is_named = True
    if is_named:
        landing.remove(path)
    return digests.Scrubbed({}, is_removed=is_named)


def _clean_expired(
    here: House, opened: Warehouse, tokens: Sequence[str], forgotten: Forgotten, report: Report
) -> Report:
    """For files that are no longer in the archive: rows are found by their tokens, mentions in the stored texts."""
    rows, feed_days = dict(report.rows), set(report.feed_days)
    with opened.transaction():
        for feed in here.feeds:
            in_force = {
                (line.business_date, line.file_name): line
                for line in opened.lines(feed.id)
                if line.state == precedence.LOADED and line.business_date is not None
            }
            gone = [
                day
                for (day, _), line in in_force.items()
                if not landing.archived(here.settings.archive, line.sha256).exists()
            ]
            if not gone:
                continue
            counts = opened.erase_rows(feed, tokens, gone)
            days = {*(day for day, _ in counts), *opened.clean_texts(feed, forgotten.cleaned, gone)}
            opened.write_lines(
                [
                    replace(
                        in_force[place],
                        rows_counted=in_force[place].rows_counted - count,
                        rows_loaded=in_force[place].rows_loaded - count,
                        rows_erased=in_force[place].rows_erased + count,
                    )
                    for place, count in counts.items()
                ]
            )
            opened.note_changes([(feed, day) for day in sorted(days)])
            feed_days |= {(feed.platform, feed.name, day) for day in days}
            if counts:
                rows[feed.id] = rows.get(feed.id, 0) + sum(counts.values())
    return replace(report, rows=rows, feed_days=frozenset(feed_days))


def _take_again(here: House, opened: Warehouse, forgotten: Forgotten, feed_days: Collection[FeedDay]) -> None:
    """Loads rows, outcomes and quarantine of these feed-days again from the current archive."""
    found: dict[str, dict[date, list[landing.Arrival]]] = {}
    for platform, feed, day in feed_days:
        found.setdefault(f"{platform}.{feed}", {})[day] = []
    for contract in here.contracts:
        for group in contract.files:
            wanted = [feed for feed in group if feed.id in found]
            if wanted:
                for _ in taking.take(wanted, found, opened, here.settings, forgotten.key, again=True):
                    pass
                # Texts may have changed even if no count did.
                with opened.transaction():
                    opened.note_changes([(feed, day) for feed in wanted for day in found[feed.id]])


def clean_up(here: House, identities: Sequence[Identity], report: Report) -> Report:
    """After the publication without the person: removes older generations, databases that were moved aside, deleted
    bytes that remain in the database file, Dagster's records and log lines. The caller holds the lock."""
    writing.remove(here.settings.lake)
    generations = publish.remove_older(here.settings.published)
    aside = database_file.forget_set_aside(here.settings)
    database_file.write_fresh(here.settings)
    events = sum(_clean_dagster(file, report.feed_days) for file in _databases(here.settings.dagster_home))
    needles = _needles(here, identities)
    lines = sum(_drop_lines(file, needles) for file in _logs(here.settings))
    return replace(
        report, generations=tuple(generations), set_aside=tuple(aside), dagster_events=events, log_lines=lines
    )


def _needles(here: House, identities: Sequence[Identity]) -> list[str]:
    key = keys.load_key(here.settings.key_file, may_create=False)
    return [
        *(spelling for identity in identities for spelling in identity.spellings()),
        *(privacy.pseudonym(identity.value, key) for identity in identities),
    ]


def _databases(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*.db")):
        with file.open("rb") as opened:
            if opened.read(len(_SQLITE)) == _SQLITE:
                yield file


def _clean_dagster(file: Path, feed_days: Collection[FeedDay]) -> int:
    """Removes sample rows from Dagster's records of these feed-days, wherever Dagster stores them; returns how many."""
    changed = 0
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        connection.execute("pragma secure_delete = on")
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            columns = [
                name for _, name, kind, *_ in connection.execute(f'pragma table_info("{table}")') if "TEXT" in kind
            ]
            for column in columns:
                query = f'select rowid, "{column}" from "{table}" where "{column}" like \'%metadata_entries%\''
                for number, text in connection.execute(query).fetchall():
                    clean = _without_rows(text, feed_days)
                    if clean != text:
                        connection.execute(f'update "{table}" set "{column}" = ? where rowid = ?', [clean, number])
                        changed += 1
        connection.commit()
        if changed:
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
    return changed


def _without_rows(text: str, feed_days: Collection[FeedDay]) -> str:
    try:
        record = json.loads(text)
    except ValueError:
        return text
    is_changed = False

    def visit(value: Any) -> None:
        nonlocal is_changed
        if isinstance(value, dict):
            path = (value.get("asset_key") or {}).get("path", []) if isinstance(value.get("asset_key"), dict) else []
            entries = value.get("metadata_entries")
            if isinstance(entries, list) and (*path, value.get("partition")) in days:
                kept = [entry for entry in entries if entry.get("label") not in _SHOWN_IN_DAGSTER]
                is_changed = is_changed or len(kept) < len(entries)
                value["metadata_entries"] = kept
            for one in value.values():
                visit(one)
        elif isinstance(value, list):
            for one in value:
                visit(one)

    days = {(platform, feed, day.isoformat()) for platform, feed, day in feed_days}
    visit(record)
    return json.dumps(record) if is_changed else text


def _logs(settings: Settings) -> Iterator[Path]:
    for folder in (settings.logs, settings.dbt_logs, settings.dagster_home / "storage"):
        yield from (file for file in sorted(folder.rglob("*")) if file.is_file())


def _drop_lines(file: Path, needles: Sequence[str]) -> int:
    data = file.read_bytes()
    sought = [needle.encode() for needle in needles]
    if not any(needle in data for needle in sought):
        return 0
    lines = data.splitlines(keepends=True)
    kept = [line for line in lines if not any(needle in line for needle in sought)]
    file.write_bytes(b"".join(kept))
    return len(lines) - len(kept)


# ---------------------------------------------------------------- searching


def search(here: House, identities: Sequence[Identity], report: Report) -> Report:
    """Searches for the persons' numbers, in every spelling and as tokens, in the bytes of every file of the home except
    the keys, in every cell of every database and in everything that is compressed; also lists files of the inbox that
    contain them, wherever the inbox is: they are not ours to erase."""
    needles = _needles(here, identities)
    home, left = here.settings.home, {here.settings.key_file.parent, here.settings.inbox}
    found = []
    for file in sorted(home.rglob("*")):
        if file.is_file() and not file.is_symlink() and left.isdisjoint(file.parents):
            found += [f"{file.relative_to(home)}{at}" for at in _found_in(file, needles)]
    done = replace(report, found=tuple(found), inbox=tuple(_found_in_inbox(here, needles)))
    if not found:
        key = keys.load_key(here.settings.key_file, may_create=False)
        mine = [one for token, one in tombstones.by_token(here.settings.tombstones, key).items() if token in needles]
        tombstones.put_up(here.settings.tombstones, [replace(stone, done_at=here.settings.clock()) for stone in mine])
    return done


def _found_in_inbox(here: House, needles: Sequence[str]) -> Iterator[str]:
    """The files of the inbox that contain one of the needles, or may do so."""
    for arrival in landing.scan(here.settings.inbox, here.feeds):
        name = privacy.redact_name("/".join(filter(None, (arrival.folder, arrival.file_name))))
        try:
            if any(True for _ in _found_in(arrival.path, needles)):
                yield name
        except FileNotFoundError:
            continue
        except OSError as error:
            yield f"{name} (cannot be looked into: {error.strerror})"


def _found_in(file: Path, needles: Sequence[str]) -> Iterator[str]:
    """The places in a file that contain one of the needles: the file, a part of an archive, a column of a database."""
    data = file.read_bytes()
    if compression.is_compressed(file):
        with contextlib.suppress(Held):
            data = compression.contents(file)
    if _has(data, needles):
        yield ""
    if data.startswith(b"PK"):
        yield from _found_in_archive(file, needles)
    elif file.suffix in (".duckdb", ".parquet"):
        yield from _found_in_tables(file, needles)


def _has(data: bytes, needles: Sequence[str]) -> bool:
    """Searches in every encoding that a file may have; JSON escapes non-ASCII characters."""
    return any(needle.encode(encoding) in data for needle in needles for encoding in tombstones.ENCODINGS) or any(
        json.dumps(needle)[1:-1].encode() in data for needle in needles if not needle.isascii()
    )


def _found_in_archive(file: Path, needles: Sequence[str]) -> Iterator[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) <= _MOST_UNPACKED:
                for name in archive.namelist():
                    if _has(archive.read(name), needles):
                        yield f": {name}"
    except tombstones.CANNOT_UNPACK:
        return  # its bytes were searched as they are


def _found_in_tables(file: Path, needles: Sequence[str]) -> Iterator[str]:
    """DuckDB compresses its storage, so a search in the bytes alone is not enough."""
    with duckdb.connect(config=offline_config()) as connection:
        path = str(file).replace("'", "''")
        if file.suffix == ".parquet":
            connection.execute(f"create view told as from read_parquet('{path}')")
            names = [("memory.main.told", "told")]
        else:
            connection.execute(f"attach '{path}' as sought (read_only)")
            names = [
                (f'sought."{schema}"."{table}"', f"{schema}.{table}")
                for schema, table in connection.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'sought' order by all"
                ).fetchall()
            ]
        for name, shown in names:
            columns = [
                column
                for column, kind, *_ in connection.execute(f"describe select * from {name}").fetchall()
                if kind in ("VARCHAR", "VARCHAR[]", "BLOB")
            ]
            for column in columns:
                query = f'select count(*) from {name} where regexp_matches("{column}"::varchar, $sought)'
                sought = "|".join(map(re.escape, needles))
                if connection.execute(query, {"sought": sought}).fetchall()[0][0]:
                    yield f": {shown}.{column}"


def write_report(settings: Settings, report: Report) -> Path:
    """Writes the report into the home; it does not identify the person."""
    file = settings.logs / f"{settings.clock():%Y%m%d-%H%M%S}-erase.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return file


# ---------------------------------------------------------------- a new key


def rotate(here: House) -> tuple[str, int]:
    """Creates a new key, converts every token to it, and marks everything built as out of date; returns the new key's
    id and the number of tokens. Building and cleaning the publications comes later. The caller holds the lock.

    The new key is stored next to the old one until its tokens are committed, so an interruption leaves a valid state.
    Raises NoContract.
    """
    file = here.settings.key_file
    coming = file.with_suffix(".next")
    with here.writing("sihe rotate-key") as opened:
        _refuse_unread(here, opened)
        key = here.key(opened)
        newer = keys.next_key(key)
        keys.write_key(coming, newer)
        with opened.transaction():
            count = opened.renew_tokens(here.feeds, newer, key)
            opened.forget_build()
    coming.replace(file)
    return newer.id, count


def clean_up_keys(here: House) -> list[str]:
    """After the tables made with the new key are published: removes the older generations, databases that were moved
    aside, and old tokens that remain in the database file; returns the generations' names."""
    writing.remove(here.settings.lake)
    removed = publish.remove_older(here.settings.published)
    database_file.forget_set_aside(here.settings)
    database_file.write_fresh(here.settings)
    return removed
