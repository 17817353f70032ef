{{ config(materialized='summary') }}
{%- set levels = ['district', 'street', 'community', 'grid'] -%}
with

level as (

    {{ org_levels(levels) }}

),

event as (

    select
        *,
        cast({{ days_later(1, 'as_of') }} as timestamp) as ends_at
    from {{ ref('open_event') }}

),

-- A stage that an event reached before its report or after the newest day has no known duration.
placed as (

    select
        event.as_of,
        level.org_level,
        {{ org_code_at_level('event', levels) }} as org_code,
        coalesce(event.held_by, '') as held_by,
        event.level_now,
        event.is_overdue,
        event.days_over,
        case when event.entered_at >= event.reported_at then {{ duration('event.entered_at', 'event.ends_at') }} end as microseconds_in_stage
    from event
    cross join level

)

select
    as_of,
    org_level,
    org_code,
    held_by,
    count(*) as events,
    count(case when is_overdue then 1 end) as overdue,
    max(case when is_overdue then days_over end) as days_at_most,
    {{ hours_of('median(microseconds_in_stage)') }} as median_hours_in_stage,
    count(case when level_now = 'community' then 1 end) as at_community,
    count(case when level_now = 'street' then 1 end) as at_street,
    count(case when level_now = 'district' then 1 end) as at_district
from placed
where org_code is not null
group by as_of, org_level, org_code, held_by
