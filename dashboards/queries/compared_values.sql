-- What are all KPIs in the days that a period is compared with, for an area, everything below it and the areas above it? As published.
select kpi_id, org_code, numerator, denominator, value, n, status
from marts.kpi_compared
where
    period = $period and against = $against and as_of = cast($day as date)
    and (starts_with(org_code, $area) or starts_with($area, org_code))
