select
    o.org_name as street,
    count(*) as due,
    count(*) filter (where not e.is_on_time) as late,
    count(*) filter (where e.closed_at is null) as late_and_open,
    100.0 * count(*) filter (where not e.is_on_time) / count(*) as late_percent,
    count(*) < 5 as is_small_n
from marts.fct_event as e
inner join marts.dim_org as o
    on e.street_code = o.org_code
where e.is_countable
    and e.is_known_community
    and e.due_on <= (select b.data_through from meta.build as b)
group by o.org_code, o.org_name
order by late_percent desc, street asc
