"""Replacing the raw rows of feed-days, and which of them are other rows than before.

Belongs here: fingerprints of rows, forgetting that a day was treated by an earlier contract. Does not belong here: the
statements (`store`), why rows are read again (`intake`).
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
    _forget_treatments(warehouse, replaced)
    after = _prints(warehouse, asked)
    return {place for place in asked if before.get(place) != after.get(place)}


def _forget_treatments(warehouse: Warehouse, replaced: Mapping[str, Sequence[Replaced]]) -> None:
    """Days of which every stored row was read now are as their contract says (`intake.treatments`)."""
    noted = "from ledger.treated_otherwise where not is_treated"
    query = f"select distinct concat(platform, '__', feed), business_date {noted}"
    known = set(warehouse.connection.execute(query).fetchall())
    for table, deliveries in replaced.items() if known else ():
        names: dict[date | None, list[str]] = {}
        for line, _, _ in deliveries:
            names.setdefault(line.business_date, []).append(line.file_name)
        for day, read in names.items():
            others = f"select 1 from raw.{table} where _business_date = ? and not list_contains(?, _file_name) limit 1"
            if (table, day) in known and not warehouse.connection.execute(others, [day, read]).fetchall():
                mine = "and concat(platform, '__', feed) = ? and business_date = ?"
                warehouse.connection.execute(f"delete {noted} {mine}", [table, day])


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
