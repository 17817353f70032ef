{{ config(materialized='summary') }}
{%- set levels = ['district', 'street', 'community', 'grid'] -%}
with

level as (

    {{ org_levels(levels) }}

),

span as (

    {{ newest_periods() }}

),

placed as (

    select
        event.event_id,
        event.reported_on,
        event.overdue_from_on,
        event.closed_on,
        level.org_level,
        {{ org_code_at_level('event', levels) }} as org_code
    from {{ ref('fct_event') }} as event
    cross join level
    where event.is_countable
        and event.is_known_community

),

reached as (

    select
        span.period,
        span.to_on as as_of,
        placed.org_level,
        placed.org_code,
        stage.stage,
        stage.stage_number,
        stage.hours,
        stage.is_current and stage.stage <> 'closed' as is_waiting,
        coalesce(
            placed.overdue_from_on <= span.to_on and (placed.closed_on is null or placed.closed_on > span.to_on), false
        ) as is_overdue
    from placed
    inner join span
        on placed.reported_on between span.from_on and span.to_on
    inner join {{ ref('event_stage') }} as stage
        on placed.event_id = stage.event_id
    where placed.org_code is not null

)

select
    as_of,
    period,
    org_level,
    org_code,
    stage,
    stage_number,
    count(*) as reached,
    count(case when is_waiting then 1 end) as waiting,
    count(case when is_waiting and is_overdue then 1 end) as overdue,
    median(hours) as median_hours,
    percentile_cont(0.9) within group (order by hours) as slow_hours
from reached
group by as_of, period, org_level, org_code, stage, stage_number
