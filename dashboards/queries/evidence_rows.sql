-- Which rows are behind a KPI of an area in a range of days, with their lines in the export? Rows that do not meet the numerator come first;
-- of events the most urgent.
select
    evidence.kpi_date, evidence.fact, evidence.fact_key, evidence.in_numerator, evidence.in_denominator, evidence.numerator, evidence.denominator,
    evidence.platform, evidence.feed, evidence.business_date, evidence.file_name, evidence.row_number, event.urgency
from marts.kpi_evidence($kpi, $area, $first, $last) as evidence
left join marts.fct_event as event on evidence.fact = 'fct_event' and evidence.fact_key = event.event_id
order by
    evidence.in_denominator and not evidence.in_numerator desc, list_position(['critical', 'urgent'], event.urgency) nulls last,
    evidence.kpi_date desc, evidence.fact, evidence.fact_key, evidence.file_name, evidence.row_number
limit 3000
