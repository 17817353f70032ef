{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set kpi_daily = ref('kpi_daily').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
{%- set dim_date = ref('dim_date').include(database=false) -%}
{%- set spans = {'1d': 1, '7d': 7, '30d': 30} -%}
with

loaded as (

    select
        min(date_day) as first_day,
        max(date_day) as last_day,
        cast({{ dbt.date_trunc('quarter', 'max(date_day)') }} as date) as quarter_from
    from {{ dim_date }}

),

-- As many days that end on the same day a year ago, also where 29 February is among one of them. A quarter to date is compared with as
-- many days of the one before, which may be shorter.
span as (

    {%- for period, days in spans.items() %}
    select
        '{{ period }}' as period,
        'previous' as against,
        {{ days_later(1 - 2 * days, 'last_day') }} as from_on,
        {{ days_later(-days, 'last_day') }} as to_on
    from loaded

    union all

    select
        '{{ period }}' as period,
        'year_ago' as against,
        {{ days_later(1 - days, years_later(-1, 'last_day')) }} as from_on,
        {{ years_later(-1, 'last_day') }} as to_on
    from loaded

    union all
    {% endfor %}
    select
        'quarter' as period,
        'previous' as against,
        {{ quarter_before('quarter_from') }} as from_on,
        least({{ days_later(dbt.datediff('quarter_from', 'last_day', 'day'), quarter_before('quarter_from')) }}, {{ days_later(-1, 'quarter_from') }}) as to_on
    from loaded

    union all

    select
        'quarter' as period,
        'year_ago' as against,
        {{ years_later(-1, 'quarter_from') }} as from_on,
        {{ years_later(-1, 'last_day') }} as to_on
    from loaded

),

-- Decimals: a sum must not depend on the order of its parts.
counted as (

    select
        kpi_daily.kpi_id,
        kpi_daily.org_level,
        kpi_daily.org_code,
        loaded.last_day,
        loaded.first_day,
        span.period,
        span.against,
        span.from_on,
        span.to_on,
        kpi_definition.kind = 'flow' as is_flow,
        kpi_definition.denominator is not null as has_denominator,
        kpi_definition.window_days,
        {{ factor_of('kpi_definition.unit') }} as factor,
        cast(sum(cast(kpi_daily.numerator as decimal(38, 9))) as double) as numerator,
        cast(sum(cast(kpi_daily.denominator as decimal(38, 9))) as double) as denominator,
        cast(sum(kpi_daily.n) as double) as n
    from {{ kpi_daily }} as kpi_daily
    inner join {{ kpi_definition }} as kpi_definition
        on kpi_daily.kpi_id = kpi_definition.kpi_id
    cross join loaded
    inner join span
        on kpi_daily.kpi_date between span.from_on and span.to_on
        and loaded.first_day <= span.from_on
    where kpi_definition.kind = 'flow'
        or kpi_daily.kpi_date = span.to_on
    group by
        kpi_daily.kpi_id,
        kpi_daily.org_level,
        kpi_daily.org_code,
        loaded.last_day,
        loaded.first_day,
        span.period,
        span.against,
        span.from_on,
        span.to_on,
        kpi_definition.kind,
        kpi_definition.denominator,
        kpi_definition.window_days,
        kpi_definition.unit

),

valued as (

    select
        counted.*,
        {{ value_of('counted') }} as value
    from counted

)

select
    valued.kpi_id,
    valued.org_level,
    valued.org_code,
    valued.last_day as as_of,
    valued.period,
    valued.against,
    valued.from_on,
    valued.to_on,
    valued.numerator,
    valued.denominator,
    valued.value,
    {{ cases_of('valued') }} as n,
    {{ status_of('valued', 'to_on') }} as status
from valued
