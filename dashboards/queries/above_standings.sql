-- How do a city and its districts stand in a KPI in a period that ends on a day? As published, with how many districts are in the city's sum.
select
    standing.org_code, standing.numerator, standing.denominator, standing.value, standing.n, standing.low90, standing.high90, standing.band,
    standing.status, coverage.districts_in, coverage.districts_expected
from marts.kpi_period as standing
left join marts.kpi_coverage as coverage on standing.kpi_id = coverage.kpi_id and standing.as_of = coverage.as_of
where standing.kpi_id = $kpi and standing.as_of = cast($day as date) and standing.period = $period
