-- Numbers that this build counted; all others were checked when they were counted. Hours are fractions, so sums may differ in the
-- last digits. Rows of a street or of the district itself, of a feed that names nothing lower, are in no number below it: then it
-- exceeds the sum of those below.
with

counted as (

    select
        kpi_id,
        org_level,
        org_code,
        kpi_date,
        numerator,
        coalesce(denominator, 0) as denominator
    from {{ ref('kpi_daily') }}
    where (kpi_id, kpi_date) in (select (stale_cell.kpi_id, stale_cell.kpi_date) from {{ ref('stale_cell') }} as stale_cell)

),

has_own_rows as (

    select distinct
        kpi_id,
        case length(org_code)
            when {{ code_lengths().street }} then 'community'
            when {{ code_lengths().district }} then 'street'
        end as level_below
    from {{ ref('measure') }}
    where length(org_code) in ({{ code_lengths().street }}, {{ code_lengths().district }})

),

-- KPIs of the district alone have no lower level.
summed as (

    select
        kpi_id,
        kpi_date,
        org_level,
        case org_level when 'community' then {{ code_of('street', 'org_code') }} else {{ code_of('district', 'org_code') }} end as org_code,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from counted
    where org_level <> 'district'
    group by
        kpi_id,
        kpi_date,
        org_level,
        case org_level when 'community' then {{ code_of('street', 'org_code') }} else {{ code_of('district', 'org_code') }} end

)

select
    summed.kpi_id,
    summed.kpi_date,
    summed.org_code,
    summed.numerator as sum_of_numerators,
    counted.numerator,
    summed.denominator as sum_of_denominators,
    counted.denominator
from summed
left join counted
    on summed.kpi_id = counted.kpi_id
    and summed.kpi_date = counted.kpi_date
    and summed.org_code = counted.org_code
where counted.org_code is null
    or (
        (summed.kpi_id, summed.org_level) not in (
            select (has_own_rows.kpi_id, has_own_rows.level_below) from has_own_rows
        )
        and (
            abs(summed.numerator - counted.numerator) > 0.000001 * (1 + abs(counted.numerator))
            or abs(summed.denominator - counted.denominator) > 0.000001 * (1 + abs(counted.denominator))
        )
    )
