-- Which rows are behind a KPI of an area in a range of days, with their lines in the export? Rows that do not meet the numerator come first.
select
    kpi_date, fact, fact_key, in_numerator, in_denominator, numerator, denominator, platform, feed, business_date, file_name, row_number
from marts.kpi_evidence
where kpi_id = $kpi and org_code = $area and kpi_date between cast($first as date) and cast($last as date)
order by
    in_denominator and not in_numerator desc, kpi_date desc, fact, fact_key, file_name, row_number
limit 3000
