{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_indexes() }}"
) }}
with

stale as (

    select distinct as_of
    from {{ ref('stale_period') }}
    where is_in_an_index

),

weighed as (

    select
        kpi_definition.pillar,
        kpi_target.kpi_id,
        kpi_target.org_code,
        stale.as_of,
        cast(kpi_target.weight as decimal(18, 6)) as weight
    from {{ ref('kpi_target') }} as kpi_target
    inner join {{ ref('kpi_definition') }} as kpi_definition
        on kpi_target.kpi_id = kpi_definition.kpi_id
    inner join stale
        on {{ in_force('kpi_target', 'stale.as_of') }}
    where kpi_definition.pillar in ('safe', 'convenient', 'beautiful', 'happy', 'organisation')

),

pillar as (

    select
        dim_org.org_level,
        weighed.org_code,
        weighed.as_of,
        weighed.pillar,
        {{ as_double('sum(weighed.weight * ' ~ as_decimal('kpi_period.score', 9, 18) ~ ')', 15) }}
        / nullif(cast(sum(case when kpi_period.score is not null then weighed.weight end) as double), 0) as score,
        cast(coalesce(sum(case when kpi_period.score is not null then weighed.weight end), 0) as double)
        / nullif(cast(sum(weighed.weight) as double), 0) as coverage
    from weighed
    inner join {{ ref('dim_org') }} as dim_org
        on weighed.org_code = dim_org.org_code
    left join {{ ref('kpi_period') }} as kpi_period
        on weighed.kpi_id = kpi_period.kpi_id
        and weighed.org_code = kpi_period.org_code
        and weighed.as_of = kpi_period.as_of
        and kpi_period.period = '30d'
    group by
        dim_org.org_level,
        weighed.org_code,
        weighed.as_of,
        weighed.pillar

),

published as (

    select
        org_level,
        org_code,
        as_of,
        pillar,
        case when coverage >= 0.6 then score end as score,
        coverage
    from pillar

),

four as (

    select
        org_level,
        org_code,
        as_of,
        max(case when pillar = 'safe' then score end) as safe,
        max(case when pillar = 'convenient' then score end) as convenient,
        max(case when pillar = 'beautiful' then score end) as beautiful,
        max(case when pillar = 'happy' then score end) as happy,
        cast(sum({{ as_decimal('coverage', 9, 18) }}) as double) / 4 as coverage
    from published
    where pillar <> 'organisation'
    group by org_level, org_code, as_of

)

select
    org_level,
    org_code,
    as_of,
    pillar,
    score,
    coverage
from published

union all

select
    org_level,
    org_code,
    as_of,
    'overall' as pillar,
    sqrt(sqrt(safe * convenient)) * sqrt(sqrt(beautiful * happy)) as score,
    coverage
from four
