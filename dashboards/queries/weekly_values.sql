-- What were the KPIs of an area in each of the twelve weeks to a day? As published; a week without a row has no data.
select kpi_id, as_of, numerator, denominator, value, n, status
from marts.kpi_week
where org_code = $area and as_of between cast($last as date) - 77 and cast($last as date)
order by kpi_id, as_of
