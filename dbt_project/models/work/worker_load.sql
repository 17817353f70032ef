{{ config(materialized='table') }}
with

stale_day as (

    select kpi_date
    from {{ ref('stale_cell') }}
    where kpi_id = 'overloaded_worker_share'

),

worker as (

    select
        stale_day.kpi_date,
        worker.worker_id,
        worker.community_code,
        worker.district_code,
        case worker.worker_role when 'full_time_grid_worker' then 1.0 else 0.5 end as full_time_share
    from {{ ref('dim_worker') }} as worker
    inner join stale_day
        on worker.open_from_on <= stale_day.kpi_date
        and coalesce(worker.open_to_on, date '9999-12-31') > stale_day.kpi_date
    where worker.is_known_community
        and worker.worker_role in ('full_time_grid_worker', 'part_time_grid_worker')

),

task as (

    select
        worker_id,
        started_on as done_on
    from {{ ref('fct_visit') }}

    union all

    select
        worker_id,
        inspected_on as done_on
    from {{ ref('fct_hazard_inspection') }}

),

task_count as (

    select
        worker_id,
        done_on,
        count(*) as tasks
    from task
    where done_on > (select {{ days_later(-28, 'min(stale_day.kpi_date)') }} from stale_day)
        and done_on <= (select max(stale_day.kpi_date) from stale_day)
    group by worker_id, done_on

),

loaded as (

    select
        worker.kpi_date,
        worker.worker_id,
        worker.community_code,
        worker.district_code,
        worker.full_time_share,
        coalesce(sum(task_count.tasks), 0) as tasks
    from worker
    left join task_count
        on worker.worker_id = task_count.worker_id
        and worker.kpi_date >= task_count.done_on
        and {{ days_later(-28, 'worker.kpi_date') }} < task_count.done_on
    group by
        worker.kpi_date,
        worker.worker_id,
        worker.community_code,
        worker.district_code,
        worker.full_time_share

),

median as (

    select
        kpi_date,
        district_code,
        percentile_cont(0.5) within group (order by tasks / full_time_share) as median_load
    from loaded
    group by kpi_date, district_code

)

select
    loaded.kpi_date,
    loaded.worker_id,
    loaded.community_code,
    cast(loaded.tasks as bigint) as tasks,
    cast(loaded.tasks / loaded.full_time_share as double) as task_load,
    cast(median.median_load as double) as median_load,
    loaded.tasks / loaded.full_time_share > 1.5 * median.median_load as is_overloaded
from loaded
inner join median
    on loaded.kpi_date = median.kpi_date
    and loaded.district_code = median.district_code
