-- How much do the communities differ in a KPI? Sums of the 365 days to a day, a row a community: what smoothing is measured on.
select org_code, sum(numerator) as numerator, sum(denominator) as denominator
from marts.kpi_daily
where
    kpi_id = $kpi and org_level = 'community'
    and kpi_date between cast($last as date) - 364 and cast($last as date)
group by org_code
order by org_code
