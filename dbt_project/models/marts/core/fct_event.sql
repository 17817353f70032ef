{{ incremental_fact('fct_event') }}
with

staged as (

    select
        *,
        status <> 'void' and not is_excluded as is_countable
    from {{ ref('stg_command_centre__event') }}

),

-- The changed events; all events with the same grid and subcategory are on the same list, so each group is complete.
event as (

    select *
    from staged
    {{ changed_rows_only('fct_event') }}

),

known_community as (

    select org_code as community_code
    from {{ ref('dim_org') }}
    where org_level = 'community'

),

repeat_event as (

    select distinct event.event_id
    from event
    inner join event as other
        on event.grid_code = other.grid_code
        and event.subcategory = other.subcategory
        and event.event_id <> other.event_id
        and event.reported_at - interval '720' hour <= other.closed_at
        and event.reported_at > other.closed_at
        and other.is_countable
        and other.community_code in (select known_community.community_code from known_community)

),

recurring_event as (

    select distinct event.event_id
    from event
    inner join event as other
        on event.grid_code = other.grid_code
        and event.subcategory = other.subcategory
        and event.event_id <> other.event_id
        and event.closed_at < other.reported_at
        and event.closed_at + interval '720' hour >= other.reported_at
        and other.is_countable
        and other.community_code in (select known_community.community_code from known_community)

),

dated as (

    select
        *,
        cast(reported_at as date) as reported_on,
        cast(due_at as date) as due_on,
        cast(closed_at as date) as closed_on
    from event

)

select
    dated.event_id,
    dated.source,
    dated.category,
    dated.subcategory,
    dated.urgency,
    dated.community_code,
    {{ code_of('street', 'dated.community_code') }} as street_code,
    {{ code_of('district', 'dated.community_code') }} as district_code,
    dated.grid_code,
    dated.department,
    dated.level,
    dated.status,
    dated.follow_up,
    dated.rework_count,
    dated.reported_at,
    dated.accepted_at,
    dated.dispatched_at,
    dated.resolved_at,
    dated.closed_at,
    dated.due_at,
    dated.original_due_at,
    dated.updated_at,
    dated.reported_on,
    dated.due_on,
    dated.closed_on,
    case when dated.due_on is not null then greatest(dated.due_on, dated.reported_on) end as overdue_from_on,
    {{ duration('dated.reported_at', 'dated.closed_at') }} as microseconds_to_close,
    dated.is_excluded,
    dated.is_countable,
    {{ on_time('dated.closed_at', 'dated.due_at', 'dated.due_on') }} as is_on_time,
    coalesce(dated.dispatched_at <= dated.reported_at + interval '2' hour, false) as is_dispatched_2h,
    coalesce(dated.closed_at <= dated.reported_at + interval '10' minute, false) as is_closed_10min,
    coalesce(dated.closed_at <= dated.reported_at + interval '720' hour, false) as is_closed_30d,
    known_community.community_code is not null as is_known_community,
    case when dated.grid_code is not null then repeat_event.event_id is not null end as is_repeat,
    case when dated.grid_code is not null and dated.closed_at is not null then recurring_event.event_id is not null end as is_recurring,
    dated.longitude,
    dated.latitude,
    dated._business_date as business_date,
    dated._file_name as file_name,
    dated._row_number as row_number,
    'command_centre' as platform,
    'event' as feed
from dated
left join known_community
    on dated.community_code = known_community.community_code
left join repeat_event
    on dated.event_id = repeat_event.event_id
left join recurring_event
    on dated.event_id = recurring_event.event_id
