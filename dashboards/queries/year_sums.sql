-- How much do the communities differ in each rate? Sums of the 365 days to a day, one row per KPI and community: the basis of smoothing.
select daily.kpi_id, daily.org_code, sum(daily.numerator) as numerator, sum(daily.denominator) as denominator
from marts.kpi_daily as daily
inner join marts.kpi_definition as definition on daily.kpi_id = definition.kpi_id
where
    definition.unit = 'percent' and daily.org_level = 'community'
    and daily.kpi_date between cast($last as date) - 364 and cast($last as date)
group by daily.kpi_id, daily.org_code
order by daily.kpi_id, daily.org_code
