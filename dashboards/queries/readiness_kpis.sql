-- Which KPIs are on, and which feeds do the others lack?
select kpi_id, is_on, lacks
from meta.readiness_kpi
order by kpi_id
