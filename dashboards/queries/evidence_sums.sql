-- Which tables and feeds are behind a KPI of an area in a range of days, with how many rows, and do these add up to its number?
select
    fact, platform, feed, count(*) as row_count, count(*) filter (where in_numerator) as row_count_met,
    sum(numerator) as numerator, sum(denominator) as denominator,
    min(business_date) as oldest_date, max(business_date) as newest_date, count(distinct file_name) as files
from marts.kpi_evidence($kpi, $area, $first, $last)
group by fact, platform, feed
order by row_count desc, fact
