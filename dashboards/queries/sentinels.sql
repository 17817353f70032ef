-- Which patterns in the data deserve a look, and where? Findings of the last 12 months that end in a range of days, with one example row each.
select
    finding.finding_id, finding.pattern, finding.org_level, finding.org_code, finding.subject, finding.period_start, finding.period_end,
    finding.n, finding.found, finding.unit, finding.observed, finding.expected, finding.look_at,
    min(behind.file_name) as example_file,
    min_by(behind.row_number, (behind.file_name, behind.row_number)) as example_row, count(behind.fact_key) as rows_behind,
    count(*) over () as in_all
from marts.sentinel as finding
left join marts.sentinel_row as behind on finding.finding_id = behind.finding_id
where finding.period_end between cast($first as date) and cast($last as date) and starts_with(finding.org_code, $area)
group by all
order by finding.period_end desc, finding.found desc, finding.finding_id
limit 500
