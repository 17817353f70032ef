-- Who works in a grid, with which load? Names are masked.
select worker_id, worker_name, worker_role, visits, inspections, task_load, median_load, is_overloaded
from marts.worker_load
where
    grid_code = $grid
    and as_of = (select max(newest.as_of) from marts.worker_load as newest where newest.as_of <= cast($last as date))
order by task_load desc, worker_id
