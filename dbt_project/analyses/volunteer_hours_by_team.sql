select
    t.team_name,
    sum(l.credited_hours) as credited_hours,
    sum(case when l.is_verified then l.credited_hours else 0 end) as verified_hours,
    count(distinct l.volunteer_id) as volunteers
from marts.fct_service_log as l
inner join marts.dim_volunteer_team as t
    on l.team_id = t.team_id
    and t.valid_to is null
where l.checked_in_on > (select b.data_through from meta.build as b) - 30
group by t.team_id, t.team_name
order by credited_hours desc, t.team_name asc
