-- What are all KPIs in a period that ends on a day, for an area, everything below it and the areas above it? As published: flows over
-- the period, stocks and windows on its last day. low90_before, high90_before: the interval on the day compared with, which is
-- published for 30 days.
with earlier as (
    select kpi_id, org_code, period, low90, high90
    from marts.kpi_period
    where as_of = cast($day_before as date) and period = '30d'
)

select
    standing.kpi_id, standing.org_code, standing.numerator, standing.denominator, standing.value, standing.n, standing.low90, standing.high90,
    standing.score, standing.status, standing.previous_value, standing.year_ago_value,
    case when standing.period = earlier.period then earlier.low90 end as low90_before,
    case when standing.period = earlier.period then earlier.high90 end as high90_before
from marts.kpi_period as standing
left join earlier on standing.kpi_id = earlier.kpi_id and standing.org_code = earlier.org_code
where
    standing.as_of = cast($day as date) and standing.period = $period
    and (starts_with(standing.org_code, $area) or starts_with($area, standing.org_code))
