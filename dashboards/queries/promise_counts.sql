-- How many promises of every kind are kept in time, kept late, slipped, open? Promises due in a period, and those not due yet.
select kind, kept, kept_late, slipped, slipped_ever, open_now, days_at_most, median_days_late
from marts.promise_summary
where org_code = $area and period = $period
order by kind
