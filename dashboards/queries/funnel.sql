-- How far did the countable events reported in a period get, and how many of those still open are overdue?
-- overdue_dispatched: overdue and open though dispatched; overdue_waiting: not even dispatched.
with reported as (
    select
        dispatched_at, resolved_at, closed_on,
        coalesce(due_on <= cast($last as date), false)
        and (closed_on is null or closed_on > cast($last as date)) as is_overdue
    from marts.fct_event
    where
        is_countable and is_known_community and starts_with(community_code, $area)
        and reported_on between cast($first as date) and cast($last as date)
)

select
    count(*) as reported,
    count(dispatched_at) as dispatched,
    count(resolved_at) as resolved,
    count(*) filter (where closed_on <= cast($last as date)) as closed,
    count(*) filter (where is_overdue and resolved_at is not null) as overdue_resolved,
    count(*) filter (where is_overdue and resolved_at is null and dispatched_at is not null) as overdue_dispatched,
    count(*) filter (where is_overdue and resolved_at is null and dispatched_at is null) as overdue_reported
from reported
