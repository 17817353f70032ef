-- Every event has been reported, and the hours of a closed one's stages are those from its report to its closing.
with

told as (

    select
        event_id,
        count(case when stage = 'reported' then 1 end) as reports,
        sum(case when stage <> 'closed' then hours end) as hours
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
    or abs(cast(event.microseconds_to_close as double) / 3600000000 - told.hours) > 0.000001
