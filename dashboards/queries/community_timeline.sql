-- What happened in a community lately, newest first: meetings, projects, covenants, activities, grave hazards. kind: of what; code: which sort. in_all: the list ends at its limit.
with happened as (
    select held_on as on_day, 'meeting' as kind, meeting_type as code, null as what, residents_attended as n
    from marts.fct_joint_meeting
    where community_code = $org and held_on between cast($first as date) and cast($last as date)
    union all
    select started_on, 'project_started', project_type, project_name, null
    from marts.fct_project
    where community_code = $org and started_on between cast($first as date) and cast($last as date) and status <> 'stopped'
    union all
    select finished_on, 'project_finished', project_type, project_name, resident_participations
    from marts.fct_project
    where community_code = $org and finished_on between cast($first as date) and cast($last as date)
    union all
    select voted_on, 'covenant', covenant_type, null, participating_households
    from marts.fct_covenant
    where community_code = $org and voted_on between cast($first as date) and cast($last as date)
    union all
    select starts_on, 'activity', category, title, residents_joined
    from marts.fct_activity
    where community_code = $org and status = 'held' and starts_on between cast($first as date) and cast($last as date)
    union all
    select inspected_on, 'hazard', hazard_level, null, null
    from marts.fct_hazard_inspection
    where community_code = $org and hazard_level in ('major', 'critical') and inspected_on between cast($first as date) and cast($last as date)
)

select on_day, kind, code, what, n, count(*) over () as in_all
from happened
order by on_day desc, kind, what, code, n
limit 200
