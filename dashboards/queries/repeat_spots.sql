-- Where do the same problems come back: grids with three or more countable events of one subcategory in the 90 days to the newest day?
-- last_event: the newest of these events, to open its lifecycle. in_all, open_in_all: the list ends at its limit.
with newest as (
    select grid_code, subcategory, max_by(event_id, (reported_at, event_id)) as last_event
    from marts.fct_event
    where is_countable and grid_code is not null and starts_with(grid_code, $area)
    group by grid_code, subcategory
)

select
    spot.as_of, spot.grid_code, spot.grid_name, spot.subcategory, spot.category, spot.community_code, spot.n, spot.first_reported_at,
    spot.last_reported_at, spot.closed_count, spot.back_count, spot.median_hours_to_recurrence, spot.is_open, newest.last_event,
    count(*) over () as in_all, count(*) filter (where spot.is_open) over () as open_in_all
from marts.repeat_spot as spot
left join newest on spot.grid_code = newest.grid_code and spot.subcategory = newest.subcategory
where starts_with(spot.community_code, $area) or spot.grid_code = $area
order by spot.n desc, spot.back_count desc, spot.last_reported_at desc, spot.grid_code, spot.subcategory
limit 3000
