"""Replacing the raw rows of feed-days, and which of them are other rows than before.

Belongs here: fingerprints of rows. Does not belong here: the statements (`store`), why rows are read again (`intake`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from pipelines.warehouse.store import Replaced, Warehouse

Place = tuple[str, date]
"""A table of `raw` and a business date."""


def replace_rows(
    warehouse: Warehouse, replaced: Mapping[str, Sequence[Replaced]], unasked: Collection[Place]
) -> set[Place]:
    """Stores the deliveries of each table; returns the places whose rows differ now. unasked: those that differ anyway.

    With a corrected contract, the same files may give other rows in the same numbers.
    """
    asked = {
        (table, line.business_date)
        for table, deliveries in replaced.items()
        for line, _, _ in deliveries
        if line.business_date is not None and (table, line.business_date) not in unasked
    }
    before = _prints(warehouse, asked)
    for table, deliveries in replaced.items():
        warehouse.replace_rows(table, deliveries)
    after = _prints(warehouse, asked)
    return {place for place in asked if before.get(place) != after.get(place)}


def _prints(warehouse: Warehouse, places: Collection[Place]) -> dict[Place, tuple[int, int]]:
    """How many rows, and the sum of their hashes; places without rows are missing."""
    found: dict[Place, tuple[int, int]] = {}
    for table in sorted({table for table, _ in places}):
        days = [day for one, day in places if one == table]
        query = (
            f"select _business_date, count(*), sum(hash(each_row)) from raw.{table} as each_row"
            " where list_contains(?, _business_date) group by all"
        )
        rows = warehouse.connection.execute(query, [days]).fetchall()
        found |= {(table, day): (int(count), int(total)) for day, count, total in rows}
    return found
