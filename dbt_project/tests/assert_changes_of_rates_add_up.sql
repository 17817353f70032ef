-- Periods that this build counted; all others were checked when they were counted. The parts explain the whole change, and the
-- previous period is the one that kpi_period compares with.
with

explained as (

    select
        kpi_id,
        org_code,
        as_of,
        period,
        max(value) as value,
        max(value_before) as value_before,
        sum(mix + performance) as explained
    from {{ ref('kpi_change') }}
    where {{ counted_in_this_build('kpi_id', 'as_of') }}
    group by kpi_id, org_code, as_of, period

)

select
    explained.*,
    kpi_period.previous_value
from explained
inner join {{ ref('kpi_period') }} as kpi_period
    on explained.kpi_id = kpi_period.kpi_id
    and explained.org_code = kpi_period.org_code
    and explained.as_of = kpi_period.as_of
    and explained.period = kpi_period.period
where not coalesce(abs(explained.explained - (explained.value - explained.value_before)) <= 0.000000001 * (1 + abs(explained.value)), false)
    or not coalesce(abs(explained.value_before - kpi_period.previous_value) <= 0.000000001 * (1 + abs(explained.value_before)), false)
