-- How old are the events that are open now, on which level do they lie, and how many of them are overdue?
-- band: 0 up to a day, 1 up to 3, 2 up to 7, 3 up to 15, 4 up to 30, 5 older; by whole days from the day of report.
with open_now as (
    select
        event.event_id,
        date_diff('day', event.reported_on, cast($last as date)) as days_old,
        coalesce(event.overdue_from_on <= cast($last as date), false) as is_overdue,
        coalesce(stage.level, event.level) as level
    from marts.fct_event as event
    left join marts.event_stage as stage on event.event_id = stage.event_id and stage.is_current
    where
        event.is_countable and event.is_known_community
        and (starts_with(event.community_code, $area) or event.grid_code = $area)
        and event.reported_on <= cast($last as date) and (event.closed_on is null or event.closed_on > cast($last as date))
)

select
    case
        when days_old <= 1 then 0 when days_old <= 3 then 1 when days_old <= 7 then 2 when days_old <= 15 then 3
        when days_old <= 30 then 4 else 5
    end as band,
    level,
    count(*) as events,
    count(*) filter (where is_overdue) as overdue,
    max(days_old) as days_at_most
from open_now
group by band, level
order by band, level
