-- Which meetings were held in a period, who came, and what did they decide?
with decided as (
    select meeting_id, count(*) as resolutions
    from marts.fct_meeting_resolution
    where status <> 'cancelled'
    group by meeting_id
)

select
    meeting.meeting_type, count(*) as meetings, sum(meeting.units_invited) as invited, sum(meeting.units_attended) as attended,
    sum(meeting.residents_attended) as residents, sum(meeting.topics) as topics, sum(coalesce(decided.resolutions, 0)) as resolutions,
    count(distinct meeting.org_code) as orgs
from marts.fct_joint_meeting as meeting
left join decided on meeting.meeting_id = decided.meeting_id
where
    meeting.is_known_community and starts_with(meeting.org_code, $area)
    and meeting.held_on between cast($first as date) and cast($last as date)
group by meeting.meeting_type
order by meetings desc, meeting.meeting_type
