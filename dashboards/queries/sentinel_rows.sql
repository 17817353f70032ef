-- Which rows are behind the findings that deserve a look, with their lines in the export?
select
    finding.pattern, finding.org_code, finding.subject, finding.period_start, finding.period_end, finding.observed, finding.expected,
    behind.fact_key, behind.platform, behind.feed, behind.file_name, behind.row_number,
    count(*) over () as in_all
from marts.sentinel as finding
inner join marts.sentinel_row as behind on finding.finding_id = behind.finding_id
where finding.period_end between cast($first as date) and cast($last as date) and starts_with(finding.org_code, $area)
order by finding.period_end desc, finding.finding_id, behind.file_name, behind.row_number
limit 5000
