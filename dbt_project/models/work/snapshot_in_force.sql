with

loaded as (

    select
        platform,
        feed,
        business_date
    from {{ source('ledger', 'delivery') }}
    where state = 'loaded'

),

snapshot_feed as (

    select
        platform,
        feed
    from {{ source('ledger', 'feed') }}
    where delivery = 'snapshot'

),

feed_days as (

    select
        dim_date.date_day as kpi_date,
        snapshot_feed.platform,
        snapshot_feed.feed
    from {{ ref('dim_date') }} as dim_date
    cross join snapshot_feed

),

in_force as (

    select
        feed_days.kpi_date,
        feed_days.platform,
        feed_days.feed,
        max(loaded.business_date) over (
            partition by feed_days.platform, feed_days.feed
            order by feed_days.kpi_date
            rows between unbounded preceding and current row
        ) as newest_so_far,
        min(loaded.business_date) over (partition by feed_days.platform, feed_days.feed) as first_ever
    from feed_days
    left join loaded
        on feed_days.platform = loaded.platform
        and feed_days.feed = loaded.feed
        and feed_days.kpi_date = loaded.business_date

)

select
    kpi_date,
    platform,
    feed,
    coalesce(newest_so_far, first_ever) as business_date
from in_force
where first_ever is not null
