-- Feed by feed: which districts have brought it up to a day, which are behind, which never brought it? Files and rows of 30 days.
select
    feed.platform, feed.feed, feed.title,
    count(*) as expected,
    count(*) filter (where own.newest_date >= cast($day as date)) as delivered,
    coalesce(
        list({'code': own.district_code, 'newest': own.newest_date} order by own.newest_date, own.district_code)
        filter (where own.newest_date < cast($day as date)), []
    ) as behind,
    coalesce(list(parcel.district_code order by parcel.district_code) filter (where own.newest_date is null), []) as never,
    coalesce(sum(own.files_held), 0) as files_held,
    sum(own.rows_rejected) as rows_rejected,
    sum(own.rows_counted) as rows_counted
from meta.feed as feed
cross join meta.district_parcel as parcel
left join meta.district_feed as own
    on parcel.district_code = own.district_code and feed.platform = own.platform and feed.feed = own.feed
group by feed.platform, feed.feed, feed.title
order by feed.platform, feed.feed
