-- Who holds the events that are open now, and for how long? The unit that holds each one, by its newest movement. A stage
-- that an event reached before its report or after the day has no known duration.
select
    coalesce(held_by, '') as held_by,
    count(*) as events,
    count(*) filter (where is_overdue) as overdue,
    max(days_over) filter (where is_overdue) as days_at_most,
    median(date_diff('hour', entered_at, cast($last as date) + interval 1 day)) filter (
        where entered_at between reported_at and cast($last as date) + interval 1 day
    ) as median_hours_in_stage,
    count(*) filter (where level_now = 'community') as at_community,
    count(*) filter (where level_now = 'street') as at_street,
    count(*) filter (where level_now = 'district') as at_district
from (
    {open_event}
) as event
group by coalesce(held_by, '')
order by overdue desc, events desc, held_by
