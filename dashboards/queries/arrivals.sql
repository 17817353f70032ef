-- How did every feed arrive on each business date of a range? One row per feed-day with a delivery.
-- is_loaded: with all files of the day, where it comes in several. is_late: they were not all accepted at the contract's time on the next day.
select
    delivery.platform, delivery.feed, delivery.business_date,
    bool_or(delivery.state = 'loaded') and not bool_or(incomplete.business_date is not null) as is_loaded,
    bool_or(delivery.state = 'held') as is_held,
    bool_or(delivery.state = 'duplicate') as is_duplicate,
    bool_or(delivery.state = 'superseded') as is_superseded,
    sum(delivery.rows_loaded) filter (where delivery.state = 'loaded') as rows_loaded,
    max(delivery.complete_at) as complete_at,
    coalesce(max(delivery.complete_at) > min(delivery.business_date + 1 + cast(feed.available_at as time)), false) as is_late
from meta.delivery as delivery
inner join meta.feed as feed on delivery.platform = feed.platform and delivery.feed = feed.feed
left join meta.check_result as incomplete
    on
        delivery.platform = incomplete.platform
        and delivery.feed = incomplete.feed
        and delivery.business_date = incomplete.business_date
        and incomplete.check_name = 'fresh'
where delivery.business_date between cast($first as date) and cast($last as date)
group by delivery.platform, delivery.feed, delivery.business_date
order by delivery.platform, delivery.feed, delivery.business_date
