select
    staged.event_id as staged_event_id,
    fct_event.event_id as fact_event_id
from {{ ref('stg_command_centre__event') }} as staged
full outer join {{ ref('fct_event') }} as fct_event
    on staged.event_id = fct_event.event_id
where staged.event_id is null
    or fct_event.event_id is null
