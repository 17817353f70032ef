{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set kpi_period = ref('kpi_period').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
with

weighed as (

    select
        kpi_period.org_level,
        kpi_period.org_code,
        kpi_period.as_of,
        kpi_period.period,
        case when kpi_period.status in ('ok', 'warming_up') then kpi_period.value end as value,
        kpi_definition.composite_weight as weight
    from {{ kpi_period }} as kpi_period
    inner join {{ kpi_definition }} as kpi_definition
        on kpi_period.kpi_id = kpi_definition.kpi_id
        and kpi_definition.composite_weight is not null

)

select
    weighed.org_level,
    weighed.org_code,
    weighed.as_of,
    weighed.period,
    case
        when count(weighed.value) = (select count(registered.composite_weight) from {{ kpi_definition }} as registered)
            then cast(sum(cast(weighed.weight * weighed.value as decimal(38, 9))) as double) / cast(sum(cast(weighed.weight as decimal(18, 6))) as double)
    end as value
from weighed
group by weighed.org_level, weighed.org_code, weighed.as_of, weighed.period
