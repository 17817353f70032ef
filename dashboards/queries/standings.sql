-- How does every place stand in a KPI, in a period that ends on a day? With n, smoothing and intervals as published.
select org_code, n, value_smoothed, low90, high90, band
from marts.kpi_period
where kpi_id = $kpi and as_of = cast($day as date) and period = $period
