{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_days() }}",
    post_hook="{{ note_counted_days() }}"
) }}
{%- set factors = {'percent': 100, 'per_1000': 1000} -%}
with

kpi as (

    {%- for kpi_id, kpi in var('kpis').items() %}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ kpi.kind }}' as kind,
        {{ 'true' if kpi.den else 'false' }} as has_denominator,
        cast({{ kpi.num.scale or 1 }} as double) as scale,
        cast({{ factors.get(kpi.unit, 1) }} as double) as factor
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

org_level as (

    {%- for org_level, code_length in {'district': 6, 'street': 9, 'community': 12}.items() %}
    select
        '{{ org_level }}' as org_level,
        {{ code_length }} as code_length
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- A code begins with the codes above it, so every level is the same sum over a shorter code.
rolled_up as (

    select
        measure.kpi_id,
        measure.kpi_date,
        org_level.org_level,
        substr(measure.org_code, 1, org_level.code_length) as org_code,
        coalesce(sum(measure.numerator), 0) as numerator,
        coalesce(sum(measure.denominator), 0) as denominator
    from {{ ref('measure') }} as measure
    inner join org_level
        on length(measure.org_code) >= org_level.code_length
    group by
        measure.kpi_id,
        measure.kpi_date,
        org_level.org_level,
        substr(measure.org_code, 1, org_level.code_length)

),

scaled as (

    select
        rolled_up.kpi_id,
        rolled_up.org_level,
        rolled_up.org_code,
        rolled_up.kpi_date,
        kpi.factor,
        cast(rolled_up.numerator as double) / kpi.scale as numerator,
        case when kpi.has_denominator then cast(rolled_up.denominator as double) end as denominator
    from rolled_up
    inner join kpi
        on rolled_up.kpi_id = kpi.kpi_id
    where kpi.kind <> 'flow'
        or rolled_up.numerator <> 0
        or rolled_up.denominator <> 0

)

select
    kpi_id,
    org_level,
    org_code,
    kpi_date,
    numerator,
    denominator,
    case
        when denominator is null then numerator
        when denominator <> 0 then numerator / denominator * factor
    end as value
from scaled
order by kpi_id, org_level, org_code, kpi_date
