-- What were the indices of an organisation on the last day of each of the twelve weeks to a day?
select pillar, as_of, score
from marts.index_daily
where
    org_code = $org and as_of between cast($last as date) - 77 and cast($last as date)
    and date_diff('day', as_of, cast($last as date)) % 7 = 0
order by pillar, as_of
