{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set kpi_period = ref('kpi_period').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
{%- set kpi_target = ref('kpi_target').include(database=false) -%}
with

judged as (

    select
        kpi_period.kpi_id,
        kpi_period.org_level,
        kpi_period.org_code,
        kpi_period.as_of,
        kpi_period.value,
        coalesce(kpi_period.value_smoothed, kpi_period.value) as judged_value,
        target.red_line,
        kpi_definition.unit,
        kpi_definition.direction
    from {{ kpi_period }} as kpi_period
    inner join {{ kpi_definition }} as kpi_definition
        on kpi_period.kpi_id = kpi_definition.kpi_id
        and kpi_definition.direction in ('up', 'down')
    inner join {{ kpi_target }} as target
        on kpi_period.kpi_id = target.kpi_id
        and kpi_period.org_code = target.org_code
        and {{ in_force('target', 'kpi_period.as_of') }}
    where kpi_period.period = '30d'
        and kpi_period.status = 'ok'
        and kpi_period.score < 60

)

select
    kpi_id,
    org_level,
    org_code,
    as_of,
    value,
    judged_value,
    red_line,
    case
        when direction = 'down' then judged_value / nullif(red_line, 0) - 1
        when unit = 'percent' then (100 - judged_value) / nullif(100 - red_line, 0) - 1
        else 1 - judged_value / nullif(red_line, 0)
    end as excess
from judged
