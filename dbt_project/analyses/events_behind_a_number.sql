select
    e.event_id,
    o.org_name,
    e.category,
    e.subcategory,
    e.due_at,
    e.closed_at,
    e.file_name,
    e.row_number
from marts.fct_event as e
inner join marts.dim_org as o
    on e.community_code = o.org_code
where e.is_countable
    and not e.is_on_time
    and e.due_on > (select b.data_through from meta.build as b) - 7
order by e.due_at, e.event_id
