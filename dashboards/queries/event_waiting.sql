-- Who holds the events that are open now, and for how long? The unit that holds each one, by its newest movement.
select held_by, events, overdue, days_at_most, median_hours_in_stage, at_community, at_street, at_district
from marts.event_backlog
where org_code = $area
order by overdue desc, events desc, held_by
