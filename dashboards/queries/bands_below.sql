-- In how many KPIs are the places of an area clearly better or worse than the district, over the 30 days to a day?
select
    org_code, count(*) filter (where band = 'better') as better, count(*) filter (where band = 'worse') as worse, count(band) as judged
from marts.kpi_period
where as_of = cast($day as date) and period = '30d' and org_level <> 'district' and starts_with(org_code, $area)
group by org_code
