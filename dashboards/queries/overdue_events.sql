-- Which countable events are open and overdue at the end of a day, and who holds them? The most urgent first, then the longest overdue.
-- days_at_most: of the longest overdue of all. in_all: how many there are, beyond the limit too.
select
    event_id, category, subcategory, urgency, source, community_code, grid_code, department, level_now as level, held_by, stage, status,
    reported_at, due_at, original_due_at, days_over, max(days_over) over () as days_at_most, count(*) over () as in_all, rework_count,
    file_name, row_number
from (
    {open_event}
) as event
where is_overdue
order by list_position(['critical', 'urgent'], urgency) nulls last, due_at, reported_at, event_id
limit 3000
