"""Small invented parcels, made in milliseconds.

Belongs here: numbers of a few days and KPIs, and files of them. Does not belong here: assertions.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.registry.loading import Registry
from pipelines.registry.macro import formulas
from pipelines.rollup import parcel
from pipelines.rollup.parcel import TABLES, Manifest

DAY = date(2026, 3, 10)
RATE, COUNT, APART = "event_on_time_close_rate", "grid_workers", "overloaded_worker_share"
_LOADED = {"state": "loaded", "rows_loaded": 9, "rows_rejected": 1}
_HELD = {"state": "held", "rows_loaded": 0, "rows_rejected": 10}
Numbers = dict[str, tuple[float, float | None]]
NUMBERS: Numbers = {RATE: (8.0, 10.0), COUNT: (5.0, None), APART: (1.0, 4.0)}


def make(
    inbox: Path,
    district: str,
    registry: Registry,
    *,
    through: date = DAY,
    days: int = 3,
    numbers: Numbers = NUMBERS,
    generation: str = "20260311-060000",
    changed: dict[str, str] | None = None,
    never_came: Sequence[str] = (),
) -> Path:
    """A parcel with the same numbers on every day, in the folder of its district. changed: other formulas.
    never_came: feeds that the KPIs need and of which the district has held a file at best."""
    first = through - timedelta(days=days - 1)
    every = [first + timedelta(days=n) for n in range(days)]
    nothing = dict.fromkeys(("n", "numerator_squares", "products", "denominator_squares"))
    daily = [
        {"kpi_id": kpi, "kpi_date": day, "numerator": num, "denominator": den, "value": num / (den or 1), **nothing}
        for kpi, (num, den) in numbers.items()
        for day in every
    ]
    period = [
        {"kpi_id": kpi, "as_of": day, "period": "30d", "numerator": num, "denominator": den, "status": "ok"}
        for kpi, (num, den) in numbers.items()
        for day in every
    ]
    index = [{"as_of": day, "pillar": "overall", "score": 70.0, "coverage": 1.0} for day in every]
    read = registry.feeds_read()
    feeds = sorted({name for kpi in numbers for name in read.get(kpi, ())})
    feed = [
        {"platform": platform, "feed": name, "business_date": day, "files": 1, "rows_counted": 10, **fate}
        for platform, name in (one.split(".") for one in feeds)
        for fate in (_HELD if f"{platform}.{name}" in never_came else _LOADED,)
        for day in every
    ]
    rows: Mapping[str, Sequence[Mapping[str, object]]] = {
        "kpi_daily": daily, "kpi_period": period, "kpi_target": [], "index_daily": index, "feed_day": feed
    }  # fmt: skip
    told = {kpi: one["told"] for kpi, one in formulas(registry).items() if kpi in numbers}
    manifest = Manifest(
        format=1, district=district, name=f"区{district}", households=100, generation=generation,
        built_at=datetime(2026, 3, 11, 6), data_from=first, data_through=through, is_demo=False, code_version="abc123",
        formulas=told | (changed or {}), members={},
    )  # fmt: skip
    tables = {name: pl.DataFrame(rows[name], schema=columns) for name, columns in TABLES.items()}
    return parcel.pack(inbox / district, manifest, tables)
