-- Which way did one event go? Every movement in its order, with the line of the export that reports it.
select step, action, from_level, to_level, actor_unit, acted_at, is_acknowledged_4h, file_name, row_number
from marts.fct_event_flow
where event_id = $event
order by acted_at, step, flow_id
