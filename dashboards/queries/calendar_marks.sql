-- What are trends over a range of days marked with? What begins or ends in it, for all KPIs, for one, or for the feeds it stands on.
select from_on, to_on, zh, en, kpi_id, feed
from marts.calendar_mark
where
    from_on between cast($first as date) and cast($last as date) or to_on between cast($first as date) and cast($last as date)
order by from_on, zh, feed
