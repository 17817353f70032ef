{%- set limits = var('insight').repeat_spot -%}
with

newest as (

    select max(date_day) as as_of
    from {{ ref('dim_date') }}

),

event as (

    select
        newest.as_of,
        event.event_id,
        event.grid_code,
        event.subcategory,
        event.category,
        event.community_code,
        event.reported_at,
        event.closed_at,
        row_number() over (
            partition by event.grid_code, event.subcategory
            order by event.reported_at desc, event.event_id desc
        ) as nth_newest
    from {{ ref('fct_event') }} as event
    inner join newest
        on event.reported_on <= newest.as_of
        and event.reported_on > {{ days_later(-limits.window_days, 'newest.as_of') }}
    where event.is_countable
        and event.is_known_community
        and event.grid_code is not null

),

-- The time of the next report of the same problem after a closing.
recurrence as (

    select
        event.event_id,
        min(later.reported_at) as back_at
    from event
    inner join event as later
        on event.grid_code = later.grid_code
        and event.subcategory = later.subcategory
        and event.event_id <> later.event_id
        and event.closed_at < later.reported_at
    group by event.event_id

),

spot as (

    select
        event.as_of,
        event.grid_code,
        event.subcategory,
        max(case when event.nth_newest = 1 then event.category end) as category,
        max(case when event.nth_newest = 1 then event.community_code end) as community_code,
        count(*) as n,
        min(event.reported_at) as first_reported_at,
        max(event.reported_at) as last_reported_at,
        count(event.closed_at) as closed_count,
        count(recurrence.back_at) as back_count,
        percentile_cont(0.5) within group (
            order by case when event.closed_at >= event.reported_at then {{ hours_of(duration('event.closed_at', 'recurrence.back_at')) }} end
        ) as median_hours_to_recurrence
    from event
    left join recurrence
        on event.event_id = recurrence.event_id
    group by event.as_of, event.grid_code, event.subcategory
    having count(*) >= {{ limits.events }}

)

select
    spot.as_of,
    spot.grid_code,
    dim_grid.grid_name,
    spot.subcategory,
    spot.category,
    spot.community_code,
    {{ code_of('street', 'spot.community_code') }} as street_code,
    {{ code_of('district', 'spot.community_code') }} as district_code,
    spot.n,
    spot.first_reported_at,
    spot.last_reported_at,
    spot.closed_count,
    spot.back_count,
    cast(spot.median_hours_to_recurrence as double) as median_hours_to_recurrence,
    spot.closed_count < spot.n as is_open
from spot
left join {{ ref('dim_grid') }} as dim_grid
    on spot.grid_code = dim_grid.grid_code
    and {{ in_force('dim_grid', 'spot.as_of') }}
