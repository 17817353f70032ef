{{ config(alias='worker_load') }}
{#- The last day of each month and the newest day; the KPI's own view of the same rule already has the name `worker_load`. -#}
{%- set days -%}
select date_day as kpi_date
    from {{ ref('dim_date') }}
    where {{ days_later(1, 'date_day') }} = {{ month_start(days_later(1, 'date_day')) }}
        or date_day = (select max(newest.date_day) from {{ ref('dim_date') }} as newest)
{%- endset -%}
select
    worker_load.kpi_date as as_of,
    worker_load.worker_id,
    worker_load.worker_name,
    worker_load.worker_role,
    worker_load.community_code,
    {{ code_of('street', 'worker_load.community_code') }} as street_code,
    worker_load.district_code,
    worker_load.grid_code,
    dim_grid.households,
    worker_load.full_time_share,
    worker_load.visits,
    worker_load.inspections,
    worker_load.task_load,
    worker_load.median_load,
    worker_load.task_load / nullif(worker_load.median_load, 0) as times_median,
    worker_load.is_overloaded
from ({{ worker_loads(days) }}) as worker_load
left join {{ ref('dim_grid') }} as dim_grid
    on worker_load.grid_code = dim_grid.grid_code
    and {{ in_force('dim_grid', 'worker_load.kpi_date') }}
