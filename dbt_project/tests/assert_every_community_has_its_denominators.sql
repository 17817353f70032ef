-- Every community of the register in force has a row a day for each KPI that divides by something of the register.
-- depends_on: {{ ref('community_day') }}
{%- set per_community = kpi_measures() | selectattr('fact', 'equalto', 'community_day') | map(attribute='kpi_id') | unique | list %}
with

expected as (

    select
        community_day.kpi_date,
        community_day.community_code,
        kpi_definition.kpi_id
    from {{ ref('community_day') }} as community_day
    inner join {{ ref('kpi_definition') }} as kpi_definition
        on kpi_definition.kpi_id in ('{{ per_community | join("', '") }}')
    where community_day.kpi_date in (select stale_day.kpi_date from {{ ref('stale_day') }} as stale_day)

)

select
    expected.kpi_date,
    expected.community_code,
    expected.kpi_id
from expected
left join {{ ref('kpi_daily') }} as kpi_daily
    on expected.kpi_date = kpi_daily.kpi_date
    and expected.community_code = kpi_daily.org_code
    and expected.kpi_id = kpi_daily.kpi_id
where kpi_daily.kpi_id is null
