-- How many promises of every kind are kept in time, kept late, slipped, open? Promises due in a period, and those not due yet.
select
    kind,
    count(*) filter (where status = 'kept' and due_on between cast($first as date) and cast($last as date)) as kept,
    count(*) filter (where status = 'kept_late' and due_on between cast($first as date) and cast($last as date)) as kept_late,
    count(*) filter (where status = 'slipped' and due_on between cast($first as date) and cast($last as date)) as slipped,
    count(*) filter (where status = 'slipped') as slipped_ever,
    count(*) filter (where status = 'open') as open_now,
    max(days_late) filter (where status = 'slipped') as days_at_most,
    median(days_late) filter (where status = 'kept_late' and due_on between cast($first as date) and cast($last as date)) as median_days_late
from marts.promise
where starts_with(org_code, $area)
group by kind
order by kind
