-- What is the state of every feed up to the last of a range of days: its newest delivery, also one before the range, its loaded and rejected
-- rows in the range, and the results of the checks?
with delivered as (
    select
        platform, feed,
        max(business_date) filter (where state = 'loaded') as newest_loaded,
        max(received_at) filter (where state = 'loaded') as newest_received_at,
        coalesce(sum(rows_loaded) filter (where business_date >= cast($first as date)), 0) as rows_loaded,
        coalesce(sum(rows_rejected) filter (where business_date >= cast($first as date)), 0) as rows_rejected,
        count(*) filter (where state = 'held' and business_date >= cast($first as date)) as held
    from meta.delivery
    where business_date <= cast($last as date)
    group by platform, feed
),

checked as (
    select platform, feed, count(distinct check_name) filter (where status <> 'pass') as checks_conspicuous, count(distinct check_name) as checks
    from meta.check_result
    where business_date is null or business_date between cast($first as date) and cast($last as date)
    group by platform, feed
)

select
    feed.platform, feed.platform_title, feed.feed, feed.title, delivered.newest_loaded, delivered.newest_received_at,
    delivered.rows_loaded, delivered.rows_rejected, delivered.held, checked.checks, checked.checks_conspicuous
from meta.feed as feed
left join delivered on feed.platform = delivered.platform and feed.feed = delivered.feed
left join checked on feed.platform = checked.platform and feed.feed = checked.feed
order by feed.platform, feed.feed
