"""The working tables of an area above the districts: its sums, what dbt computes from them, the districts' own numbers.

Belongs here: the tables before and after dbt, which numbers of which district count. Does not belong here: formulas,
scores and intervals (dbt's models, which compute the area as they compute a district), reading parcels (`reception`),
publishing (`publication`).

To the models the area is what a district is, the whole; so it stands there as one, with a shorter code, until they
are done. The districts' own numbers are added afterwards, exactly as each of them published them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import duckdb
import polars as pl
import yaml

from pipelines.districts.above import Area
from pipelines.registry.loading import Registry
from pipelines.registry.macro import formulas
from pipelines.registry.model import UNITS
from pipelines.rollup.parcel import DAYS, Parcel
from pipelines.rollup.reception import Reception, received_at

BUILT = (
    "resource_type:seed", "dim_date", "dim_code", "calendar_mark", "kpi_definition", "kpi_target", "stale_period",
    "kpi_period", "kpi_week", "index_daily", "feed",
)  # fmt: skip
"""What dbt builds of an area: the seeds, and the models that need no row of an export."""
_RECENT_DAYS = 30
_SAID = Path(__file__).parent / "descriptions.yaml"


Columns: TypeAlias = Mapping[str, pl.DataType | type[pl.DataType]]
_ORG: Columns = {
    "org_level": pl.String, "org_code": pl.String, "org_name": pl.String, "parent_code": pl.String,
    "households": pl.Int64,
}  # fmt: skip
_PARCEL: Columns = {
    "district_code": pl.String, "district_name": pl.String, "state": pl.String, "data_from": pl.Date,
    "data_through": pl.Date, "generation": pl.String, "code_version": pl.String, "received_at": pl.Datetime("us"),
    "kpis_left_out": pl.Int64, "problem": pl.String, "reason": pl.String,
}  # fmt: skip
_LEFT_OUT: Columns = {"district_code": pl.String, "kpi_id": pl.String, "reason": pl.String}
# As of a district: dbt_project/models/meta/delivery.sql.
_DELIVERY: Columns = {
    "platform": pl.String, "feed": pl.String, "business_date": pl.Date, "revision": pl.Int64, "file_name": pl.String,
    "sha256": pl.String, "received_at": pl.Datetime("us"), "state": pl.String, "reason": pl.String,
    **dict.fromkeys(
        ("rows_counted", "rows_loaded", "rows_rejected", "rows_duplicate", "rows_superseded", "rows_erased"), pl.Int64
    ),
    "complete_at": pl.Datetime("us"),
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """The parcels in force with the KPIs of each that count, by district; left_out: (district, KPI) → reason."""

    day: date
    parcels: Mapping[str, Parcel]
    counted: Mapping[str, frozenset[str]]
    left_out: Mapping[tuple[str, str], str]


def descriptions() -> list[tuple[str, str, str, str]]:
    """Schema, table, column and text of the tables that only an area has."""
    said = yaml.safe_load(_SAID.read_text(encoding="utf-8"))
    return [(*table.split("."), column, text) for table, columns in said.items() for column, text in columns.items()]


def choose(reception: Reception, registry: Registry) -> Chosen:
    """Numbers that were counted otherwise are not added to others, nor is a 0 that only says that a feed of the KPI
    is not connected or never came. Needs a day."""
    assert reception.day is not None
    known = {kpi_id: one["told"] for kpi_id, one in formulas(registry).items()}
    needed = registry.feeds_read()
    parcels = {one.district: one.chosen for one in reception.districts if one.chosen is not None}
    counted, left_out = {}, {}
    for district, parcel in parcels.items():
        theirs = parcel.manifest.formulas
        came = parcel.feeds()
        for kpi_id, told in sorted(theirs.items()):
            if kpi_id not in known:
                left_out[district, kpi_id] = "unknown_kpi"
            elif known[kpi_id] != told:
                left_out[district, kpi_id] = "other_formula"
            elif not needed[kpi_id] <= came:
                left_out[district, kpi_id] = "feed_never_came"
        counted[district] = frozenset(kpi_id for kpi_id in theirs if (district, kpi_id) not in left_out)
    return Chosen(reception.day, parcels, counted, left_out)


def frame(chosen: Chosen, table: str, day: str | None = None) -> pl.DataFrame:
    """A table of all parcels in force (there is one at least) with the column `org_code`: of the KPIs that count, up to
    the day if `day` names a column of dates."""
    found = []
    for district, parcel in sorted(chosen.parcels.items()):
        rows = parcel.tables[table]
        if "kpi_id" in rows.columns:
            rows = rows.filter(pl.col("kpi_id").is_in(sorted(chosen.counted[district])))
        if day is not None:
            rows = rows.filter(pl.col(day) <= chosen.day)
        found.append(rows.select(pl.lit(district).alias("org_code"), pl.all()))
    return pl.concat(found)


@contextmanager
def _named(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Within the block, queries find the frames by these names."""
    for name, rows in frames.items():
        connection.register(name, rows.to_arrow())
    yield
    for name in frames:
        connection.unregister(name)


# ---------------------------------------------------------------- before dbt

_ADDED = """
create table marts.kpi_daily as
with added as (
    select
        theirs.kpi_id, theirs.kpi_date, kpi.factor,
        -- Decimals: a sum must not depend on the order of its parts.
        sum(cast(theirs.numerator as decimal(38, 9)))::double as numerator,
        sum(cast(theirs.denominator as decimal(38, 9)))::double as denominator,
        sum(theirs.n)::bigint as n,
        sum(cast(theirs.numerator_squares as decimal(38, 9)))::double as numerator_squares,
        sum(cast(theirs.products as decimal(38, 9)))::double as products,
        sum(cast(theirs.denominator_squares as decimal(38, 9)))::double as denominator_squares
    from theirs
    inner join kpi on theirs.kpi_id = kpi.kpi_id and kpi.is_additive
    group by theirs.kpi_id, theirs.kpi_date, kpi.factor
)
select
    kpi_id, 'district' as org_level, $code as org_code, kpi_date, numerator, denominator,
    case when denominator is null then numerator when denominator <> 0 then numerator / denominator * factor end
        as value,
    n, numerator_squares, products, denominator_squares
from added
"""
# The ledger of an area: which day of which feed some district has loaded. It says no data from not applicable.
_LOADED = """
insert into ledger.delivery (
    delivery_id, platform, feed, business_date, revision, folder, file_name, sha256, received_at, state, rows_counted,
    rows_loaded, rows_rejected, rows_duplicate, rows_superseded, taken_at
)
select row_number() over (order by platform, feed, business_date), platform, feed, business_date, 1, '', '', '', $now,
    'loaded', 0, 0, 0, 0, 0, $now
from (select distinct platform, feed, business_date from feed_day where state = 'loaded' and business_date >= $first)
"""


def fill(connection: duckdb.DuckDBPyConnection, area: Area, chosen: Chosen, registry: Registry, now: object) -> None:
    """Writes what dbt needs into a database that has the ledger's tables: the area's register, its daily sums, the days
    that were loaded."""
    for schema in ("marts", "meta", "work"):
        connection.execute(f"create schema if not exists {schema}")
    theirs, feed_day = frame(chosen, "kpi_daily", DAYS["kpi_daily"]), frame(chosen, "feed_day", "business_date")
    kpi = pl.DataFrame(
        [(one.id, one.kpi.additive, float(UNITS[one.kpi.unit].factor)) for one in registry.kpis],
        schema={"kpi_id": pl.String, "is_additive": pl.Boolean, "factor": pl.Float64},
        orient="row",
    )
    first = min(parcel.manifest.data_from for parcel in chosen.parcels.values())
    with _named(connection, theirs=theirs, feed_day=feed_day, kpi=kpi):
        connection.execute(_ADDED, {"code": area.code})
        connection.execute(_LOADED, {"now": now, "first": first})
    households = [parcel.manifest.households for parcel in chosen.parcels.values()]
    connection.execute(
        "create table marts.dim_org as select 'district' as org_level, $code as org_code, $name as org_name,"
        " null::varchar as parent_code, $households::bigint as households",
        {
            "code": area.code,
            "name": area.name,
            "households": sum(one or 0 for one in households) if any(households) else None,
        },
    )
    # Nothing is left of a build before: the models compute every day.
    connection.execute("create table work.stale_cell (kpi_id varchar, kpi_date date)")


# ---------------------------------------------------------------- after dbt

# Against the area's own value, as a district judges its communities: both ends of the interval on one side of it.
_PERIODS = """
insert into marts.kpi_period by name
select
    'district' as org_level, theirs.*,
    case
        when theirs.low90 is null or area.value is null or theirs.status <> 'ok' then null
        when theirs.low90 > area.value then case kpi.direction when 'up' then 'better' when 'down' then 'worse' end
        when theirs.high90 < area.value then case kpi.direction when 'up' then 'worse' when 'down' then 'better' end
        when kpi.direction in ('up', 'down') then 'same'
    end as band
from theirs
inner join marts.kpi_definition as kpi on theirs.kpi_id = kpi.kpi_id
left join (select * from marts.kpi_period where org_code = $code) as area
    on theirs.kpi_id = area.kpi_id and theirs.as_of = area.as_of and theirs.period = area.period
"""


def add_districts(
    connection: duckdb.DuckDBPyConnection, area: Area, reception: Reception, chosen: Chosen, names: Mapping[str, str]
) -> None:
    """Gives the area its own level, and adds the districts' numbers and what is known of their parcels."""
    for table in ("dim_org", "kpi_daily", "kpi_period", "kpi_target", "index_daily"):
        connection.execute(f"update marts.{table} set org_level = ?", [area.level])
    # An area publishes no rows of feeds.
    connection.execute("update meta.feed set table_name = null")
    apart = "(select kpi_id from marts.kpi_definition where not is_additive)"
    connection.execute(f"delete from marts.kpi_period where kpi_id in {apart}")
    for table in ("kpi_daily", "index_daily", "kpi_target", "kpi_period"):
        with _named(connection, theirs=frame(chosen, table, DAYS.get(table))):
            if table == "kpi_period":
                connection.execute(_PERIODS, {"code": area.code})
            else:
                connection.execute(f"insert into marts.{table} by name select 'district' as org_level, * from theirs")
    orgs = [
        ("district", code, names[code], area.code, one.manifest.households if one else None)
        for code in sorted(area.districts)
        for one in [chosen.parcels.get(code)]
    ]
    with _named(connection, orgs=pl.DataFrame(orgs, schema=_ORG, orient="row")):
        connection.execute("insert into marts.dim_org by name select * from orgs")
    connection.execute(
        "create table meta.district as select $code as district_code, $name as district_name, $zh as title_zh,"
        " $en as title_en, $letter as letter",
        {"code": area.code, "name": area.name, "zh": area.title.zh, "en": area.title.en, "letter": area.letter},
    )
    _write_parcels(connection, reception, chosen, names)
    _write_feeds(connection, chosen)
    _write_coverage(connection, area, chosen)
    _write_files(connection, reception)


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Sequence[Sequence[object]]
) -> None:
    """A table of few rows at once: DuckDB takes a millisecond for each row that is inserted alone."""
    with _named(connection, listed=pl.DataFrame(rows, schema=columns, orient="row")):
        connection.execute(f"create table {name} as select * from listed")


def _write_parcels(
    connection: duckdb.DuckDBPyConnection, reception: Reception, chosen: Chosen, names: Mapping[str, str]
) -> None:
    rows: list[Sequence[object]] = []
    for one in reception.districts:
        told = one.chosen.manifest if one.chosen else None
        bad = one.refused[0] if one.refused else None
        rows.append(
            (
                one.district, names[one.district], one.state(reception.day),
                *((told.data_from, told.data_through, told.generation, told.code_version) if told else [None] * 4),
                received_at(one.chosen.file) if one.chosen else None,
                sum(district == one.district for district, _ in chosen.left_out),
                *((bad.kind, f"{bad.file.name} {bad.why}") if bad else [None] * 2),
            )
        )  # fmt: skip
    _create(connection, "meta.district_parcel", _PARCEL, rows)
    left_out = [(district, kpi_id, why) for (district, kpi_id), why in sorted(chosen.left_out.items())]
    _create(connection, "meta.kpi_left_out", _LEFT_OUT, left_out)


def _write_feeds(connection: duckdb.DuckDBPyConnection, chosen: Chosen) -> None:
    is_recent = f"business_date > $day::date - {_RECENT_DAYS}"
    with _named(connection, feed_day=frame(chosen, "feed_day")):
        connection.execute(
            "create table meta.district_feed as select org_code as district_code, platform, feed,"
            " max(business_date) filter (where state = 'loaded') as newest_date,"
            f" coalesce(sum(files) filter (where state = 'held' and {is_recent}), 0)::bigint as files_held,"
            f" coalesce(sum(rows_counted) filter (where {is_recent}), 0)::bigint as rows_counted,"
            f" coalesce(sum(rows_rejected) filter (where {is_recent}), 0)::bigint as rows_rejected"
            " from feed_day group by all",
            {"day": chosen.day},
        )


def _write_coverage(connection: duckdb.DuckDBPyConnection, area: Area, chosen: Chosen) -> None:
    counted = [
        (code, kpi_id, one.manifest.data_from, one.manifest.data_through)
        for code, one in chosen.parcels.items()
        for kpi_id in chosen.counted[code]
    ]
    has = {"code": pl.String, "kpi_id": pl.String, "first": pl.Date, "last": pl.Date}
    counts = pl.DataFrame(counted, schema=has, orient="row")
    with _named(connection, has=counts, expected=pl.DataFrame({"code": sorted(area.districts)})):
        connection.execute(
            "create table marts.kpi_coverage as select kpi.kpi_id, day.date_day as as_of,"
            " count(has.code) as districts_in, count(*) as districts_expected,"
            " string_agg(expected.code, ', ' order by expected.code) filter (where has.code is null) as missing"
            " from marts.kpi_definition as kpi cross join marts.dim_date as day cross join expected"
            " left join has on expected.code = has.code and kpi.kpi_id = has.kpi_id and kpi.is_additive"
            " and day.date_day between has.first and has.last group by kpi.kpi_id, day.date_day"
        )


def _write_files(connection: duckdb.DuckDBPyConnection, reception: Reception) -> None:
    """`meta.delivery` as of a district: a row a file, whose rows are all loaded, or superseded, or none is."""
    rows: list[Sequence[object]] = []
    for one in reception.districts:
        accepted = [one.chosen, *one.passed_over] if one.chosen else one.passed_over
        for found in accepted:
            state = "loaded" if found is one.chosen else "superseded"
            loaded, superseded = (found.rows, 0) if state == "loaded" else (0, found.rows)
            day = found.manifest.data_through
            first = min(received_at(other.file) for other in accepted if other.manifest.data_through == day)
            rows.append(
                ("parcel", one.district, day, 1, found.file.name, found.sha256, received_at(found.file), state, None,
                 found.rows, loaded, 0, 0, superseded, 0, first)
            )  # fmt: skip
        rows += [
            (
                "parcel",
                one.district,
                None,
                1,
                bad.file.name,
                None,
                received_at(bad.file),
                "held",
                bad.why,
                *[0] * 6,
                None,
            )
            for bad in one.refused
        ]
    _create(connection, "meta.delivery", _DELIVERY, rows)
