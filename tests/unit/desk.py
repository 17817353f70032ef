"""One inbox with its warehouse: operations and queries for many tests of the intake, on a real database.

Belongs here: loading, and queries to ledger and rows. Does not belong here: assertions about the results.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.delivery.landing import Arrival
from pipelines.intake import taking, worklist
from pipelines.keys import Key
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse


class Desk:
    """Loads the files of one inbox into one warehouse, as a run does."""

    def __init__(self, warehouse: Warehouse, settings: Settings, feeds: Sequence[Feed], key: Key) -> None:
        self.warehouse, self.settings, self.feeds, self.key = warehouse, settings, feeds, key

    def at(self, now: datetime) -> None:
        """Sets the clock to `now`."""
        self.settings = replace(self.settings, clock=lambda: now)

    def take(self, arrivals: Sequence[Arrival] | None = None, *, again: bool = False) -> list[taking.Settled]:
        """Loads what is pending, the feeds of one file together; `again`: also everything in the ledger."""
        arrivals = landing.scan(self.settings.inbox, self.feeds) if arrivals is None else arrivals
        now = self.settings.clock()
        worklist.take_strays(arrivals, self.warehouse, now)
        found = worklist.pending(arrivals, {} if again else self.warehouse.stamps(), now.date())
        if again:
            days = {line.business_date for line in self.warehouse.lines() if line.business_date is not None}
            worklist.add_known(found, self.feeds, self.warehouse, sorted(days))
        by_file: dict[str, list[Feed]] = {}
        for feed in self.feeds:
            if feed.id in found:
                by_file.setdefault(feed.file_template, []).append(feed)
        return [
            settled
            for feeds in by_file.values()
            for settled in taking.take(feeds, found, self.warehouse, self.settings, self.key, again=again)
        ]

    def states(self) -> dict[str, str]:
        return {f"{line.folder}/{line.file_name}": line.state for line in self.warehouse.lines()}

    def ledger(self) -> list[tuple[object, ...]]:
        """Every line without its number and its time of loading; rejected rows by their file."""
        lines = self.query(
            "select * exclude (delivery_id, taken_at) from ledger.delivery order by platform, feed, folder, file_name,"
            " sha256, state"
        )
        rejected = self.query(
            "select platform, feed, folder, file_name, sha256, row_number, reasons, raw"
            " from ledger.rejected_row join ledger.delivery using (delivery_id) order by all"
        )
        return [*lines, *rejected]

    def raw(self, feed: str = "service_centre__service_point") -> list[tuple[object, ...]]:
        return self.query(f"select * from raw.{feed} order by all")

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.warehouse.connection.execute(sql).fetchall()

    def functions(self) -> list[object]:
        """Which delivery's rows are loaded: every delivery here has a different number of functions."""
        return [row[0] for row in self.query("select functions from raw.service_centre__service_point order by all")]
