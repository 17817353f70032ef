-- Which kinds of promises are past their day and not kept, how many and for how long at most?
select kind, count(*) as slipped, max(days_late) as days_at_most
from marts.promise
where status = 'slipped' and starts_with(org_code, $area)
group by kind
order by slipped desc, kind
