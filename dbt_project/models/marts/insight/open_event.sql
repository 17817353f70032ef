{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set fct_event = ref('fct_event').include(database=false) -%}
{%- set event_stage = ref('event_stage').include(database=false) -%}
{%- set dim_date = ref('dim_date').include(database=false) -%}
with

newest as (

    select max(date_day) as as_of
    from {{ dim_date }}

)

select
    event.event_id,
    event.community_code,
    event.street_code,
    event.district_code,
    event.grid_code,
    event.reported_at,
    newest.as_of,
    stage.stage,
    stage.entered_at,
    coalesce(stage.level, event.level) as level_now,
    coalesce(stage.held_by, event.department) as held_by,
    coalesce(event.overdue_from_on <= newest.as_of, false) as is_overdue,
    {{ duration_in_days('event.due_on', 'newest.as_of') }} as days_over
from {{ fct_event }} as event
cross join newest
left join {{ event_stage }} as stage
    on event.event_id = stage.event_id
    and stage.is_current
where event.is_countable
    and event.is_known_community
    and event.reported_on <= newest.as_of
    and (event.closed_on is null or event.closed_on > newest.as_of)
