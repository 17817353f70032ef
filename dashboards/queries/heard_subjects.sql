-- Which problems do people mention most, and which more than before? By subcategory, of events from visits, snap reports and calls.
select
    category, subcategory,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date)) as events,
    count(*) filter (where reported_on between cast($first_before as date) and cast($last_before as date)) as events_before,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date) and closed_on is null) as still_open
from marts.fct_event
where
    is_countable and is_known_community and starts_with(community_code, $area) and subcategory is not null
    and source in ('home_visit', 'snap_report', 'hotline_12345')
group by category, subcategory
having events > 0
order by events desc, subcategory
limit 300
