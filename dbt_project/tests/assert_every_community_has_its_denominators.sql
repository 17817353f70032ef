-- Every community of the register in force has one row per day for each KPI whose denominator comes from the register of communities.
{%- set per_community = kpi_measures() | selectattr('fact', 'equalto', 'dim_community') | selectattr('side', 'equalto', 'den') | map(attribute='kpi_id') | unique | list %}
with

expected as (

    select
        stale_cell.kpi_id,
        stale_cell.kpi_date,
        community.community_code
    from {{ ref('stale_cell') }} as stale_cell
    inner join {{ ref('dim_community') }} as community
        on {{ in_force('community', 'stale_cell.kpi_date') }}
    where stale_cell.kpi_id in ('{{ per_community | join("', '") }}')
        and stale_cell.kpi_id not in (select unconnected.kpi_id from work.unconnected_kpi as unconnected)

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
