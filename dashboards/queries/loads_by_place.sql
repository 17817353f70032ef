-- What is the load of grid workers, by street and by community, on the newest day that has loads and is not after a day?
select org_code, as_of, workers, overloaded, task_load, median_load
from marts.worker_load_summary
where starts_with(org_code, $area)
    and as_of = (select max(newest.as_of) from marts.worker_load as newest where newest.as_of <= cast($last as date))
