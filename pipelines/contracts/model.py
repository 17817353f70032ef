"""The parts of a contract: platforms, feeds, columns.

Belongs here: the compiled `Contract`, `Feed` and `Column`, and the error of a contract that cannot be used. Does not
belong here: reading documents (`compiler`), rows (`delivery`), SQL (`warehouse`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeAlias

from pipelines.documents import DocumentError

_SQL_WORDS = """
all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
collate collation column columns concurrently constraint create cross default deferrable desc describe distinct
do else end except false fetch for foreign freeze from full generated glob group having ilike in initially inner
intersect into is isnull join lambda lateral leading left like limit map natural not notnull null offset on only
or order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references returning
right select semi show similar some struct summarize symmetric table tablesample then to trailing true try_cast
tuple union unique unpack unpivot using variadic verbose when where window with
"""
SQL_WORDS = frozenset(_SQL_WORDS.split())
"""Words of SQL that no column of a table can be called by."""


class Kind(StrEnum):
    """A column's logical type, with ODCS's names."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"


class Delivery(StrEnum):
    """The content of a feed's delivery: the whole register, created or changed rows, or the day's own records."""

    SNAPSHOT = "snapshot"
    CHANGES = "changes"
    APPEND = "append"


class Treatment(StrEnum):
    """What happens to a column of personal data at intake."""

    DROP = "drop"
    PSEUDONYMISE = "pseudonymise"
    MASK = "mask"
    REDACT = "redact"
    GENERALISE = "generalise"


Edition: TypeAlias = tuple[str, str, date | None, str]
"""A version of a feed: its id, number, first business date, and the installation's own file."""

FORMATS = ("csv", "xlsx", "ndjson", "json")
# The options of a column's rules (`logicalTypeOptions`), by its logical type.
OPTIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.STRING: ("pattern", "minLength", "maxLength"),
    Kind.INTEGER: ("minimum", "maximum"),
    Kind.NUMBER: ("minimum", "maximum", "multipleOf"),
    Kind.BOOLEAN: (),
    Kind.TIMESTAMP: (),
    Kind.DATE: (),
}
# The `customProperties` of a feed, and their meanings.
FEED_PROPERTIES: Mapping[str, str] = {
    "delivery": "What a file holds: the whole register, rows made or changed, or the day's own records",
    "file": "The file's name without revision (`_r2`)",
    "parts": "Where a day comes in several files, one a street: what stands for `{part}` in `file`",
    "sheet": "xlsx: the name of the sheet, needed there; feeds of one file have a sheet each",
    "headerRow": "xlsx: the row with the headers; default 1",
    "updatedBy": "The column that says when a row last changed; needed where `delivery` is `changes`",
    "eventTime": "The column that says when it happened; rows far from their business date are reported",
    "mostRejectedPercent": "A larger share of a file's rows that is rejected is an alert; default 1",
}


class ContractError(DocumentError):
    """A contract that cannot be used."""


@dataclass(frozen=True)
class Column:
    """One column of a feed: its name in the warehouse, its header in the export and the rules for its values."""

    name: str
    header: str
    aliases: tuple[str, ...]
    kind: Kind
    title: str
    required: bool
    is_key: bool
    pattern: str | None
    codes: Mapping[str, str] | None
    labels: Mapping[str, str] | None
    minimum: float | None
    maximum: float | None
    decimals: int | None
    min_length: int | None
    max_length: int | None
    privacy: Treatment | None
    references: str | None

    @property
    def is_identifier(self) -> bool:
        """Whether a value is an identifier: its digits matter, not the number that they form."""
        is_name = self.is_key or self.references is not None or self.privacy is Treatment.PSEUDONYMISE
        return is_name and self.codes is None and self.kind in (Kind.STRING, Kind.INTEGER)

    @property
    def sql_type(self) -> str:
        if self.privacy in (Treatment.PSEUDONYMISE, Treatment.MASK):
            return "VARCHAR"
        if self.decimals is not None:
            return f"DECIMAL(18, {self.decimals})"
        return {
            Kind.STRING: "VARCHAR",
            Kind.INTEGER: "BIGINT",
            Kind.NUMBER: "DOUBLE",
            Kind.BOOLEAN: "BOOLEAN",
            Kind.TIMESTAMP: "TIMESTAMP",
            Kind.DATE: "DATE",
        }[self.kind]


@dataclass(frozen=True)
class Feed:
    """One feed: a table for which a platform delivers a file (or a sheet of a file) every business date."""

    platform: str
    name: str
    title: str
    grain: str
    format: str
    encoding: str
    delimiter: str
    delivery: Delivery
    file_template: str
    sheet: str | None
    header_row: int
    updated_by: str | None
    columns: tuple[Column, ...]
    version: str = ""
    applies_from: date | None = None
    earlier: tuple["Feed", ...] = ()
    event_time: str | None = None
    most_rejected_percent: float = 1.0
    parts: tuple[str, ...] = ()
    """What stands for {part} in the file's name, where a business date comes in several files; else empty."""
    own_contract: str = ""
    """The file name of the installation's own contract; empty if the packaged one is in force."""
    is_connected: bool = True
    """Whether the district says that it delivers; what stands on other feeds is off."""

    def as_of(self, day: date) -> "Feed":
        """The feed by the contract in force on a business date; before the first one, the oldest."""
        if not self.earlier:
            return self
        versions = (self, *self.earlier)
        return next((one for one in versions if one.applies_from is None or day >= one.applies_from), versions[-1])

    @property
    def id(self) -> str:
        return f"{self.platform}.{self.name}"

    @property
    def edition(self) -> Edition:
        """Which version of the feed it is. The number alone does not say it: an installation's own contract, which
        applies from a day on, may have the number of the packaged one before."""
        return self.id, self.version, self.applies_from, self.own_contract

    @property
    def table(self) -> str:
        return f"{self.platform}__{self.name}"

    @property
    def is_split_register(self) -> bool:
        """Whether it is a snapshot whose days come, or came under an earlier contract, in several files."""
        return self.delivery is Delivery.SNAPSHOT and any(one.parts for one in (self, *self.earlier))

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The stored columns of a delivery: all except those dropped at intake."""
        return tuple(column for column in self.columns if column.privacy is not Treatment.DROP)

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """The columns of the feed's table: those of this version, then those that only earlier versions had."""
        columns: dict[str, Column] = {}
        for one in (self, *self.earlier):
            for column in one.stored_columns:
                columns.setdefault(column.name, column)
        return tuple(columns.values())

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Contract:
    """One platform: its feeds and the time by which they arrive."""

    platform: str
    title: str
    purpose: str
    version: str
    owner: str
    available_at: time
    feeds: tuple[Feed, ...]
    applies_from: date | None = None
    keeps_files_days: int | None = None

    @property
    def files(self) -> tuple[tuple[Feed, ...], ...]:
        """The feeds by file: more than one if a file has a sheet for each."""
        by_file: dict[str, list[Feed]] = {}
        for feed in self.feeds:
            by_file.setdefault(feed.file_template, []).append(feed)
        return tuple(map(tuple, by_file.values()))


def due_on(contract: Contract, now: datetime) -> date:
    """The newest business date whose files should have arrived: they are due on the next day at the contract's time."""
    is_due = now.time() >= (contract.available_at or time())
    return now.date() - timedelta(days=1 if is_due else 2)
