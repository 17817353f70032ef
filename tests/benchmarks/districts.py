"""Parcels of many districts, made of the parcel of one.

Belongs here: other districts with numbers of their own, from one parcel and a seed. Does not belong here: what is done
with them.
"""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.districts import above
from pipelines.rollup import parcel
from pipelines.rollup.parcel import Parcel

_VALUES = ("value", "value_smoothed", "low90", "high90", "score", "previous_value", "year_ago_value")


def another(
    of: Parcel,
    district: str,
    inbox: Path,
    *,
    seed: int,
    until: date | None = None,
    other_formulas: Sequence[str] = (),
) -> Path:
    """Writes the parcel of another district into its folder of an inbox; returns the file. All numbers are multiplied
    by a whole number from 1 to 9, numerators and rates reduced by up to a fifth, so that hardly any is the same.

    until: its newest day. other_formulas: KPIs that it counts otherwise.
    """
    dice = random.Random(f"{district} {seed}")
    size, share = dice.randint(1, 9), 1 - dice.randint(0, 200) / 1000
    last = until or of.manifest.data_through
    tables = {}
    for table, rows in of.tables.items():
        changed = []
        if "numerator" in rows.columns:
            changed = [
                (pl.col("numerator") * size * share).round(6),
                (pl.col("denominator") * size).round(6),
                (pl.col("n") * size).cast(rows.schema["n"]),
                *(pl.col(name) * share for name in _VALUES if name in rows.columns),
            ]
        if table == "index_daily":
            changed = [(pl.col("score") * share).round(3)]
        day = parcel.DAYS.get(table) or ("business_date" if table == "feed_day" else None)
        own = rows.with_columns(changed)
        tables[table] = own.filter(pl.col(day) <= last) if day else own
    formulas = of.manifest.formulas | dict.fromkeys(other_formulas, "00ff")
    manifest = of.manifest.model_copy(
        update={
            "formulas": formulas,
            "district": district,
            "name": above.district_names([district])[district],
            "data_through": last,
        }
    )
    return parcel.pack(inbox / district, manifest, tables)


def fill(inbox: Path, districts: Sequence[str], of: Parcel, seed: int = 1) -> None:
    """A parcel of each district."""
    for district in districts:
        another(of, district, inbox, seed=seed)
