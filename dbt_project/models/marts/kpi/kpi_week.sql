{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set kpi_daily = ref('kpi_daily').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
{%- set dim_date = ref('dim_date').include(database=false) -%}
with

loaded as (

    select
        min(date_day) as first_day,
        max(date_day) as last_day
    from {{ dim_date }}

),

numbered as (

    select
        kpi_daily.kpi_id,
        kpi_daily.org_level,
        kpi_daily.org_code,
        kpi_daily.numerator,
        kpi_daily.denominator,
        kpi_daily.n,
        kpi_definition.kind = 'flow' as is_flow,
        kpi_definition.denominator is not null as has_denominator,
        kpi_definition.window_days,
        {{ factor_of('kpi_definition.unit') }} as factor,
        loaded.first_day,
        loaded.last_day,
        {{ dbt.datediff('kpi_daily.kpi_date', 'loaded.last_day', 'day') }} as days_before
    from {{ kpi_daily }} as kpi_daily
    inner join {{ kpi_definition }} as kpi_definition
        on kpi_daily.kpi_id = kpi_definition.kpi_id
    cross join loaded
    where kpi_daily.kpi_date > {{ days_later(-84, 'loaded.last_day') }}

),

-- A flow's week needs all of its days. Decimals: a sum must not depend on the order of its parts.
counted as (

    select
        kpi_id,
        org_level,
        org_code,
        cast(floor(days_before / 7) as integer) as weeks_before,
        is_flow,
        has_denominator,
        window_days,
        factor,
        first_day,
        last_day,
        cast(sum(cast(numerator as decimal(38, 9))) as double) as numerator,
        cast(sum(cast(denominator as decimal(38, 9))) as double) as denominator,
        cast(sum(n) as double) as n
    from numbered
    where days_before % 7 < case when is_flow then 7 else 1 end
        and (not is_flow or {{ days_later('-7 * cast(floor(days_before / 7) as integer) - 6', 'last_day') }} >= first_day)
    group by
        kpi_id,
        org_level,
        org_code,
        cast(floor(days_before / 7) as integer),
        is_flow,
        has_denominator,
        window_days,
        factor,
        first_day,
        last_day

),

valued as (

    select
        counted.*,
        {{ days_later('-7 * counted.weeks_before', 'counted.last_day') }} as as_of,
        {{ value_of('counted') }} as value
    from counted

)

select
    valued.kpi_id,
    valued.org_level,
    valued.org_code,
    valued.as_of,
    valued.numerator,
    valued.denominator,
    valued.value,
    {{ cases_of('valued') }} as n,
    {{ status_of('valued', 'as_of') }} as status
from valued
