select
    e.grid_code,
    o.org_name,
    e.subcategory,
    count(*) as events,
    count(*) filter (where e.closed_at is null) as still_open,
    min(e.reported_on) as first_on,
    max(e.reported_on) as last_on
from marts.fct_event as e
inner join marts.dim_org as o
    on e.community_code = o.org_code
where e.is_countable
    and e.grid_code is not null
    and e.reported_on > (select b.data_through from meta.build as b) - 90
group by e.grid_code, o.org_name, e.subcategory
having count(*) >= 3
order by events desc, e.grid_code asc, e.subcategory asc
