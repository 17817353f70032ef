-- How far did the countable events reported in a period get, how long does each stage take, and where do those still open wait?
-- reached: events that reached the stage. waiting: those that are in it now, and how many of them are overdue. hours: of events
-- that left it, if their times are in order.
select stage, stage_number, reached, waiting, overdue, median_hours, slow_hours
from marts.event_funnel
where org_code = $area and period = $period
order by stage_number
