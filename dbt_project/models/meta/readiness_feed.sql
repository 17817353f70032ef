with

arrived as (

    select
        platform,
        feed,
        count(*) as files,
        count(distinct business_date) filter (where state = 'loaded') as days_accepted,
        count(*) filter (where state = 'held') as files_held,
        min(business_date) filter (where state = 'loaded') as accepted_from,
        max(business_date) filter (where state = 'loaded') as accepted_through,
        sum(rows_counted) filter (where state = 'loaded') as rows_counted,
        sum(rows_rejected) filter (where state = 'loaded') as rows_rejected
    from {{ source('ledger', 'delivery') }}
    where feed is not null
    group by platform, feed

),

behind as (

    {{ kpi_feeds() }}

),

known as (

    {{ kpis_with_lacks() }}

),

kpi as (

    select
        behind.feed,
        count(*) as kpis,
        count(*) filter (where known.is_on) as kpis_on
    from behind
    inner join known
        on behind.kpi_id = known.kpi_id
    group by behind.feed

)

select
    feed.platform,
    feed.feed,
    feed.is_connected,
    case
        when feed.is_connected and arrived.days_accepted > 0 then 'on'
        when arrived.days_accepted > 0 then 'trial'
        when arrived.files > 0 then 'held'
        when feed.is_connected then 'waiting'
        else 'off'
    end as state,
    cast(coalesce(arrived.files, 0) as bigint) as files,
    cast(coalesce(arrived.files_held, 0) as bigint) as files_held,
    cast(coalesce(arrived.days_accepted, 0) as bigint) as days_accepted,
    arrived.accepted_from,
    arrived.accepted_through,
    cast(coalesce(arrived.rows_counted, 0) as bigint) as rows_counted,
    cast(coalesce(arrived.rows_rejected, 0) as bigint) as rows_rejected,
    cast(coalesce(kpi.kpis, 0) as bigint) as kpis,
    cast(coalesce(kpi.kpis_on, 0) as bigint) as kpis_on
from {{ source('ledger', 'feed') }} as feed
left join arrived
    on feed.platform = arrived.platform
    and feed.feed = arrived.feed
left join kpi
    on concat(feed.platform, '.', feed.feed) = kpi.feed
