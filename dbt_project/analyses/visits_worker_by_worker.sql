with

worker as (

    select
        worker_id,
        worker_name,
        worker_role,
        community_code
    from marts.dim_worker
    where worker_role in ('full_time_grid_worker', 'part_time_grid_worker')
        and open_from_on <= (select b.data_through from meta.build as b)
        and (open_to_on is null or open_to_on > (select b.data_through from meta.build as b))

),

visit as (

    select
        worker_id,
        count(*) as visits,
        count(*) filter (where is_valid) as valid_visits
    from marts.fct_visit
    where started_on > (select b.data_through from meta.build as b) - 28
    group by worker_id

),

inspection as (

    select
        worker_id,
        count(*) as inspections
    from marts.fct_hazard_inspection
    where inspected_on > (select b.data_through from meta.build as b) - 28
    group by worker_id

)

select
    o.org_name,
    w.worker_id,
    w.worker_name,
    w.worker_role,
    coalesce(v.visits, 0) as visits,
    coalesce(v.valid_visits, 0) as valid_visits,
    coalesce(i.inspections, 0) as inspections
from worker as w
inner join marts.dim_org as o
    on w.community_code = o.org_code
left join visit as v
    on w.worker_id = v.worker_id
left join inspection as i
    on w.worker_id = i.worker_id
order by visits desc, w.worker_id asc
