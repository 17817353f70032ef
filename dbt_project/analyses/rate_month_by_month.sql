with
month_loaded as (
    select
        month_start,
        count(*) as days,
        count(*) < day(last_day(month_start)) as is_partial
    from marts.dim_date
    group by month_start
)

select
    m.month_start,
    m.days,
    m.is_partial,
    sum(k.numerator) as closed_on_time,
    sum(k.denominator) as due,
    100 * sum(k.numerator) / nullif(sum(k.denominator), 0) as rate,
    sum(k.denominator) < 5 as is_small_n
from marts.kpi_daily as k
inner join marts.dim_date as c
    on k.kpi_date = c.date_day
inner join month_loaded as m
    on c.month_start = m.month_start
where k.kpi_id = 'event_on_time_close_rate'
    and k.org_level = 'district'
group by m.month_start, m.days, m.is_partial
order by m.month_start
