-- Every file of a range of business dates, with the outcome of its rows. Newest first.
select
    business_date, platform, feed, revision, file_name, received_at, state, reason, rows_counted, rows_loaded, rows_rejected,
    rows_duplicate, rows_superseded, sha256
from meta.delivery
where business_date between cast($first as date) and cast($last as date)
order by business_date desc, platform, feed, received_at desc
