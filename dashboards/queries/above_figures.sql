-- What are all KPIs of a city and its districts in a period that ends on a day, and how many districts are in the city's sum?
select
    standing.kpi_id, standing.org_code, standing.numerator, standing.denominator, standing.value, standing.n, standing.low90, standing.high90,
    standing.score, standing.status, coverage.districts_in, coverage.districts_expected
from marts.kpi_period as standing
left join marts.kpi_coverage as coverage on standing.kpi_id = coverage.kpi_id and standing.as_of = coverage.as_of
where standing.as_of = cast($day as date) and standing.period = $period
