-- What are the indices of a city and its districts on a day?
select org_code, pillar, score, coverage
from marts.index_daily
where as_of = cast($day as date)
