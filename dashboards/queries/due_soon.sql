-- How many open events of an area fall due within 24 and 72 hours after the end of a day: in all, by the department in charge, and by community?
-- grouped: all, department or community; code: empty for all.
with soon as (
    select
        coalesce(department, '') as department, community_code, urgency,
        due_at <= cast($last as date) + interval 2 day as is_within_24
    from (
        {open_event}
    ) as event
    where not is_overdue and due_at <= cast($last as date) + interval 4 day
)

select
    case when grouping(department) = 0 then 'department' when grouping(community_code) = 0 then 'community' else 'all' end as grouped,
    coalesce(department, community_code, '') as code,
    count(*) filter (where is_within_24) as within_24,
    count(*) as within_72,
    count(*) filter (where urgency = 'critical') as critical,
    count(*) filter (where urgency = 'urgent') as urgent
from soon
group by grouping sets ((), (department), (community_code))
order by grouped, critical desc, within_24 desc, within_72 desc, code
