-- Which feeds does every page show rows of, and are they connected and accepted?
select need.page, need.platform, need.feed, feed.title, ready.state = 'on' as is_there
from meta.readiness_page as need
inner join meta.readiness_feed as ready on need.platform = ready.platform and need.feed = ready.feed
inner join meta.feed as feed on need.platform = feed.platform and need.feed = feed.feed
order by need.page, need.platform, need.feed
