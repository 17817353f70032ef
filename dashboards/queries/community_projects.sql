-- Which projects does a community have open, or finished lately? Late projects come first.
select
    project_id, project_name, project_type, started_on, planned_finish_on, finished_on, budget_yuan, spent_yuan, status,
    finished_on is null and status <> 'stopped' and planned_finish_on <= cast($last as date) as is_late
from marts.fct_project
where
    community_code = $org and project_type <> 'regular_service' and started_on <= cast($last as date)
    and coalesce(finished_on >= cast($last as date) - 90, status <> 'stopped')
order by is_late desc, finished_on is null desc, planned_finish_on nulls last, project_id
limit 200
