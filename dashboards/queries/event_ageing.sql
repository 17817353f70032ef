-- How old are the events that are open now, on which level are they, and how many of them are overdue?
-- band: 0 up to a day, 1 up to 3, 2 up to 7, 3 up to 15, 4 up to 30, 5 older; by whole days from the day of report.
with aged as (
    select level_now as level, is_overdue, date_diff('day', reported_on, as_of) as days_old
    from (
        {open_event}
    ) as event
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
from aged
group by band, level
order by band, level
