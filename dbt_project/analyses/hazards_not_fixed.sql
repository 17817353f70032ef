select
    o.org_name,
    h.inspection_id,
    h.target_type,
    h.hazard_level,
    h.rectify_due_on,
    (select b.data_through from meta.build as b) - h.rectify_due_on as days_overdue
from marts.fct_hazard_inspection as h
inner join marts.dim_org as o
    on h.community_code = o.org_code
where h.has_hazard
    and h.rectified_on is null
    and h.rectify_due_on < (select b.data_through from meta.build as b)
order by days_overdue desc, h.inspection_id asc
