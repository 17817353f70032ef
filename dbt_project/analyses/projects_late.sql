select
    o.org_name,
    p.project_name,
    p.project_type,
    p.planned_finish_on,
    (select b.data_through from meta.build as b) - p.planned_finish_on as days_late,
    p.budget_yuan,
    p.spent_yuan
from marts.fct_project as p
inner join marts.dim_org as o
    on p.community_code = o.org_code
where p.status <> 'stopped'
    and p.finished_on is null
    and p.planned_finish_on < (select b.data_through from meta.build as b)
order by days_late desc, p.project_id asc
