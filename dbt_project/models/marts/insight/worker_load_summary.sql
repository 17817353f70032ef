{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set worker_load = ref('grid_worker_load').include(database=false) -%}
{%- set levels = ['district', 'street', 'community'] -%}
with

level as (

    {{ org_levels(levels) }}

),

placed as (

    select
        load.as_of,
        level.org_level,
        {{ org_code_at_level('load', levels) }} as org_code,
        load.task_load,
        load.median_load,
        load.is_overloaded
    from {{ worker_load }} as load
    cross join level

)

select
    as_of,
    org_level,
    org_code,
    count(*) as workers,
    count(case when is_overloaded then 1 end) as overloaded,
    median(task_load) as task_load,
    max(median_load) as median_load
from placed
where org_code is not null
group by as_of, org_level, org_code
