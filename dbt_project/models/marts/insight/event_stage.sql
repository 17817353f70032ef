{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_moved_rows('event_stage', 'event_id') }}"
) }}
{%- set stages = {
    'reported': 'reported_at', 'accepted': 'accepted_at', 'dispatched': 'dispatched_at', 'resolved': 'resolved_at',
    'verified': 'verified_at', 'closed': 'closed_at',
} -%}
{%- set levels = ['community', 'street', 'district'] -%}
with

event as (

    select *
    from {{ ref('fct_event') }}
    {%- if is_incremental() %}
    where {{ follows_moved_rows('event_stage', 'event_id') }}
    {%- endif %}

),

-- The holder after a movement: the unit that acknowledged it, after a dispatch or a return the department. An event that goes up, down or is
-- extended changes its holder when it is acknowledged.
movement as (

    select
        flow.event_id,
        flow.action,
        flow.to_level,
        flow.acted_at,
        case
            when flow.action in ('dispatch', 'return') then event.department
            when flow.action in ('report', 'accept', 'acknowledge', 'handle', 'verify', 'close') then flow.actor_unit
        end as holder,
        row_number() over (partition by flow.event_id order by flow.acted_at, flow.step, flow.flow_id) as nth
    from {{ ref('fct_event_flow') }} as flow
    inner join event
        on flow.event_id = event.event_id

),

dated as (

    select
        event.event_id,
        event.reported_at,
        event.accepted_at,
        event.dispatched_at,
        event.resolved_at,
        event.closed_at,
        max(case when movement.action = 'verify' and movement.acted_at >= event.resolved_at then movement.acted_at end) as verified_at,
        max(case when movement.action = 'void' and event.status = 'void' then movement.acted_at end) as voided_at
    from event
    left join movement
        on event.event_id = movement.event_id
        and movement.action in ('verify', 'void')
    group by
        event.event_id,
        event.reported_at,
        event.accepted_at,
        event.dispatched_at,
        event.resolved_at,
        event.closed_at

),

entered as (

    {%- for stage, moment in stages.items() %}
    select
        event_id,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_number,
        {{ moment }} as entered_at,
        reported_at,
        closed_at,
        voided_at
    from dated
    where {{ moment }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

stage as (

    select
        event_id,
        stage,
        stage_number,
        entered_at,
        lead(entered_at) over (partition by event_id order by stage_number) is null as is_last,
        coalesce(lead(entered_at) over (partition by event_id order by stage_number), voided_at) as left_at,
        -- Stages before the report, and all stages of an event closed before its report, have no known duration.
        entered_at >= reported_at and coalesce(closed_at >= reported_at, true) as is_timed
    from entered

),

-- Before the first movement that names a level or holder, those of that movement apply; if none names one, the event's own.
level_spell as (

    select
        event_id,
        to_level as level,
        case when row_number() over movements = 1 then timestamp '1900-01-01 00:00:00' else acted_at end as from_at,
        coalesce(lead(acted_at) over movements, timestamp '9999-12-31 00:00:00') as to_at
    from movement
    where to_level is not null
    window movements as (partition by event_id order by nth)

    union all

    select
        event.event_id,
        event.level,
        timestamp '1900-01-01 00:00:00' as from_at,
        timestamp '9999-12-31 00:00:00' as to_at
    from event
    left join movement
        on event.event_id = movement.event_id
        and movement.to_level is not null
    where movement.event_id is null

),

holder_spell as (

    select
        event_id,
        holder,
        case when row_number() over movements = 1 then timestamp '1900-01-01 00:00:00' else acted_at end as from_at,
        coalesce(lead(acted_at) over movements, timestamp '9999-12-31 00:00:00') as to_at
    from movement
    where holder is not null
    window movements as (partition by event_id order by nth)

),

levelled as (

    select
        stage.event_id,
        stage.stage_number,
        {%- for level in levels %}
        coalesce(
            sum(
                case
                    when level_spell.level = '{{ level }}'
                        then {{ duration('greatest(stage.entered_at, level_spell.from_at)', 'least(stage.left_at, level_spell.to_at)') }}
                end
            ),
            0
        ) as microseconds_at_{{ level }},
        {%- endfor %}
        max(
            case
                when level_spell.from_at < coalesce(stage.left_at, timestamp '9999-12-31 00:00:00')
                    and level_spell.to_at >= coalesce(stage.left_at, timestamp '9999-12-31 00:00:00') then level_spell.level
            end
        ) as level
    from stage
    inner join level_spell
        on stage.event_id = level_spell.event_id
    group by stage.event_id, stage.stage_number

)

select
    stage.event_id,
    stage.stage,
    cast(stage.stage_number as bigint) as stage_number,
    event.community_code,
    event.street_code,
    event.district_code,
    stage.entered_at,
    stage.left_at,
    case when stage.is_timed then {{ hours_of(duration('stage.entered_at', 'stage.left_at')) }} end as hours,
    levelled.level,
    coalesce(holder_spell.holder, case when stage.stage in ('dispatched', 'resolved') then event.department end) as held_by,
    {%- for level in levels %}
    case
        when stage.is_timed and stage.left_at >= stage.entered_at then {{ hours_of('levelled.microseconds_at_' ~ level) }}
    end as hours_at_{{ level }},
    {%- endfor %}
    stage.is_last and event.status <> 'void' as is_current,
    event.is_countable,
    event.is_known_community
from stage
inner join event
    on stage.event_id = event.event_id
inner join levelled
    on stage.event_id = levelled.event_id
    and stage.stage_number = levelled.stage_number
left join holder_spell
    on stage.event_id = holder_spell.event_id
    and holder_spell.from_at < coalesce(stage.left_at, timestamp '9999-12-31 00:00:00')
    and holder_spell.to_at >= coalesce(stage.left_at, timestamp '9999-12-31 00:00:00')
