"""The columns of a file beside those of its contract: expected, found, and what a strange header may be.

Belongs here: which header is which column. Does not belong here: rows (`examination`), layout (`report`). Headers are
text from outside: a line of data in their place must not be shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.contracts.model import Column, Feed
from pipelines.delivery.privacy import redact_name
from pipelines.delivery.signs import plain_header
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.drafting import matching, vocabulary
from pipelines.drafting.columns import guess
from pipelines.drafting.samples import is_value

_ROWS_LOOKED_AT = 2000


@dataclass(frozen=True)
class Seen:
    """A column of the contract, with the file's header for it, or with the header that it may be; or, if column is
    null, a header that is like no column. is_sure: whether the guess is clear enough to be taken alone."""

    column: Column | None
    found: str | None = None
    guessed: str | None = None
    is_sure: bool = False

    @property
    def is_missing(self) -> bool:
        return self.column is not None and self.found is None


def side_by_side(table: TextTable | Held, feed: Feed) -> tuple[Seen, ...]:
    """The contract's columns in its order, then the headers that are like none; nothing if the file has no header that
    the contract knows: its first line may be data."""
    if isinstance(table, Held):
        return ()
    headers = [name for name in table.frame.columns if name != ROW_NUMBER]
    by_plain = {plain_header(name): name for name in reversed(headers)}
    found: dict[str, str] = {}
    for column in feed.columns:
        given = [by_plain[one] for one in map(plain_header, (column.header, *column.aliases)) if one in by_plain]
        if given:
            found[column.name] = given[0]
    if not found:
        return ()
    strange = [name for name in headers if name not in found.values() and not is_value(name)]
    guessed = _guessed(table, feed, found, strange)
    expected = tuple(
        Seen(column, found[column.name]) if column.name in found else guessed.get(column.name, Seen(column))
        for column in feed.columns
    )
    taken = {one.guessed for one in expected}
    return (*expected, *(Seen(None, shown) for name in strange if (shown := redact_name(name)) not in taken))


def _guessed(table: TextTable, feed: Feed, found: dict[str, str], strange: Sequence[str]) -> dict[str, Seen]:
    """For columns that were not found, the headers that they may be. All headers take part, so that a column that has
    its own is not guessed twice."""
    if not strange or len(found) == len(feed.columns):
        return {}
    words = vocabulary.load()
    rows = table.frame.head(_ROWS_LOOKED_AT)
    columns = [guess(name, rows[name], words) for name in (*found.values(), *strange)]
    told = {header: name for name, header in found.items()}
    pairs = matching.match(columns, feed, words, told).matches
    return {
        one.column.name: Seen(one.column, None, redact_name(one.one.header), one.is_sure)
        for one in pairs
        if one.one.header not in told
    }
