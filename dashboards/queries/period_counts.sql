-- What is behind all KPIs in the days compared with, for an area, everything below it and the areas above it? Flows are summed over the
-- days; for stocks and windows those of the last day are used. How many rows there were decides whether a value may be compared.
select
    daily.kpi_id, daily.org_code, sum(daily.numerator) as numerator, sum(daily.denominator) as denominator, sum(daily.n) as n
from marts.kpi_daily as daily
inner join marts.kpi_definition as definition on daily.kpi_id = definition.kpi_id
where
    daily.kpi_date between cast($first as date) and cast($last as date)
    and (definition.kind = 'flow' or daily.kpi_date = cast($last as date))
    and (starts_with(daily.org_code, $area) or starts_with($area, daily.org_code))
group by daily.kpi_id, daily.org_code
