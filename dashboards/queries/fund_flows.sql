-- What came into the governance funds in a period, what went out, and for what?
select
    direction, purpose, count(*) as entries, cast(sum(amount_yuan) as double) as amount,
    count(*) filter (where is_disclosed_on_time) as disclosed_on_time,
    count(*) filter (where disclosed_on is null and disclosure_due_on <= cast($last as date)) as undisclosed
from marts.fct_fund_txn
where is_known_community and starts_with(org_code, $area) and booked_on between cast($first as date) and cast($last as date)
group by direction, purpose
order by direction desc, amount desc, purpose
