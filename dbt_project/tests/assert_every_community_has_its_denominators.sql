-- Every community of the register in force has one row per day for each KPI whose denominator is all communities of the register.
{%- set per_community = [] %}
{%- for measure in kpi_measures() if measure.fact == 'dim_community' and measure.side == 'den' %}
{%- if measure.org == registered_facts()['dim_community'].org and not (measure.where or measure.covered_by or measure.day) %}
{%- do per_community.append(measure.kpi_id) %}
{%- endif %}
{%- endfor %}
with

expected as (

    select
        stale_cell.kpi_id,
        stale_cell.kpi_date,
        community.community_code
    from {{ ref('stale_cell') }} as stale_cell
    inner join {{ ref('dim_community') }} as community
        on {{ in_force('community', 'stale_cell.kpi_date') }}
    where stale_cell.kpi_id in ('{{ per_community | unique | join("', '") }}')
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
