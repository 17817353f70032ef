-- Which feeds do the contracts name, and what has each of them delivered so far?
select
    feed.platform, feed.platform_title, feed.feed, feed.title, feed.delivery, feed.format, feed.available_at,
    feed.contract_version, feed.owner, feed.is_connected,
    max(delivery.business_date) filter (where delivery.state = 'loaded') as newest_loaded,
    count(delivery.file_name) as files,
    sum(delivery.rows_loaded) filter (where delivery.state = 'loaded') as rows_loaded
from meta.feed as feed
left join meta.delivery as delivery on feed.platform = delivery.platform and feed.feed = delivery.feed
group by
    feed.platform, feed.platform_title, feed.feed, feed.title, feed.delivery, feed.format, feed.available_at,
    feed.contract_version, feed.owner, feed.is_connected
order by feed.platform, feed.feed
