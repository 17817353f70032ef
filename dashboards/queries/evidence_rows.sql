-- Which rows are behind a KPI of an area in a range of days, with their lines in the export? Rows that do not meet the numerator come first;
-- of events the most urgent. sums, of the first row: all tables and feeds behind it, with how many rows, and whether they add up to its
-- number. In one query, because most of its time goes into reading the text of kpi_evidence: 0.15 s.
with evidence as (
    select * from marts.kpi_evidence($kpi, $area, $first, $last)
),

source as (
    select
        fact, platform, feed, count(*) as row_count, count(*) filter (where in_numerator) as row_count_met,
        sum(numerator) as numerator, sum(denominator) as denominator,
        min(business_date) as oldest_date, max(business_date) as newest_date, count(distinct file_name) as files
    from evidence
    group by fact, platform, feed
),

placed as (
    select
        evidence.*, event.urgency,
        row_number() over (
            order by
                evidence.in_denominator and not evidence.in_numerator desc, list_position(['critical', 'urgent'], event.urgency) nulls last,
                evidence.kpi_date desc, evidence.fact, evidence.fact_key, evidence.file_name, evidence.row_number
        ) as place
    from evidence
    left join marts.fct_event as event on evidence.fact = 'fct_event' and evidence.fact_key = event.event_id
)

select
    placed.kpi_date, placed.fact, placed.fact_key, placed.in_numerator, placed.in_denominator, placed.numerator, placed.denominator,
    placed.platform, placed.feed, placed.business_date, placed.file_name, placed.row_number, placed.urgency,
    case when placed.place = 1 then (select list(source order by source.row_count desc, source.fact, source.platform, source.feed) from source) end as sums
from placed
where placed.place <= 3000
order by placed.place
