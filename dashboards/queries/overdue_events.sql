-- Which countable events are open and overdue at the end of a day, and who holds them? The longest overdue first.
select
    event_id, category, subcategory, urgency, source, community_code, grid_code, department, level_now as level, held_by, stage, status,
    reported_at, due_at, original_due_at, days_over, rework_count, file_name, row_number
from (
    {open_event}
) as event
where is_overdue
order by due_at, reported_at, event_id
limit 3000
