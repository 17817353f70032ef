-- For each kind, the numbers of promises due and kept on the days of the calendar are those of its KPIs. Projects have several KPIs
-- for parts of them, and are left out; so is a kind with a KPI that has no numbers.
{%- set kpis = {
    'meeting_resolution': ['deliberation_action_on_time_rate', 'joint_meeting_action_on_time_rate'],
    'suggestion': ['suggestion_reply_on_time_rate'],
    'alliance_commitment': ['alliance_delivery_rate'],
    'fund_disclosure': ['fund_disclosure_on_time_rate'],
    'snap_reply': ['snap_feedback_24h_rate'],
} %}
with

promised as (

    select
        promise.kind,
        count(*) as due,
        count(case when promise.status = 'kept' then 1 end) as kept
    from {{ ref('promise') }} as promise
    inner join {{ ref('dim_date') }} as dim_date
        on case when promise.kind = 'snap_reply' then promise.promised_on else promise.due_on end = dim_date.date_day
    where promise.status <> 'cancelled'
    group by promise.kind

),

counted as (

    {%- for kind, kpi_ids in kpis.items() %}
    select
        '{{ kind }}' as kind,
        sum(denominator) as due,
        sum(numerator) as kept
    from {{ ref('kpi_daily') }}
    where org_level = 'district'
        and kpi_id in ('{{ kpi_ids | join("', '") }}')
    having (
        select count(*)
        from ({{ counted_kpis() }}) as known
        where known.kpi_id in ('{{ kpi_ids | join("', '") }}')
    ) = {{ kpi_ids | length }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    counted.kind,
    promised.due,
    counted.due as due_by_kpi,
    promised.kept,
    counted.kept as kept_by_kpi
from counted
left join promised
    on counted.kind = promised.kind
where coalesce(promised.due, 0) <> coalesce(counted.due, 0)
    or coalesce(promised.kept, 0) <> coalesce(counted.kept, 0)
