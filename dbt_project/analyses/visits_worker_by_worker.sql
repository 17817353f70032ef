with

used as (

    select
        worker_id,
        sum(valid_visits) as valid_visits
    from marts.account_use
    where as_of = (select b.data_through from meta.build as b)
    group by worker_id

)

select
    o.org_name,
    l.worker_id,
    l.worker_name,
    l.worker_role,
    l.visits,
    coalesce(u.valid_visits, 0) as valid_visits,
    l.inspections
from marts.worker_load as l
inner join marts.dim_org as o
    on l.community_code = o.org_code
left join used as u
    on l.worker_id = u.worker_id
where l.as_of = (select b.data_through from meta.build as b)
order by l.visits desc, l.worker_id asc
