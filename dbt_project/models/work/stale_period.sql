{{ config(materialized='table') }}
{#- The deliveries that a KPI depends on: without them it has no data, and that is recorded too. #}
-- A number affects the periods that contain its day, the next period, through smoothing those of the next 365 days, and those that
-- end up to 30 days after the same day of the next year. With another first day, windows are full on other days, and without
-- the first days of before, their numbers are in all that they were in. An index included a KPI that is no more, or is of another pillar
-- now, on every day.
{%- set outside = "('data', 'context')" %}
with

moved_kpi as (

    select built_kpi.kpi_id
    from work.built_kpi as built_kpi
    left join work.registered_kpi as registered_kpi
        on built_kpi.kpi_id = registered_kpi.kpi_id
    where built_kpi.pillar <> coalesce(registered_kpi.pillar, '')

),

kpi_feed as (

    {{ kpi_feeds(deciding=true) }}

),

target as (

    select
        kpi_id,
        {{ targets_told() }} as told
    from {{ ref('kpi_target') }}
    group by kpi_id

),

moved as (

    select
        kpi_id,
        kpi_date
    from {{ ref('stale_cell') }}

    union

    select
        kpi_feed.kpi_id,
        change.business_date as kpi_date
    from {{ source('ledger', 'change') }} as change
    inner join kpi_feed
        on concat(change.platform, '.', change.feed) = kpi_feed.feed

    union

    select
        target.kpi_id,
        dim_date.date_day as kpi_date
    from target
    cross join {{ ref('dim_date') }} as dim_date
    left join work.built_target as built_target
        on target.kpi_id = built_target.kpi_id
        and target.told = built_target.told
    where built_target.kpi_id is null

),

marked as (

    select
        kpi_day.kpi_id,
        kpi_day.date_day as as_of,
        kpi_day.is_end,
        max(moved.kpi_date) over (partition by kpi_day.kpi_id order by kpi_day.date_day rows unbounded preceding) as last_moved_on
    from (
        select
            kpi.kpi_id,
            dim_date.date_day,
            cast({{ dbt.date_trunc('month', days_later(1, 'dim_date.date_day')) }} as date) > dim_date.date_day
            or dim_date.date_day = (select max(newest.date_day) from {{ ref('dim_date') }} as newest) as is_end
        from {{ ref('dim_date') }} as dim_date
        cross join (
            select kpi_feed.kpi_id from kpi_feed
            union
            select moved_kpi.kpi_id from moved_kpi
        ) as kpi
    ) as kpi_day
    left join moved
        on kpi_day.kpi_id = moved.kpi_id
        and kpi_day.date_day = moved.kpi_date

)

select
    kpi_id,
    as_of,
    is_end,
    kpi_id in (
        select registered_kpi.kpi_id
        from work.registered_kpi as registered_kpi
        where registered_kpi.pillar not in {{ outside }}
        union
        select built_kpi.kpi_id
        from work.built_kpi as built_kpi
        where built_kpi.pillar not in {{ outside }}
    ) as is_in_an_index
from marked
where last_moved_on > {{ days_later(-397, 'as_of') }}
    or (is_end and last_moved_on is not null)
    or kpi_id in (select moved_kpi.kpi_id from moved_kpi)
    -- Only the newest day has periods of its own; without the days after it, a past one becomes the newest.
    or (
        as_of = (select max(newest.date_day) from {{ ref('dim_date') }} as newest)
        and as_of <> (select max(counted_day.kpi_date) from work.counted_day as counted_day)
    )
    {%- set windows = [] %}
    {%- for kpi_id, kpi in registered_kpis().items() if kpi.kind == 'window' %}{% do windows.append(kpi_id) %}{% endfor %}
    {%- set counted_from = '(select min(counted_day.kpi_date) from work.counted_day as counted_day)' %}
    {%- set loaded_from = '(select min(first_day.date_day) from ' ~ ref('dim_date') ~ ' as first_day)' %}
    or (
        kpi_id in ('{{ windows | join("', '") }}')
        and {{ counted_from }} <> {{ loaded_from }}
    )
    -- Days that are no more have left no mark above.
    or {{ counted_from }} < {{ loaded_from }}
    -- A table that is rebuilt completely needs all periods.
    or 'kpi_period' in (select stale_model.model from work.stale_model as stale_model)
    or 'index_daily' in (select stale_model.model from work.stale_model as stale_model)
