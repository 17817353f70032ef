"""Problems in the district and how they are handled: events, hotline orders and snap reports of the same days.

Belongs here: generating all three together, because orders and reports refer to events. Does not belong here: each of
them (`events`, `hotline`, `snap_reports`), what workers find on their rounds (`footwork`, which also refers to events).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo import events, hotline, snap_reports
from pipelines.demo.lives import records
from pipelines.demo.register import Register


@dataclass(frozen=True)
class Incidents:
    """The events of some days with all moments of their lives, and the rows of four feeds."""

    events: pl.DataFrame
    exports: dict[str, pl.DataFrame]


def draw(places: Register, first: int, last: int, born_from: int) -> Incidents:
    """Everything created from `born_from` on, exported for the days from first to last."""
    days = np.arange(born_from, last + 1)
    lives = events.draw(places, days)
    return Incidents(
        events=lives,
        exports={
            "command_centre.event": events.event_rows(lives, first, last),
            "command_centre.event_flow": records(events.flows(places, lives), "acted_at", first, last),
            "command_centre.hotline_order": hotline.orders(places, lives, days, first, last),
            "snap_report.report": snap_reports.reports(places, lives, days, first, last),
        },
    )
