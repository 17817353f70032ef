-- Which feeds do the contracts name, and what has each of them delivered so far?
with known as (
    select platform, platform_title, feed, title, delivery, format, available_at, contract_version, owner, true as is_connected
    from meta.feed
)

select
    known.platform, known.platform_title, known.feed, known.title, known.delivery, known.format, known.available_at,
    known.contract_version, known.owner,
    -- A generation older than the column has none: then this name is that of `known`.
    (
        select is_connected
        from meta.feed as told
        where told.platform = known.platform and told.feed = known.feed
    ) as is_connected,
    max(delivery.business_date) filter (where delivery.state = 'loaded') as newest_loaded,
    count(delivery.file_name) as files,
    sum(delivery.rows_loaded) filter (where delivery.state = 'loaded') as rows_loaded
from known
left join meta.delivery as delivery on known.platform = delivery.platform and known.feed = delivery.feed
group by all
order by known.platform, known.feed
