select
    o.org_name,
    r.meeting_type,
    r.resolution_id,
    r.owner_unit,
    r.due_on,
    (select b.data_through from meta.build as b) - r.due_on as days_overdue
from marts.fct_meeting_resolution as r
inner join marts.dim_org as o
    on r.org_code = o.org_code
where r.status <> 'cancelled'
    and r.done_on is null
    and r.due_on < (select b.data_through from meta.build as b)
order by days_overdue desc, r.resolution_id asc
