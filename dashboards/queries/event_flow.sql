-- What was the path of one event? Every movement in order, with its line in the export.
select step, action, from_level, to_level, actor_unit, acted_at, is_acknowledged_4h, file_name, row_number
from marts.fct_event_flow
where event_id = $event
order by acted_at, step, flow_id
