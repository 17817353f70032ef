-- Numbers that this build counted; all others were checked when they were counted. Hours are fractions, so sums may differ in the
-- last digits. If a feed has no community, a street has rows of its own: then its number exceeds the sum of its communities.
{%- set of_streets = [] %}
{%- for measure in kpi_measures() if measure.org == 'org_code' %}{% do of_streets.append(measure.kpi_id) %}{% endfor %}
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

-- KPIs of the ledger exist only for the district.
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
        (
            summed.org_level = 'street'
            or (
                true
                {%- for kpi_id in of_streets | unique %}
                and summed.kpi_id <> '{{ kpi_id }}'
                {%- endfor %}
            )
        )
        and (
            abs(summed.numerator - counted.numerator) > 0.000001 * (1 + abs(counted.numerator))
            or abs(summed.denominator - counted.denominator) > 0.000001 * (1 + abs(counted.denominator))
        )
    )
