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
        kpi_definition.red_line as own_red_line,
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

),

-- What is bad in the value, and how much of it the red line allows: of a share to be high, what is missed. Of another number to be
-- high, what is lacking is measured by the red line itself.
weighed as (

    select
        *,
        case
            when direction = 'down' then judged_value - red_line
            else red_line - judged_value
        end as beyond,
        case
            when direction = 'up' and unit = 'percent' then nullif(100 - red_line, 0)
            else nullif(red_line, 0)
        end as allowed,
        case
            when direction = 'up' and unit = 'percent' then nullif(100 - own_red_line, 0)
            else nullif(own_red_line, 0)
        end as own_allowed
    from judged

)

-- Where the red line in force allows nothing, the KPI's own one is the measure; if that allows nothing either, all is once too much.
select
    kpi_id,
    org_level,
    org_code,
    as_of,
    value,
    judged_value,
    red_line,
    coalesce(beyond / coalesce(allowed, own_allowed), 1) as excess
from weighed
