with

event as (

    select
        category,
        urgency,
        level,
        reported_on,
        {{ duration('reported_at', 'original_due_at') }} as microseconds
    from {{ ref('fct_event') }}

)

select
    category,
    urgency,
    level,
    {{ hours_of('microseconds') }} as limit_hours,
    count(*) as event_count,
    min(reported_on) as first_reported_on,
    max(reported_on) as last_reported_on
from event
group by category, urgency, level, microseconds
