-- Which other events are tied to one: snap reports, visits and calls about it, and the same problem in the same grid?
select 'report' as kind, report_id as key, reported_at as happened_at, status as state, file_name, row_number
from marts.fct_report
where event_id = $event
union all
select 'visit', visit_id, started_at, visit_type, file_name, row_number
from marts.fct_visit
where event_id = $event
union all
select 'call', order_id, received_at, category, file_name, row_number
from marts.fct_hotline_order
where event_id = $event
order by happened_at, key
