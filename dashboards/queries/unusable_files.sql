-- Which files could not be used (held), or are files of no feed? Newest first.
-- Without a last date: if all files of the newest day are held, the data end on the day before.
select platform, feed, business_date, revision, file_name, received_at, state, reason
from meta.delivery
where
    state in ('held', 'rejected')
    and (business_date is null or business_date >= cast($first as date))
order by received_at desc, file_name
limit 200
