select
    category,
    urgency,
    limit_hours,
    sum(event_count) as events,
    min(first_reported_on) as first_reported_on,
    max(last_reported_on) as last_reported_on
from marts.dim_limit
group by category, urgency, limit_hours
order by category asc, urgency asc, events desc
