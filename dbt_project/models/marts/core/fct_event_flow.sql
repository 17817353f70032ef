{{ incremental_fact('fct_event_flow') }}
with

changed as (

    select *
    from {{ ref('stg_command_centre__event_flow') }}
    {{ changed_rows_only('fct_event_flow') }}

),

located as (

    -- A flow has the place of its event; if the event was never delivered, the place is unknown.
    select
        changed.*,
        event.community_code,
        event.is_countable,
        event.is_known_community
    from changed
    left join {{ ref('fct_event') }} as event
        on changed.event_id = event.event_id

),

acknowledged as (

    -- All flows of an event are on the same list of changed rows, so each event's flows are complete.
    select distinct escalated.flow_id
    from changed as escalated
    inner join changed as other
        on escalated.event_id = other.event_id
        and escalated.step < other.step
        and escalated.acted_at <= other.acted_at
        and escalated.acted_at + interval '4' hour >= other.acted_at
    where escalated.action = 'escalate'
        and other.action = 'acknowledge'

)

select
    located.flow_id,
    located.event_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.step,
    located.action,
    located.from_level,
    located.to_level,
    located.actor_unit,
    located.acted_at,
    cast(located.acted_at as date) as acted_on,
    located.is_countable,
    case when located.action = 'escalate' then acknowledged.flow_id is not null end as is_acknowledged_4h,
    coalesce(located.is_known_community, false) as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'command_centre' as platform,
    'event_flow' as feed
from located
left join acknowledged
    on located.flow_id = acknowledged.flow_id
