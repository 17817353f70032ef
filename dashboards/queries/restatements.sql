-- What was published of an area before and is said otherwise since, KPI by KPI and day by day? The newest first.
select
    restated.published_at, restated.kpi_id, restated.kpi_date, restated.old_numerator, restated.old_denominator,
    restated.new_numerator, restated.new_denominator, restated.deliveries, count(*) over () as restatements,
    max(restated.published_at) over () as newest_at
from marts.kpi_restatement as restated
where restated.org_code = $org and restated.published_at::date >= cast($first as date)
order by restated.published_at desc, restated.kpi_date desc, restated.kpi_id
limit 5000
