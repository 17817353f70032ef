select
    c.month_start,
    sum(k.numerator) as closed_on_time,
    sum(k.denominator) as due,
    100 * sum(k.numerator) / nullif(sum(k.denominator), 0) as rate
from marts.kpi_daily as k
inner join marts.dim_date as c
    on k.kpi_date = c.date_day
where k.kpi_id = 'event_on_time_close_rate'
    and k.org_level = 'district'
group by c.month_start
order by c.month_start
