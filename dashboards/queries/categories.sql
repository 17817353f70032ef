-- Which categories do the events of a period fall in, and which are closed on time?
-- reported: by day of report; due and on_time: by day of the limit, as the KPI counts.
select
    category,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date)) as reported,
    count(*) filter (where due_on between cast($first as date) and cast($last as date)) as due,
    count(*) filter (where is_on_time and due_on between cast($first as date) and cast($last as date)) as on_time,
    count(*) filter (
        where overdue_from_on <= cast($last as date) and (closed_on is null or closed_on > cast($last as date))
    ) as overdue
from marts.fct_event
where is_countable and is_known_community and (starts_with(community_code, $area) or grid_code = $area)
group by category
having reported > 0 or due > 0 or overdue > 0
order by reported desc, category
