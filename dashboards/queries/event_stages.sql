-- How far did the countable events reported in a period get, how long does each stage take, and where do those still open wait?
-- reached: events that reached the stage. waiting: those that are in it now, and how many of them are overdue. hours: of events
-- that left it, if their times are in order.
with reported as (
    select event_id, coalesce(
        overdue_from_on <= cast($last as date) and (closed_on is null or closed_on > cast($last as date)), false
    ) as is_overdue
    from marts.fct_event
    where
        is_countable and is_known_community
        and (starts_with(community_code, $area) or grid_code = $area)
        and reported_on between cast($first as date) and cast($last as date)
)

select
    stage.stage, stage.stage_number,
    count(*) as reached,
    count(*) filter (where stage.is_current and stage.stage <> 'closed') as waiting,
    count(*) filter (where stage.is_current and stage.stage <> 'closed' and reported.is_overdue) as overdue,
    median(stage.hours) as median_hours,
    quantile_cont(stage.hours, 0.9) as slow_hours
from marts.event_stage as stage
inner join reported on stage.event_id = reported.event_id
group by stage.stage, stage.stage_number
order by stage.stage_number
