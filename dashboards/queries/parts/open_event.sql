-- The countable events of an area that are open at the end of a day, each with its current level and the unit that handles it.
    select
        event.*, stage.stage, stage.entered_at,
        coalesce(stage.level, event.level) as level_now,
        coalesce(stage.held_by, event.department) as held_by,
        coalesce(event.overdue_from_on <= cast($last as date), false) as is_overdue,
        date_diff('day', event.due_on, cast($last as date)) as days_over
    from marts.fct_event as event
    left join marts.event_stage as stage on event.event_id = stage.event_id and stage.is_current
    where
        event.is_countable and event.is_known_community
        and (starts_with(event.community_code, $area) or event.grid_code = $area)
        and event.reported_on <= cast($last as date) and (event.closed_on is null or event.closed_on > cast($last as date))
