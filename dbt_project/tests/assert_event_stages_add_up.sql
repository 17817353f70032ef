-- Every event has been reported, and the hours of a closed event's stages add up to the time from its report to its closing, if all
-- of these stages have hours.
with

told as (

    select
        event_id,
        count(case when stage = 'reported' then 1 end) as reports,
        sum(case when stage <> 'closed' then hours end) as hours,
        count(case when stage <> 'closed' and left_at is not null and hours is null then 1 end) as without_hours
    from {{ ref('event_stage') }}
    group by event_id

)

select
    coalesce(event.event_id, told.event_id) as event_id,
    event.microseconds_to_close,
    told.hours
from {{ ref('fct_event') }} as event
full outer join told
    on event.event_id = told.event_id
where event.event_id is null
    or coalesce(told.reports, 0) <> 1
    or (told.without_hours = 0 and abs({{ hours_of('event.microseconds_to_close') }} - told.hours) > 0.000001)
