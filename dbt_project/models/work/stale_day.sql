{{ config(materialized='table') }}
-- depends_on: {{ ref('fct_event') }}
-- Not a function of the sources alone: it also reads the lists that the build keeps (macros/build_control.sql).
with

change as (

    select distinct
        platform,
        feed,
        business_date
    from {{ source('ledger', 'change') }}

),

loaded as (

    select
        platform,
        feed,
        business_date
    from {{ source('ledger', 'delivery') }}
    where state = 'loaded'

),

-- A snapshot counts from its own day to the day before the next one; the first also for all days before it.
restated_span as (

    select
        change.platform,
        change.feed,
        change.business_date as from_on,
        min(loaded.business_date) filter (where loaded.business_date > change.business_date) as to_on,
        count(*) filter (where loaded.business_date < change.business_date) = 0 as is_first
    from change
    inner join {{ source('ledger', 'feed') }} as feed
        on change.platform = feed.platform
        and change.feed = feed.feed
    left join loaded
        on change.platform = loaded.platform
        and change.feed = loaded.feed
    where feed.delivery = 'snapshot'
    group by change.platform, change.feed, change.business_date

),

stale as (

    select business_date as kpi_date
    from change

    union

    select kpi_date
    from work.touched_day

    union

    select dim_date.date_day as kpi_date
    from {{ ref('dim_date') }} as dim_date
    inner join restated_span
        on (dim_date.date_day >= restated_span.from_on or restated_span.is_first)
        and dim_date.date_day < coalesce(restated_span.to_on, date '9999-12-31')

)

select dim_date.date_day as kpi_date
from {{ ref('dim_date') }} as dim_date
where dim_date.date_day in (select stale.kpi_date from stale)
    or dim_date.date_day not in (select counted_day.kpi_date from work.counted_day)
    or exists (select 1 from work.rebuild)
