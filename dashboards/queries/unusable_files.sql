-- Which files could not be used (held), or are files of no feed? Newest first.
select platform, feed, business_date, revision, file_name, received_at, state, reason
from meta.delivery
where
    state in ('held', 'rejected')
    and (business_date is null or business_date between cast($first as date) and cast($last as date))
order by received_at desc, file_name
limit 200
