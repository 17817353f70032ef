-- What needs attention first in an area on a day? KPIs beyond their red line over 30 days, one row a KPI and place: by danger, how far
-- beyond, and people (priority). Where half of a place's parts or more are beyond it, or nothing below the place is, the place is the row.
-- excess: how many times more than the red line allows; of a share, what is missed counts. missed: rows, where the parts count rows.
-- Older generations have no excess where the red line allows nothing; it is once too much then.
-- broken_days: for how long without a break; null: on all days that there are. place_no: the KPI's places, worst first.
-- Households count by their square root: a district is not as urgent as all its communities together.
with cell as (
    select
        period.kpi_id, period.org_code, period.org_level, period.value, period.numerator, period.denominator, period.n,
        period.score < 60 as is_broken,
        definition.kind, definition.unit, definition.direction, definition.danger, definition.is_structural, definition.owner,
        target.red_line, org.parent_code, org.households
    from marts.kpi_period as period
    inner join marts.kpi_definition as definition on period.kpi_id = definition.kpi_id
    inner join marts.dim_org as org on period.org_code = org.org_code
    inner join marts.kpi_target as target
        on period.kpi_id = target.kpi_id and period.org_code = target.org_code
        and target.valid_from <= period.as_of and (target.valid_to is null or target.valid_to > period.as_of)
    where
        period.as_of = cast($day as date) and period.period = '30d' and period.status = 'ok' and period.score is not null
        and definition.pillar not in ('data', 'context') and definition.direction in ('up', 'down')
        and starts_with(period.org_code, $area)
),

part as (
    select kpi_id, parent_code, count(*) as judged, count(*) filter (where is_broken) as broken
    from cell
    group by kpi_id, parent_code
),

broken_below as (
    select cell.kpi_id, cell.org_code, count(*) as places
    from cell
    inner join cell as below
        on cell.kpi_id = below.kpi_id and cell.org_code <> below.org_code and starts_with(below.org_code, cell.org_code)
    where below.is_broken
    group by cell.kpi_id, cell.org_code
),

whole as (
    select cell.*
    from cell
    left join part on cell.kpi_id = part.kpi_id and cell.org_code = part.parent_code
    left join broken_below on cell.kpi_id = broken_below.kpi_id and cell.org_code = broken_below.org_code
    where cell.is_broken and (broken_below.places is null or part.broken * 2 >= part.judged)
),

place as (
    select whole.*
    from whole
    anti join whole as above
        on whole.kpi_id = above.kpi_id and whole.org_code <> above.org_code and starts_with(whole.org_code, above.org_code)
),

good as (
    select place.kpi_id, place.org_code, max(period.as_of) as good_on
    from place
    inner join marts.kpi_period as period on place.kpi_id = period.kpi_id and place.org_code = period.org_code
    where period.period = '30d' and period.as_of < cast($day as date) and period.score >= 60
    group by place.kpi_id, place.org_code
),

measured as (
    select
        place.*, date_diff('day', good.good_on, cast($day as date)) as broken_days,
        coalesce(shortfall.excess, 1) as excess,
        case
            when place.unit = 'per_1000' then place.numerator
            when place.unit <> 'percent' or (place.kind = 'flow' and place.n <> place.denominator) then null
            when place.direction = 'up' then place.denominator - place.numerator
            else place.numerator
        end as missed
    from place
    left join good on place.kpi_id = good.kpi_id and place.org_code = good.org_code
    left join marts.kpi_shortfall as shortfall
        on place.kpi_id = shortfall.kpi_id and place.org_code = shortfall.org_code and shortfall.as_of = cast($day as date)
),

weighed as (
    select *, danger * excess * sqrt(coalesce(households, 0)) as priority
    from measured
)

select
    kpi_id, org_code, value, red_line, missed, denominator, denominator = households as is_of_households, danger, is_structural, owner,
    broken_days, priority,
    row_number() over (partition by kpi_id order by priority desc, org_code) as place_no,
    count(*) over (partition by kpi_id) as places
from weighed
order by priority desc, kpi_id, org_code
