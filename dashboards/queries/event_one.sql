-- What is known about one event, and which line of which file reports it?
select
    event.*, grid.grid_name
from marts.fct_event as event
left join marts.dim_grid as grid on event.grid_code = grid.grid_code and grid.valid_to is null
where event.event_id = $event
limit 1
