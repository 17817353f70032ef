-- How did the KPIs of an area change over the twelve weeks to a day? A week is seven days; the last one ends on that day,
-- so that no week is incomplete. For stocks and windows the value of the last day of each week is used.
with numbered as (
    select
        daily.kpi_id, daily.numerator, daily.denominator, daily.n, definition.kind, daily.kpi_date,
        date_diff('day', daily.kpi_date, cast($last as date)) as days_before
    from marts.kpi_daily as daily
    inner join marts.kpi_definition as definition on daily.kpi_id = definition.kpi_id
    where
        daily.kpi_date between cast($last as date) - 83 and cast($last as date)
        and daily.org_code = $area
)

select
    kpi_id, 11 - days_before // 7 as week, sum(numerator) as numerator, sum(denominator) as denominator, sum(n) as n
from numbered
where kind = 'flow' or days_before % 7 = 0
group by kpi_id, 11 - days_before // 7
order by kpi_id, week
