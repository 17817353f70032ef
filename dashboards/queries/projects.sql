-- How do the projects stand on a day: finished in time and within budget, late, stopped? Late ones first.
-- days_late: 0 if it is not late, null if it was finished before it was started.
select
    project_id, project_name, project_type, community_code, area_code, started_on, planned_finish_on, finished_on,
    cast(budget_yuan as double) as budget, cast(spent_yuan as double) as spent, resident_participations, status,
    case
        when status = 'stopped' then 'stopped'
        when finished_on is not null and (planned_finish_on is null or finished_on <= planned_finish_on) then 'in_time'
        when finished_on is not null then 'late'
        when planned_finish_on <= cast($last as date) then 'overdue'
        else 'running'
    end as standing,
    case
        when coalesce(finished_on >= started_on, true)
            then greatest(0, date_diff('day', planned_finish_on, coalesce(finished_on, cast($last as date))))
    end as days_late,
    coalesce(planned_finish_on between cast($first as date) and cast($last as date), false) as is_due_in_period,
    is_on_budget, is_in_selfgoverned_area, file_name, row_number
from marts.fct_project
where is_known_community and starts_with(community_code, $area) and project_type <> 'regular_service'
order by standing = 'overdue' desc, is_due_in_period desc, days_late desc nulls last, project_id
