"""One small installation for faults: its steps in this process, or in a separate one that may be killed.

    python -m tests.faults.site HOME INBOX STEP

Belongs here: the steps of a run without Dagster, and queries for their results. Does not belong here: assertions.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines import dbt_bridge, installation
from pipelines.delivery import landing
from pipelines.installation import House
from pipelines.intake import taking, worklist
from pipelines.publication import publish
from pipelines.settings import PROJECT_DIR, Settings
from pipelines.warehouse import journal
from pipelines.warehouse.database_file import stamp_of
from pipelines.warehouse.ledger import Line

UNACCOUNTED = "rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded"


def take(here: House) -> int:
    """Loads what is pending, feeds of one file together; returns the number of feed-days."""
    arrivals = landing.scan(here.settings.inbox, here.feeds)
    taken = 0
    with here.writing("a test") as opened:
        now = here.settings.clock()
        worklist.take_strays(arrivals, opened, now)
        found = worklist.pending(arrivals, opened.stamps(), now.date())
        key = here.key(opened)
        for contract in here.contracts:
            for group in contract.files:
                if feeds := [feed for feed in group if feed.id in found]:
                    taken += len(list(taking.take(feeds, found, opened, here.settings, key)))
    return taken


def publication(here: House) -> None:
    made = publish.publish(here.settings, dbt_bridge.code_version(here.settings), is_demo=False)
    with here.writing("a test") as opened:
        opened.note_published(made.generation, stamp_of(made.file))


STEPS: dict[str, Callable[[House], object]] = {"take": take, "publish": publication}


@dataclass(frozen=True)
class Site:
    here: House

    @property
    def settings(self) -> Settings:
        return self.here.settings

    def received(self) -> int:
        """How many deliveries the journal has."""
        return len(journal.read(self.settings.journal)[0])

    def step(
        self, name: str, env: Mapping[str, str] | None = None, before: Callable[[], None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A step in a separate process; `before` runs in it first, so that limits apply only there."""
        command = [sys.executable, "-m", "tests.faults.site", str(self.settings.home), str(self.settings.inbox), name]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, cwd=PROJECT_DIR,
            env={**os.environ, **(env or {})}, preexec_fn=before,
        )  # fmt: skip

    def lines(self) -> list[Line]:
        with self.here.writing("a test") as opened:
            return opened.lines()

    def told(self) -> str:
        """The alerts that were sent."""
        file = self.settings.alerts_file
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in ledger and raw rows except numbers assigned on the way; every row has one outcome."""
        with self.here.writing("a test") as opened:

            def ask(sql: str) -> list[tuple[object, ...]]:
                return opened.connection.execute(sql).fetchall()

            assert ask(f"select file_name from ledger.delivery where {UNACCOUNTED}") == []
            found = {
                "delivery": ask("select * exclude (delivery_id, taken_at) from ledger.delivery order by all"),
                "rejected_row": ask(
                    "select platform, feed, folder, file_name, sha256, row_number, reasons, raw"
                    " from ledger.rejected_row join ledger.delivery using (delivery_id) order by all"
                ),
            }
            for feed in self.here.feeds:
                found[feed.table] = ask(f"select * from raw.{feed.table} order by all")
        return found


if __name__ == "__main__":
    home, inbox, step = sys.argv[1:]
    STEPS[step](installation.load(Path(home), Path(inbox)))
