-- How far is the district: what arrived of every feed of the contracts, and how many KPIs stand on it?
select
    feed.platform, feed.platform_title, feed.feed, feed.title, feed.own_contract, ready.state, ready.is_connected, ready.files,
    ready.files_held, ready.days_accepted, ready.accepted_from, ready.accepted_through, ready.rows_counted, ready.rows_rejected,
    ready.kpis, ready.kpis_on
from meta.readiness_feed as ready
inner join meta.feed as feed on ready.platform = feed.platform and ready.feed = feed.feed
order by feed.platform, feed.feed
