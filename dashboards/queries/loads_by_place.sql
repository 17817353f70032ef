-- What is the load of grid workers, by street and by community, on the newest day that has loads and is not after a day?
with newest as (
    select max(as_of) as as_of
    from marts.worker_load
    where as_of <= cast($last as date)
),

counted as (
    select
        load.as_of, unnest([load.district_code, load.street_code, load.community_code]) as org_code, load.task_load, load.median_load,
        load.is_overloaded
    from marts.worker_load as load
    inner join newest on load.as_of = newest.as_of
    where starts_with(load.community_code, $area)
)

select
    org_code, any_value(as_of) as as_of, count(*) as workers, count(*) filter (where is_overloaded) as overloaded,
    median(task_load) as task_load, any_value(median_load) as median_load
from counted
group by org_code
