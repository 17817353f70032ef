-- What do the KPIs score over the 30 days to a day, for an organisation?
select kpi_id, value, n, score, status, band, low90, high90, value_smoothed
from marts.kpi_period
where org_code = $org and as_of = cast($day as date) and period = '30d'
