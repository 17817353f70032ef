-- What is in the funds of the streets: income and spending in a period, and the balance of all data?
select
    street_code,
    cast(coalesce(sum(amount_yuan) filter (where direction = 'income' and booked_on >= cast($first as date)), 0) as double) as income,
    cast(coalesce(sum(amount_yuan) filter (where direction = 'expense' and booked_on >= cast($first as date)), 0) as double) as expense,
    cast(sum(case when direction = 'income' then amount_yuan else -amount_yuan end) as double) as balance,
    count(*) filter (where booked_on >= cast($first as date)) as entries
from marts.fct_fund_txn
where is_known_community and starts_with(org_code, $area) and booked_on <= cast($last as date)
group by street_code
order by street_code
