-- What are all KPIs in a period that ends on a day, for an area, everything below it and the areas above it? As published: flows over
-- the period, stocks and windows on its last day. was_warming_up: whether the window was still filling on the day compared with.
with warming as (
    select kpi_id, org_code
    from marts.kpi_period
    where as_of = cast($day_before as date) and period = '30d' and status = 'warming_up'
)

select
    standing.kpi_id, standing.org_code, standing.numerator, standing.denominator, standing.value, standing.n, standing.low90, standing.high90,
    standing.score, standing.status, standing.previous_value, standing.year_ago_value, warming.kpi_id is not null as was_warming_up
from marts.kpi_period as standing
left join warming on standing.kpi_id = warming.kpi_id and standing.org_code = warming.org_code
where
    standing.as_of = cast($day as date) and standing.period = $period
    and (starts_with(standing.org_code, $area) or starts_with($area, standing.org_code))
