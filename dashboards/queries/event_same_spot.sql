-- Which other events of the same subcategory in the same grid were there? The most urgent first, then the newest.
select other.event_id, other.reported_at, other.closed_at, other.status, other.urgency, other.category, other.subcategory
from marts.fct_event as event
inner join marts.fct_event as other
    on event.grid_code = other.grid_code and event.subcategory = other.subcategory and event.event_id <> other.event_id
where event.event_id = $event and other.is_countable
order by list_position(['critical', 'urgent'], other.urgency) nulls last, other.reported_at desc, other.event_id
limit 60
