select
    o.org_name as street,
    count(*) as entries,
    sum(case when f.direction = 'income' then f.amount_yuan else 0 end) as income_yuan,
    sum(case when f.direction = 'expense' then f.amount_yuan else 0 end) as expense_yuan,
    sum(case when f.direction = 'income' then f.amount_yuan else -f.amount_yuan end) as net_flow_yuan
from marts.fct_fund_txn as f
inner join marts.dim_org as o
    on f.street_code = o.org_code
where f.is_known_community
group by o.org_code, o.org_name
order by net_flow_yuan, street
