"""Parcels of many districts, made of the parcel of one.

Belongs here: other districts with numbers of their own, from one parcel and a seed. Does not belong here: what is done
with them.
"""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.rollup import parcel
from pipelines.rollup.parcel import Parcel


def another(of: Parcel, district: str, inbox: Path, *, seed: int, until: date | None = None) -> Path:
    """Writes the parcel of another district into its folder of an inbox: all numbers multiplied by a whole number from
    1 to 9 and numerators changed by a percent or two, so that no rate is the same. until: its newest day."""
    dice = random.Random(f"{district} {seed}")
    size, share = dice.randint(1, 9), 1 - dice.randint(0, 20) / 1000
    last = until or of.manifest.data_through
    tables = {}
    for table, rows in of.tables.items():
        changed = []
        if "numerator" in rows.columns:
            changed = [
                (pl.col("numerator") * size * share).round(6),
                (pl.col("denominator") * size).round(6),
                (pl.col("n") * size).cast(rows.schema["n"]),
            ]
        if table == "index_daily":
            changed = [(pl.col("score") * share).round(3)]
        day = parcel.DAYS.get(table) or ("business_date" if table == "feed_day" else None)
        own = rows.with_columns(changed)
        tables[table] = own.filter(pl.col(day) <= last) if day else own
    manifest = of.manifest.model_copy(update={"district": district, "name": f"{district}区", "data_through": last})
    return parcel.pack(inbox / district, manifest, tables)


def fill(inbox: Path, districts: Sequence[str], of: Parcel, seed: int = 1) -> None:
    """A parcel of each district."""
    for district in districts:
        another(of, district, inbox, seed=seed)
