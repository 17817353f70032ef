-- Why were rows rejected, and where is the newest example of each reason?
with spread as (
    select platform, feed, business_date, file_name, row_number, unnest(reasons) as reason
    from meta.rejected_row
    where business_date between cast($first as date) and cast($last as date)
)

select
    reason, platform, feed, count(*) as row_count,
    max_by(file_name, (business_date, row_number)) as example_file,
    max_by(row_number, (business_date, row_number)) as example_row,
    max(business_date) as newest
from spread
group by reason, platform, feed
order by row_count desc, reason
limit 200
