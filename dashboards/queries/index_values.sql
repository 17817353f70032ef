-- What are the indices on a day, of an area, everything below it and the areas above it?
select org_code, pillar, score, coverage
from marts.index_daily
where as_of = cast($day as date) and (starts_with(org_code, $area) or starts_with($area, org_code))
