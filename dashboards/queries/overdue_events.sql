-- Which countable events are open and overdue at the end of a day, and who holds them? The longest overdue first.
select
    event.event_id, event.category, event.subcategory, event.urgency, event.source, event.community_code, event.grid_code, event.department,
    coalesce(stage.level, event.level) as level, coalesce(stage.held_by, event.department) as held_by, stage.stage, event.status,
    event.reported_at, event.due_at,
    event.original_due_at, date_diff('day', event.due_on, cast($last as date)) as days_over,
    event.rework_count, event.file_name, event.row_number
from marts.fct_event as event
left join marts.event_stage as stage on event.event_id = stage.event_id and stage.is_current
where
    event.is_countable and event.is_known_community
    and (starts_with(event.community_code, $area) or event.grid_code = $area)
    and event.overdue_from_on <= cast($last as date) and event.reported_on <= cast($last as date)
    and (event.closed_on is null or event.closed_on > cast($last as date))
order by event.due_at, event.reported_at, event.event_id
limit 3000
