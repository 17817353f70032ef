"""A mart of a nation, generated: `python -m tests.benchmarks.nation COMMUNITIES DAYS`.

Belongs here: `kpi_daily` and `kpi_period` of the registered KPIs for so many communities with the streets, districts,
cities and provinces above them, in the order of the published tables; their size, and the time of the queries of a
page. Prints a line of JSON. Does not belong here: how a mart is computed.

A number for every KPI, place and day, which is more than a nation would have: most communities have no event of most
kinds on most days. The numbers are small whole ones, as those of communities are.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.registry import loading
from pipelines.settings import DASHBOARD_DIR

LAST = date(2025, 12, 31)
NATION = "0"
"""The code that stands for the whole; a real one has no code."""
# Of China's 110,000 communities: how many there are in a street, a district, a city and a province.
PER_STREET, PER_DISTRICT, PER_CITY, PER_PROVINCE = 3, 39, 330, 3550
ASKED = 7
QUERIES = ("period_values", "weeks", "counts_before", "standings", "nation_series")
# As the view kpi_week reads the days.
_WEEKS = """
select kpi_id, date_diff('day', kpi_date, $last::date) // 7 as week, sum(numerator::decimal(38, 9)),
    sum(denominator::decimal(38, 9)), sum(n)
from marts.kpi_daily
where org_code = $area and kpi_date > $last::date - 84
group by all order by all
"""
# As the view kpi_compared reads them.
_COUNTS = """
select daily.kpi_id, daily.org_code, sum(daily.numerator), sum(daily.denominator), sum(daily.n)
from marts.kpi_daily as daily
inner join marts.kpi_definition as definition on daily.kpi_id = definition.kpi_id
where daily.kpi_date between $last::date - 59 and $last::date - 30
    and (definition.kind = 'flow' or daily.kpi_date = $last::date - 30)
    and (starts_with(daily.org_code, $area) or starts_with($area, daily.org_code))
group by daily.kpi_id, daily.org_code
"""
_SERIES = "select kpi_date, value from marts.kpi_daily where kpi_id = $kpi and org_code = $area order by kpi_date"
_DAILY = """
create table marts.kpi_daily as
select
    $kpis[1 + i // $block] as kpi_id, place.org_level, place.org_code, $first::date + (i % $days)::integer as kpi_date,
    (hash(i) % 7)::double as numerator, (hash(i) % 7 + hash(i + 1) % 5)::double as denominator,
    case when denominator <> 0 then numerator / denominator * 100 end as value, denominator::bigint as n,
    null::double as numerator_squares, null::double as products, null::double as denominator_squares
from range($rows) as counted (i)
inner join place on place.number = (i // $days) % $places
"""
_PERIOD = """
create table marts.kpi_period as
select
    kpi_id, org_level, org_code, kpi_date as as_of, '30d' as period, numerator, denominator, value, n::double as n,
    false as is_exact, value as value_smoothed, greatest(value - 10, 0) as low90, least(value + 10, 100) as high90,
    value as score, 'same' as band, case when n < 5 then 'small_n' else 'ok' end as status,
    value as previous_value, value as year_ago_value
from marts.kpi_daily
"""


def places(communities: int) -> list[tuple[str, str]]:
    """Level and code of the nation, its provinces, cities, districts, streets and communities, in the order of the
    published tables."""
    found = {("nation", NATION)}
    for i in range(communities):
        province, city, district = i // PER_PROVINCE, i // PER_CITY, i // PER_DISTRICT
        code = f"{11 + province:02}{city % 100:02}{district % 100:02}{i // PER_STREET % 1000:03}{i % 1000:03}"
        levels = {"province": 2, "city": 4, "district": 6, "street": 9, "community": 12}
        found |= {(level, code[:length]) for level, length in levels.items()}
    return sorted(found)


def main(communities: int, days: int) -> None:
    kpis = sorted(one.id for one in loading.load().kpis)
    with tempfile.TemporaryDirectory(prefix="sihe-nation-") as folder:
        sizes, rows = {}, 0
        for table in ("kpi_daily", "kpi_period"):
            # A file each: its size is the table's.
            file = Path(folder) / f"{table}.duckdb"
            with duckdb.connect(str(file)) as connection:
                rows, codes = _fill(connection, kpis, communities, days, table)
            sizes[table] = file.stat().st_size
        with duckdb.connect() as connection:
            connection.execute("create schema marts")
            for table in sizes:
                connection.execute(f"attach '{Path(folder) / table}.duckdb' as {table}_file (read_only)")
                connection.execute(f"create view marts.{table} as select * from {table}_file.marts.{table}")
            listed = ", ".join(f"('{one.id}', '{one.kpi.kind}')" for one in loading.load().kpis)
            connection.execute(f"create table marts.kpi_definition as from (values {listed}) as t (kpi_id, kind)")
            seconds = {name: _seconds(connection, name, kpis[0], codes) for name in QUERIES}
    print(json.dumps({"rows": rows, **{f"{name}_bytes": size for name, size in sizes.items()}, **seconds}))


def _fill(
    connection: duckdb.DuckDBPyConnection, kpis: list[str], communities: int, days: int, table: str
) -> tuple[int, Mapping[str, str]]:
    """Rows of the table, and a code of each level."""
    orgs = places(communities)
    connection.execute("create schema marts")
    connection.execute("create temp table place (number bigint, org_level varchar, org_code varchar)")
    connection.executemany(
        "insert into place values (?, ?, ?)", [(number, level, code) for number, (level, code) in enumerate(orgs)]
    )
    rows = len(kpis) * len(orgs) * days
    given = {
        "kpis": kpis, "block": len(orgs) * days, "first": LAST - timedelta(days=days - 1), "days": days, "rows": rows,
        "places": len(orgs),
    }  # fmt: skip
    connection.execute(_DAILY, given)
    if table == "kpi_period":
        connection.execute(_PERIOD)
        connection.execute("drop table marts.kpi_daily")
    return rows, dict(orgs)


def _seconds(connection: duckdb.DuckDBPyConnection, name: str, kpi: str, codes: Mapping[str, str]) -> float:
    """Median time of a query of the dashboard; the first answer, which reads the file, is not counted."""
    own = {"nation_series": _SERIES, "weeks": _WEEKS, "counts_before": _COUNTS}
    file = DASHBOARD_DIR / "queries" / f"{name}.sql"
    sql = own[name] if name in own else file.read_text(encoding="utf-8")
    area = NATION if name == "nation_series" else codes["district"]
    values: dict[str, Any] = {
        "kpi": kpi, "area": area, "day": LAST, "last": LAST, "period": "30d",
        "day_before": LAST - timedelta(days=30),
    }  # fmt: skip
    asked = {key: value for key, value in values.items() if f"${key}" in sql}
    took = []
    for _ in range(ASKED):
        started = time.perf_counter()
        connection.execute(sql, asked).fetchall()
        took.append(time.perf_counter() - started)
    return statistics.median(took[1:])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
