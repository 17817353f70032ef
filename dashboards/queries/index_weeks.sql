-- How did the indices of an organisation change over the twelve weeks to a day? Each point is the index on the last day of its week.
select pillar, 11 - date_diff('day', as_of, cast($last as date)) // 7 as week, score
from marts.index_daily
where
    org_code = $org and as_of between cast($last as date) - 77 and cast($last as date)
    and date_diff('day', as_of, cast($last as date)) % 7 = 0
order by pillar, week
