-- On each of its days the mart has the same workers and overloaded workers as overloaded_worker_share, unless that KPI has no numbers.
with

told as (

    select
        as_of,
        community_code,
        count(*) as workers,
        count(case when is_overloaded then 1 end) as overloaded
    from {{ ref('grid_worker_load') }}
    where 'overloaded_worker_share' in ({{ counted_kpis() }})
    group by as_of, community_code

),

counted as (

    select
        org_code,
        kpi_date,
        denominator,
        numerator
    from {{ ref('kpi_daily') }}
    where kpi_id = 'overloaded_worker_share'
        and org_level = 'community'
        and kpi_date in (select told.as_of from told)

)

select
    coalesce(counted.org_code, told.community_code) as community_code,
    coalesce(counted.kpi_date, told.as_of) as as_of,
    told.workers,
    counted.denominator,
    told.overloaded,
    counted.numerator
from counted
full outer join told
    on counted.kpi_date = told.as_of
    and counted.org_code = told.community_code
where coalesce(told.workers, 0) <> coalesce(counted.denominator, 0)
    or coalesce(told.overloaded, 0) <> coalesce(counted.numerator, 0)
