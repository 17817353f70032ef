-- Which districts of a city have delivered, up to which day, and what is wrong with the others? Feeds: how many of a district's reach that day.
with feed as (
    select
        district_code,
        count(*) filter (where newest_date >= cast($day as date)) as feeds_in_time,
        count(*) as feeds,
        sum(files_held) as files_held,
        sum(rows_rejected) as rows_rejected,
        sum(rows_counted) as rows_counted
    from meta.district_feed
    group by district_code
)

select
    parcel.district_code, parcel.state, parcel.data_through, parcel.received_at, parcel.generation, parcel.kpis_left_out, parcel.problem,
    feed.feeds_in_time, feed.feeds, feed.files_held, feed.rows_rejected,
    feed.rows_counted
from meta.district_parcel as parcel
left join feed on parcel.district_code = feed.district_code
order by parcel.district_code
