-- Who keeps promises? By the unit that promised, otherwise the organisation itself: promises due in a period, and slipped ones.
select
    coalesce(promised_by, '') as promised_by,
    case when promised_by is null then org_code end as org_code,
    count(*) filter (where due_on between cast($first as date) and cast($last as date) and status in ('kept', 'kept_late', 'slipped')) as due,
    count(*) filter (where due_on between cast($first as date) and cast($last as date) and status = 'kept') as kept,
    count(*) filter (where status = 'slipped') as slipped,
    count(*) filter (where status = 'open') as open_now,
    max(days_late) filter (where status = 'slipped') as days_at_most
from marts.promise
where starts_with(org_code, $area) and kind in ('meeting_resolution', 'suggestion', 'alliance_commitment', 'fund_disclosure')
group by coalesce(promised_by, ''), case when promised_by is null then org_code end
having due > 0 or slipped > 0 or open_now > 0
order by slipped desc, due desc, promised_by, org_code
limit 500
