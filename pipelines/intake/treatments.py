"""Stored rows after their contract treats a column differently than before.

Belongs here: remembering the treatment with which each feed's rows were made, treating stored values that were open,
and noting what stays as an earlier contract left it. Does not belong here: the treatments (`delivery.privacy`), the
note's end when a day is read again (`warehouse.replacing`), its words (`night.wording`, `sihe doctor`).

A column that turns out to be personal is treated where it is stored, in one transaction, before anything else is done
with the opened database: not every file is in the archive any more, and an empty column could stop the build, so that
the clear values would stay published. Other changes cannot be computed from what is stored: they are only noted.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import polars as pl

from pipelines.contracts.model import Column, Contract, Feed, Treatment
from pipelines.delivery import privacy
from pipelines.keys import TOKEN, Key
from pipelines.warehouse.store import Warehouse

Value = TypeVar("Value")
OPEN, GONE = "open", "gone"
_VALUES_AT_ONCE, _DAYS_AT_ONCE = 50_000, 31
_OF_DAYS = "_business_date >= $first and _business_date < $after"
_Steps = Mapping[date, Mapping[str, str]]
"""How columns are treated, by name, from a business date on; a column that is missing is in no contract."""


@dataclass(frozen=True)
class _Change:
    """Another treatment of one column, for the business dates from `first` to before `after`."""

    feed: Feed
    first: date
    after: date
    name: str
    was: str
    now: str

    @property
    def days(self) -> dict[str, date]:
        return {"first": self.first, "after": self.after}

    @property
    def is_exact(self) -> bool:
        """Whether what is stored afterwards is what the files would give."""
        return self.now in (Treatment.DROP, GONE) or (self.was == OPEN != self.now)

    @property
    def may_join_rows(self) -> bool:
        """Whether rows of a file may have one key now: reading it again keeps one of them."""
        return self.now not in (Treatment.DROP, GONE) and self.name in self.feed.as_of(self.first).key


@dataclass(frozen=True)
class Noted:
    """Business dates of a feed with rows from before a change. is_treated: they were treated where they are stored,
    so only what was made earlier has the clear values. at: when the newest change was noticed."""

    feed: str
    columns: tuple[str, ...]
    is_treated: bool
    first: date
    last: date
    days: int
    at: datetime


def keep_up(warehouse: Warehouse, contracts: Sequence[Contract], now: datetime, key: Callable[[], Key]) -> list[str]:
    """Treats what is stored as these contracts say, and returns which columns' values were changed or noted. Called
    before anything is loaded with them. A contract that is as before costs nothing."""
    known = {
        (platform, feed): told
        for platform, feed, told in warehouse.connection.execute(
            "select platform, feed, told from ledger.treatment"
        ).fetchall()
    }
    wanted = {(feed.platform, feed.name): feed for contract in contracts for feed in contract.feeds}
    changed = {place: feed for place, feed in wanted.items() if known.get(place) != _told(_steps(feed))}
    if not changed:
        return []
    said: dict[str, None] = {}
    with warehouse.transaction():
        if warehouse.last_line():
            for place, feed in changed.items():
                before = _read(known[place]) if place in known else _unknown(feed)
                for change in _changes(feed, before):
                    if _follow(warehouse, change, now, key):
                        said[f"{feed.id}.{change.name}"] = None
        rows = [[*place, _told(_steps(feed))] for place, feed in changed.items()]
        forget = "delete from ledger.treatment where platform = ? and feed = ?"
        warehouse.connection.executemany(forget, [list(place) for place in changed])
        warehouse.connection.executemany("insert into ledger.treatment (platform, feed, told) values (?, ?, ?)", rows)
        if said:
            warehouse.note_unbuilt()
    return list(said)


def noted(warehouse: Warehouse, contracts: Sequence[Contract]) -> list[Noted]:
    """What is noted, one line a feed for what was treated and one for the rest. A column that is open again has nothing
    to hide."""
    opened = [
        f"{feed.id}.{column.name}"
        for contract in contracts
        for feed in contract.feeds
        for column in feed.columns
        if column.privacy is None
    ]
    rows = warehouse.connection.execute(
        "select concat(platform, '.', feed), list_sort(list(distinct column_name)), is_treated, min(business_date),"
        " max(business_date), count(distinct business_date), max(noted_at) from ledger.treated_otherwise"
        " where not (is_treated and list_contains(?, concat_ws('.', platform, feed, column_name)))"
        " group by all order by all",
        [opened],
    ).fetchall()
    return [Noted(feed, tuple(columns), *rest) for feed, columns, *rest in rows]


def _steps(feed: Feed) -> dict[date, dict[str, str]]:
    """By the first business date of each version; the oldest one is also for all days before."""
    versions = (feed, *feed.earlier)
    starts = [one.applies_from or date.min for one in versions[:-1]] + [date.min]
    return {
        start: {column.name: column.privacy.value if column.privacy else OPEN for column in one.columns}
        for start, one in sorted(zip(starts, versions, strict=True), key=lambda pair: pair[0])
    }


def _told(steps: _Steps) -> str:
    return json.dumps({f"{start}": columns for start, columns in steps.items()}, sort_keys=True)


def _read(told: str) -> _Steps:
    return {date.fromisoformat(start): columns for start, columns in json.loads(told).items()}


def _unknown(feed: Feed) -> _Steps:
    """What is assumed of rows that an older version of Sihe stored: as now. Only of a pseudonym can be seen whether it
    is one."""
    return {
        start: {name: OPEN if told == Treatment.PSEUDONYMISE else told for name, told in columns.items()}
        for start, columns in _steps(feed).items()
    }


def _changes(feed: Feed, before: _Steps) -> Iterator[_Change]:
    after = _steps(feed)
    for first, end in pairwise([*sorted({*before, *after}), date.max]):
        was, now = (one[max(start for start in one if start <= first)] for one in (before, after))
        for name, told in was.items():
            is_now = now.get(name, GONE)
            if told not in (is_now, Treatment.DROP):
                yield _Change(feed, first, end, name, told, is_now)


def _follow(warehouse: Warehouse, change: _Change, now: datetime, key: Callable[[], Key]) -> bool:
    """Returns whether there are values of the change."""
    is_hidden = change.was == OPEN and _hide_rejected(warehouse, change)
    column = next((one for one in change.feed.table_columns if one.name == change.name), None)
    stored: Sequence[date]
    altered: Sequence[date]
    if column is None:  # the table no longer has it: nobody knows which days had a value
        stored = altered = _days(warehouse, change) if change.was == OPEN and change.now != GONE else []
    else:
        stored = _days(warehouse, change, f"and {change.name} is not null")
        altered = _altered(warehouse, change, column, key) if stored else []
    warehouse.note_changes([(change.feed, day) for day in altered])
    _forget(warehouse, change)
    days = altered if change.is_exact else stored
    if change.is_exact:
        _note(warehouse, change, days, now, is_treated=True)
    if not change.is_exact or change.may_join_rows:
        _note(warehouse, change, days, now, is_treated=False)
    return is_hidden or bool(days)


def _altered(warehouse: Warehouse, change: _Change, column: Column, key: Callable[[], Key]) -> Sequence[date]:
    """Treats the values where they are stored; returns the business dates whose rows changed. A token stays one."""
    table, name = f"raw.{change.feed.table}", change.name
    if change.now in (Treatment.DROP, GONE):
        days = _days(warehouse, change, f"and {name} is not null")
        warehouse.connection.execute(f"update {table} set {name} = null where {_OF_DAYS}", change.days)
        return days
    if change.was == Treatment.PSEUDONYMISE or change.now == OPEN:
        return []
    altered: set[date] = set()
    stored = _days(warehouse, change, f"and {name} is not null")
    for some in _in_parts(stored, _DAYS_AT_ONCE):
        part = replace(change, first=some[0], after=some[-1] + timedelta(days=1))
        altered.update(_treated(warehouse, part, column, key))
    return sorted(altered)


def _treated(warehouse: Warehouse, change: _Change, column: Column, key: Callable[[], Key]) -> Iterator[date]:
    name = change.name
    of_day = change.feed.as_of(change.first).column(name)
    found = warehouse.connection.execute(
        f"select distinct {name} from raw.{change.feed.table} where {name} is not null and {_OF_DAYS}", change.days
    ).fetchall()
    values = [value for (value,) in found]
    if change.now == Treatment.PSEUDONYMISE:
        values = [value for value in values if not re.fullmatch(TOKEN, value)]
    for some in _in_parts(values, _VALUES_AT_ONCE):
        treated = privacy.treat_values(of_day, pl.Series(some), key()).to_list()
        pairs = [(old, new) for old, new in zip(some, treated, strict=True) if old != new]
        yield from _replace(warehouse, change, column, pairs)


def _replace(warehouse: Warehouse, change: _Change, column: Column, pairs: Sequence[tuple[Any, Any]]) -> Sequence[date]:
    if not pairs:
        return []
    given = {**change.days, "old": [old for old, _ in pairs], "new": [new for _, new in pairs]}
    kind, name = column.sql_type, change.name
    table = f"raw.{change.feed.table} as stored"
    known = f"(select unnest($old)::{kind} as old, unnest($new)::{kind} as new) as treated"
    mine = f"stored.{name} = treated.old and {_OF_DAYS}"
    query = f"select distinct _business_date from {table}, {known} where {mine}"
    days = [day for (day,) in warehouse.connection.execute(query, given).fetchall()]
    warehouse.connection.execute(f"update {table} set {name} = treated.new from {known} where {mine}", given)
    return days


def _in_parts(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _days(warehouse: Warehouse, change: _Change, condition: str = "") -> list[date]:
    query = f"select distinct _business_date from raw.{change.feed.table} where {_OF_DAYS} {condition} order by 1"
    return [day for (day,) in warehouse.connection.execute(query, change.days).fetchall()]


def _hide_rejected(warehouse: Warehouse, change: _Change) -> bool:
    """The quarantine shows values of open columns."""
    mine = (
        "delivery_id in (select delivery_id from ledger.delivery where platform = $platform and feed = $feed"
        " and business_date >= $first and business_date < $after)"
    )
    of_feed = {**change.days, "platform": change.feed.platform, "feed": change.feed.name}
    rows = warehouse.connection.execute(
        f"select distinct raw from ledger.rejected_row where {mine}", of_feed
    ).fetchall()
    pairs = []
    for (raw,) in rows:
        shown = json.loads(raw)
        if shown.get(change.name) not in (None, privacy.HIDDEN):
            pairs.append((raw, json.dumps({**shown, change.name: privacy.HIDDEN}, ensure_ascii=False)))
    for some in _in_parts(pairs, _VALUES_AT_ONCE):
        warehouse.connection.execute(
            "update ledger.rejected_row as stored set raw = hidden.new"
            " from (select unnest($old) as old, unnest($new) as new) as hidden"
            f" where stored.raw = hidden.old and {mine}",
            {**of_feed, "old": [old for old, _ in some], "new": [new for _, new in some]},
        )
    return bool(pairs)


def _forget(warehouse: Warehouse, change: _Change) -> None:
    """Days that were noted when the column lost the treatment that it has again are as they should be."""
    warehouse.connection.execute(
        "delete from ledger.treated_otherwise where platform = ? and feed = ? and column_name = ?"
        " and business_date >= ? and business_date < ? and not is_treated and was = ?",
        [change.feed.platform, change.feed.name, change.name, change.first, change.after, change.now],
    )


def _note(warehouse: Warehouse, change: _Change, days: Sequence[date], now: datetime, *, is_treated: bool) -> None:
    place = [change.feed.platform, change.feed.name, change.name]
    rows = [[*place, day, change.was, is_treated, now] for day in days]
    if rows and change.now != GONE:
        warehouse.connection.executemany("insert into ledger.treated_otherwise values (?, ?, ?, ?, ?, ?, ?)", rows)
