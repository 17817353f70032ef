{{ config(materialized='view') }}
with

evidence as (

    {%- for look in evidence_looks() %}
    {{ evidence_of(look) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

org_level as (

    {%- for level in ['district', 'street', 'community'] %}
    select
        '{{ level }}' as org_level,
        {{ code_lengths()[level] }} as code_length
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    evidence.kpi_id,
    org_level.org_level,
    substr(evidence.lowest_code, 1, org_level.code_length) as org_code,
    dim_date.date_day as kpi_date,
    evidence.fact,
    evidence.fact_key,
    max(case when evidence.in_num then 1 else 0 end) = 1 as in_numerator,
    max(case when evidence.in_den then 1 else 0 end) = 1 as in_denominator,
    cast(sum(case when dim_date.date_day < evidence.counts_until then evidence.num else 0 end) as double)
    / {{ evidence_scale('num') }} as numerator,
    cast(sum(case when dim_date.date_day < evidence.counts_until then evidence.den else 0 end) as double)
    / {{ evidence_scale('den') }} as denominator,
    evidence.platform,
    evidence.feed,
    evidence.business_date,
    evidence.file_name,
    evidence.row_number
from evidence
inner join {{ ref('dim_date') }} as dim_date
    on evidence.from_on <= dim_date.date_day
    and evidence.to_on > dim_date.date_day
inner join org_level
    on length(evidence.lowest_code) >= org_level.code_length
group by
    evidence.kpi_id,
    org_level.org_level,
    substr(evidence.lowest_code, 1, org_level.code_length),
    dim_date.date_day,
    evidence.fact,
    evidence.fact_key,
    evidence.platform,
    evidence.feed,
    evidence.business_date,
    evidence.file_name,
    evidence.row_number
