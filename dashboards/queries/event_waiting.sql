-- In whose hands are the events that are open now, and for how long? The unit that holds each one, by its newest movement. A stage
-- that an event came to before its report or after the day has lasted no time that anybody knows.
select
    coalesce(stage.held_by, event.department, '') as held_by,
    count(*) as events,
    count(*) filter (where event.overdue_from_on <= cast($last as date)) as overdue,
    max(date_diff('day', event.due_on, cast($last as date))) filter (where event.overdue_from_on <= cast($last as date)) as days_at_most,
    median(date_diff('hour', stage.entered_at, cast($last as date) + interval 1 day)) filter (
        where stage.entered_at between event.reported_at and cast($last as date) + interval 1 day
    ) as median_hours_in_stage,
    count(*) filter (where coalesce(stage.level, event.level) = 'community') as at_community,
    count(*) filter (where coalesce(stage.level, event.level) = 'street') as at_street,
    count(*) filter (where coalesce(stage.level, event.level) = 'district') as at_district
from marts.fct_event as event
left join marts.event_stage as stage on event.event_id = stage.event_id and stage.is_current
where
    event.is_countable and event.is_known_community
    and (starts_with(event.community_code, $area) or event.grid_code = $area)
    and event.reported_on <= cast($last as date) and (event.closed_on is null or event.closed_on > cast($last as date))
group by coalesce(stage.held_by, event.department, '')
order by overdue desc, events desc, held_by
