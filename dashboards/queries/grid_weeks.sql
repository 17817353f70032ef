-- How many countable events did a grid have in each of the twelve weeks to a day, and how many of those that were followed up satisfied?
-- Weeks of seven days, the last one ends on the day; a week before the first day loaded, or with one before it, has no row.
with week as (
    select 11 - days.weeks_ago as week, cast($last as date) - cast(7 * days.weeks_ago as integer) as last_on
    from (select unnest(range(12)) as weeks_ago) as days
    where cast($last as date) - cast(7 * days.weeks_ago + 6 as integer) >= (select min(date_day) from marts.dim_date)
)

select
    week.week, week.last_on, count(event.event_id) as reported,
    count(*) filter (where event.follow_up in ('satisfied', 'fairly_satisfied', 'dissatisfied')) as followed_up,
    count(*) filter (where event.follow_up in ('satisfied', 'fairly_satisfied')) as satisfied
from week
left join marts.fct_event as event
    on event.grid_code = $grid and event.is_countable and event.reported_on between week.last_on - 6 and week.last_on
group by week.week, week.last_on
order by week.week
