-- What are all KPIs in a period, for an area, everything below it and the areas above it?
-- Flows are summed over the period; for stocks and windows the value of its last day is used, and whether the window is still filling then.
-- The caller divides rates, after summing.
with warming as (
    select kpi_id, org_code
    from marts.kpi_period
    where as_of = cast($last as date) and period = '30d' and status = 'warming_up'
)

select
    daily.kpi_id, daily.org_code, sum(daily.numerator) as numerator, sum(daily.denominator) as denominator, sum(daily.n) as n,
    count(warming.kpi_id) > 0 as is_warming_up
from marts.kpi_daily as daily
inner join marts.kpi_definition as definition on daily.kpi_id = definition.kpi_id
left join warming on daily.kpi_id = warming.kpi_id and daily.org_code = warming.org_code
where
    daily.kpi_date between cast($first as date) and cast($last as date)
    and (definition.kind = 'flow' or daily.kpi_date = cast($last as date))
    and (starts_with(daily.org_code, $area) or starts_with($area, daily.org_code))
group by daily.kpi_id, daily.org_code
