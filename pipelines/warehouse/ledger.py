"""A line of the ledger: a received file, for one feed, and the outcome of its rows.

Belongs here: the line, its schema, its entry in the journal. Does not belong here: writing it (`store`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import polars as pl

from pipelines.warehouse.journal import Entry

TABLES = """
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
alter table ledger.feed add column if not exists is_connected boolean default true;
alter table ledger.feed add column if not exists own_contract varchar;
create table if not exists ledger.change (
    change_id bigint not null, platform varchar not null, feed varchar not null, business_date date not null
);
create table if not exists ledger.snapshot_part (
    platform varchar, feed varchar, snapshot_on date, delivered_on date, delivery_id bigint, file_name varchar
);
create table if not exists ledger.split_day (
    platform varchar, feed varchar, business_date date, complete_at timestamp
);
create table if not exists ledger.check_result (
    check_name varchar, platform varchar, feed varchar, business_date date, status varchar, observed double,
    expected double, detail varchar
);
create table if not exists ledger.build (
    is_whole boolean not null, code_version varchar, generation varchar, noted_at timestamp not null
);
alter table ledger.build add column if not exists published_stamp varchar;
create table if not exists ledger.built_model (model varchar not null, version varchar not null);
create table if not exists ledger.journal (identity varchar not null, bytes bigint not null);
create table if not exists ledger.closed_file (
    platform varchar, feed varchar, business_date date, folder varchar not null, file_name varchar not null
);
create table if not exists ledger.seen_file (
    taken_by varchar, folder varchar, file_name varchar, stamp varchar not null,
    primary key (taken_by, folder, file_name)
);
alter table ledger.seen_file add column if not exists sha256 varchar;
create table if not exists ledger.treatment (platform varchar not null, feed varchar not null, told varchar not null);
create table if not exists ledger.treated_otherwise (
    platform varchar not null, feed varchar not null, column_name varchar not null, business_date date not null,
    was varchar not null, is_treated boolean not null, noted_at timestamp not null
);
"""

FEED_COLUMNS = (
    "platform", "platform_title", "feed", "title", "delivery", "format", "available_at", "contract_version", "owner",
    "is_connected", "own_contract",
)  # fmt: skip
"""By name: a later version may have added others, and its home is opened by this one if somebody goes back."""


@dataclass(frozen=True)
class Line:
    """One line of the ledger: a received file, for one feed (or none), and the outcome of its rows."""

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
    taken_at: datetime = field(compare=False)
    """When it was written first: a later state of the line keeps it."""
    reason: str | None = None
    rows_counted: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0
    key_id: str | None = None
    contract_version: str | None = None
    rows_erased: int = 0
    """Rows removed from the file because a person asked to be erased; rows_counted counts the others."""

    @property
    def place(self) -> tuple[str, str]:
        return self.folder, self.file_name

    @property
    def feed_id(self) -> str:
        """Of a line that belongs to a feed: as `Feed.id`."""
        return f"{self.platform}.{self.feed}"

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


FIELDS = tuple(Line.__dataclass_fields__)
_TYPE_OF_FIELD: Mapping[str, pl.DataType] = {
    "business_date": pl.Date(), "received_at": pl.Datetime("us"), "taken_at": pl.Datetime("us"),
    "delivery_id": pl.Int64(), "revision": pl.Int64(),
    **{f"rows_{fate}": pl.Int64() for fate in ("counted", "loaded", "rejected", "duplicate", "superseded", "erased")},
}  # fmt: skip
LINE_SCHEMA = {name: _TYPE_OF_FIELD.get(name, pl.String()) for name in FIELDS}


OUT_OF_RANGE = "business date out of range"
"""The beginning of why a file is held that nobody has read."""


def entry_of(line: Line, stamp: str | None = None, size: int = 0) -> Entry:
    """The journal's entry of a ledger line; with its state if nobody read the file."""
    is_read = line.state != "rejected" and not (line.state == "held" and (line.reason or "").startswith(OUT_OF_RANGE))
    return Entry(
        line.platform,
        line.feed,
        line.business_date,
        line.revision,
        line.folder,
        line.file_name,
        line.sha256,
        line.received_at,
        line.taken_at,
        None if is_read else line.state,
        None if is_read else line.reason,
        stamp,
        size,
    )


def line_of(entry: Entry, state: str) -> Line:
    """The line of a delivery that the journal knows, in this state, without a number yet."""
    return Line(
        delivery_id=0,
        platform=entry.platform,
        feed=entry.feed,
        business_date=entry.business_date,
        revision=entry.revision,
        folder=entry.folder,
        file_name=entry.file_name,
        sha256=entry.sha256,
        received_at=entry.received_at,
        state=state,
        taken_at=entry.taken_at,
    )
