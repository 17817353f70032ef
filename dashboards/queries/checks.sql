-- What are the results of the checks of the deliveries in a range of days, and what is the newest finding for each feed?
-- The checks without a date are about a feed as a whole.
select
    check_name, platform, feed,
    count(*) filter (where business_date is not null and status <> 'pass') as days,
    max_by(detail, (business_date, observed, detail)) filter (where business_date is not null and status <> 'pass') as newest_detail,
    max(business_date) filter (where status <> 'pass') as newest_date,
    max_by(observed, (business_date, observed, detail)) filter (where business_date is not null and status <> 'pass') as observed,
    max_by(expected, (business_date, observed, detail)) filter (where business_date is not null and status <> 'pass') as expected,
    bool_or(business_date is null and status <> 'pass') as is_conspicuous_now,
    max(status) filter (where business_date is null) as overall
from meta.check_result
where business_date is null or business_date between cast($first as date) and cast($last as date)
group by check_name, platform, feed
order by days desc, check_name, platform, feed
