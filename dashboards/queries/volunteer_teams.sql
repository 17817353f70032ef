-- What did every volunteer team open on the last day of a period do in it, and which of its hours pass the checks?
with activity as (
    select team_id, count(*) filter (where status = 'held') as held, sum(residents_joined) filter (where status = 'held') as residents
    from marts.fct_activity
    where starts_on between cast($first as date) and cast($last as date)
    group by team_id
),

served as (
    select
        team_id, count(*) as logs, count(distinct volunteer_id) as volunteers, sum(credited_hours) as hours,
        sum(credited_hours) filter (where is_verified) as hours_verified
    from marts.fct_service_log
    where checked_in_on between cast($first as date) and cast($last as date)
    group by team_id
)

select
    team.team_id, team.team_name, team.community_code, coalesce(activity.held, 0) as held, coalesce(activity.residents, 0) as residents,
    coalesce(served.volunteers, 0) as volunteers, coalesce(served.hours, 0) as hours, coalesce(served.hours_verified, 0) as hours_verified
from marts.dim_volunteer_team as team
left join activity on team.team_id = activity.team_id
left join served on team.team_id = served.team_id
where
    team.is_known_community and starts_with(team.community_code, $area)
    and {in_force}
    and {there}
order by hours_verified desc, hours desc, team.team_id
