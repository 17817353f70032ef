-- Which KPIs of which districts are not in the sums, and why?
select district_code, kpi_id, reason
from meta.kpi_left_out
order by district_code, kpi_id
