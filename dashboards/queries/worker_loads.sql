-- How loaded are the grid workers in post on the newest day of a range of days, compared with the district's median? Heaviest first. Names are masked.
select
    as_of, worker_id, worker_name, worker_role, community_code, grid_code, households, full_time_share, visits, inspections, task_load,
    median_load, times_median, is_overloaded
from marts.worker_load
where
    starts_with(community_code, $area)
    and as_of = (select max(newest.as_of) from marts.worker_load as newest where newest.as_of <= cast($last as date))
order by task_load desc, worker_id
