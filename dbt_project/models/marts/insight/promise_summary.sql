{{ config(materialized='summary') }}
{%- set levels = ['district', 'street', 'community'] -%}
with

level as (

    {{ org_levels(levels) }}

),

span as (

    {{ newest_periods() }}

),

placed as (

    select
        span.period,
        promise.as_of,
        level.org_level,
        {{ org_code_at_level('promise', levels) }} as org_code,
        promise.kind,
        promise.status,
        promise.days_late,
        promise.due_on between span.from_on and span.to_on as is_due_in_period
    from {{ ref('promise') }} as promise
    cross join span
    cross join level

)

select
    as_of,
    period,
    org_level,
    org_code,
    kind,
    count(case when status = 'kept' and is_due_in_period then 1 end) as kept,
    count(case when status = 'kept_late' and is_due_in_period then 1 end) as kept_late,
    count(case when status = 'slipped' and is_due_in_period then 1 end) as slipped,
    count(case when status = 'slipped' then 1 end) as slipped_ever,
    count(case when status = 'open' then 1 end) as open_now,
    max(case when status = 'slipped' then days_late end) as days_at_most,
    median(case when status = 'kept_late' and is_due_in_period then days_late end) as median_days_late
from placed
where org_code is not null
group by as_of, period, org_level, org_code, kind
