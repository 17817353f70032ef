"""Files before they are delivered: the intake's own reading, rules and privacy on each, and what came of it.

Belongs here: finding a file's feed, running the digest, counting what came of it. Does not belong here: words and
layout (`wording`, `report`), anything that is stored: there is no ledger and no archive.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.checking.columns import Seen, side_by_side
from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.delivery.compression import contents
from pipelines.delivery.text_table import Held, TextTable
from pipelines.delivery.tombstones import Forgotten
from pipelines.delivery.workbook_reader import Workbooks
from pipelines.drafting.samples import Form, form_of
from pipelines.intake.digests import Digest, digest_all, read_file, with_receipt, without_forgotten
from pipelines.intake.worklist import date_out_of_range
from pipelines.keys import Key

CLEAN, FINDINGS, UNUSABLE = 0, 1, 2
SAMPLES = 20
_ZIPPED, _ENUM = b"PK", "enum"


@dataclass(frozen=True)
class Sample:
    """A row that breaks a rule: its line or row in the file, and its value, masked if it is personal."""

    row_number: int
    value: str | None


@dataclass(frozen=True)
class Problem:
    """A rule that rows break. column: the contract's name; header: the export's. rule: as in `meta.rejected_row`.
    allowed: the words of a code list, if they are it."""

    column: str
    header: str
    rule: str
    row_count: int
    samples: tuple[Sample, ...]
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What the intake makes of one file for one feed.

    file has the name that the intake reads. feed is null if the file belongs to none. held_because: why nothing of it
    can be loaded. rows_by_day: loaded rows by the day of the contract's event time. rows_by_community: the most first.
    rejected_rows: row_number, reasons, raw (JSON, masked). is_named: whether the file's name is that of the contract.
    columns: the contract's and the file's, side by side.
    """

    file: Path
    size: int
    sha256: str
    feed: Feed | None
    business_date: date | None
    is_named: bool
    held_because: str | None = None
    notes: tuple[str, ...] = ()
    row_count: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicate: int = 0
    superseded: int = 0
    problems: tuple[Problem, ...] = ()
    rows_by_day: tuple[tuple[date, int], ...] = ()
    rows_by_community: tuple[tuple[str, int], ...] = ()
    rejected_rows: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False, repr=False)
    columns: tuple[Seen, ...] = ()
    form: Form | None = None
    """What the bytes of a text file look like; null for a workbook and an empty file."""

    @property
    def communities(self) -> int:
        return len(self.rows_by_community)

    @property
    def exit_code(self) -> int:
        if self.feed is None or self.held_because is not None:
            return UNUSABLE
        has_findings = self.rejected or self.notes or not self.is_named
        return FINDINGS if has_findings else CLEAN


def examine(files: Sequence[Path], feeds: Sequence[Feed], today: date, of: Feed | None = None) -> list[Verdict]:
    """A verdict per file and feed. of: the feed that all files are for; otherwise their names say it, and where they do
    not, the feed that can read most of the rows.

    Raises OSError if a file cannot be read.
    """
    # Tokens are made and thrown away: nothing of them is shown.
    key = Key(secrets.token_bytes(32))
    with Workbooks() as workbooks:
        return [one for file in files for one in _examine(file, feeds, today, of, key, workbooks)]


def examine_as(file: Path, feed: Feed, day: date) -> Verdict:
    """The verdict on a file that a feed had on a business date, whatever its name is now; raises OSError, or Held if
    the archive's copy is damaged."""
    version = feed.as_of(day)
    data = contents(file)
    about = (file, len(data), hashlib.sha256(data).hexdigest())
    with Workbooks() as workbooks:
        ((_, digest, table),) = _digests(file, [version], Key(secrets.token_bytes(32)), workbooks)
    return replace(_verdict(about, version, day, None, digest, is_named=True), columns=side_by_side(table, version))


def _examine(
    file: Path, feeds: Sequence[Feed], today: date, of: Feed | None, key: Key, workbooks: Workbooks
) -> list[Verdict]:
    name = landing.readable_name(file.name)
    named, day, _ = landing.named(name, feeds)
    wanted = [of] if of is not None else list(named)
    if not wanted:
        alike = [feed for feed in feeds if feed.file_template.rpartition(".")[2] == file.suffix.lower().lstrip(".")]
        found = max(_digests(file, alike, key, workbooks), key=_fit, default=None)
        wanted = [found[0]] if found is not None and found[1].held_because is None else []
    data = file.read_bytes()
    about = (file.with_name(name), len(data), hashlib.sha256(data).hexdigest())
    form = form_of(data) if data.strip() and not data.startswith(_ZIPPED) else None
    if not wanted:
        return [Verdict(*about, None, day, is_named=False, form=form)]
    if day is not None:
        wanted = [feed.as_of(day) for feed in wanted]
    out_of_range = date_out_of_range(day, today) if day is not None else None
    return [
        replace(
            _verdict(about, feed, day, out_of_range, digest, is_named=feed.id in {one.id for one in named}),
            columns=side_by_side(table, feed),
            form=form,
        )
        for feed, digest, table in _digests(file, wanted, key, workbooks)
    ]


def _digests(
    file: Path, feeds: Sequence[Feed], key: Key, workbooks: Workbooks
) -> list[tuple[Feed, Digest, TextTable | Held]]:
    if not feeds:
        return []
    nobody = Forgotten(frozenset(), key)
    # As in the inbox: a row that was updated after its file was received is rejected.
    received_at = landing.received_at(file.stat())
    tables = [with_receipt(table, received_at) for table in read_file(file, feeds, workbooks)]
    return [
        (feed, digest_all([without_forgotten(table, feed, nobody)], feed, key)[0], table)
        for feed, table in zip(feeds, tables, strict=True)
    ]


def _fit(found: tuple[Feed, Digest, TextTable | Held]) -> tuple[bool, int, int]:
    """How well a feed fits a file: it can be read at all, the most rows are loaded, the least is noted."""
    _, digest, _ = found
    return digest.held_because is None, digest.loaded.height, -len(digest.notes)


def _verdict(
    about: tuple[Path, int, str],
    feed: Feed,
    day: date | None,
    out_of_range: str | None,
    digest: Digest,
    *,
    is_named: bool,
) -> Verdict:
    held = digest.held_because or out_of_range
    if held is not None:
        return Verdict(*about, feed, day, is_named, held_because=held)
    return Verdict(
        *about,
        feed,
        day,
        is_named,
        None,
        digest.notes,
        digest.row_count,
        digest.loaded.height,
        digest.rejected.height,
        digest.duplicate_count,
        digest.superseded_count,
        tuple(_problems(feed, digest.rejected)),
        tuple(_by_day(feed, digest.loaded)),
        tuple(_by_community(digest.loaded)),
        digest.rejected,
    )


def _problems(feed: Feed, rejected: pl.DataFrame) -> list[Problem]:
    """The broken rules, the most frequent first. A row may break several."""
    if rejected.is_empty():
        return []
    broken = rejected.explode("reasons").group_by("reasons", maintain_order=True)
    found = []
    for (reason,), rows in broken:
        name, _, rule = str(reason).partition(": ")
        column = next((one for one in feed.columns if one.name == name), None)
        header = column.header if column is not None else name
        samples = [
            Sample(number, json.loads(raw).get(name))
            for number, raw in rows.select("row_number", "raw").head(SAMPLES).iter_rows()
        ]
        allowed = tuple(column.codes) if column is not None and column.codes and rule == _ENUM else ()
        found.append(Problem(name, header, rule or str(reason), rows.height, tuple(samples), allowed))
    return sorted(found, key=lambda one: (-one.row_count, one.column, one.rule))


def _by_day(feed: Feed, loaded: pl.DataFrame) -> list[tuple[date, int]]:
    if feed.event_time is None or feed.event_time not in loaded.columns:
        return []
    days = loaded.select(pl.col(feed.event_time).cast(pl.Date).alias("day")).drop_nulls()
    return [(day, count) for day, count in days.group_by("day").len().sort("day").iter_rows()]


def _by_community(loaded: pl.DataFrame) -> list[tuple[str, int]]:
    """The loaded rows of each community, most first."""
    if "community_code" not in loaded.columns:
        return []
    counted = loaded.select("community_code").drop_nulls().group_by("community_code").len()
    return sorted(counted.iter_rows(), key=lambda one: (-one[1], one[0]))
