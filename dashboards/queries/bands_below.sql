-- In how many KPIs are the places of an area clearly better or worse than the district, over the 30 days to a day? None in doubt is better, in older
-- generations too, which publish it so.
select
    period.org_code, count(*) filter (where period.band = 'better' and doubt.kpi_id is null) as better,
    count(*) filter (where period.band = 'worse') as worse, count(period.band) as judged
from marts.kpi_period as period
left join (select distinct kpi_id, org_code, as_of from marts.kpi_doubt) as doubt
    on period.kpi_id = doubt.kpi_id and period.org_code = doubt.org_code and period.as_of = doubt.as_of
where
    period.as_of = cast($day as date) and period.period = '30d' and period.org_level <> 'district'
    and starts_with(period.org_code, $area)
group by period.org_code
