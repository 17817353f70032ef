-- Which promises have slipped, and which are due next? The ledger: what, by whom, since when, how late. Slipped first, the longest
-- first; then open ones by due day. age_days: null if it is promised on a future day.
select
    kind, promise_key, org_code, promised_by, what, promised_on, due_on, kept_on, status, days_late, as_of,
    case when promised_on <= as_of then date_diff('day', promised_on, as_of) end as age_days,
    case when due_on >= as_of then date_diff('day', as_of, due_on) end as days_left, platform, feed, file_name, row_number
from marts.promise
where starts_with(org_code, $area) and status in ('slipped', 'open')
order by status desc, days_late desc nulls last, due_on, kind, promise_key
limit 3000
