-- Which communities of an area have overdue events open at the end of a day, and for how long at most?
select
    community_code, count(*) as events, max(date_diff('day', due_on, cast($last as date))) as days_at_most
from marts.fct_event
where
    is_countable and is_known_community and starts_with(community_code, $area)
    and overdue_from_on <= cast($last as date) and (closed_on is null or closed_on > cast($last as date))
group by community_code
order by events desc, days_at_most desc, community_code
