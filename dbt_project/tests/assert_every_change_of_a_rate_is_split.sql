-- Periods that this build counted: a rate of the district or a street with a value in this period and the previous one is in kpi_change.
select
    kpi_period.kpi_id,
    kpi_period.org_code,
    kpi_period.as_of,
    kpi_period.period
from {{ ref('kpi_period') }} as kpi_period
left join {{ ref('kpi_change') }} as kpi_change
    on kpi_period.kpi_id = kpi_change.kpi_id
    and kpi_period.org_code = kpi_change.org_code
    and kpi_period.as_of = kpi_change.as_of
    and kpi_period.period = kpi_change.period
where {{ counted_in_this_build('kpi_period.kpi_id', 'kpi_period.as_of') }}
    and kpi_period.org_level <> 'community'
    and kpi_period.period in ('30d', 'month', 'quarter', 'year')
    and kpi_period.denominator is not null
    and kpi_period.value is not null
    and kpi_period.previous_value is not null
    and kpi_change.kpi_id is null
