with
kind_of_day as (
    select
        date_day,
        case
            when is_holiday then 'holiday'
            when is_workday then 'workday'
            when is_weekend then 'weekend'
            else 'notice not known'
        end as kind
    from marts.dim_date
),

reported as (
    select
        reported_on,
        count(*) as events
    from marts.fct_event
    where is_countable
        and is_known_community
    group by reported_on
)

select
    k.kind,
    count(*) as days,
    sum(coalesce(r.events, 0)) as events,
    sum(coalesce(r.events, 0)) / count(*) as events_a_day,
    count(*) < 5 as is_small_n
from kind_of_day as k
left join reported as r
    on k.date_day = r.reported_on
group by k.kind
order by k.kind
