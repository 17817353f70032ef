{{ config(materialized='table') }}
{%- set stale_days -%}
select kpi_date from {{ ref('stale_cell') }} where kpi_id = 'overloaded_worker_share'
{%- endset -%}
select
    kpi_date,
    worker_id,
    community_code,
    tasks,
    task_load,
    median_load,
    is_overloaded
from ({{ worker_loads(stale_days) }}) as worker_load
