-- Which open events of an area fall due within some hours after the end of a day, and who holds them? The most urgent first, then by their limit.
select
    event_id, category, subcategory, urgency, community_code, grid_code, department, level_now, held_by, stage, reported_at, due_at,
    date_diff('minute', cast($last as date) + interval 1 day, due_at) / 60 as hours_left, rework_count, file_name, row_number
from (
    {open_event}
) as event
where not is_overdue and due_at <= cast($last as date) + interval 1 day + to_hours(cast($hours as bigint))
order by list_position(['critical', 'urgent'], urgency) nulls last, due_at, reported_at, event_id
