-- What are the three rates of the hotline in one number, for an area and the places below it, in a period that ends on a day?
select org_code, value
from marts.kpi_composite
where as_of = cast($day as date) and period = $period and starts_with(org_code, $area)
