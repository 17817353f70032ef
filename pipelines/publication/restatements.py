"""`marts.kpi_restatement`: what an earlier generation said of a KPI's day and a later one says otherwise.

Belongs here: comparing the numbers to publish with the generation that readers see now, and carrying on what that one
knew. The memory is the publication itself: it survives a rebuilt working database, a full refresh and changed code, and
a publication that is killed and made again compares with the same generation. Does not belong here: which generation
readers see (`publish`), the numbers (dbt's marts).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.publication import catalog, parts
from pipelines.warehouse.database_file import log, offline_config

TABLE = "kpi_restatement"
_SAYS: Mapping[str, tuple[str, str]] = {
    "": (
        "",
        "更正：每个指标、组织、日期、发布代次一行，上一代所说与这一代不同；某日首次发布不算更正 · One row a KPI,"
        " organisation, day and generation that says of the day otherwise than the generation before; kept over"
        " rebuilds. The first numbers of a KPI for a day are no restatement",
    ),
    "kpi_id": ("varchar", "指标编码 · KPI id"),
    "org_level": ("varchar", "层级 · Level: district, street or community"),
    "org_code": ("varchar", "组织编码 · Organisation"),
    "kpi_date": ("date", "日期 · Day of the number"),
    "generation": ("varchar", "更正代次 · Generation that said it otherwise first"),
    "published_at": ("timestamp", "更正发布时间（北京时间） · When that generation was published, Beijing time"),
    "old_numerator": ("double", "原分子 · Numerator before; null where there was no number for the organisation"),
    "old_denominator": ("double", "原分母 · Denominator before; null for a count, and where there was no number"),
    "new_numerator": ("double", "新分子 · Numerator now; null where there is no number any more"),
    "new_denominator": ("double", "新分母 · Denominator now; null for a count, and where there is no number any more"),
    "deliveries": (
        "varchar",
        "来自文件：两代之间入库的本指标数据集的文件，没有时为社区名册的文件 · Files of the KPI's feeds that were loaded"
        " between the two generations, separated by comma and space; where there were none, those of the register of"
        " communities, which says whose rows are counted; null without either: a file of another feed that their rows"
        " follow (events, of visits and movements), the code or an erasure changed it",
    ),
}
_COLUMNS = [name for name in _SAYS if name]
# What a new number is compared with, and the tables that it needs in the working database.
NUMBERS = "marts.kpi_daily"
_READ = (NUMBERS, "meta.delivery")
_NEEDED = {"marts.kpi_daily", "marts.kpi_definition", "marts.dim_date", "meta.delivery"}
_CHANGED = """
with said as (
    select distinct kpi_id, kpi_date from earlier.marts.kpi_daily where {days}
),

-- A KPI that is defined no more and a day that left the calendar are not said otherwise: nothing is said of them.
changed as (
    select
        kpi_id,
        coalesce(present.org_level, past.org_level) as org_level,
        org_code,
        kpi_date,
        past.numerator as old_numerator,
        past.denominator as old_denominator,
        present.numerator as new_numerator,
        present.denominator as new_denominator
    from (from marts.kpi_daily where {days}) as present
    full join (from earlier.marts.kpi_daily where {days}) as past using (kpi_id, org_code, kpi_date)
    where (present.numerator is distinct from past.numerator or present.denominator is distinct from past.denominator)
        and (kpi_id, kpi_date) in (select (kpi_id, kpi_date) from said)
        and kpi_id in (select kpi_id from marts.kpi_definition)
        and kpi_date in (select date_day from marts.dim_date)
),

arrived as (
    select platform, feed, business_date, file_name, sha256, rows_loaded from meta.delivery where state = 'loaded'
    except
    select platform, feed, business_date, file_name, sha256, rows_loaded from earlier.meta.delivery
    where state = 'loaded'
),

kpi_feed as (
    select kpi_id, unnest(string_split(feeds, ', ')) as feed from marts.kpi_definition
),

-- KPIs about the deliveries themselves stand on those of every feed.
brought as (
    select kpi_feed.kpi_id, string_agg(distinct arrived.file_name, ', ' order by arrived.file_name) as deliveries
    from kpi_feed
    inner join arrived on kpi_feed.feed in (arrived.platform || '.' || arrived.feed, 'ledger.delivery')
    group by kpi_feed.kpi_id
),

-- A community that joins the register brings its rows into every KPI.
register as (
    select string_agg(distinct file_name, ', ' order by file_name) as deliveries
    from arrived
    where (platform, feed) = ('smart_community', 'community')
)

select
    changed.kpi_id, changed.org_level, changed.org_code, changed.kpi_date, ? as generation, ? as published_at,
    changed.old_numerator, changed.old_denominator, changed.new_numerator, changed.new_denominator,
    coalesce(brought.deliveries, register.deliveries) as deliveries
from changed
cross join register
left join brought on changed.kpi_id = brought.kpi_id
"""


def write(
    connection: duckdb.DuckDBPyConnection,
    into: str,
    generations: Iterable[Path],
    build: tuple[str, datetime],
    days: Collection[parts.Part] | None = None,
) -> dict[str, int]:
    """Writes the table into schema `marts` of an attached database; returns its number of rows by name, or nothing if
    the current database has no numbers.

    generations: published files, the one that readers see first; the first that can be read is compared with. build:
    name and time of the generation that is written. days: those whose numbers differ from the first of the
    generations, which was read as a whole; null if that has to be found out.
    """
    there = {
        name
        for (name,) in connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    }
    if not there >= _NEEDED:
        return {}
    name = f"{into}.marts.{TABLE}"
    types = ", ".join(f"{column} {_SAYS[column][0]}" for column in _COLUMNS)
    connection.execute(f"create table {name} ({types})")
    earlier = next(iter(generations) if days is not None else filter(_is_sound, generations), None)
    if earlier is not None:
        connection.execute(f"attach {catalog.literal(earlier)} as earlier (read_only)")
        _fill(connection, name, build, "true" if days is None else parts.within("kpi_date", days))
        connection.execute("detach earlier")
    for column, (_, text) in _SAYS.items():
        catalog.say(connection, "table", f"{into}.marts", TABLE, column, text)
    return {f"marts.{TABLE}": int(connection.execute(f"select count(*) from {name}").fetchall()[0][0])}


def _fill(connection: duckdb.DuckDBPyConnection, name: str, build: tuple[str, datetime], only: str) -> None:
    """The restatements that the earlier generation has, and those of this one, in an order of their own."""
    columns = ", ".join(_COLUMNS)
    changed = _CHANGED.format(days=only)
    connection.execute(f"create temp table restated as select {columns} from ({changed})", list(build))
    if _has_table(connection, "earlier"):
        connection.execute(f"insert into restated select {columns} from earlier.marts.{TABLE}")
    connection.execute(f"insert into {name} select {columns} from restated order by all")
    connection.execute("drop table restated")


def _has_table(connection: duckdb.DuckDBPyConnection, database: str) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = 'marts' and table_name = ?",
        [database, TABLE],
    ).fetchall()
    return bool(found[0][0])


def _is_sound(file: Path) -> bool:
    """Whether all that is compared can be read. Asked on a connection of its own: a damaged block ends a connection."""
    try:
        with duckdb.connect(config=offline_config()) as connection:
            connection.execute(f"attach {catalog.literal(file)} as earlier (read_only)")
            tables = [*_READ, *([f"marts.{TABLE}"] if _has_table(connection, "earlier") else [])]
            for table in tables:
                connection.execute(f"select max(hash(one)) from earlier.{table} as one").fetchall()
    except duckdb.Error as error:
        log.warning("%s: restatements are not compared with it: %s", file, error)
        return False
    return True
