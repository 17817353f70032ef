-- What do people mention, and through which channel? Countable events from visits, snap reports and calls, and of these categories how
-- many in the days compared with.
select
    category,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date) and source = 'home_visit') as by_visit,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date) and source = 'snap_report') as by_snap,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date) and source = 'hotline_12345') as by_call,
    count(*) filter (where reported_on between cast($first as date) and cast($last as date)) as events,
    count(*) filter (where reported_on between cast($first_before as date) and cast($last_before as date)) as events_before
from marts.fct_event
where
    is_countable and is_known_community and starts_with(community_code, $area)
    and source in ('home_visit', 'snap_report', 'hotline_12345')
group by category
having events > 0 or events_before > 0
order by events desc, category
