"""`marts.kpi_restated`: the figures of the newest day that the publications of the last day changed, and what they were
before.

Belongs here: the view, which sums `marts.kpi_restatement` over the days of each period. Does not belong here: what is a
restatement (`restatements`), which of them a screen names.
"""

from collections.abc import Mapping

import duckdb

from pipelines.publication import catalog

VIEW = "kpi_restated"
_READ = ("kpi_definition", "kpi_period", "kpi_restatement")
_SAYS: Mapping[str, str] = {
    "": "一日内更正的期值：每个指标、组织、期间一行，截至最新一日、最近24小时内的发布改变了的期值，附更正前的数 · One"
    " row a KPI, organisation and period of kpi_period that ends on the newest day, if the publications of the 24 hours"
    " up to this one changed it: what it was before them and what it is now",
    "kpi_id": "指标编码 · KPI id",
    "org_level": "层级 · Level: district, street or community",
    "org_code": "组织编码 · Organisation",
    "as_of": "截止日 · Last day of the period: the newest day",
    "period": "期间 · As in kpi_period",
    "days": "更正日数 · How many of its days were restated; stocks and windows have one, as_of",
    "old_numerator": "原分子 · Numerator before: now, less what the restatements added",
    "old_denominator": "原分母 · Denominator before; null for a count",
    "old_value": "原数值 · Value before, in the unit of the KPI; null where there was nothing to divide by",
    "new_numerator": "新分子 · Numerator now",
    "new_denominator": "新分母 · Denominator now; null for a count",
    "new_value": "新数值 · Value now",
    "numerator_change": "分子变动 · What the restatements added to the numerator",
    "denominator_change": "分母变动 · What they added to the denominator",
    "n": "样本数 · Rows behind the value now, as in kpi_period",
}
# What numerator divided by denominator is multiplied by, as in the registry; 1 of all other units.
FACTORS: Mapping[str, int] = {"percent": 100, "per_1000": 1000}
_CASES = " ".join(f"when '{unit}' then {factor}" for unit, factor in FACTORS.items())
_QUERY = f"""
with span as (
    select
        build.built_at, build.data_through as as_of, listed.period,
        case listed.period
            when '1d' then build.data_through
            when '7d' then build.data_through - 6
            when '30d' then build.data_through - 29
            when 'all' then build.data_from
            else cast(date_trunc(listed.period, build.data_through) as date)
        end as first_day
    from meta.build as build
    cross join (values ('1d'), ('7d'), ('30d'), ('month'), ('quarter'), ('year'), ('all')) as listed (period)
),

changed as (
    select
        said.kpi_id, said.org_code, span.as_of, span.period, definition.unit, count(distinct said.kpi_date) as days,
        sum(coalesce(said.new_numerator, 0) - coalesce(said.old_numerator, 0)) as numerator_change,
        sum(coalesce(said.new_denominator, 0) - coalesce(said.old_denominator, 0)) as denominator_change
    from marts.kpi_restatement as said
    inner join marts.kpi_definition as definition on said.kpi_id = definition.kpi_id
    inner join span
        on said.published_at > span.built_at - interval 1 day and said.kpi_date <= span.as_of
        and said.kpi_date >= case when definition.kind = 'flow' then span.first_day else span.as_of end
    group by said.kpi_id, said.org_code, span.as_of, span.period, definition.unit
),

parts as (
    select
        now.kpi_id, now.org_level, now.org_code, now.as_of, now.period, changed.days, changed.unit,
        coalesce(now.numerator, 0) - changed.numerator_change as old_numerator,
        case when changed.unit <> 'count' then coalesce(now.denominator, 0) - changed.denominator_change end
            as old_denominator,
        now.numerator as new_numerator, now.denominator as new_denominator, now.value as new_value,
        changed.numerator_change, changed.denominator_change, now.n
    from changed
    inner join marts.kpi_period as now
        on changed.kpi_id = now.kpi_id and changed.org_code = now.org_code
        and changed.as_of = now.as_of and changed.period = now.period
    where changed.numerator_change <> 0 or changed.denominator_change <> 0
)

select
    kpi_id, org_level, org_code, as_of, period, days, old_numerator, old_denominator,
    case
        when unit = 'count' then old_numerator
        else old_numerator / nullif(old_denominator, 0) * case unit {_CASES} else 1 end
    end as old_value,
    new_numerator, new_denominator, new_value, numerator_change, denominator_change, n
from parts
"""


def add_view(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Adds the view to the current database, if that has what it reads; returns its name, or nothing."""
    there = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'marts'"
        ).fetchall()
    }
    if not there.issuperset(_READ):
        return []
    connection.execute(f"create view marts.{VIEW} as {_QUERY}")
    for column, comment in _SAYS.items():
        catalog.say(connection, "view", "marts", VIEW, column, comment)
    return [f"marts.{VIEW}"]
