-- What is every KPI, and in which order does a reader expect them? All columns, because generations may have different ones.
select *
from marts.kpi_definition
order by is_headline desc, weight desc nulls last, kpi_id
