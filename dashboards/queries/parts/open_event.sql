-- The countable events of an area that are open at the end of the newest day, each with its current level and the unit that handles it.
    select event.*, now.as_of, now.stage, now.entered_at, now.level_now, now.held_by, now.is_overdue, now.days_over
    from marts.open_event as now
    inner join marts.fct_event as event on now.event_id = event.event_id
    where starts_with(now.community_code, $area) or now.grid_code = $area
