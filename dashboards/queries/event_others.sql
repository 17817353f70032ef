-- Which reports are tied to an event: snap reports and calls about it? A visit that found it is published without its event.
select 'report' as kind, report_id as key, reported_at as happened_at, status as state, file_name, row_number
from marts.fct_report
where event_id = $event
union all
select 'call', order_id, received_at, category, file_name, row_number
from marts.fct_hotline_order
where event_id = $event
order by happened_at, key
